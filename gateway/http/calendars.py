"""Calendars: opening hours with their exceptions; holidays from the library or from a file."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from crm_core.actions import promises as actions
from crm_core.model.errors import BadInput, Problem
from crm_core.model.ids import CalendarId, fresh
from crm_core.model.sla import Calendar
from crm_core.model.view import Json, maybe_instant
from crm_core.queries import promises, reckoning
from crm_core.rules import calendar as hours
from crm_core.rules import ics
from crm_core.rules.calendar import NeverOpen
from gateway import holidays
from gateway.http import faces, policies, ruling
from gateway.http.policies import EditionQuery
from gateway.http.routes import API, Ask, Asked, Input, route
from gateway.http.ruling import BackBody, CalendarBody, EditionItem, PreviewItem, PublishedItem, SeenBody


class CalendarItem(faces.Face):
    """A calendar in force, and whether it is open now. `opens_at` is the next open moment."""

    id: str
    name: str
    zone: str
    windows: list[dict[str, int]]
    exceptions: list[dict[str, Any]]
    country: str | None
    subdivision: str | None
    version: int
    open: bool
    opens_at: datetime | None


@route("GET", f"{API}/calendars", answer=faces.Page[CalendarItem])
async def all_of_them(ask: Ask) -> Json:
    """Every calendar in force."""
    now = ask.house.clock()
    found = await ask.read(promises.calendars)
    return {"items": [{**ruling.calendar_item(one), **_now(one, at=now)} for one in found], "next": None}


@route("POST", f"{API}/calendars", body=CalendarBody, answer=EditionItem, status=201)
async def add(ask: Ask, *, body: CalendarBody) -> Any:
    """Draft a new calendar."""
    return await _draft(ask, body, id=fresh(CalendarId, at=ask.house.clock()))


@route("POST", f"{API}/calendars/{{id}}/drafts", body=CalendarBody, answer=EditionItem, status=201)
async def draft(ask: Ask, *, id: str, body: CalendarBody) -> Any:
    """Write down how it should be; a later draft takes the place of an earlier one."""
    return await _draft(ask, body, id=CalendarId(id))


@route("POST", f"{API}/calendars/{{id}}/previews", body=CalendarBody, answer=PreviewItem)
async def preview(ask: Ask, *, id: str, body: CalendarBody) -> Json:
    """What it would do to what is open, before anybody publishes it."""
    wanted = _calendar(body, id=CalendarId(id))
    return ruling.preview_item(await ask.read(reckoning.preview, calendars=[wanted]))


@route("POST", f"{API}/calendars/{{id}}/publications", body=SeenBody, answer=PublishedItem, status=201)
async def publish(ask: Ask, *, id: str, body: SeenBody) -> Any:
    """Put the draft in force, exactly as it was seen; what counts by it is reckoned anew."""
    return await policies.publish_draft(ask, id, seen_version=body.seen_version)


@route("POST", f"{API}/calendars/{{id}}/rollbacks", body=BackBody, answer=PublishedItem, status=201)
async def roll_back(ask: Ask, *, id: str, body: BackBody) -> Any:
    """Put an older edition in force again."""
    return await policies.back(ask, id, to=body.to)


@route("GET", f"{API}/calendars/{{id}}/editions", query=EditionQuery, answer=faces.Page[EditionItem])
async def editions(ask: Ask, *, id: str, query: EditionQuery) -> Json:
    """What was in force and when, the newest first; before them the draft, if there is one."""
    return await policies.editions_of(ask, id, query)


@route("DELETE", f"{API}/calendars/{{id}}/drafts", status=204)
async def discard(ask: Ask, *, id: str) -> None:
    """Throw the draft away."""
    await ask.house.desk.do(ask.actor, actions.discard, (await ask.read(promises.draft, id)).id)


class HolidayQuery(Asked):
    """Of which country (ISO 3166), and where in it; of which year."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    subdivision: Annotated[str, Field(max_length=10)] | None = None
    year: Annotated[int, Field(ge=1990, le=2100)]


class HolidayItem(faces.Face):
    """A day off, or a day on which people work to make up for one."""

    day: str
    name: str
    works: bool


@route("GET", f"{API}/holidays", query=HolidayQuery, answer=faces.Page[HolidayItem])
async def public_holidays(ask: Ask, *, query: HolidayQuery) -> Json:
    """Public holidays as the library knows them, to be taken into a calendar."""
    await ask.read(promises.drafts)
    found = await holidays.of_year(query.country, subdivision=query.subdivision or None, year=query.year)
    return {
        "items": [{"day": one.day.isoformat(), "name": one.name, "works": one.works} for one in found],
        "next": None,
    }


class PlaceItem(faces.Face):
    """A country whose holidays the library knows, and its parts."""

    country: str
    subdivisions: list[str]


@route("GET", f"{API}/holidays/places", answer=faces.Page[PlaceItem])
async def places(ask: Ask) -> Json:
    """Whose holidays the library knows."""
    await ask.read(promises.drafts)
    found = await holidays.countries()
    return {"items": [{"country": code, "subdivisions": list(parts)} for code, parts in found.items()], "next": None}


class FileBody(Input):
    """The words of an .ics file."""

    text: Annotated[str, Field(min_length=1, max_length=1_000_000)]


class FoundItem(faces.Face):
    """The days a file names; how many of its events had hours, or would recur, and were not or only once taken."""

    items: list[HolidayItem]
    next: None
    timed: int
    recurring: int


@route("POST", f"{API}/holidays/readings", body=FileBody, answer=FoundItem)
async def read_file(ask: Ask, *, body: FileBody) -> Json:
    """Days off from an .ics file; nothing is kept of it."""
    await ask.read(promises.drafts)
    try:
        found = ics.read(body.text)
    except ValueError as wrong:
        raise BadInput(Problem("text", str(wrong))) from wrong
    items = [{"day": day.isoformat(), "name": name, "works": False} for day, name in found.days.items()]
    return {"items": items, "next": None, "timed": found.timed, "recurring": found.recurring}


async def _draft(ask: Ask, body: CalendarBody, *, id: CalendarId) -> Any:
    wanted = _calendar(body, id=id)
    return await ask.do(policies.shown_edition, actions.draft, wanted, seen_version=body.seen_version)


def _calendar(body: CalendarBody, *, id: CalendarId) -> Calendar:
    try:
        return ruling.calendar_of(body, id=id)
    except ValueError as wrong:
        raise BadInput(Problem("exceptions", "A day that there is not.")) from wrong


def _now(calendar: Calendar, *, at: datetime) -> Json:
    try:
        return {
            "open": hours.is_open(at, calendar=calendar),
            "opens_at": maybe_instant(hours.next_opening(at, calendar=calendar)),
        }
    except NeverOpen:
        return {"open": False, "opens_at": None}
