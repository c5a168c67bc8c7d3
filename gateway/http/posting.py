"""The mailroom's way out: letters that wait, their sheets to print, and what became of the paper."""

import asyncio
from typing import Annotated, Any

from aiohttp import web
from pydantic import BeforeValidator, Field

from channels.contract import Undeliverable
from channels.paper import Prints
from channels.shared.paper import merging
from crm_core.actions import posting as actions
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem
from crm_core.model.ids import InboxId, MessageId, TicketId
from crm_core.model.message import Message, Outbound
from crm_core.model.view import Json, instant, message_item
from crm_core.queries import inboxes, posting, ticket, ways
from crm_core.queries.posting import Letter
from crm_core.queries.ways import Words
from gateway.house import Door
from gateway.http import faces, headers, replies
from gateway.http.files import disposition
from gateway.http.replies import PreviewBody, address_of
from gateway.http.routes import API, Ask, Asked, Input, route

Key = Annotated[str, Field(min_length=1, max_length=60)]
MOST_SHOWN = 4
"""Pages that a preview draws."""


def _split(value: object) -> object:
    return [part for part in value.split(",") if part] if isinstance(value, str) else value


class LettersQuery(Asked):
    """Of which mailroom."""

    inbox: Key
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


class LetterItem(faces.Face):
    """A letter that waits: `to_print`, or `printed` and not posted yet."""

    id: str
    ticket: str
    number: str
    subject: str | None
    to: str
    address: str
    sender: str
    language: str | None
    needs: list[str]
    delivery: str
    created_at: str


@route("GET", f"{API}/letters", query=LettersQuery, answer=faces.Page[LetterItem], may_be_missing=True)
async def waiting(ask: Ask, *, query: LettersQuery) -> Json:
    """Letters that are to be printed or posted, of matters that I may see; the oldest first."""
    door = _door(ask, query.inbox)
    house = ask.house.keeper.house
    found = await ask.read(posting.waiting, door.inbox.id, house=house, limit=query.limit, cursor=query.cursor)
    return {"items": [_item(one) for one in found.items], "next": found.next}


class SheetsQuery(Asked):
    """Which letters of one mailroom, by their messages' ids, with commas between."""

    ids: Annotated[list[Key], BeforeValidator(_split), Field(min_length=1, max_length=actions.MOST)]


@route("GET", f"{API}/letters/sheets", query=SheetsQuery, produces="application/pdf", may_be_missing=True)
async def sheets(ask: Ask, *, query: SheetsQuery) -> web.Response:
    """These letters as one PDF, to be printed. It changes nothing: `POST /letters/prints` says that they are."""
    ids = [MessageId(one) for one in query.ids]
    found = await ask.read(posting.sheets, ids, house=ask.house.keeper.house)
    door = _door(ask, found[0].inbox)
    if any(one.inbox != door.inbox.id for one in found):
        raise BadInput(Problem("ids", "Letters of different mailrooms are printed apart."))
    name = f"{found[0].ticket_number}.pdf" if len(found) == 1 else f"letters-{len(found)}.pdf"
    return _paper(await _drawn(door, found), name=name)


class BatchBody(Input):
    """Letters by their messages' ids: all or none."""

    ids: Annotated[list[Key], Field(min_length=1, max_length=actions.MOST)]

    def messages(self) -> tuple[MessageId, ...]:
        """As the actions take them."""
        return tuple(MessageId(one) for one in self.ids)


class Moved(faces.Face):
    """The letters as they stand now."""

    items: list[faces.MessageItem]


@route("POST", f"{API}/letters/prints", body=BatchBody, answer=Moved)
async def print_them(ask: Ask, *, body: BatchBody) -> Any:
    """They lie in the printer: they cannot be taken back any more."""
    return await ask.do(_moved, actions.print_letters, body.messages())


@route("POST", f"{API}/letters/spoils", body=BatchBody, answer=Moved)
async def spoil_them(ask: Ask, *, body: BatchBody) -> Any:
    """The paper jammed: they are to be printed again."""
    return await ask.do(_moved, actions.spoil_letters, body.messages())


@route("POST", f"{API}/letters/postings", body=BatchBody, answer=Moved)
async def post_them(ask: Ask, *, body: BatchBody) -> Any:
    """They are in the post."""
    return await ask.do(_moved, actions.post_letters, body.messages())


class PagesItem(faces.Face):
    """The pages of a letter as they will be printed: PNG in base64, the first few; and how many there are."""

    pages: list[str]
    count: int


@route("POST", f"{API}/tickets/{{id}}/pages", body=PreviewBody, answer=PagesItem)
async def pages(ask: Ask, *, id: str, body: PreviewBody) -> Json:
    """What they would find in their letterbox, page by page, from the code that prints it. Nothing is kept."""
    words = Words(
        text=body.text,
        html=body.html,
        files=body.files,
        channel=body.channel,
        address=address_of(body.address),
        template=replies.filled_of(body.template),
    )
    key: TicketId = await ask.read(ticket.resolve, id)
    found = await ask.read(ways.foreseen, key, words, house=ask.house.keeper.house)
    drawn = await _drawn(_door(ask, found.way.inbox.id), [found.outbound])
    shown = await asyncio.to_thread(merging.shown, drawn, most=MOST_SHOWN)
    return {"pages": shown, "count": await asyncio.to_thread(merging.count, drawn)}


@route("GET", f"{API}/inboxes/{{id}}/page", produces="application/pdf", may_be_missing=True)
async def sample(ask: Ask, *, id: str) -> web.Response:
    """A letter to nobody as this mailroom prints its letters: to be folded and laid into an envelope."""
    await ask.read(inboxes.one_with_secrets, InboxId(id))
    door = _door(ask, id)
    assert isinstance(door.channel, Prints)
    try:
        drawn = await asyncio.to_thread(door.channel.sample)
    except Undeliverable as why:
        raise NotAllowedNow(str(why)) from why
    return _paper(drawn, name="test-page.pdf")


def _door(ask: Ask, id: str) -> Door:
    """Raises NotFound for an inbox from which nothing is printed."""
    door = ask.house.keeper.doors.get(InboxId(id))
    if door is None or not isinstance(door.channel, Prints):
        raise NotFound
    return door


def _paper(drawn: bytes, *, name: str) -> web.Response:
    return web.Response(
        body=drawn,
        content_type="application/pdf",
        headers={
            "Content-Disposition": disposition(name, "inline"),
            "Content-Security-Policy": headers.PAPER,
            "Cache-Control": "no-store",
        },
    )


async def _drawn(door: Door, letters: list[Outbound]) -> bytes:
    assert isinstance(door.channel, Prints)
    try:
        return await asyncio.to_thread(door.channel.pages, letters)
    except Undeliverable as why:
        raise NotAllowedNow(str(why)) from why


def _item(one: Letter) -> Json:
    message, outbound = one.message, one.outbound
    return {
        "id": message.id,
        "ticket": message.ticket,
        "number": outbound.ticket_number,
        "subject": message.subject,
        "to": outbound.to_name,
        "address": outbound.to.value,
        "sender": message.sender,
        "language": outbound.language,
        "needs": [need.code for need in outbound.needs],
        "delivery": message.delivery,
        "created_at": instant(message.created_at),
    }


def _moved(messages: list[Message]) -> Json:
    return {"items": [message_item(one) for one in messages]}
