"""What is promised and in which hours."""

from dataclasses import dataclass
from datetime import date, timedelta

from crm_core.model.ids import CalendarId, PolicyId


@dataclass(frozen=True, slots=True)
class Window:
    """An open span of one weekday (Monday is 0), in minutes from local midnight, end exclusive."""

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours with holidays and make-up days, in one time zone.

    `exceptions` gives a date its own windows (minutes), an empty tuple closes it; a
    make-up working day is an exception with windows.
    """

    id: CalendarId
    name: str
    zone: str
    windows: tuple[Window, ...]
    exceptions: dict[date, tuple[tuple[int, int], ...]]


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """A promise, in open hours of its calendar; `always` promises count every minute.

    `first_live` is for contacts that happen now, `first_deferred` for all others: the
    difference is a capability of the inbox, not a channel's name.
    """

    id: PolicyId
    name: str
    calendar: CalendarId
    first_live: timedelta
    first_deferred: timedelta
    next_answer: timedelta
    resolution: timedelta
    version: int = 1
