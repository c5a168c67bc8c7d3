"""What is kept about promises beside the ticket: marks, timers, editions of their rules, and jobs that reckon anew."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crm_core.model.ids import AgentId, EditionId, JobId, MarkId, PolicyId, TicketId, TimerId
from crm_core.model.sla import MarkKind


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that moved a ticket's clock. Only ever added: any promise can be reckoned from the marks alone.

    `at` is when it happened; `at_version` and `place`, its turn within that change, order them. `says` is the detail that
    `MarkKind` names; `policy` and its version are what is in force from here on.
    """

    id: MarkId
    ticket: TicketId
    at: datetime
    at_version: int
    cycle: int
    kind: MarkKind
    says: str | None
    policy: PolicyId | None
    policy_version: int
    place: int


class TimerKind(StrEnum):
    """PROMISE rings a ticket's alarm, SNOOZE wakes it, CLOSE closes what stayed solved, SEND lets its held answers go.

    TALK looks whether a talk is over, an answer lies there unseen, or its agent has wrapped up.
    LATE is a promise that became late by a change of its rules: nobody is told without a person's word.
    """

    PROMISE = "promise"
    SNOOZE = "snooze"
    CLOSE = "close"
    LATE = "late"
    SEND = "send"
    TALK = "talk"


class TimerState(StrEnum):
    """HELD waits for a person, QUIET goes on without telling anybody; PAST came with an import and never fires.

    VOID: when it fired there was nothing to do any more.
    """

    WAITING = "waiting"
    SURE = "sure"
    QUIET = "quiet"
    HELD = "held"
    FIRED = "fired"
    VOID = "void"
    PAST = "past"

    @property
    def fires(self) -> bool:
        """Whether the clock acts on it when its time comes."""
        return self in (TimerState.WAITING, TimerState.SURE, TimerState.QUIET)


@dataclass(frozen=True, slots=True)
class Timer:
    """One thing that is to happen to a ticket at a time; added with what causes it, and fired once.

    A change of the ticket adds another and leaves this one: fired, it looks whether it is still meant. For CLOSE
    `fires_at` is when the matter was solved; how long it stays so is a setting. `promise` and `percent` say what a
    promise's alarm is about. `why` is what holds it.
    """

    id: TimerId
    ticket: TicketId
    kind: TimerKind
    fires_at: datetime
    promise: str | None
    percent: int
    state: TimerState
    why: str | None = None


class Ruled(StrEnum):
    """Of what there are editions."""

    POLICY = "policy"
    CALENDAR = "calendar"
    ANSWER = "answer"


class EditionState(StrEnum):
    """A draft can be changed; what was published stands for ever, also when a later one took its place."""

    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Edition:
    """A policy, a calendar or an answer as somebody wants it, or as it was in force from its publication on.

    `of` is that thing, `number` its version once published (a draft has 0). `body` is the value as
    JSON. Going back publishes an old body again under a new number: history is not rewritten.
    """

    id: EditionId
    kind: Ruled
    of: str
    number: int
    state: EditionState
    body: str
    made_by: AgentId | None
    made_at: datetime
    published_by: AgentId | None = None
    published_at: datetime | None = None
    back_to: int | None = None
    version: int = 1


class JobState(StrEnum):
    """A job that was cut off stays RUNNING, and goes on where its cursor stands."""

    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Job:
    """Due times reckoned anew after a change, 200 tickets at a time.

    `policies` are the policies that it is about, `cursor` the last ticket reckoned. `total` is how many there were
    to look at when it began, `late` how many became late by the change alone. It goes twice over what came since
    it began (`second`): another process may still have opened tickets by the old rules.
    """

    id: JobId
    why: str
    policies: tuple[PolicyId, ...]
    state: JobState
    made_by: AgentId | None
    made_at: datetime
    total: int
    done: int = 0
    changed: int = 0
    late: int = 0
    cursor: str = ""
    second: bool = False
    ended_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Slip:
    """What a change does to one ticket's nearest promise. `late`: it becomes so by the change alone."""

    ticket: TicketId
    number: str
    kind: str | None
    was: datetime | None
    becomes: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a publication would do: how many tickets it is about, and what it does to those looked at.

    `of` is exact up to a limit (`more`: there are more). `looked_at` of them were reckoned; `moved` change,
    `late` become late by it. `sample` shows some, those that become late first.
    """

    of: int
    more: bool
    looked_at: int
    moved: int
    late: int
    sample: tuple[Slip, ...] = field(default=())
