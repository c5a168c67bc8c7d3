"""What Twilio and the carriers do with messages, as a state: values in, values out; time is given.

A number whose last five digits are an error of the carriers (30003 …) meets it. Whoever
sends STOP is blocked, as Twilio blocks them by itself; on WhatsApp free words go only for
a day after the person wrote, and approved texts always.
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from channels.shared.twilio import errors
from channels.shared.twilio.naming import PREFIX
from crm_core.model.segments import segments

WINDOW = timedelta(hours=24)
LONGEST = 1600
MOST_MEDIA = 10
STOPS = frozenset({"stop", "unsubscribe", "end", "quit", "stopall", "revoke", "optout", "cancel"})
STARTS = frozenset({"start", "yes", "unstop"})
_NUMBER = re.compile(r"(whatsapp:)?\+[1-9][0-9]{6,14}")


class Refused(Exception):
    """A request that Twilio answers with an error: its number and the HTTP status."""

    def __init__(self, code: int, status: int, why: str) -> None:
        super().__init__(why)
        self.code, self.status, self.why = code, status, why

    def page(self) -> dict[str, Any]:
        """As it is answered."""
        info = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": self.why, "more_info": info, "status": self.status}


@dataclass(frozen=True, slots=True)
class Picture:
    """A file of a message."""

    sid: str
    type: str
    content: bytes
    made: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A message as Twilio keeps it. `told` are the states that its callback heard of."""

    sid: str
    account: str
    sender: str
    to: str
    body: str
    direction: str
    status: str
    made: datetime
    changed: datetime
    service: str | None = None
    callback: str | None = None
    error: int | None = None
    media: tuple[Picture, ...] = ()

    def page(self) -> dict[str, Any]:
        """The message resource."""
        uri = f"/2010-04-01/Accounts/{self.account}/Messages/{self.sid}"
        done = self.status in ("sent", "delivered", "read", "received")
        return {
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": format_datetime(self.made),
            "date_sent": format_datetime(self.changed) if done else None,
            "date_updated": format_datetime(self.changed),
            "direction": self.direction,
            "error_code": self.error,
            "error_message": errors.said(self.error) if self.error else None,
            "from": self.sender or None,
            "messaging_service_sid": self.service,
            "num_media": str(len(self.media)),
            "num_segments": str(max(1, segments(self.body).count)),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the account: who is told of what comes in, and with which secret it is signed. `voice`: it takes calls."""

    number: str
    hook: str
    token: str
    templates: Mapping[str, str] = field(default_factory=dict)
    voice: bool = False


def next_states(text: Text) -> Sequence[str]:
    """What becomes of a message that was taken, in order."""
    if text.error is not None:
        return ("failed",) if text.error >= 60000 else ("sent", "undelivered")
    return ("sent", "delivered", "read") if text.to.startswith(PREFIX) else ("sent", "delivered")


class Carrier:
    """One account with its numbers, everything that was sent, and who asked for no more."""

    def __init__(self, account: str, token: str, numbers: Sequence[Number]) -> None:
        self.account, self.token = account, token
        self.numbers = {one.number: one for one in numbers}
        self.texts: dict[str, Text] = {}
        self.stopped: set[tuple[str, str]] = set()
        self.heard: dict[tuple[str, str], datetime] = {}

    def create(self, form: Mapping[str, str], *, media: Sequence[str] = (), at: datetime) -> Text:
        """A message that our side sends. Raises Refused; what fails only later is taken first."""
        to, sender = form.get("To", ""), self._sender(form)
        if not to:
            raise Refused(21604, 400, "A 'To' phone number is required.")
        if not _NUMBER.fullmatch(to):
            raise Refused(21211, 400, f"The 'To' number {to} is not a valid phone number.")
        if to.startswith(PREFIX) != sender.startswith(PREFIX):
            raise Refused(63007, 400, "Twilio could not find a Channel with the specified From address")
        if to == sender:
            raise Refused(21266, 400, "'To' and 'From' number cannot be the same")
        body, template = self._words(form, sender=sender, media=media)
        if (to, sender) in self.stopped:
            raise Refused(21610, 400, "Attempt to send to unsubscribed recipient")
        return self._kept(form, to=to, sender=sender, body=body, template=template, at=at)

    def come_in(self, text: Text) -> Text:
        """A citizen's message: it opens the window, and stops or starts what Twilio lets through."""
        said = text.body.strip().casefold()
        pair = (text.sender, text.to)
        self.heard[pair] = text.made
        if not text.sender.startswith(PREFIX):
            if said in STOPS:
                self.stopped.add(pair)
            elif said in STARTS:
                self.stopped.discard(pair)
        self.texts[text.sid] = text
        return text

    def incoming(self, *, sender: str, to: str, body: str, at: datetime, media: Sequence[Picture] = ()) -> Text:
        """The same, made of what somebody wrote."""
        made = Text(
            sid=sid("MM" if media else "SM"),
            account=self.account,
            sender=sender,
            to=to,
            body=body,
            direction="inbound",
            status="received",
            made=at,
            changed=at,
            media=tuple(media),
        )
        return self.come_in(made)

    def move(self, id: str, status: str, *, at: datetime) -> Text:
        """It got further; what Twilio cancelled or deleted meanwhile stays so."""
        moved = replace(self.texts[id], status=status, changed=at)
        self.texts[id] = moved
        return moved

    def _sender(self, form: Mapping[str, str]) -> str:
        sender = form.get("From", "")
        if not sender and form.get("MessagingServiceSid"):
            whatsapp = form.get("To", "").startswith(PREFIX)
            sender = next((one for one in self.numbers if one.startswith(PREFIX) == whatsapp), "")
        if not sender:
            raise Refused(21603, 400, "A 'From' phone number is required.")
        if sender not in self.numbers:
            raise Refused(21606, 400, f"The 'From' phone number {sender} is not a valid, message-capable number.")
        return sender

    def _words(self, form: Mapping[str, str], *, sender: str, media: Sequence[str]) -> tuple[str, bool]:
        """The body, and whether it is an approved text."""
        if len(media) > MOST_MEDIA:
            raise Refused(21623, 400, "Number of media files exceeds allowed limit")
        if content := form.get("ContentSid"):
            return self._filled(content, form.get("ContentVariables", "{}"), sender=sender), True
        body = form.get("Body", "")
        if not body and not media:
            raise Refused(21602, 400, "Message body is required.")
        if len(body) > LONGEST:
            raise Refused(21617, 400, "The concatenated message body exceeds the 1600 character limit")
        return body, False

    def _filled(self, content: str, variables: str, *, sender: str) -> str:
        text = self.numbers[sender].templates.get(content)
        if text is None:
            raise Refused(21655, 400, f"The ContentSid {content} is invalid")
        try:
            values = json.loads(variables)
            return re.sub(r"\{\{(\w+)\}\}", lambda gap: str(values[gap[1]]), text)
        except (ValueError, KeyError, TypeError):
            raise Refused(21656, 400, "The ContentVariables parameter is invalid") from None

    def _kept(self, form: Mapping[str, str], *, to: str, sender: str, body: str, template: bool, at: datetime) -> Text:
        made = Text(
            sid=sid("SM"),
            account=self.account,
            sender=sender,
            to=to,
            body=body,
            direction="outbound-api",
            status="queued",
            made=at,
            changed=at,
            service=form.get("MessagingServiceSid"),
            callback=form.get("StatusCallback"),
            error=self._fate(to, sender=sender, template=template, at=at),
        )
        self.texts[made.sid] = made
        return made

    def _fate(self, to: str, *, sender: str, template: bool, at: datetime) -> int | None:
        heard = self.heard.get((to, sender))
        if to.startswith(PREFIX) and not template and (heard is None or at - heard > WINDOW):
            return 63016
        last = to[-5:]
        return int(last) if last.startswith("30") and last in errors.known() else None


def sid(kind: str) -> str:
    """A name as Twilio makes them."""
    return f"{kind}{secrets.token_hex(16)}"
