"""What a policy and a calendar must be to be published: each fault with the name of its field."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from crm_core.model.errors import Problem
from crm_core.model.ids import CalendarId
from crm_core.model.sla import Calendar, Counted, Reason, SlaPolicy, Targets
from crm_core.model.ticket import Priority

LONGEST = timedelta(days=366)
DAY_MINUTES = 1440
KINDS = ("first", "next", "resolution", "acceptance")
_DAY = timedelta(days=1)


def faults_of_policy(policy: SlaPolicy, *, calendars: Mapping[CalendarId, Calendar]) -> tuple[Problem, ...]:
    """Why this policy cannot be in force; nothing if it can."""
    return tuple(_policy(policy, calendars))


def faults_of_calendar(calendar: Calendar) -> tuple[Problem, ...]:
    """Why this calendar cannot be in force; nothing if it can."""
    return tuple(_calendar(calendar))


def _policy(policy: SlaPolicy, calendars: Mapping[CalendarId, Calendar]) -> Iterator[Problem]:
    if not policy.name.strip():
        yield Problem("name", "Give it a name.")
    if policy.calendar not in calendars:
        yield Problem("calendar", "There is no such calendar.")
    whole = Targets(
        policy.first_live,
        policy.first_deferred,
        policy.next_answer,
        policy.resolution,
        policy.acceptance,
        policy.counting,
    )
    yield from _targets("", whole)
    for name, row in policy.by_priority.items():
        if name.upper() not in Priority.__members__:
            yield Problem(f"by_priority.{name}", "There is no such priority.")
        yield from _targets(f"by_priority.{name}.", row)
    for reason, cap in policy.pauses.items():
        if reason is Reason.SOLVED or not timedelta(0) < cap <= LONGEST:
            yield Problem(f"pauses.{reason}", "A pause lasts more than no time, and a year at most.")
    shares = [rung.percent for rung in policy.ladder]
    if shares != sorted(set(shares)) or any(not 1 <= share <= 1000 for share in shares) or len(shares) > 10:
        yield Problem("ladder", "Up to ten shares from 1 to 1000 percent, each greater than the one before.")


def _targets(prefix: str, row: Targets) -> Iterator[Problem]:
    spans = {
        "first_live": ("first", row.first_live),
        "first_deferred": ("first", row.first_deferred),
        "next_answer": ("next", row.next_answer),
        "resolution": ("resolution", row.resolution),
        "acceptance": ("acceptance", row.acceptance),
    }
    for name, (kind, span) in spans.items():
        if span is None:
            continue
        if not timedelta(0) < span <= LONGEST:
            yield Problem(prefix + name, "More than no time, and a year at most.")
        by_days = row.counting.get(kind) in (Counted.WORKING_DAYS, Counted.CALENDAR_DAYS)
        if by_days and name != "first_live" and span % _DAY:
            yield Problem(prefix + name, "Days are counted whole.")
    for kind in row.counting.keys() - set(KINDS):
        yield Problem(f"{prefix}counting.{kind}", "There is no such target.")


def _calendar(calendar: Calendar) -> Iterator[Problem]:
    if not calendar.name.strip():
        yield Problem("name", "Give it a name.")
    try:
        ZoneInfo(calendar.zone)
    except (KeyError, ValueError, OSError):
        yield Problem("zone", "There is no such time zone.")
    for number, window in enumerate(calendar.windows):
        if not 0 <= window.weekday <= 6 or not 0 <= window.opens < window.closes <= DAY_MINUTES:
            yield Problem(f"windows.{number}", "A window opens before it closes, within one day.")
    if not calendar.windows:
        yield Problem("windows", "It would never open.")
    for day, spans in calendar.exceptions.items():
        if any(not 0 <= opens < closes <= DAY_MINUTES for opens, closes in spans):
            yield Problem(f"exceptions.{day}", "A window opens before it closes, within one day.")
