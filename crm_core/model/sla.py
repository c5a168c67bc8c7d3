"""What is promised and in which hours, and what a promise's clock remembers."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

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
    make-up working day is an exception with windows. `names` says why, where that is
    known (`National Day`); `country` and `subdivision` are where the library's holidays
    came from (ISO 3166), for the next year's.
    """

    id: CalendarId
    name: str
    zone: str
    windows: tuple[Window, ...]
    exceptions: dict[date, tuple[tuple[int, int], ...]]
    names: dict[date, str] = field(default_factory=dict)
    country: str | None = None
    subdivision: str | None = None
    version: int = 1


class Counted(StrEnum):
    """How a promise's time is counted.

    OPEN: time in which the calendar is open. CLOCK: every second, day and night.
    WORKING_DAYS: so many days on which it opens; the day itself does not count, and it
    ends when the last one closes. CALENDAR_DAYS: so many days of the week; one that
    would end on a closed day ends with the next working day.
    """

    OPEN = "open"
    CLOCK = "clock"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"


class Reason(StrEnum):
    """Why a promise's clock may stand still: a closed list, each with its words in every language.

    A policy says which of them count, and for how long at most. SOLVED is no choice of
    anybody's: nobody waits while a matter is solved.
    """

    CITIZEN = "citizen"
    DOCUMENTS = "documents"
    APPOINTMENT = "appointment"
    THIRD_PARTY = "third_party"
    AUTHORITY = "authority"
    FORCE = "force"
    SOLVED = "solved"


class Reopening(StrEnum):
    """What a matter that comes back is promised: the rest of its time, or the whole of it anew."""

    CONTINUE = "continue"
    ANEW = "anew"


class Tell(StrEnum):
    """Who is told when a promise's time runs out. LEAD: the supervisors of the queue's team."""

    OWNER = "owner"
    LEAD = "lead"
    SUPERVISORS = "supervisors"


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder: at this share of the promised time (100: due) these are told."""

    percent: int
    tell: tuple[Tell, ...]


LADDER = (
    Rung(50, (Tell.OWNER,)),
    Rung(80, (Tell.OWNER,)),
    Rung(100, (Tell.OWNER, Tell.LEAD)),
    Rung(150, (Tell.SUPERVISORS,)),
)
"""Half the time, four fifths, due, half as long again: what a policy tells if it says nothing else."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What is promised at one priority. `counting` names those that are not counted in open time.

    Its keys are `first`, `next`, `resolution`, `acceptance`. A target of days is so many
    times 24 hours. `acceptance` is how soon the unit signs for it; None asks for nothing.
    """

    first_live: timedelta
    first_deferred: timedelta
    next_answer: timedelta
    resolution: timedelta
    acceptance: timedelta | None = None
    counting: dict[str, Counted] = field(default_factory=dict)


PAUSES: dict[Reason, timedelta] = {
    Reason.CITIZEN: timedelta(days=30),
    Reason.DOCUMENTS: timedelta(days=30),
    Reason.APPOINTMENT: timedelta(days=30),
}
"""What stops the clock where a policy says nothing else: we cannot go on without the citizen."""


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """A promise, in open hours of its calendar unless `counting` says otherwise.

    `first_live` is for contacts that happen now, `first_deferred` for all others: the
    difference is a capability of the inbox, not a channel's name. These first targets
    are for every priority that `by_priority` (`urgent` → its own row) does not name.
    `pauses` says which reasons stop the clock of the solution, and for how long in all
    at most (elapsed time, per matter or, where it begins anew, per cycle).
    """

    id: PolicyId
    name: str
    calendar: CalendarId
    first_live: timedelta
    first_deferred: timedelta
    next_answer: timedelta
    resolution: timedelta
    version: int = 1
    acceptance: timedelta | None = None
    counting: dict[str, Counted] = field(default_factory=dict)
    by_priority: dict[str, Targets] = field(default_factory=dict)
    pauses: dict[Reason, timedelta] = field(default_factory=lambda: dict(PAUSES))
    reopening: Reopening = Reopening.CONTINUE
    ladder: tuple[Rung, ...] = LADDER


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which the clock of the solution may have stood still; `ends` is None while it lasts."""

    reason: Reason
    begins: datetime
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """When a promise next wants somebody's attention: this share of it is used up then."""

    at: datetime
    promise: str
    percent: int


@dataclass(frozen=True, slots=True)
class Clock:
    """What the promises of a ticket are counted from; a fold of its marks (`rules/marks.py`).

    `cycle` counts reopenings; `cycle_at` is when this one began (None: with the ticket).
    `opened_live`: whether it began as a live contact. `handed_at`: since when its unit
    has it, `accepted_at`: since when somebody there signed for it. `next_due_at` and
    `acceptance_due_at` stand beside the ticket's own due times. While the solution's
    clock stands still, `still_until` is when the pause's cap is used up. `policy` with
    its version is what the due times were reckoned by; `alarm` is what rings next.
    """

    cycle: int = 1
    cycle_at: datetime | None = None
    opened_live: bool = False
    handed_at: datetime | None = None
    accepted_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    next_due_at: datetime | None = None
    acceptance_due_at: datetime | None = None
    still_until: datetime | None = None
    policy: PolicyId | None = None
    policy_version: int = 0
    alarm: Alarm | None = None

    @property
    def pause(self) -> Pause | None:
        """The pause that lasts."""
        return self.pauses[-1] if self.pauses and self.pauses[-1].ends is None else None


class MarkKind(StrEnum):
    """What a mark says happened to a ticket's clock. `says` holds the detail named here."""

    OPENED = "opened"  # live or deferred, the priority, the service
    CLASSIFIED = "classified"  # the service
    PRIORITISED = "prioritised"  # the priority
    ASKED = "asked"
    ANSWERED = "answered"
    PAUSED = "paused"  # the reason
    RESUMED = "resumed"
    SOLVED = "solved"
    CLOSED = "closed"
    REOPENED = "reopened"
    HANDED = "handed"  # the queue
    ACCEPTED = "accepted"  # the agent
    APPLIED = "applied"  # nothing: the policy's version in force from here on
