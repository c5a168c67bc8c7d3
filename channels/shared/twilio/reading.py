"""What a webhook of Twilio's says: somebody wrote, or how far a message of ours got.

Field names: https://www.twilio.com/docs/messaging/guides/webhook-request and
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status.
"""

import re
from dataclasses import dataclass
from types import MappingProxyType

from channels.contract import Reading, Unreadable, Wire
from channels.shared.charset import storable
from channels.shared.mail_text import language_by_script
from channels.shared.twilio import errors
from channels.shared.twilio.keywords import Keyword, decided, keyword
from channels.shared.twilio.media import media_of
from channels.shared.twilio.naming import PREFIX, named_in
from channels.shared.twilio.signature import Form
from crm_core.model.address import Address
from crm_core.model.message import Delivery, Inbound, Receipt

_NUMBER = re.compile(r"\+?[0-9]{3,15}")

STATES = MappingProxyType(
    {
        "accepted": Delivery.SENT,
        "scheduled": Delivery.SENT,
        "queued": Delivery.SENT,
        "sending": Delivery.SENT,
        "sent": Delivery.SENT,
        "partially_delivered": Delivery.SENT,
        "delivered": Delivery.DELIVERED,
        "read": Delivery.READ,
        "undelivered": Delivery.FAILED,
        "failed": Delivery.FAILED,
        "canceled": Delivery.FAILED,
    }
)
"""Their states in ours: what they have taken is sent, as with a relay for mail."""


@dataclass(frozen=True, slots=True)
class Heard(Reading):
    """What was read, and the word that the whole message is, for whoever answers the call."""

    word: Keyword | None = None


def read(form: Form, wire: Wire) -> Heard:
    """One message or one report. Raises Unreadable where it is neither."""
    status = form.get("MessageStatus", "")
    if status in STATES:
        return Heard(_report(form, wire, status=status))
    if not form.get("MessageSid") and not form.get("SmsSid"):
        raise Unreadable("It is neither a message nor a report of one.")
    word = _word_of(form)
    return Heard((_message(form, word=word),), word)


def _word_of(form: Form) -> Keyword | None:
    """The word that the whole message is, and who answers it."""
    kind = form.get("OptOutType", "")
    body = form.get("Body", "")
    return (decided(kind, text=body) if kind else None) or keyword(body)


def _report(form: Form, wire: Wire, *, status: str) -> tuple[Receipt, ...]:
    """Of a message that is not named as ours (the account's other programs have theirs) we know nothing."""
    named = named_in(wire.url)
    if named is None:
        return ()
    delivery = STATES[status]
    code = form.get("ErrorCode")
    why = errors.said(code, else_=storable(form.get("ErrorMessage", ""))) if delivery is Delivery.FAILED else None
    wish = errors.wish_of(code)
    return (Receipt(delivery, why, wire_id=named, wish=wish),)


def _message(form: Form, *, word: Keyword | None) -> Inbound:
    number = form.get("From", "").removeprefix(PREFIX).strip()
    if not number:
        raise Unreadable("The message says not from where it is.")
    id = storable(form.get("MessageSid") or form.get("SmsSid") or "")
    text = _text(form)
    return Inbound(
        external_id=f"twilio:{id}",
        sender=Address.phone(storable(number)),
        sender_name=storable(form.get("ProfileName", "")),
        text=text,
        proven="signature",
        language=language_by_script(text),
        wire_id=id,
        automatic=None if _NUMBER.fullmatch(number) and number.startswith("+") else "a sender that takes no answers",
        wish=word.wish if word else None,
        elsewhere=media_of(form),
    )


def _text(form: Form) -> str:
    """The words; of a button what stands on it, of a place where it is."""
    said = storable(form.get("Body", "")) or storable(form.get("ButtonText", ""))
    place = _place(form)
    return f"{said}\n\n{place}".strip() if place and place not in said else said


def _place(form: Form) -> str:
    latitude, longitude = form.get("Latitude"), form.get("Longitude")
    if not latitude or not longitude:
        return ""
    lines = (form.get("Label", ""), form.get("Address", ""), f"{latitude}, {longitude}")
    return storable("\n".join(line for line in lines if line))
