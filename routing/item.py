"""A piece of work on the floor: what the record says of it, and where it stands."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crm_core.model.ids import AgentId, WorkId
from crm_core.model.work import Work, WorkState
from routing.match import Crowd
from routing.order import DONE, OFFERED, Key, Kind
from routing.seat import Piece, Ring
from routing.shelf import Line, Row


@dataclass(slots=True)
class Item:
    """A piece of work as the floor believes it to be.

    `crowd` is who is able, `kind` what it takes, `ring` who could take that this moment, `row` where it stands if nobody
    is excluded and no less is asked. `line` is set while it waits, and `key` is its place there; `piece` while it is in the hands of an agent who is known.
    `priority` is its own, one step more when its promise is near. `rung`: so many rings of its queue have widened it;
    their clock stands still while it is held out (`shown_at`, `paused`). `held`: it is kept for this agent now;
    `hold_over`: it was, or nobody was there for whom to keep it.
    """

    work: Work
    crowd: Crowd
    kind: Kind
    ring: Ring
    row: Row
    key: Key
    state: WorkState = field(init=False, default=DONE)
    agent: AgentId | None = field(init=False, default=None)
    piece: Piece | None = field(init=False, default=None)
    line: Line | None = field(init=False, default=None)
    expires_at: datetime | None = field(init=False, default=None)
    told: bool = field(init=False, default=False)
    priority: int = field(init=False, default=0)
    rung: int = field(init=False, default=0)
    paused: timedelta = field(init=False, default=timedelta())
    shown_at: datetime | None = field(init=False, default=None)
    held: AgentId | None = field(init=False, default=None)
    hold_over: bool = field(init=False, default=False)
    refused: dict[AgentId, datetime] | None = field(init=False, default=None)

    def learn(self, work: Work, at: datetime) -> None:
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
        known = self.refused or {}
        self.refused = {agent: known.get(agent, until) for agent in {*self.work.excluded, *known}}

    def rests_no_more(self, agent: AgentId, *, now: datetime) -> bool:
        """Whether this agent may be asked for it again, as far as they are concerned."""
        return not self.refused or self.refused.get(agent, now) <= now

    def is_forgiven(self, agent: AgentId) -> None:
        """This agent has it now, whatever they said before."""
        if self.refused:
            self.refused.pop(agent, None)

    def rests(self, agent: AgentId, *, until: datetime) -> None:
        """This agent is not asked for it until then."""
        self.refused = {**(self.refused or {}), agent: until}

    def offer_is_over(self, agent: AgentId, *, now: datetime) -> bool:
        """Whether this agent let it ring to the end; said once."""
        if self.state is not OFFERED or self.agent != agent or self.told:
            return False
        return self.expires_at is not None and self.expires_at <= now


def show(line: Line | None, id: WorkId) -> None:
    """Work that found nobody is on show from now on, by the first of its line."""
    if line is not None and line.first[1] == id:
        line.show()
