"""Answering by any way: which ways there are, what would arrive, and what becomes of answers that still wait."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from channels.contract import Rendering, Undeliverable
from channels.shared.html import clean
from crm_core.actions import handouts as handing
from crm_core.actions import waiting
from crm_core.model.address import Address
from crm_core.model.answer import Cited
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.habits import Filled
from crm_core.model.ids import AnswerId, MessageId, TicketId
from crm_core.model.message import Message
from crm_core.model.view import Json, maybe_instant, message_item
from crm_core.queries import handouts, ticket, ways
from crm_core.queries.ways import Foreseen, Words
from crm_core.rules import templates
from crm_core.rules.ways import Misfit, Way
from gateway.http import faces
from gateway.http.faces_replies import HandoutItem, PreviewItem, WayItem, handout_item
from gateway.http.routes import API, Ask, Input, route

OF_TICKET = f"{API}/tickets/{{id}}"
OF_MESSAGE = f"{API}/messages/{{id}}"
Key = Annotated[str, Field(min_length=1, max_length=60)]
Place = Annotated[str, Field(min_length=3, max_length=400)]
"""An address with its scheme: `mailto:ana@example.org`, `tel:+15550142`."""


@route("GET", f"{OF_TICKET}/ways", answer=faces.Page[WayItem])
async def offered(ask: Ask, *, id: str) -> Json:
    """Every way to answer this person, the open ones first, with the reason why the others are not."""
    found = await ask.read(ways.offered, await _id(ask, id), house=ask.house.keeper.house)
    return {"items": [_way(one, usual=found.usual, link=found.link) for one in found.ways], "next": None}


class FilledBody(Input):
    """An approved text of the way (`templates` of `GET /tickets/{id}/ways`), and what stands in its gaps, in their order."""

    id: Key
    values: Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=20)] = Field(default_factory=list)


def filled_of(body: FilledBody | None) -> Filled | None:
    """The same, as the rule reads it."""
    return None if body is None else Filled(body.id, tuple(body.values))


class PreviewBody(Input):
    """What somebody is about to send. Without a channel or address it takes the usual way."""

    text: Annotated[str, Field(max_length=100_000)] = ""
    html: Annotated[str, Field(max_length=100_000)] | None = None
    channel: Key | None = None
    address: Place | None = None
    files: Annotated[int, Field(ge=0, le=50)] = 0
    template: FilledBody | None = None


@route("POST", f"{OF_TICKET}/previews", body=PreviewBody, answer=PreviewItem)
async def preview(ask: Ask, *, id: str, body: PreviewBody) -> Json:
    """What they would get, word for word, from the code that sends it. Nothing is kept."""
    words = Words(
        text=body.text,
        html=body.html,
        files=body.files,
        channel=body.channel,
        address=address_of(body.address),
        template=filled_of(body.template),
    )
    found = await ask.read(ways.foreseen, await _id(ask, id), words, house=ask.house.keeper.house)
    return _preview(found, _rendered(ask, found))


class CitedBody(Input):
    """What an inserted answer said: as `GET /tickets/{id}/answers` gave it."""

    answer: Key
    language: Annotated[str, Field(min_length=2, max_length=12)]
    facts: Annotated[dict[Key, Annotated[str, Field(max_length=1000)]], Field(max_length=60)]


Cites = Annotated[list[CitedBody], Field(max_length=20)]


def cites_of(bodies: list[CitedBody]) -> tuple[Cited, ...]:
    """The citations of a reply, as the rule reads them."""
    return tuple(Cited(AnswerId(one.answer), one.language, one.facts) for one in bodies)


class NothingBody(Input):
    """Nothing more is to be said."""


@route("POST", f"{OF_MESSAGE}/withdrawals", body=NothingBody, answer=faces.MessageItem)
async def withdraw(ask: Ask, *, id: str, body: NothingBody) -> Any:  # noqa: ARG001 - it says nothing
    """Take an answer back that has not left yet. Its words stay, to be written anew."""
    return await ask.do(_shown, waiting.withdraw, MessageId(id), house=ask.house.keeper.house)


@route("GET", f"{OF_MESSAGE}/handout", answer=HandoutItem)
async def handout(ask: Ask, *, id: str) -> Json:
    """How the link to a message's files stands, where its way carried none: until when it opens, and what was fetched."""
    return handout_item(await ask.read(handouts.standing, MessageId(id), lasts=ask.house.keeper.house.files_last))


@route("DELETE", f"{OF_MESSAGE}/handout", status=204)
async def shut(ask: Ask, *, id: str) -> None:
    """Shut the link to a message's files: it opens nothing any more."""
    await ask.house.desk.do(ask.actor, handing.shut, MessageId(id))


class DepartureBody(Input):
    """When it leaves instead; null: now."""

    at: AwareDatetime | None


@route("POST", f"{OF_MESSAGE}/departures", body=DepartureBody, answer=faces.MessageItem)
async def depart(ask: Ask, *, id: str, body: DepartureBody) -> Any:
    """Let an answer that waits leave now, or at another time."""
    if body.at is None:
        return await ask.do(_shown, waiting.send_now, MessageId(id), house=ask.house.keeper.house)
    at = sane(body.at)
    return await ask.do(_shown, waiting.postpone_to, MessageId(id), at=at)


async def must_fit(ask: Ask, id: TicketId, words: Words) -> None:
    """Refuse what would take more messages than the way has: only its channel knows where it cuts."""
    house = ask.house.keeper.house
    if words.template is not None or not any(can.length for can in house.can.values()):
        return
    found = await ask.read(ways.foreseen, id, words, house=house, to="reply")
    if found.way.can.length is None or Misfit.LENGTH in found.misfits:
        return  # the action says what does not fit
    parts = len(_rendered(ask, found).parts)
    if parts > found.way.can.parts:
        much = f"It would take {parts} messages, and at most {found.way.can.parts} go this way."
        raise BadInput(Problem("text", much))


def address_of(text: str | None) -> Address | None:
    """The address somebody names. Raises BadInput where it has no scheme."""
    if text is None:
        return None
    try:
        return Address.parse(text)
    except ValueError:
        raise BadInput(Problem("address", "Name it with its scheme, such as mailto:ana@example.org.")) from None


def sane(at: datetime) -> datetime:
    """A time that every calendar can hold."""
    if at.year > 9000:
        raise BadInput(Problem("at", "Choose a time that is not so far away."))
    return at


def _rendered(ask: Ask, found: Foreseen) -> Rendering:
    door = ask.house.keeper.doors.get(found.way.inbox.id)
    if door is None:
        raise NotAllowedNow("This inbox is switched off.")
    try:
        return door.channel.render(found.outbound)
    except Undeliverable as why:
        raise NotAllowedNow(str(why)) from None


def _preview(found: Foreseen, rendering: Rendering) -> Json:
    return {
        "way": _way(found.way, usual=None),
        "parts": list(rendering.parts),
        "sender": rendering.sender,
        "subject": rendering.subject,
        "html": None if rendering.html is None else clean(rendering.html, inline={}).html,
        "used": rendering.used,
        "most": rendering.most,
        "dear": rendering.dear,
        "misfits": _misfits(found, parts=len(rendering.parts)),
        "over": found.over,
        "asks": found.asks,
    }


def _misfits(found: Foreseen, *, parts: int) -> list[Misfit]:
    """Also what only shows when it is cut into messages."""
    too_many = found.way.can.length is not None and parts > found.way.can.parts
    more = [Misfit.LENGTH] if too_many and Misfit.LENGTH not in found.misfits else []
    return [*found.misfits, *more]


def _way(way: Way, *, usual: Way | None, link: int = 0) -> Json:
    return {
        "channel": way.inbox.channel,
        "inbox": way.inbox.id,
        "inbox_name": way.inbox.name,
        "address": str(way.address),
        "proven": way.place.proven,
        "open": way.open,
        "bar": way.bar,
        "why": way.why,
        "doubt": way.doubt,
        "later": maybe_instant(way.later),
        "speaker": way.place.speaker,
        "preferred": way.preferred,
        "usual": way == usual,
        "link": 0 if way.can.files else link,
        "templates": [
            {"id": one.id, "name": one.name, "language": one.language, "text": one.text, "gaps": templates.gaps(one)}
            for one in way.templates
        ],
        "undo": None if way.can.undo is None else int(way.can.undo.total_seconds()),
    }


async def _id(ask: Ask, key: str) -> TicketId:
    return await ask.read(ticket.resolve, key)


def _shown(message: Message) -> Json:
    return message_item(message)
