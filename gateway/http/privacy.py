"""What we owe the people we serve: legal holds, and forgetting them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

from aiohttp import web
from pydantic import Field

from crm_core.actions import erasing, exporting, holding
from crm_core.model.errors import Gone
from crm_core.model.event_privacy import erasure_facts, export_facts
from crm_core.model.ids import CustomerId, ExportId, HoldId, TicketId
from crm_core.model.privacy import ErasureReason, LegalHold
from crm_core.model.view import Json, instant, maybe_instant
from crm_core.queries import privacy
from gateway.http import faces
from gateway.http.routes import API, Ask, Input, route
from gateway.telling import place

CHUNK = 256 * 1024
OF_CUSTOMER = f"{API}/customers/{{id}}"


class HoldItem(faces.Face):
    """Words that must be kept: of a person, or of one of their matters."""

    id: str
    customer: str
    ticket: str | None
    reason: str
    by: str
    at: datetime
    lifted_at: datetime | None
    lifted_by: str | None


class ErasureItem(faces.Face):
    """Somebody who is being, or was, forgotten. `ended_at`: for readers; `finished_at`: in the bytes, too."""

    id: str
    customer: str
    reason: Literal["asked", "withdrawn", "over", "unlawful", "kin"]
    reference: str
    by: str
    at: datetime
    stage: Literal["tickets", "elsewhere", "quarantine", "done"]
    tickets: int
    messages: int
    files: int
    ended_at: datetime | None
    finished_at: datetime | None
    version: int


class ExportItem(faces.Face):
    """Everything about a person in one archive; it can be fetched once, until `expires_at`."""

    id: str
    customer: str
    by: str
    at: datetime
    state: Literal["asked", "ready", "fetched", "gone"]
    size: int
    expires_at: datetime | None
    fetched_by: str | None
    version: int


class HeldItem(faces.Face):
    """How much is kept of a person, and what stands in the way of forgetting it."""

    addresses: int
    tickets: int
    messages: int
    files: int
    holds: list[HoldItem]
    erasures: list[ErasureItem]
    exports: list[ExportItem]


@route("GET", f"{OF_CUSTOMER}/held", answer=HeldItem)
async def held(ask: Ask, *, id: str) -> Json:
    """How much is kept of a person, their legal holds, and whether they were forgotten."""
    found = await ask.read(privacy.held, CustomerId(id))
    return {
        "addresses": found.addresses,
        "tickets": found.tickets,
        "messages": found.messages,
        "files": found.files,
        "holds": [_hold(one) for one in found.holds],
        "erasures": [erasure_facts(one) for one in found.erasures],
        "exports": [export_facts(one) for one in found.exports],
    }


class HoldBody(Input):
    """Why, and whether it is about one matter alone."""

    reason: Annotated[str, Field(min_length=1, max_length=holding.LONGEST)]
    ticket: Annotated[str, Field(min_length=1, max_length=60)] | None = None


@route("POST", f"{OF_CUSTOMER}/holds", body=HoldBody, answer=HoldItem, status=201)
async def hold(ask: Ask, *, id: str, body: HoldBody) -> Any:
    """Keep everything of a person, or one matter, whoever asks for it to go, until an admin lifts it."""
    ticket = None if body.ticket is None else TicketId(body.ticket)
    return await ask.do(_hold, holding.hold, CustomerId(id), reason=body.reason, ticket=ticket)


@route("DELETE", f"{OF_CUSTOMER}/holds/{{hold}}", answer=HoldItem)
async def lift(ask: Ask, *, id: str, hold: str) -> Any:
    """It may go again. That it was held stays on record."""
    return await ask.do(_hold, holding.lift, CustomerId(id), HoldId(hold))


class ErasureBody(Input):
    """Why, by the law's code; `reference` is the file number it was asked under, never a name."""

    reason: Literal["asked", "withdrawn", "over", "unlawful", "kin"]
    reference: Annotated[str, Field(max_length=40)] = ""


@route("POST", f"{OF_CUSTOMER}/erasures", body=ErasureBody, answer=ErasureItem, status=201)
async def erase(ask: Ask, *, id: str, body: ErasureBody) -> Any:
    """Forget a person. It cannot be undone: their open matters are closed, words and files go; counts and times stay.

    A person who wrote much is forgotten in portions (`stage`); `onestop erase --finish` clears the bytes.
    """
    reason = ErasureReason(body.reason)
    return await ask.do(erasure_facts, erasing.erase, CustomerId(id), reason=reason, reference=body.reference)


@route("GET", f"{API}/erasures", answer=faces.Page[ErasureItem])
async def erasures(ask: Ask) -> Json:
    """Who was forgotten lately, by number, and what still waits for `onestop erase --finish`."""
    found = await ask.read(privacy.newest_erasures)
    return {"items": [erasure_facts(one) for one in found], "next": None}


@route("POST", f"{OF_CUSTOMER}/exports", answer=ExportItem, status=201)
async def ask_export(ask: Ask, *, id: str) -> Any:
    """Ask for everything about a person, as they may: JSON, a page to read, their files. It is written by a job."""
    return await ask.do(export_facts, exporting.ask_export, CustomerId(id))


@route("POST", f"{API}/exports/{{id}}/fetches", produces="application/zip")
async def fetch(ask: Ask, *, id: str) -> web.StreamResponse:
    """Fetch the archive: once, by whoever may ask for it. After this we have it no more."""
    path = place(ask.house.settings.data_dir, id)
    async with _opened(path) as file:  # before it is fetched on record: whoever clears up takes it from the disk then
        await ask.house.desk.do(ask.actor, exporting.fetch_export, ExportId(id))
        if file is None:
            raise Gone("The archive is not here any more. Ask for a new one.")
        await asyncio.to_thread(path.unlink, missing_ok=True)
        answer = web.StreamResponse(
            headers={
                "Content-Type": "application/zip",
                "Content-Disposition": f'attachment; filename="export-{id}.zip"',
                "Cache-Control": "no-store",
            }
        )
        await answer.prepare(ask.request)
        while some := await asyncio.to_thread(file.read, CHUNK):
            await answer.write(some)
    return answer


@asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[BinaryIO | None]:
    """The file, if it is there."""
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except FileNotFoundError:
        yield None
        return
    with file:
        yield file


def _hold(one: LegalHold) -> Json:
    return {
        "id": one.id,
        "customer": one.customer,
        "ticket": one.ticket,
        "reason": one.reason,
        "by": one.by,
        "at": instant(one.at),
        "lifted_at": maybe_instant(one.lifted_at),
        "lifted_by": one.lifted_by,
    }
