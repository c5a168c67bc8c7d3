"""A piece of work on the floor: what the record says of it, and where it stands."""

from dataclasses import dataclass, field
from datetime import datetime

from crm_core.model.ids import AgentId, WorkId
from crm_core.model.work import Work, WorkState
from routing.match import Crowd
from routing.order import Kind, Line


@dataclass(slots=True)
class Item:
    """A piece of work as the floor believes it to be. `line` is set while it waits."""

    work: Work
    crowd: Crowd
    kind: Kind
    start: int
    state: WorkState = WorkState.DONE
    agent: AgentId | None = None
    line: Line | None = None
    expires_at: datetime | None = None
    told: bool = False
    refused: dict[AgentId, datetime] = field(default_factory=dict)

    def note_refusals(self, *, until: datetime) -> None:
        """Who refused rests from when the floor first hears of it; later they may be asked again."""
        self.refused = {agent: self.refused.get(agent, until) for agent in {*self.work.excluded, *self.refused}}

    def offer_is_over(self, agent: AgentId, *, now: datetime) -> bool:
        """Whether this agent let it ring to the end; said once."""
        if self.state is not WorkState.OFFERED or self.agent != agent or self.told:
            return False
        return self.expires_at is not None and self.expires_at <= now


def kind_of(work: Work) -> Kind:
    """What it takes of an agent."""
    return Kind(work.channel, work.live, work.units)


def show(line: Line | None, id: WorkId) -> None:
    """Work that found nobody is on show from now on, by the first of its line."""
    if line is not None and line.first is not None and line.first[1] == id:
        line.show()
