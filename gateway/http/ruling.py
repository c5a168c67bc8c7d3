"""Policies and calendars on the wire: their faces, and the values made of what came in. Amounts are seconds."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from crm_core.model.event_promises import job_facts
from crm_core.model.ids import CalendarId, PolicyId
from crm_core.model.promise import Edition, Job, Preview
from crm_core.model.sla import Calendar, Counted, Reason, Reopening, Rung, SlaPolicy, Targets, Tell, Window
from crm_core.model.view import Json, instant, maybe_instant
from gateway.http import faces
from gateway.http.routes import Input
from gateway.http.verbs import Why

Seconds = Annotated[int, Field(ge=1, le=366 * 86400)]
Minute = Annotated[int, Field(ge=0, le=1440)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Key = Annotated[str, Field(min_length=1, max_length=60)]
Kind = Literal["first", "next", "resolution", "acceptance"]
Count = Literal["open", "clock", "working_days", "calendar_days"]
Level = Literal["low", "normal", "high", "urgent", "emergency"]
Who = Literal["owner", "lead", "supervisors"]


class TargetsBody(Input):
    """What is promised, in seconds; `counting` names what is not counted in open time. Days are 86,400 seconds."""

    first_live: Seconds
    first_deferred: Seconds
    next_answer: Seconds
    resolution: Seconds
    acceptance: Seconds | None = None
    counting: dict[Kind, Count] = Field(default_factory=dict)


class RungBody(Input):
    """At this share of the time (100: it is due) these are told."""

    percent: Annotated[int, Field(ge=1, le=1000)]
    tell: Annotated[list[Who], Field(max_length=3)]


class PolicyBody(Input):
    """A promise: its targets, those of single priorities, what stops the clock and for how long, and who is told."""

    name: Name
    calendar: Key
    targets: TargetsBody
    by_priority: dict[Level, TargetsBody] = Field(default_factory=dict)
    pauses: dict[Why, Seconds] = Field(default_factory=dict)
    reopening: Literal["continue", "anew"] = "continue"
    ladder: Annotated[list[RungBody], Field(max_length=10)] = Field(default_factory=list)
    seen_version: Annotated[int, Field(ge=1, le=1 << 53)] | None = None


class SpanBody(Input):
    """Open from one minute of the day to another."""

    opens: Minute
    closes: Minute


class WindowBody(Input):
    """Open on this weekday (Monday is 0), in minutes from midnight."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    opens: Minute
    closes: Minute


class ExceptionBody(Input):
    """A date that is not like its weekday: without windows it is closed."""

    day: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    name: Annotated[str, Field(max_length=200)] = ""
    windows: Annotated[list[SpanBody], Field(max_length=20)] = Field(default_factory=list)


class CalendarBody(Input):
    """Opening hours: the week, and the dates that differ."""

    name: Name
    zone: Annotated[str, Field(min_length=1, max_length=60)]
    windows: Annotated[list[WindowBody], Field(max_length=140)]
    exceptions: Annotated[list[ExceptionBody], Field(max_length=2000)] = Field(default_factory=list)
    country: Annotated[str, Field(min_length=2, max_length=2)] | None = None
    subdivision: Annotated[str, Field(min_length=1, max_length=10)] | None = None
    seen_version: Annotated[int, Field(ge=1, le=1 << 53)] | None = None


class SlipItem(faces.Face):
    """What it does to one ticket's nearest promise."""

    ticket: str
    number: str
    kind: str | None
    was: AwareDatetime | None
    becomes: AwareDatetime | None
    late: bool


class PreviewItem(faces.Face):
    """What a publication would do. `of` open tickets it is about (`more`: that and more), `looked_at` were reckoned."""

    of: int
    more: bool
    looked_at: int
    moved: int
    late: int
    sample: list[SlipItem]


class JobItem(faces.Face):
    """Due times being reckoned anew."""

    id: str
    why: str
    state: Literal["running", "done"]
    total: int
    done: int
    changed: int
    late: int
    made_at: AwareDatetime
    ended_at: AwareDatetime | None
    version: int


class EditionItem(faces.Face):
    """A draft (number 0), or what was in force from its publication on."""

    id: str
    kind: Literal["policy", "calendar"]
    of: str
    number: int
    state: Literal["draft", "published"]
    made_by: str | None
    made_at: AwareDatetime
    published_by: str | None
    published_at: AwareDatetime | None
    back_to: int | None
    version: int
    value: dict[str, Any]


class PublishedItem(faces.Face):
    """What is in force now, and the job that reckons what is open anew."""

    edition: EditionItem
    job: JobItem


class SeenBody(Input):
    """The version of the draft that was on the screen."""

    seen_version: Annotated[int, Field(ge=1, le=1 << 53)]


class BackBody(Input):
    """The number of the edition to go back to."""

    to: Annotated[int, Field(ge=1, le=1 << 53)]


def policy_of(body: PolicyBody, *, id: PolicyId) -> SlaPolicy:
    """The policy that came in; its version is given when it is published."""
    row = _targets(body.targets)
    return SlaPolicy(
        id,
        body.name,
        CalendarId(body.calendar),
        row.first_live,
        row.first_deferred,
        row.next_answer,
        row.resolution,
        acceptance=row.acceptance,
        counting=row.counting,
        by_priority={name: _targets(target) for name, target in body.by_priority.items()},
        pauses={Reason(name): timedelta(seconds=cap) for name, cap in body.pauses.items()},
        reopening=Reopening(body.reopening),
        ladder=tuple(Rung(rung.percent, tuple(Tell(tell) for tell in rung.tell)) for rung in body.ladder),
    )


def calendar_of(body: CalendarBody, *, id: CalendarId) -> Calendar:
    """The calendar that came in. Raises ValueError for a day that there is not."""
    days = {date.fromisoformat(one.day): one for one in body.exceptions}
    return Calendar(
        id,
        body.name,
        body.zone,
        tuple(Window(one.weekday, one.opens, one.closes) for one in body.windows),
        {day: tuple((span.opens, span.closes) for span in one.windows) for day, one in days.items()},
        {day: one.name for day, one in days.items() if one.name},
        body.country,
        body.subdivision,
    )


def policy_item(policy: SlaPolicy) -> Json:
    """A policy as screens show and change it."""
    whole = Targets(
        policy.first_live,
        policy.first_deferred,
        policy.next_answer,
        policy.resolution,
        policy.acceptance,
        policy.counting,
    )
    return {
        "id": policy.id,
        "name": policy.name,
        "calendar": policy.calendar,
        "targets": _targets_item(whole),
        "by_priority": {name: _targets_item(row) for name, row in policy.by_priority.items()},
        "pauses": {reason.value: _seconds(cap) for reason, cap in policy.pauses.items()},
        "reopening": policy.reopening,
        "ladder": [{"percent": rung.percent, "tell": list(rung.tell)} for rung in policy.ladder],
        "version": policy.version,
    }


def calendar_item(calendar: Calendar) -> Json:
    """A calendar as screens show and change it."""
    return {
        "id": calendar.id,
        "name": calendar.name,
        "zone": calendar.zone,
        "windows": [
            {"weekday": one.weekday, "opens": one.opens, "closes": one.closes}
            for one in sorted(calendar.windows, key=lambda one: (one.weekday, one.opens))
        ],
        "exceptions": [
            {
                "day": day.isoformat(),
                "name": calendar.names.get(day, ""),
                "windows": [{"opens": opens, "closes": closes} for opens, closes in spans],
            }
            for day, spans in sorted(calendar.exceptions.items())
        ],
        "country": calendar.country,
        "subdivision": calendar.subdivision,
        "version": calendar.version,
    }


def value_item(value: SlaPolicy | Calendar) -> Json:
    """A policy or a calendar."""
    return policy_item(value) if isinstance(value, SlaPolicy) else calendar_item(value)


def edition_item(edition: Edition, value: SlaPolicy | Calendar) -> Json:
    """An edition with what it says."""
    return {
        "id": edition.id,
        "kind": edition.kind,
        "of": edition.of,
        "number": edition.number,
        "state": edition.state,
        "made_by": edition.made_by,
        "made_at": instant(edition.made_at),
        "published_by": edition.published_by,
        "published_at": maybe_instant(edition.published_at),
        "back_to": edition.back_to,
        "version": edition.version,
        "value": value_item(value),
    }


def preview_item(preview: Preview) -> Json:
    """What a publication would do."""
    return {
        "of": preview.of,
        "more": preview.more,
        "looked_at": preview.looked_at,
        "moved": preview.moved,
        "late": preview.late,
        "sample": [
            {
                "ticket": slip.ticket,
                "number": slip.number,
                "kind": slip.kind,
                "was": maybe_instant(slip.was),
                "becomes": maybe_instant(slip.becomes),
                "late": slip.late,
            }
            for slip in preview.sample
        ],
    }


def published_item(edition: Edition, job: Job, value: SlaPolicy | Calendar) -> Json:
    """What is in force now, and its job."""
    return {"edition": edition_item(edition, value), "job": job_facts(job)}


def _targets(body: TargetsBody) -> Targets:
    def span(seconds: int) -> timedelta:
        return timedelta(seconds=seconds)

    return Targets(
        span(body.first_live),
        span(body.first_deferred),
        span(body.next_answer),
        span(body.resolution),
        None if body.acceptance is None else span(body.acceptance),
        {kind: Counted(count) for kind, count in body.counting.items()},
    )


def _targets_item(row: Targets) -> Json:
    return {
        "first_live": _seconds(row.first_live),
        "first_deferred": _seconds(row.first_deferred),
        "next_answer": _seconds(row.next_answer),
        "resolution": _seconds(row.resolution),
        "acceptance": None if row.acceptance is None else _seconds(row.acceptance),
        "counting": {kind: count.value for kind, count in row.counting.items()},
    }


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
