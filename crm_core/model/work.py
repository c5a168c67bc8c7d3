"""Work: one thing that wants an agent now. Offers hold it out to one agent at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from crm_core.model.ids import AgentId, OfferId, QueueId, TicketId, WorkId


class WorkState(StrEnum):
    """Where a piece of work stands. DONE is the only end."""

    QUEUED = "queued"
    OFFERED = "offered"
    ACTIVE = "active"
    WRAPPING = "wrapping"
    DONE = "done"


class OfferState(StrEnum):
    """What became of an offer; only HELD_OUT can still change."""

    HELD_OUT = "held_out"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    RESCINDED = "rescinded"


class Refused(StrEnum):
    """Why an agent did not take what was held out to them: a fixed list, so that figures compare over years and in every language."""

    OCCUPIED = "occupied"
    SKILL = "skill"
    LANGUAGE = "language"
    ACQUAINTED = "acquainted"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Work:
    """A ticket's next answer, or a live contact, waiting for or with an agent.

    `virtual_start` is its age for the order of the queue: unchanged by offers, refusals
    and transfers (invariants I8, I16). `excluded` names agents who refused it.
    `preferred` is who had the ticket last. `units` is what it takes of a capacity. `due_at`
    is when its nearest promise runs out. `head_start` is how much longer than it has it
    counts as having waited, because its channel drifts from the promise; its age,
    priority and promise stay what they are. `came_live`: somebody was there when it came,
    whatever became of it. `answered_at` is when they first had one of us (live) or their
    answer (written), `left_at` when they gave up before; one of the two at most. `held_at`
    is since when its agent has it, `ended_at` when it was done. `first` is who took it
    first, whoever has it since; `wraps_until` when its wrap-up ends by itself. `cut_off`: what
    would put them through does not answer.
    """

    id: WorkId
    ticket: TicketId
    queue: QueueId
    channel: str
    live: bool
    units: int
    skills: dict[str, int]
    language: str | None
    priority: int
    virtual_start: datetime
    entered_at: datetime
    state: WorkState
    agent: AgentId | None = None
    preferred: AgentId | None = None
    excluded: frozenset[AgentId] = frozenset()
    version: int = 1
    due_at: datetime | None = None
    head_start: timedelta = timedelta()
    came_live: bool = False
    answered_at: datetime | None = None
    left_at: datetime | None = None
    held_at: datetime | None = None
    ended_at: datetime | None = None
    first: AgentId | None = None
    wraps_until: datetime | None = None
    cut_off: bool = False

    @property
    def out_of_reach(self) -> bool:
        """Nobody could be put through to them: it waits, and is held out to nobody."""
        return self.cut_off and self.live and self.state is WorkState.QUEUED


class Others(NamedTuple):
    """Why none of the others: so many are able besides.

    Of those `away` are not there, `full` have no room now, `refused` it a moment ago, `fit` it less well, and `later`
    became free after this one. A tuple, as `Because` is: one of each is made with every decision, and a dataclass
    takes three times as long.
    """

    able: int
    away: int
    full: int
    refused: int
    fit: int
    later: int


class Because(NamedTuple):
    """Why this agent, and why this work before what else waits: values, which screens put into words.

    `free`: so long they idle, the longest of those who fit as well. `known`: they had the ticket last, and `held` that
    it was kept for them. `waited` is its age; `priority` what it counts as after ageing, `aged` that waiting made it
    more than it has and `pressing` that its promise did; `head_start` how much longer it counts as having waited.
    `widened`: so many times less was asked since it came. `others`: why nobody else; None where it was not kept.
    """

    free: timedelta
    known: bool
    waited: timedelta
    priority: int
    aged: bool
    head_start: timedelta = timedelta()
    held: bool = False
    pressing: bool = False
    widened: int = 0
    others: Others | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A piece of work held out to one agent until `expires_at`; `why` says why to them, in English, `because` in values.

    `head_start` is how much longer than it had the work counted as having waited then.
    `refusal` and `said` are why it was declined: by the list, and in their own words.
    """

    id: OfferId
    work: WorkId
    ticket: TicketId
    agent: AgentId
    made_at: datetime
    expires_at: datetime
    why: str
    state: OfferState = OfferState.HELD_OUT
    head_start: timedelta = timedelta()
    because: Because | None = None
    refusal: Refused | None = None
    said: str | None = None
