"""A channel of messages that go through Twilio: what text and WhatsApp have in common."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import ClassVar, Protocol

from channels.contract import Finding, Opening, Outcome, Reading, Rendering, Response, Secret, Undeliverable, Wire
from channels.shared.twilio import keywords, media, reading, signature, testing
from channels.shared.twilio.account import Account, is_public
from channels.shared.twilio.naming import callback
from channels.shared.twilio.sending import Carrier
from crm_core.model.habits import Habits, Quiet
from crm_core.model.message import Elsewhere, File, Outbound, Receipt

NONE = Secret("")
_QUIET = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)")
_BREAKS = re.compile(r"[\s().-]")


class TwilioSettings(Protocol):
    """What every inbox at Twilio is set up with."""

    @property
    def account_sid(self) -> str: ...
    @property
    def auth_token(self) -> Secret: ...
    @property
    def webhook_key(self) -> Secret: ...
    @property
    def number(self) -> str: ...
    @property
    def messaging_service(self) -> str: ...
    @property
    def api(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Manner:
    """What the two do differently: what stands before a number, and whether Twilio answers the usual words itself."""

    prefix: str
    answers_words: bool


class Line(ABC):
    """One inbox at Twilio: all but what its messages look like. Only its opening goes to another process, to read there."""

    manner: ClassVar[Manner]

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self._settings: TwilioSettings = opening.settings
        self._carrier = Carrier(Account(self._settings.account_sid, self._settings.auth_token, self._settings.api))

    def __reduce__(self) -> "tuple[type[Line], tuple[Opening]]":
        return type(self), (self.opening,)

    @abstractmethod
    def render(self, message: Outbound) -> Rendering:
        """What arrives; `send` sends just this. Raises Undeliverable."""

    @abstractmethod
    def habits(self) -> Habits:
        """What this inbox adds to what its channel can. Raises ValueError where its settings cannot be read."""

    @property
    def prefix(self) -> str:
        """What stands before a number at Twilio."""
        return self.manner.prefix

    def read(self, wire: Wire) -> Reading:
        """Somebody wrote, or how far a message of ours got; proven. Raises Forged or Unreadable."""
        settings = self._settings
        return reading.read(signature.proven(wire, token=settings.auth_token, key=settings.webhook_key), wire)

    def answer(self, told: Reading, outcomes: Sequence[Outcome]) -> Response:
        """TwiML; with words only where the person sent one that wants an answer, and Twilio gives none."""
        word = told.word if isinstance(told, reading.Heard) else None
        silent = word is None or (word.handled and self.manner.answers_words) or any(one.repeat for one in outcomes)
        said = "" if word is None or silent else keywords.answer_to(word, name=self.opening.name)
        return Response(body=_twiml(said), type="text/xml; charset=utf-8")

    async def send(self, message: Outbound) -> Receipt:
        """Hand it over once. Raises Unavailable, Undeliverable or OutcomeUnknown."""
        form = {"To": f"{self.prefix}{message.to.value}", **self._sender(), **_content(message, self.render(message))}
        if self.opening.hook_url and not (self._carrier.account.is_far and not is_public(self.opening.hook_url)):
            form["StatusCallback"] = callback(self.opening.hook_url, wire_id=message.wire_id)
        return await self._carrier.send(form)

    async def fetch(self, file: Elsewhere) -> File:
        """A picture of a message. Raises Undeliverable: Twilio does not come again for it."""
        return await media.fetch(file, account=self._carrier.account)

    async def test(self) -> list[Finding]:
        """Whether our settings can be read, and Twilio knows us and calls us."""
        try:
            self.habits()
        except ValueError as why:
            found = testing.settings(why=why)
        else:
            found = testing.settings(why=None)
        found = [*found, await testing.account(self._carrier)]
        if not found[-1].well:
            return found
        number, hook = own_number(self._settings), self.opening.hook_url
        if self.prefix:
            return [*found, testing.by_hand(self._carrier, number, hook=hook)]
        return [*found, await testing.number(self._carrier, number, hook=hook)]

    def _sender(self) -> dict[str, str]:
        if self._settings.messaging_service:
            return {"MessagingServiceSid": self._settings.messaging_service}
        number = own_number(self._settings)
        if not number:
            raise Undeliverable("This inbox has no number to write from. Ask an admin to fill it in.")
        return {"From": f"{self.prefix}{number}"}


def own_number(settings: TwilioSettings) -> str:
    """Our number as Twilio writes it, however the admin typed it."""
    return _BREAKS.sub("", settings.number.removeprefix("whatsapp:"))


def quiet_of(text: str) -> Quiet | None:
    """`21:00-08:00` as minutes of the day; None where nothing is set. Raises ValueError."""
    if not text.strip():
        return None
    found = _QUIET.fullmatch(text.strip())
    if not found:
        raise ValueError(f"not hours of the day: {text!r}")
    begins, ends = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    return Quiet(begins, ends) if begins != ends else None


def must_be_a_number(message: Outbound) -> None:
    """Raises Undeliverable for an address that no phone has."""
    if message.to.scheme != "tel" or not message.to.value.startswith("+"):
        raise Undeliverable("This is no phone number that can be reached. Answer another way.")


def _content(message: Outbound, rendered: Rendering) -> dict[str, str]:
    if message.template is None:
        return {"Body": "".join(rendered.parts)}
    gaps = {str(number): value for number, value in enumerate(message.template.values, start=1)}
    variables = {"ContentVariables": json.dumps(gaps, ensure_ascii=False)} if gaps else {}
    return {"ContentSid": message.template.template, **variables}


def _twiml(said: str) -> bytes:
    inside = f"<Message>{escape(said, quote=False)}</Message>" if said else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'.encode()
