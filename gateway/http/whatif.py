"""What if there were two more from ten on: what usually comes, how many it takes, and a rehearsal of the same engine."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Annotated, Literal

from pydantic import Field, model_validator

from crm_core.model.board import Aims, Service, Variant
from crm_core.model.errors import BadInput, NotFound, Problem
from crm_core.model.ids import QueueId
from crm_core.model.view import Json
from crm_core.queries import demand
from crm_core.rules import levels
from gateway.days import today
from gateway.http import faces
from gateway.http.board import AimsItem
from gateway.http.routes import API, Ask, Input, route
from gateway.rehearsing import runs_of
from routing import whatif
from routing.planning import Goal, Outlook
from routing.whatif import Band, Day, Played

WEEKS = 6
"""So many days of the same weekday are looked at, as planners do."""

MOST = 5_000
"""Contacts of one day that can be played."""

Lasts = Annotated[float, Field(ge=1, le=86_400)]
People = Annotated[list[Annotated[int, Field(ge=0, le=200)]], Field(min_length=1, max_length=96)]
OF_QUEUE = f"{API}/queues/{{id}}"


class DemandItem(faces.Face):
    """What usually comes live on such a day, in half hours from midnight; `days` were looked at on which somebody came.

    `handle` and `patience` in seconds, null where the record has none. `here`: so many are signed in for it now.
    """

    days: int
    contacts: list[float]
    handle: float | None
    patience: float | None
    here: int
    aims: AimsItem


@route("GET", f"{OF_QUEUE}/demand", answer=DemandItem)
async def usual(ask: Ask, *, id: str) -> Json:
    """What came to a queue on the last days of today's weekday: where a plan begins."""
    setup, at = ask.house.keeper.setup, ask.house.clock()
    days = [today(setup.calendars, at=at - timedelta(weeks=week)) for week in range(1, WEEKS + 1)]
    found = await ask.read(demand.usual, QueueId(id), days=days)
    if not found.days:  # nothing on such a day: the last week is better than nothing
        days = [today(setup.calendars, at=at - timedelta(days=day)) for day in range(1, 8)]
        found = await ask.read(demand.usual, QueueId(id), days=days)
    here = await ask.read(demand.here, _queue(ask, id))
    return {**asdict(found), "here": here, "aims": setup.aims.shown()}


class OutlookBody(Input):
    """A day: so many `contacts` in each interval, so many `people` as it is, and so many as it might be (`changed`).

    Lengths of time in seconds; `patience` null: nobody gives up. `shrinkage`: the share of paid time that goes to breaks,
    training and illness.
    """

    interval: Literal[900, 1800, 3600] = 1800
    contacts: Annotated[list[Annotated[float, Field(ge=0, le=MOST)]], Field(min_length=1, max_length=96)]
    handle: Lasts
    patience: Lasts | None = None
    people: People
    changed: People
    shrinkage: Annotated[float, Field(ge=0, le=0.9)] = 0.0

    @model_validator(mode="after")
    def _of_one_day(self) -> "OutlookBody":
        if not len(self.contacts) == len(self.people) == len(self.changed):
            raise ValueError("As many numbers of people as there are intervals.")
        return self


class BandItem(faces.Face):
    """What the rehearsed days say together, and from where to where the truth lies in 95 of 100 cases."""

    low: float
    mid: float
    high: float


class Reckoned(faces.Face):
    """By formula: shares, and the average wait in seconds (null: it grows without end)."""

    level: float
    wait: float | None
    occupancy: float
    gives_up: float


class Rehearsed(faces.Face):
    """By rehearsal; null where nobody came, or nobody was there."""

    level: BandItem | None
    wait: BandItem | None
    occupancy: BandItem | None
    gives_up: BandItem | None


class SideItem(faces.Face):
    """So many people, and what comes of it."""

    people: int
    formula: Reckoned
    rehearsal: Rehearsed


class IntervalItem(faces.Face):
    """One interval: how many it takes on the floor and on the rota, as it is (`now`) and as it might be (`then`)."""

    contacts: float
    needed: int
    scheduled: int
    now: SideItem
    then: SideItem


class WholeDay(faces.Face):
    """All of the day by rehearsal, as it is and as it might be."""

    now: Rehearsed
    then: Rehearsed


class OutlookItem(faces.Face):
    """The day in intervals. `level` is the share in target by the aims' variant; `runs` days were played of each."""

    aims: AimsItem
    runs: int
    day: WholeDay
    intervals: list[IntervalItem]


@route("POST", f"{OF_QUEUE}/outlooks", body=OutlookBody, answer=OutlookItem)
async def look_ahead(ask: Ask, *, id: str, body: OutlookBody) -> Json:
    """Reckon and rehearse a day of a queue: the formulas beside the engine itself, as it is and with other people.

    Nothing is kept. Everybody is taken to be able to do everything that comes to this queue.
    """
    await ask.read(demand.here, _queue(ask, id))
    if sum(body.contacts) > MOST:
        raise BadInput(Problem("contacts", f"At most {MOST} in a day.", code="many"))
    aims = ask.house.keeper.setup.aims
    now, then = _day(body, body.people, aims), _day(body, body.changed, aims)
    goal = Goal(share=aims.share / 100, time=timedelta(seconds=aims.within), shrinkage=body.shrinkage)
    kept = partial(_level, variant=aims.variant)
    rehearsals, gone = ask.parts.rehearsals, partial(_is_gone, ask)
    needs, as_is = await rehearsals.reckon(now, goal, level=kept)
    _, might_be = await rehearsals.reckon(then, goal, level=kept)
    played, other = await rehearsals.play((now, then), gone=gone)
    return {
        "aims": aims.shown(),
        "runs": runs_of((now, then)),
        "day": {
            "now": _rehearsed([whatif.whole(run) for run in played], variant=aims.variant),
            "then": _rehearsed([whatif.whole(run) for run in other], variant=aims.variant),
        },
        "intervals": [
            {
                "contacts": contacts,
                "needed": need.people,
                "scheduled": need.scheduled,
                "now": _side(as_is[number], [run[number] for run in played], variant=aims.variant),
                "then": _side(might_be[number], [run[number] for run in other], variant=aims.variant),
            }
            for number, (contacts, need) in enumerate(zip(body.contacts, needs, strict=True))
        ],
    }


def _queue(ask: Ask, id: str) -> QueueId:
    if QueueId(id) not in ask.house.keeper.house.queues:
        raise NotFound
    return QueueId(id)


def _is_gone(ask: Ask) -> bool:
    """Whether whoever asked has closed the page, or asked something else."""
    wire = ask.request.transport
    return wire is None or wire.is_closing()


def _day(body: OutlookBody, people: list[int], aims: Aims) -> Day:
    return Day(
        interval=timedelta(seconds=body.interval),
        contacts=tuple(body.contacts),
        people=tuple(people),
        handle=timedelta(seconds=body.handle),
        patience=None if body.patience is None else timedelta(seconds=body.patience),
        within=timedelta(seconds=aims.within),
    )


def _level(seen: Outlook, *, variant: Variant) -> float:
    """The share in target, as this house counts who gives up."""
    return levels.share(met=seen.within, gives_up=seen.gives_up, early=seen.early, short=seen.short, variant=variant)


def _side(seen: Outlook, runs: Sequence[Played], *, variant: Variant) -> Json:
    reckoned = {
        "level": _level(seen, variant=variant),
        "wait": None if seen.wait == timedelta.max else seen.wait.total_seconds(),
        "occupancy": seen.occupancy,
        "gives_up": seen.gives_up,
    }
    return {"people": seen.people, "formula": reckoned, "rehearsal": _rehearsed(runs, variant=variant)}


def _rehearsed(runs: Sequence[Played], *, variant: Variant) -> Json:
    kept = [levels.fraction(_service(one), variant=variant) for one in runs]
    return {
        "level": _shown(whatif.band(kept)),
        "wait": _shown(whatif.band([(one.waited, one.waits) for one in runs])),
        "occupancy": _shown(whatif.band([(one.busy, one.there) for one in runs])),
        "gives_up": _shown(whatif.band([(one.gave_up, one.came) for one in runs])),
    }


def _service(one: Played) -> Service:
    """Who is still waiting when the day ends waited longer than anybody was promised."""
    left = one.came - one.served - one.gave_up
    return Service(one.served, one.in_time, one.gave_up, one.early, one.short, left)


def _shown(band: Band | None) -> Json | None:
    return None if band is None else asdict(band)
