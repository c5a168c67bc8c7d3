"""How long things are kept: periods, a dry run, and the sweeps that take what is over."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from crm_core.actions import retaining
from crm_core.model.event_retention import period_facts, sweep_facts
from crm_core.model.ids import SweepId
from crm_core.model.retention import Due, Kept, Sweep
from crm_core.model.view import Json, maybe_instant
from crm_core.queries import retention
from crm_core.rules import retention as rule
from gateway.http import faces
from gateway.http.routes import API, Ask, Input, route

Kind = Literal["wires", "files", "quarantine", "matters", "people"]


class PeriodItem(faces.Face):
    """From a day on this kind is kept so many days; null: for ever."""

    id: str
    kind: Kind
    days: int | None
    valid_from: datetime
    made_by: str
    made_at: datetime


class SweepItem(faces.Face):
    """A pass over what is over. `counted` is what it is about, `done` what it did; `why` says why it asks: `much` and how many, or `silent` and for how many days."""

    id: str
    at: datetime
    by: str
    state: Literal["asks", "running", "done", "declined"]
    cuts: dict[Kind, datetime]
    counted: dict[Kind, int]
    done: dict[Kind, int]
    why: str
    ended_at: datetime | None
    version: int


class RetentionItem(faces.Face):
    """Every period, those in force first, and the newest sweeps."""

    kinds: list[Kind]
    shortest: dict[Kind, int]
    in_force: dict[Kind, int | None]
    periods: list[PeriodItem]
    sweeps: list[SweepItem]


class DueItem(faces.Face):
    """What a sweep begun now would take, exactly: before which instant, and how many."""

    cuts: dict[Kind, datetime]
    counted: dict[Kind, int]


@route("GET", f"{API}/retention", answer=RetentionItem)
async def show(ask: Ask) -> Json:
    """How long each kind is kept, and what was taken lately."""
    periods = await ask.read(retention.all_periods)
    sweeps = await ask.read(retention.newest_sweeps)
    held = rule.in_force(periods, at=ask.house.clock())
    return {
        "kinds": [kind.value for kind in Kept],
        "shortest": {kind.value: days for kind, days in rule.SHORTEST.items()},
        "in_force": {kind.value: one.days for kind, one in held.items()},
        "periods": [period_facts(one) for one in periods],
        "sweeps": [sweep_facts(one) for one in sweeps],
    }


class PeriodBody(Input):
    """How long a kind is kept, from a day on; without one, from now."""

    kind: Kind
    days: Annotated[int, Field(ge=1, le=rule.LONGEST)] | None
    valid_from: Annotated[AwareDatetime, Field(strict=False)] | None = None


@route("POST", f"{API}/retention/periods", body=PeriodBody, answer=PeriodItem, status=201)
async def set_period(ask: Ask, *, body: PeriodBody) -> Any:
    """Set how long a kind is kept. Nothing goes by this alone: the daily sweep, or one that you begin, takes it."""
    kind = Kept(body.kind)
    return await ask.do(period_facts, retaining.set_period, kind, days=body.days, valid_from=body.valid_from)


@route("GET", f"{API}/retention/dry-run", answer=DueItem)
async def dry_run(ask: Ask) -> Json:
    """Count what a sweep begun now would take, by the statements that it goes by. Nothing is changed."""
    return _due(await ask.read(retention.dry_run))


@route("POST", f"{API}/retention/sweeps", answer=SweepItem, status=201, may_be_empty=True)
async def sweep(ask: Ask) -> Any:
    """Begin now what the dry run says; empty where nothing is over."""
    due = await ask.read(retention.dry_run)
    return await ask.do(_maybe_sweep, retaining.begin_sweep, due)


class AnswerBody(Input):
    """Whether a sweep that asks may run."""

    choice: Literal["run", "decline"]


@route("POST", f"{API}/retention/sweeps/{{id}}/answers", body=AnswerBody, answer=SweepItem, status=201)
async def answer(ask: Ask, *, id: str, body: AnswerBody) -> Any:
    """A sweep that would take much, or came after an odd silence, waits for this."""
    return await ask.do(sweep_facts, retaining.answer_sweep, SweepId(id), choice=body.choice)


def _due(due: Due) -> Json:
    return {
        "cuts": {kind.value: maybe_instant(at) for kind, at in due.cuts.items()},
        "counted": {kind.value: count for kind, count in due.counted.items()},
    }


def _maybe_sweep(made: Sweep | None) -> Json | None:
    return None if made is None else sweep_facts(made)
