"""Scans that staff upload: kept like any upload, read, and shown with what they may belong to."""

import asyncio
from typing import Annotated, Any

from pydantic import Field

from channels.contract import Unreadable
from channels.paper import Scanned, Scans
from channels.shared.scans.scan import How, Scan
from crm_core.actions import uploads
from crm_core.model.check import Check
from crm_core.model.errors import BadInput, NotFound, Problem
from crm_core.model.ids import InboxId
from crm_core.model.message import Attachment
from crm_core.model.view import Json, ticket_row
from crm_core.queries import codes
from crm_core.queries.codes import Hint
from gateway.http import faces
from gateway.http.files import received, typed
from gateway.http.routes import API, Ask, Asked, route

_UNREAD = Scanned(Scan(How.UNCHECKED), ())


class ScanQuery(Asked):
    """At which inbox it came."""

    inbox: Annotated[str, Field(min_length=1, max_length=60)]


class HintItem(faces.Face):
    """A matter that it may belong to. With `code` it says so by the signed code of our own letter; `ticket` is null where I may not look."""

    number: str
    code: str | None
    ticket: faces.TicketRow | None


class ScanItem(faces.Face):
    """A scan: its file, to be named when it is registered, and what stands on it."""

    id: str
    name: str
    type: str
    size: int
    check: Check | None
    """Why it may not be opened yet."""
    how: str
    """Where the words come from (`own`, `read`), or why there are none (`empty`, `no_reader`, `unreadable`, `unchecked`)."""
    pages: int
    text: str
    sure: int | None
    """How sure the reading is, in percent."""
    picture: str
    """The first page, small: JPEG in base64."""
    hints: list[HintItem]


@route("POST", f"{API}/scans", query=ScanQuery, upload=True, answer=ScanItem, status=201)
async def scan(ask: Ask, *, query: ScanQuery) -> Any:
    """Upload one scan (multipart, field `file`: PDF, JPEG, PNG, TIFF, HEIC) and have it read."""
    door = ask.house.keeper.doors.get(InboxId(query.inbox))
    if door is None or not isinstance(door.channel, Scans):
        raise NotFound
    name, declared, content = await received(ask.request)
    house = ask.house.keeper.house
    await ask.read(codes.hinted, tokens=(), text="", house=house)  # refuses at once who may not register
    try:
        found = await door.channel.scan(content) if await ask.house.reception.readable(content) else _UNREAD
    except Unreadable as why:
        raise BadInput(Problem("file", str(why))) from why
    blob = await asyncio.to_thread(ask.house.files.keep, content)
    hints = await ask.read(codes.hinted, tokens=found.tokens, text=found.scan.text, house=house)
    kind = typed(declared, content)
    asked = ask.saying(blob.digest, name, kind)
    return await asked.do(lambda kept: _item(kept, found, hints), uploads.upload, blob, name=name, type=kind)


def _item(kept: Attachment, found: Scanned, hints: list[Hint]) -> Json:
    return {
        "id": kept.id,
        "name": kept.name,
        "type": kept.type,
        "size": kept.size,
        "check": kept.check,
        "how": found.scan.how,
        "pages": found.scan.pages,
        "text": found.scan.text,
        "sure": found.scan.sure,
        "picture": found.scan.picture,
        "hints": [_hint(hint) for hint in hints],
    }


def _hint(hint: Hint) -> Json:
    return {
        "number": hint.ticket.number,
        "code": hint.code or None,
        "ticket": ticket_row(hint.ticket) if hint.visible else None,
    }
