"""Tables of people and tickets: uploaded, looked at, brought in, reported."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from crm_core.actions import bringing as actions
from crm_core.model.bringing import Brought, Import, ImportRow, Lack
from crm_core.model.errors import BadInput, Problem
from crm_core.model.event_bringing import import_facts
from crm_core.model.ids import ImportId, InboxId
from crm_core.model.view import Json
from crm_core.queries import bringing
from crm_core.rules import bringing as rule
from crm_core.rules import sheets
from crm_core.rules.sheets import Look, NoTable
from gateway.http import faces
from gateway.http.files import received
from gateway.http.routes import API, Ask, Input, route
from gateway.workers.importer import read_content, read_row, setting

SHOWN = 20
CHECKED = 2000
OF_IMPORT = f"{API}/imports/{{id}}"
_HEADS = ("line", "outcome", "why", "customer", "ticket")


class ImportItem(faces.Face):
    """A table that is, or was, brought in. `mapping` names the column (from 0) of each field."""

    id: str
    kind: Literal["people", "tickets"]
    name: str
    size: int
    encoding: str
    separator: str
    headings: list[str]
    mapping: dict[str, int]
    inbox: str | None
    state: Literal["draft", "running", "done", "dropped"]
    by: str
    at: datetime
    line: int
    taken: int
    joined: int
    skipped: int
    ended_at: datetime | None
    version: int


class FaultItem(faces.Face):
    """One thing wrong with a row, and what stands there."""

    code: rule.Fault
    there: str


class PreviewRow(faces.Face):
    """A row as it stands there; `why` says why it would be left out, and `faults` the same as codes."""

    line: int
    cells: list[str]
    why: str | None
    faults: list[FaultItem]


class PreviewItem(faces.Face):
    """The first rows, and what is wrong with those looked at. `missing` is what nobody has said yet."""

    fields: list[str]
    missing: Lack | None
    rows: list[PreviewRow]
    looked_at: int
    wrong: int
    problems: list[PreviewRow]


@route("POST", f"{API}/imports", upload=True, answer=ImportItem, status=201)
async def upload(ask: Ask) -> Any:
    """Upload a table (multipart, field `file`): CSV with a line of headings, in UTF-8, GB 18030 or what Excel writes."""
    name, _declared, content = await received(ask.request)
    try:
        look = await asyncio.to_thread(sheets.look, content)
    except NoTable as why:
        raise BadInput(Problem("file", str(why))) from why
    blob = await asyncio.to_thread(ask.house.files.keep, content)
    return await ask.saying(blob.digest, name).do(_item, actions.add_import, actions.File(blob, name, look))


@route("GET", f"{API}/imports", answer=faces.Page[ImportItem])
async def newest(ask: Ask) -> Json:
    """The newest tables, whatever became of them."""
    return {"items": [_item(one) for one in await ask.read(bringing.newest)], "next": None}


@route("GET", f"{OF_IMPORT}/preview", answer=PreviewItem)
async def preview(ask: Ask, *, id: str) -> Json:
    """The first rows with the columns named as now, and the first that would be left out, in plain words."""
    found = await ask.read(bringing.one, ImportId(id))
    content = await read_content(ask.house.desk, found, files=ask.house.files)
    by = setting(ask.house.keeper, country=ask.house.settings.country)
    return await asyncio.to_thread(_preview, content, found, by, ask.house.clock())


class MappingBody(Input):
    """What the rows are, and which column (from 0) holds which field."""

    kind: Literal["people", "tickets"]
    mapping: Annotated[dict[str, Annotated[int, Field(ge=0, lt=sheets.MOST_COLUMNS)]], Field(max_length=20)]
    inbox: Annotated[str, Field(max_length=60)] | None = None


@route("PUT", f"{OF_IMPORT}/mapping", body=MappingBody, answer=ImportItem)
async def map_columns(ask: Ask, *, id: str, body: MappingBody) -> Any:
    """Say which column is what; `inbox` is the door that tickets are said to have come by."""
    inbox = None if body.inbox is None else InboxId(body.inbox)
    kind = Brought(body.kind)
    house, mapping = ask.house.keeper.house, body.mapping
    return await ask.do(_item, actions.map_import, ImportId(id), kind=kind, mapping=mapping, inbox=inbox, house=house)


@route("POST", f"{OF_IMPORT}/runs", answer=ImportItem, status=201)
async def run(ask: Ask, *, id: str) -> Any:
    """Bring it in: by a job, behind everything live. Nobody is notified; a row that was brought in before is passed over."""
    return await ask.do(_item, actions.begin_import, ImportId(id))


@route("DELETE", OF_IMPORT, answer=ImportItem)
async def drop(ask: Ask, *, id: str) -> Any:
    """It was not what you wanted: its content is forgotten."""
    return await ask.do(_item, actions.drop_import, ImportId(id))


@route("GET", f"{OF_IMPORT}/report", produces="text/csv")
async def report(ask: Ask, *, id: str) -> web.StreamResponse:
    """What became of each row: taken, joined or skipped, and why. No cell of it is a formula."""
    found = await ask.read(bringing.one, ImportId(id))
    answer = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="import-{found.id}.csv"',
            "Cache-Control": "no-store",
        }
    )
    await answer.prepare(ask.request)
    await answer.write("".join([sheets.MARK, *sheets.written([_HEADS])]).encode())
    after = 0
    while rows := await ask.read(bringing.report, found.id, after=after):
        await answer.write("".join(sheets.written(_line(one) for one in rows)).encode())
        after = rows[-1].line
    return answer


def _preview(content: bytes, found: Import, by: rule.Setting, at: datetime) -> Json:
    looked = list(_looked(content, found, by, at))
    wrong = [row for row in looked if row["why"] is not None]
    return {
        "fields": list(rule.columns()[found.kind]),
        "missing": rule.missing(found),
        "rows": looked[:SHOWN],
        "looked_at": len(looked),
        "wrong": len(wrong),
        "problems": wrong[:SHOWN],
    }


def _looked(content: bytes, found: Import, by: rule.Setting, at: datetime) -> Iterator[Json]:
    look = Look(found.encoding, found.separator, found.headings)
    for line, row in islice(sheets.rows(content, look), CHECKED):
        says = read_row(row, found, by, at=at)
        wrong = says if isinstance(says, rule.Wrong) else None
        faults = [{"code": code, "there": there} for code, there in wrong.faults] if wrong else []
        yield {"line": line, "cells": list(row), "why": wrong.why if wrong else None, "faults": faults}


def _line(row: ImportRow) -> tuple[str, ...]:
    return (str(row.line), row.outcome.value, row.why, row.customer or "", row.ticket or "")


def _item(found: Import) -> Json:
    return {
        **import_facts(found),
        "name": found.name,
        "encoding": found.encoding,
        "separator": found.separator,
        "headings": list(found.headings),
        "mapping": found.mapping,
        "inbox": found.inbox,
    }
