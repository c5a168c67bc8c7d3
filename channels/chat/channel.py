"""Web chat: what visitors say on a page of ours, inside any page that may show it.

Nothing leaves by a wire of its own: an answer is in the record, and the visitor's page
fetches it from there at once, or when they come back. That it arrived is known when the
page says so.
"""

import json
from collections.abc import Sequence
from typing import Any

from channels.chat.settings import ChatSettings, origins_of
from channels.contract import (
    ChannelType,
    Embedding,
    Opening,
    Outcome,
    Reading,
    Rendering,
    Response,
    Undeliverable,
    Unreadable,
    Wire,
)
from channels.shared import spoken
from channels.shared.spoken import LONGEST_ID, SHORTEST_ID, VISITOR_LENGTH, Spoken
from crm_core.model import phone
from crm_core.model.address import Address
from crm_core.model.errors import BadInput, Problem
from crm_core.model.feedback import Asks
from crm_core.model.ids import ServiceId
from crm_core.model.inbox import Capabilities
from crm_core.model.mailbox import mailbox
from crm_core.model.message import Delivery, File, Inbound, Outbound, Receipt

SCHEME = "visitor"
LONGEST = 4000
_SOMEBODY = {"en": "Visitor", "zh": "访客"}


class Chat:
    """A translator of what visitors say."""

    def __init__(self, opening: Opening) -> None:
        self._settings: ChatSettings = opening.settings
        self._name = opening.name

    def read(self, wire: Wire) -> Reading:
        """One utterance. Raises Unreadable for what our own page would never send."""
        try:
            said = spoken.read(wire.body)
        except ValueError as why:
            raise Unreadable(f"This is no utterance: {why}.") from why
        if not SHORTEST_ID <= len(said.id) <= LONGEST_ID or len(said.visitor) != VISITOR_LENGTH:
            raise Unreadable("This utterance says neither whose it is nor which.")
        return Reading((self._inbound(said),))

    def answer(self, reading: Reading, outcomes: Sequence[Outcome]) -> Response:
        """The ticket's number, or what is wrong with the answers to the form."""
        page: dict[str, Any] = {"number": next((one.number for one in outcomes if one.number), None)}
        refused = next((one.refused for one in outcomes if one.refused is not None), None)
        if refused is not None:
            problems = refused.problems if isinstance(refused, BadInput) else ()
            page |= {"why": refused.why, "errors": [_problem(one) for one in problems]}
        body = json.dumps(page, ensure_ascii=False).encode()
        return Response(202 if refused is None else 422, body, "application/json; charset=utf-8")

    def render(self, message: Outbound) -> Rendering:
        """The words as one bubble; the number stands above the conversation already."""
        return Rendering(parts=(message.text,), used=len(message.text), most=LONGEST)

    async def send(self, message: Outbound) -> Receipt:
        """It is where the visitor's page looks. Raises Undeliverable where it would not fit."""
        if len(message.text) > LONGEST:
            raise Undeliverable(f"A chat carries {LONGEST} characters at most.")
        return Receipt(Delivery.SENT)

    def embedding(self) -> Embedding:
        """Who may show it, and whom visitors talk to."""
        title = self._settings.title or self._name
        titles = {"en": title, "zh": self._settings.title_zh or title}
        return Embedding(titles, origins_of(self._settings.origins))

    def _inbound(self, said: Spoken) -> Inbound:
        somebody = _SOMEBODY.get((said.language or "en")[:2], _SOMEBODY["en"])
        return Inbound(
            external_id=f"{said.visitor}:{said.id}",
            sender=Address(SCHEME, said.visitor),
            sender_name=said.name or f"{somebody} {said.visitor[:4]}",
            text=said.text,
            files=tuple(File(file.name, file.type, file.content) for file in said.files),
            proven="session",
            language=said.language,
            service=ServiceId(said.service) if said.service else None,
            answers=None if said.answers is None else dict(said.answers),
            other_addresses=tuple(self._ways(said)),
            later=said.later,
        )

    def _ways(self, said: Spoken) -> list[Address]:
        """Where else they can be reached, as they typed it; what cannot be an address is left out."""
        mail = mailbox(said.email or "")
        number = phone.e164(said.phone or "", country=self._settings.country)
        found = [Address.mail(mail) if mail else None, Address.phone(number) if number else None]
        return [address for address in found if address is not None]


def _problem(one: Problem) -> dict[str, str]:
    """The page has words for the codes that it knows, in the visitor's language."""
    return {"field": one.field, "why": one.why, "code": one.code}


CHANNEL = ChannelType(
    name="chat",
    title={"en": "Chat", "zh": "在线聊天"},
    capabilities=Capabilities(
        files=True, live=True, starts=False, length=LONGEST, asks=Asks.TALK, order=10, icon="message", tone=3
    ),
    settings=ChatSettings,
    opener=Chat,
    mounts=("/w/",),
    address_scheme=SCHEME,
    refusals=True,
)
