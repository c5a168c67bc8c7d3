"""Queues, where work waits, and the teams that serve them."""

from dataclasses import dataclass, field
from datetime import timedelta

from crm_core.model.ids import CalendarId, QueueId, TeamId


@dataclass(frozen=True, slots=True)
class Team:
    """People who work together; whoever is in a team serves the team's queues."""

    id: TeamId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Widening:
    """After so long in the queue less is asked: of this skill (None: of each) no more than this level; 0 drops it."""

    after: timedelta
    skill: str | None
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How a queue looks for an agent.

    `rings` widen who is asked, the longer work waits. `hold`: so long it is kept at most for whoever had the ticket
    last, if they are there. `handle`: how long one usually takes (None: as everywhere); when less than twice that is
    left of its promise, work counts as one step more urgent. `overflow`: where it goes when it has waited
    `overflow_after`. `wrap_up`: so long an agent may finish what belongs to a contact that is over; nothing: no wrap-up.
    """

    rings: tuple[Widening, ...] = ()
    hold: timedelta = timedelta(seconds=30)
    handle: timedelta | None = None
    overflow: QueueId | None = None
    overflow_after: timedelta = timedelta(minutes=5)
    wrap_up: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Queue:
    """Where work waits for an agent who is able. `icon` is drawn by the console; `titles` name it in other languages."""

    id: QueueId
    slug: str
    name: str
    team: TeamId
    skills: dict[str, int]
    calendar: CalendarId
    icon: str
    order: int
    active: bool = True
    version: int = 1
    titles: dict[str, str] = field(default_factory=dict)
    profile: Profile = field(default_factory=Profile)
