"""A channel of messages that go through Twilio: what text and WhatsApp have in common."""

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import ClassVar

from channels.contract import Finding, Opening, Outcome, Reading, Rendering, Response, Undeliverable, Verdict, Wire
from channels.shared.twilio import keywords, media, reading, signature, testing
from channels.shared.twilio.account import Account, is_public
from channels.shared.twilio.naming import callback
from channels.shared.twilio.sending import Carrier
from channels.shared.twilio.settings import TwilioSettings
from crm_core.model.habits import Habits
from crm_core.model.message import Elsewhere, File, Outbound, Receipt


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

    def steps(self) -> Mapping[str, Mapping[str, str]]:
        """What a test will look at."""
        return testing.steps()

    async def test(self) -> AsyncIterator[Finding]:
        """Whether our settings can be read, and Twilio knows us and calls us."""
        yield testing.settings(self._settings)
        account = await testing.account(self._carrier)
        yield account
        if account.verdict is not Verdict.WELL:
            return
        number, hook = self._settings.own_number, self.opening.hook_url
        if self.prefix:
            yield testing.by_hand(self._carrier, number, hook=hook)
        else:
            yield await testing.number(self._carrier, number, hook=hook)

    def _sender(self) -> dict[str, str]:
        if self._settings.messaging_service:
            return {"MessagingServiceSid": self._settings.messaging_service}
        number = self._settings.own_number
        if not number:
            raise Undeliverable("This inbox has no number to write from. Ask an admin to fill it in.")
        return {"From": f"{self.prefix}{number}"}


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
