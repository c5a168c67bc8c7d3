"""What routing decides, and the patience it decides with: values, each with its reason."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from crm_core.model.ids import AgentId, QueueId, WorkId
from crm_core.model.queue import Profile
from crm_core.model.work import Because, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long things take for one sort of work: somebody on the line, or an answer that is due.

    `offer`: an agent may look at an offer. `ageing`: waiting raises the priority by one step.
    `grace`: accepted work stays with an agent who went offline. `handle`: what one usually takes.
    """

    offer: timedelta
    ageing: timedelta
    grace: timedelta
    handle: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The settings of the floor.

    `cool_down`: who refused a piece of work, or let it ring, is not asked again so soon.
    `bonus`: who had the ticket last counts as idle for this much longer than they are.
    `answers_at_once`: offers of deferred work that one agent gets to look at together.
    """

    live: Pace = field(
        default_factory=lambda: Pace(
            offer=timedelta(seconds=20), ageing=timedelta(minutes=1), grace=timedelta(seconds=30)
        )
    )
    deferred: Pace = field(
        default_factory=lambda: Pace(offer=timedelta(seconds=120), ageing=timedelta(hours=4), grace=timedelta(hours=12))
    )
    cool_down: timedelta = timedelta(minutes=2)
    bonus: timedelta = timedelta(minutes=5)
    answers_at_once: int = 1

    def of(self, work: Work) -> Pace:
        """The pace of this piece of work."""
        return self.live if work.live else self.deferred

    def handle_of(self, work: Work, *, profile: Profile) -> timedelta:
        """How long one like it usually takes."""
        return profile.handle or self.of(work).handle


class MakeOffer(NamedTuple):
    """Hold this work out to this agent until then. The floor counts it as theirs from now on.

    A tuple, as `Because` is: a dataclass takes three times as long.
    """

    work: WorkId
    agent: AgentId
    expires_at: datetime
    why: Because


@dataclass(frozen=True, slots=True)
class TimeOut:
    """The offer was not answered: back with the work, its age unchanged.

    `stands_down`: somebody was on the line, so the agent is not there and gets no more.
    """

    work: WorkId
    agent: AgentId
    stands_down: bool
    why: str


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Work is with, or held out to, an agent who is gone: it waits again, and they did not refuse it."""

    work: WorkId
    agent: AgentId
    why: str


@dataclass(frozen=True, slots=True)
class Overflow:
    """Work waited too long in its queue: it goes to another one, its age unchanged. `agent` is nobody."""

    work: WorkId
    to: QueueId
    why: str
    agent: AgentId | None = None


Decision = MakeOffer | TimeOut | TakeBack | Overflow


@dataclass(frozen=True, slots=True)
class Wait:
    """Nobody is asked for this work now; `why` says what it waits for."""

    why: str
