"""Who owns what where, and units that split, join and take other names (admins); wrong desks counted."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from crm_core.actions import dispatch as actions
from crm_core.actions.dispatch import Successor
from crm_core.model.catalogue import Ownership
from crm_core.model.errors import BadInput, Problem
from crm_core.model.ids import OwnershipId, PlaceId, QueueId, ServiceId, UnitId
from crm_core.model.service import Unit
from crm_core.model.view import Json, instant, maybe_instant
from crm_core.queries import catalogue
from crm_core.rules import dispatch
from gateway.http import faces
from gateway.http.routes import API, Ask, Asked, Input, route

Key = Annotated[str, Field(min_length=1, max_length=60)]


class LineItem(faces.Face):
    """A line of the dispatch catalogue."""

    id: str
    service: str
    place: str | None
    unit: str
    queue: str | None
    valid_from: str
    valid_until: str | None


class Lines(faces.Page[LineItem]):
    """Every line, those that ended too, with the places they speak of."""

    places: list[dict[str, Any]]


class LineBody(Input):
    """A service in a place, or everywhere, and the unit that owns it there from now on."""

    service: Key
    place: Key | None = None
    unit: Key
    queue: Key | None = None


@route("GET", f"{API}/ownerships", answer=Lines)
async def lines(ask: Ask) -> Json:
    """The dispatch catalogue."""
    found = await ask.read(catalogue.lines)
    places = [{"id": one.id, "name": one.name, "words": list(one.words)} for one in ask.house.keeper.setup.places]
    return {"items": [line_item(one) for one in found], "next": None, "places": places}


@route("POST", f"{API}/ownerships", body=LineBody, answer=LineItem, status=201)
async def add(ask: Ask, *, body: LineBody) -> Any:
    """From now on this unit owns it there; the line that stood there ends."""
    return await ask.do(
        line_item,
        actions.add_ownership,
        service=ServiceId(body.service),
        place=None if body.place is None else PlaceId(body.place),
        unit=UnitId(body.unit),
        queue=None if body.queue is None else QueueId(body.queue),
    )


@route("DELETE", f"{API}/ownerships/{{id}}", status=204)
async def end(ask: Ask, *, id: str) -> None:
    """The place has no owner of its own from now on."""
    await ask.house.desk.do(ask.actor, actions.end_ownership, OwnershipId(id))


class ReplayBody(Input):
    """Lines as they would be, and on how many of the newest tickets to try them."""

    lines: Annotated[list[LineBody], Field(min_length=1, max_length=200)]
    tickets: Annotated[int, Field(ge=1, le=500)] = 500


class Moved(faces.Face):
    """How many would go to another unit, and from which to which."""

    before: str
    after: str
    tickets: int


class ReplayItem(faces.Face):
    """What the change would have done."""

    asked: int
    same: int
    moved: list[Moved]


@route("POST", f"{API}/ownerships/replays", body=ReplayBody, answer=ReplayItem)
async def replay(ask: Ask, *, body: ReplayBody) -> Json:
    """The newest tickets once more, through the lines as they are and as they would be. Nothing is kept."""
    asked = await ask.read(catalogue.latest, limit=body.tickets)
    house, now = ask.house.keeper.house, ask.house.clock()
    unknown = [line.service for line in body.lines if ServiceId(line.service) not in house.services]
    if unknown:
        raise BadInput(Problem("lines", "There is no such service."))
    made = [
        Ownership(
            OwnershipId(f"~{number}"), ServiceId(line.service), None if line.place is None else PlaceId(line.place),
            UnitId(line.unit), None, now,
        )
        for number, line in enumerate(body.lines)
    ]  # fmt: skip
    known = [one for one in asked if one.service in house.services]
    after = [*house.ownerships, *made]
    found = dispatch.replay(known, services=house.services, before=house.ownerships, after=after, at=now)
    moved = [{"before": one, "after": other, "tickets": many} for (one, other), many in sorted(found.moved.items())]
    return {"asked": found.asked, "same": found.same, "moved": moved}


class UnitItem(faces.Face):
    """A unit, when it was one, and how many open tickets it owns."""

    id: str
    name: str
    valid_from: str
    valid_until: str | None
    open: int


@route("GET", f"{API}/units", answer=faces.Page[UnitItem])
async def units(ask: Ask) -> Json:
    """Every unit there is or was."""
    found = await ask.read(catalogue.all_units)
    return {"items": [unit_item(unit, held=held) for unit, held in found], "next": None}


class SuccessorBody(Input):
    """A unit that begins, and the services it takes over; the first takes all that nobody names."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    services: Annotated[list[Key], Field(max_length=500)] = Field(default_factory=list)


class ReorganisationBody(Input):
    """One into one is a new name, one into several a split, several into one a merger."""

    units: Annotated[list[Key], Field(min_length=1, max_length=50)]
    into: Annotated[list[SuccessorBody], Field(min_length=1, max_length=50)]
    why: Annotated[str, Field(max_length=300)] = ""


@route("POST", f"{API}/reorganisations", body=ReorganisationBody, answer=faces.Page[UnitItem], status=201)
async def reorganise(ask: Ask, *, body: ReorganisationBody) -> Any:
    """Units end and others begin. Open tickets follow; nothing of what was is lost, and no citizen's link changes."""
    into = tuple(Successor(one.name, frozenset(ServiceId(key) for key in one.services)) for one in body.into)
    return await ask.do(
        lambda made: {"items": [unit_item(unit, held=0) for unit in made], "next": None},
        actions.reorganise,
        frozenset(UnitId(key) for key in body.units),
        into=into,
        why=body.why,
    )


class PeriodQuery(Asked):
    """How many days back."""

    days: Annotated[int, Field(ge=1, le=92)] = 30


class WrongItem(faces.Face):
    """Tickets that came to the wrong desk: what they were taken for, who had them, how many."""

    service: str
    queue: str
    wrong: int


class CameItem(faces.Face):
    """All that came to a queue first, and the share of it that was wrong there."""

    queue: str
    came: int
    wrong: int
    rate: float


class MisdirectReport(faces.Face):
    """The misdirect rate by queue, and what was mistaken for what."""

    since: str
    queues: list[CameItem]
    wrong: list[WrongItem]


@route("GET", f"{API}/reports/misdirects", query=PeriodQuery, answer=MisdirectReport)
async def wrong_desks(ask: Ask, *, query: PeriodQuery) -> Json:
    """How often a contact came to the wrong desk (supervisors)."""
    found = await ask.read(catalogue.misdirected, begins=ask.house.clock() - timedelta(days=query.days))
    by_queue: dict[str, int] = {}
    for one in found.wrong:
        by_queue[one.queue] = by_queue.get(one.queue, 0) + one.wrong
    queues = [
        {"queue": queue, "came": came, "wrong": by_queue.get(queue, 0), "rate": round(by_queue.get(queue, 0) / came, 4)}
        for queue, came in sorted(found.came.items())
    ]
    wrong = [{"service": one.service, "queue": one.queue, "wrong": one.wrong} for one in found.wrong]
    return {"since": instant(found.since), "queues": queues, "wrong": wrong}


def line_item(line: Ownership) -> Json:
    """A line as admins see it."""
    return {
        "id": line.id,
        "service": line.service,
        "place": line.place,
        "unit": line.unit,
        "queue": line.queue,
        "valid_from": instant(line.valid_from),
        "valid_until": maybe_instant(line.valid_until),
    }


def unit_item(unit: Unit, *, held: int) -> Json:
    """A unit as admins see it."""
    return {
        "id": unit.id,
        "name": unit.name,
        "valid_from": instant(unit.valid_from),
        "valid_until": maybe_instant(unit.valid_until),
        "open": held,
    }
