"""The consistency report: the same service at every door, measured."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from crm_core.model.errors import BadInput, Problem
from crm_core.model.parity import Cell, Comparison, InTime, Row, Scope
from crm_core.model.view import Json, instant, ticket_row
from crm_core.queries.reports import parity as record
from crm_core.rules import findings, parity
from gateway.http import faces
from gateway.http.routes import API, Ask, Asked, route

HERE = f"{API}/reports/consistency"
USUAL = timedelta(days=28)
LONGEST = timedelta(days=366)
EARLIEST, LATEST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Name = Annotated[str, Field(min_length=1, max_length=60)]


class ConsistencyQuery(Asked):
    """Tickets opened `from` (inclusive) `to` (exclusive), the last four weeks if not said; of a service, in a language.

    `compare`: like with like (within the same service and language), or raw, as they came.
    """

    service: Name | None = None
    language: Name | None = None
    begins: Annotated[AwareDatetime | None, Field(alias="from")] = None
    ends: Annotated[AwareDatetime | None, Field(alias="to")] = None
    compare: Literal["like", "raw"] = "like"


class FindingItem(faces.Face):
    """The finding in a sentence, and what stands behind it."""

    headline: str
    lead: str


class CellItem(faces.Face):
    """One channel in one measure. `amount`: seconds or points, the median or the mean; null: not reached yet.

    `waiting` of `of` still go on. `reference` is the figure of all channels for like tickets, `range` the consistent
    one around it. `says`: same, worse, better, few (too few to tell), alone (nothing to compare with) or absent.
    """

    of: int
    amount: float | None
    interval: tuple[float | None, float | None]
    waiting: int
    reference: float | None
    range: tuple[float | None, float | None]
    p: float | None
    says: str
    why: str


class KeptItem(faces.Face):
    """How many first answers came in time, of those that were due. `promised` is the usual time, in seconds."""

    kept: int
    of: int
    share: float | None
    interval: tuple[float, float]
    promised: float | None
    says: str


class ChannelItem(faces.Face):
    """One channel. `asked`: of so many of its tickets somebody was asked how they were served; `of` in `rated` answered."""

    channel: str
    tickets: int
    asked: int
    promise: KeptItem
    measures: dict[str, CellItem]


class MeasureItem(faces.Face):
    """What is compared: in seconds (fewer is better) or points from 1 to 5."""

    name: str
    scale: str


class ConsistencyReport(faces.Face):
    """All channels beside each other. `as_of` is when it was worked out; `refreshing`: a newer one is on its way.

    `more`: there were more tickets than are looked at, and these are the newest.
    """

    as_of: str
    refreshing: bool
    begins: str
    ends: str
    tickets: int
    more: bool
    compare: str
    fewest: int
    owed: float
    finding: dict[str, FindingItem]
    measures: list[MeasureItem]
    channels: list[ChannelItem]


@route("GET", HERE, query=ConsistencyQuery, answer=ConsistencyReport)
async def report(ask: Ask, *, query: ConsistencyQuery) -> Json:
    """Each channel against all others: first answer, resolution, satisfaction; what differs, and how surely."""
    return await worked_out(ask, query)


class BehindQuery(ConsistencyQuery):
    """The report's own filters, and whose tickets."""

    channel: Name
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


@route("GET", f"{HERE}/tickets", query=BehindQuery, answer=faces.Page[faces.TicketRow])
async def behind(ask: Ask, *, query: BehindQuery) -> Json:
    """The tickets behind a channel's numbers, the newest first."""
    found = await ask.read(
        record.behind, scope_of(ask, query), channel=query.channel, limit=query.limit, cursor=query.cursor
    )
    return {"items": [ticket_row(one) for one in found.items], "next": found.next}


async def worked_out(ask: Ask, asked: ConsistencyQuery) -> Json:
    """The report: the kept one with its time, or a new one."""
    scope = scope_of(ask, asked)
    await ask.read(record.allowed)
    key = ("consistency", asked.service, asked.language, asked.begins, asked.ends, asked.compare)
    kept = await ask.parts.shelf.take(key, lambda: _made(ask, scope, asked.compare))
    return {**kept.value, "as_of": instant(kept.at), "refreshing": kept.refreshing}


def scope_of(ask: Ask, asked: ConsistencyQuery) -> Scope:
    """Which tickets are meant. Raises BadInput for a time that is none, or too long."""
    for name, at in (("from", asked.begins), ("to", asked.ends)):
        if at is not None and not EARLIEST <= at <= LATEST:
            raise BadInput(Problem(name, f"Choose a time between {EARLIEST:%Y} and {LATEST:%Y}."))
    ends: datetime = asked.ends or ask.house.clock()
    begins = asked.begins or ends - USUAL
    if begins >= ends:
        raise BadInput(Problem("from", "This must lie before `to`."))
    if ends - begins > LONGEST:
        raise BadInput(Problem("from", "A report covers at most a year."))
    return Scope(begins, ends, asked.service, asked.language)


async def _made(ask: Ask, scope: Scope, alike: str) -> Json:
    """Read in one look, worked out in a thread: thousands of tickets must not hold up those who write."""
    found = await ask.read(record.matters, scope)
    types = sorted(ask.house.types.values(), key=lambda kind: (kind.capabilities.order, kind.name))
    order = [kind.name for kind in types]
    compared = await asyncio.to_thread(parity.report, found.matters, order=order, alike=alike)
    titles = {kind.name: dict(kind.title) for kind in types}
    return {
        "begins": instant(scope.begins),
        "ends": instant(scope.ends),
        "tickets": compared.tickets,
        "more": found.more,
        "compare": alike,
        "fewest": parity.FEWEST,
        "owed": parity.KEPT_AT_LEAST,
        "finding": {language: _finding(compared, titles, language) for language in findings.languages()},
        "measures": [{"name": one.name, "scale": one.scale} for one in parity.MEASURES],
        "channels": [_channel(row) for row in compared.rows],
    }


def _finding(compared: Comparison, titles: dict[str, dict[str, str]], language: str) -> Json:
    told = findings.told(compared, titles=titles, language=language)
    return {"headline": told.headline, "lead": told.lead}


def _channel(row: Row) -> Json:
    cells = {name: _cell(cell) for name, cell in row.cells.items()}
    return {
        "channel": row.channel,
        "tickets": row.tickets,
        "asked": row.asked,
        "promise": _kept(row.kept),
        "measures": cells,
    }


def _cell(cell: Cell) -> Json:
    return {
        "of": cell.figure.of,
        "amount": cell.figure.amount,
        "interval": (cell.figure.low, cell.figure.high),
        "waiting": cell.waiting,
        "reference": cell.reference,
        "range": (cell.low, cell.high),
        "p": cell.p,
        "says": cell.says,
        "why": cell.why,
    }


def _kept(kept: InTime) -> Json:
    return {
        "kept": kept.kept,
        "of": kept.of,
        "share": kept.share,
        "interval": (kept.low, kept.high),
        "promised": kept.promised,
        "says": kept.says,
    }
