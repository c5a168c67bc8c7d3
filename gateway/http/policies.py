"""Policies, for those who make promises: drafts, what they would do, publishing, and the way back."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from crm_core.actions import promises as actions
from crm_core.model.errors import BadInput, Problem
from crm_core.model.event_promises import job_facts
from crm_core.model.ids import PolicyId, fresh
from crm_core.model.promise import Edition, Job
from crm_core.model.sla import Calendar, SlaPolicy
from crm_core.model.view import Json, maybe_instant
from crm_core.queries import promises, reckoning
from crm_core.rules import sla
from gateway.http import faces, ruling
from gateway.http.routes import API, Ask, Asked, route
from gateway.http.ruling import BackBody, EditionItem, JobItem, PolicyBody, PreviewItem, PublishedItem, SeenBody

FRIDAY, LATE_IN_THE_DAY = 4, time(17, 50)


class PolicyItem(faces.Face):
    """A policy in force, in seconds."""

    id: str
    name: str
    calendar: str
    targets: dict[str, Any]
    by_priority: dict[str, dict[str, Any]]
    pauses: dict[str, int]
    reopening: str
    ladder: list[dict[str, Any]]
    version: int


class ExampleItem(faces.Face):
    """A form sent on the coming Friday at 17:50 where the calendar is: when its answers would be due there."""

    zone: str
    sent: AwareDatetime
    first: AwareDatetime | None
    next: AwareDatetime | None
    resolution: AwareDatetime | None


class PolicyPreview(PreviewItem):
    """What publishing it would do to what is open, and an example for people."""

    example: ExampleItem | None


@route("GET", f"{API}/policies", answer=faces.Page[PolicyItem])
async def all_of_them(ask: Ask) -> Json:
    """Every promise in force."""
    return {"items": [ruling.policy_item(one) for one in await ask.read(promises.policies)], "next": None}


@route("POST", f"{API}/policies", body=PolicyBody, answer=EditionItem, status=201)
async def add(ask: Ask, *, body: PolicyBody) -> Any:
    """Draft a new policy."""
    return await _draft(ask, body, id=fresh(PolicyId, at=ask.house.clock()))


@route("POST", f"{API}/policies/{{id}}/drafts", body=PolicyBody, answer=EditionItem, status=201)
async def draft(ask: Ask, *, id: str, body: PolicyBody) -> Any:
    """Write down how it should be; a later draft takes the place of an earlier one."""
    return await _draft(ask, body, id=PolicyId(id))


@route("POST", f"{API}/policies/{{id}}/previews", body=PolicyBody, answer=PolicyPreview)
async def preview(ask: Ask, *, id: str, body: PolicyBody) -> Json:
    """What it would do to what is open, before anybody publishes it."""
    wanted = ruling.policy_of(body, id=PolicyId(id))
    known = {calendar.id: calendar for calendar in await ask.read(promises.calendars)}
    if wanted.calendar not in known:
        raise BadInput(Problem("calendar", "There is no such calendar."))
    found = await ask.read(reckoning.preview, policies=[wanted])
    return {**ruling.preview_item(found), "example": _example(wanted, known[wanted.calendar], at=ask.house.clock())}


@route("POST", f"{API}/policies/{{id}}/publications", body=SeenBody, answer=PublishedItem, status=201)
async def publish(ask: Ask, *, id: str, body: SeenBody) -> Any:
    """Put the draft in force, exactly as it was seen; what is open is reckoned anew."""
    return await publish_draft(ask, id, seen_version=body.seen_version)


@route("POST", f"{API}/policies/{{id}}/rollbacks", body=BackBody, answer=PublishedItem, status=201)
async def roll_back(ask: Ask, *, id: str, body: BackBody) -> Any:
    """Put an older edition in force again."""
    return await back(ask, id, to=body.to)


class EditionQuery(Asked):
    """How many, and below which number."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    below: Annotated[int, Field(ge=1, le=1 << 53)] = 1 << 53


@route("GET", f"{API}/policies/{{id}}/editions", query=EditionQuery, answer=faces.Page[EditionItem])
async def editions(ask: Ask, *, id: str, query: EditionQuery) -> Json:
    """What was in force and when, the newest first; before them the draft, if there is one."""
    return await editions_of(ask, id, query)


@route("DELETE", f"{API}/policies/{{id}}/drafts", status=204)
async def discard(ask: Ask, *, id: str) -> None:
    """Throw the draft away."""
    await ask.house.desk.do(ask.actor, actions.discard, (await ask.read(promises.draft, id)).id)


@route("GET", f"{API}/drafts", answer=faces.Page[EditionItem])
async def drafts(ask: Ask) -> Json:
    """What somebody wants of policies and calendars, and has not published."""
    return {"items": [shown_edition(one) for one in (await ask.read(promises.drafts)).values()], "next": None}


@route("GET", f"{API}/jobs", answer=faces.Page[JobItem])
async def jobs(ask: Ask) -> Json:
    """Due times being reckoned anew, and the last that were."""
    return {"items": [job_facts(job) for job in await ask.read(reckoning.jobs)], "next": None}


async def publish_draft(ask: Ask, of: str, *, seen_version: int) -> Any:
    """Publish the draft of a policy or a calendar."""
    known = await ask.read(promises.draft, of)
    return await ask.do(_published, actions.publish, known.id, seen_version=seen_version)


async def back(ask: Ask, of: str, *, to: int) -> Any:
    """Put an older edition of a policy or a calendar in force again."""
    return await ask.do(_published, actions.roll_back, of, to=to)


async def editions_of(ask: Ask, of: str, query: EditionQuery) -> Json:
    """The editions of a policy or a calendar."""
    found = await ask.read(promises.history, of, below=query.below, limit=query.limit)
    drafts = await ask.read(promises.drafts)
    shown = [drafts[of], *found] if of in drafts else found
    return {"items": [shown_edition(one) for one in shown], "next": None}


def shown_edition(edition: Edition) -> Json:
    """An edition with what it says."""
    return ruling.edition_item(edition, actions.value_of(edition))


async def _draft(ask: Ask, body: PolicyBody, *, id: PolicyId) -> Any:
    wanted = ruling.policy_of(body, id=id)
    return await ask.do(shown_edition, actions.draft, wanted, seen_version=body.seen_version)


def _published(made: tuple[Edition, Job]) -> Json:
    edition, job = made
    return ruling.published_item(edition, job, actions.value_of(edition))


def _example(policy: SlaPolicy, calendar: Calendar, *, at: datetime) -> Json | None:
    try:
        zone = ZoneInfo(calendar.zone)
    except (KeyError, ValueError, OSError):
        return None
    today = at.astimezone(zone).date()
    friday = today + timedelta(days=(FRIDAY - today.weekday()) % 7)
    sent = datetime.combine(friday, LATE_IN_THE_DAY, zone).astimezone(UTC)
    return {
        "zone": calendar.zone,
        "sent": maybe_instant(sent),
        "first": maybe_instant(sla.first_due(sent, policy=policy, calendar=calendar, live=False)),
        "next": maybe_instant(sla.next_due(sent, policy=policy, calendar=calendar)),
        "resolution": maybe_instant(sla.resolution_due(sent, policy=policy, calendar=calendar)),
    }
