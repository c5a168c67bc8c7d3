"""A piece of work on the floor: what the record says of it, and where it stands."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crm_core.model.ids import AgentId, WorkId
from crm_core.model.work import Work, WorkState
from routing.choose import Ring
from routing.match import Crowd
from routing.order import DONE, OFFERED, Key, Kind, Line


@dataclass(slots=True)
class Item:
    """A piece of work as the floor believes it to be.

    `line` is set while it waits, `key` is its place there, and `ring` is who could take its kind.
    `priority` is its own, one step more when its promise is near. `rung`: so many rings of its queue have widened it;
    their clock stands still while it is held out (`shown_at`, `paused`). `held`: it is kept for this agent now;
    `hold_over`: it was, or nobody was there for whom to keep it.
    """

    work: Work
    crowd: Crowd
    kind: Kind
    key: Key
    state: WorkState = DONE
    agent: AgentId | None = None
    line: Line | None = None
    ring: Ring | None = None
    expires_at: datetime | None = None
    told: bool = False
    priority: int = 0
    rung: int = 0
    paused: timedelta = timedelta()
    shown_at: datetime | None = None
    held: AgentId | None = None
    hold_over: bool = False
    refused: dict[AgentId, datetime] = field(default_factory=dict)

    def learn(self, work: Work, *, at: datetime) -> None:
        """What the record says now; in another queue, or asking for something else, it begins anew."""
        before, self.work = self.work, work
        if work.queue != before.queue or work.entered_at != before.entered_at or work.skills != before.skills:
            self.rung, self.paused, self.hold_over = 0, timedelta(), False
            self.shown_at = None if self.shown_at is None else at

    def comes_back(self, *, at: datetime) -> None:
        """It waits again: as long as it was held out the clock of its rings stood still."""
        if self.shown_at is not None:
            self.paused += at - self.shown_at
            self.shown_at = None

    def waited(self, *, at: datetime) -> timedelta:
        """By the clock of its rings."""
        return at - self.work.entered_at - self.paused

    def note_refusals(self, *, until: datetime) -> None:
        """Who refused rests from when the floor first hears of it; later they may be asked again."""
        self.refused = {agent: self.refused.get(agent, until) for agent in {*self.work.excluded, *self.refused}}

    def offer_is_over(self, agent: AgentId, *, now: datetime) -> bool:
        """Whether this agent let it ring to the end; said once."""
        if self.state is not OFFERED or self.agent != agent or self.told:
            return False
        return self.expires_at is not None and self.expires_at <= now


def show(line: Line | None, id: WorkId) -> None:
    """Work that found nobody is on show from now on, by the first of its line."""
    if line is not None and line.first is not None and line.first[1] == id:
        line.show()
