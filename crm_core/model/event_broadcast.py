"""Events of what supervisors say to the floor."""

from dataclasses import dataclass

from crm_core.model.broadcast import Broadcast, broadcast_facts
from crm_core.model.event import STAFF, Event
from crm_core.model.ids import AgentId
from crm_core.model.view import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastEvent(Event):
    """Anything about one broadcast; those hear it whom it is for."""

    broadcast: Broadcast

    def facts(self) -> Json:
        return {"broadcast": broadcast_facts(self.broadcast)}

    def for_whom(self) -> frozenset[str]:
        if self.broadcast.queue is None:
            return STAFF
        return frozenset({f"q:{self.broadcast.queue}", f"a:{self.broadcast.author}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastSaid(BroadcastEvent):
    """It stands in a bar on every screen that it is for."""

    def words(self) -> Json:
        return {"broadcast": {"text": self.broadcast.text}}


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastEnded(BroadcastEvent):
    """Its author took it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastHeard(BroadcastEvent):
    """Somebody read it: their other screens hide it, and its author sees how many did."""

    agent: AgentId

    def facts(self) -> Json:
        return {"broadcast": broadcast_facts(self.broadcast), "agent": self.agent}

    def for_whom(self) -> frozenset[str]:
        return frozenset({f"a:{self.agent}", f"a:{self.broadcast.author}"})
