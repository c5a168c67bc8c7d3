"""What could not be read: seen, fetched raw, and read again after a mend."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from channels.contract import Unreadable, Wire
from crm_core.actions import unread
from crm_core.actions.intake import Received
from crm_core.model.errors import NotAllowedNow, NotFound
from crm_core.model.ids import InboxId, WireId
from crm_core.model.message import Inbound
from crm_core.model.view import Json, instant
from crm_core.queries import contents, quarantine
from crm_core.queries.contents import KeptWire
from crm_core.queries.quarantine import Quarantined
from crm_core.rules import cursors
from gateway.house import Door
from gateway.http import faces, headers
from gateway.http.files import disposition
from gateway.http.routes import API, Ask, Asked, route


class QuarantineItem(faces.Face):
    """A raw wire, and why it was not read."""

    id: str
    inbox: str
    arrived_at: str
    size: int
    why: str | None


class QuarantineQuery(Asked):
    """How much, and from where; `q` is what must stand in it, as far as it can be decoded: words, an address, a number."""

    q: Annotated[str, Field(max_length=200)] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


@route("GET", f"{API}/quarantine", query=QuarantineQuery, answer=faces.Page[QuarantineItem])
async def page(ask: Ask, *, query: QuarantineQuery) -> Json:
    """What waits for a mend, newest first."""
    at, id = cursors.opened(query.cursor, int, str) if query.cursor else (1 << 62, "~")
    found = await ask.read(quarantine.page, at=at, id=id, limit=query.limit + 1, typed=query.q)
    shown = found[: query.limit]
    next = cursors.made(shown[-1].key, shown[-1].id) if len(found) > query.limit else None
    return {"items": [_item(one) for one in shown], "next": next}


@route("GET", f"{API}/quarantine/{{id}}/raw", produces="application/octet-stream")
async def raw(ask: Ask, *, id: str) -> web.Response:
    """The bytes as they came."""
    kept = await ask.read(contents.wire, id)
    return web.Response(
        body=await _body(ask, kept),
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Disposition": disposition(f"{kept.id}.eml"),
            "Content-Security-Policy": headers.NOTHING,
        },
    )


class Reread(faces.Face):
    """The ticket it became."""

    ticket: str
    number: str
    message: str


@route("POST", f"{API}/quarantine/{{id}}/readings", answer=Reread)
async def read_again(ask: Ask, *, id: str) -> Any:
    """Read it again, after a mend: it becomes the contact it always was."""
    kept = await ask.read(contents.wire, id)
    door = ask.house.keeper.doors.get(InboxId(kept.inbox))
    if door is None:
        raise NotAllowedNow("Its inbox is closed. Open it first.")
    inbound = await _inbound(door, kept, await _body(ask, kept))
    return await ask.do(
        _became,
        unread.read_again,
        WireId(kept.id),
        await ask.house.reception.ready(await ask.house.reception.whole(door, inbound), None),
        inbox=door.inbox,
        house=ask.house.keeper.house,
        reopen_window=timedelta(days=ask.house.settings.reopen_days),
    )


async def _inbound(door: Door, kept: KeptWire, body: bytes) -> Inbound:
    try:
        reading = await asyncio.to_thread(door.channel.read, _wire(kept, body))
    except Unreadable as why:
        raise NotAllowedNow(f"It still cannot be read: {why}") from why
    found = next((part for part in reading.parts if isinstance(part, Inbound)), None)
    if found is None:
        raise NotAllowedNow("There is no message in it.")
    return found


def _wire(kept: KeptWire, body: bytes) -> Wire:
    """As it came, with the evidence of that day."""
    about: Mapping[str, Any] = json.loads(kept.headers)
    return Wire(
        body=body,
        headers=about.get("headers", {}),
        url=about.get("url", ""),
        arrived_at=datetime.fromtimestamp(kept.arrived_at / 1_000_000, UTC),
        recipients=tuple(about.get("recipients", ())),
        evidence=about.get("evidence", {}),
    )


async def _body(ask: Ask, kept: KeptWire) -> bytes:
    if kept.body is not None:
        return bytes(kept.body)
    try:
        return await asyncio.to_thread(ask.house.files.read, kept.digest)
    except FileNotFoundError as why:
        raise NotFound from why


def _item(one: Quarantined) -> Json:
    return {
        "id": one.id,
        "inbox": one.inbox,
        "arrived_at": instant(one.arrived_at),
        "size": one.size,
        "why": one.why,
    }


def _became(received: Received) -> Json:
    return {"ticket": received.ticket, "number": received.number, "message": received.message}
