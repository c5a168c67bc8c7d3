"""Events of what looks like spam."""

from dataclasses import dataclass
from typing import ClassVar

from crm_core.model.event import SUPERVISORS, Event, TicketEvent
from crm_core.model.suspicion import Block, Suspicion
from crm_core.model.view import Json, maybe_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspicionEvent(TicketEvent):
    """Anything about whether a ticket is spam."""

    suspicion: Suspicion

    def more(self) -> Json:
        one = self.suspicion
        return {"score": one.score, "signs": list(one.signs), "queue": one.queue}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHeld(SuspicionEvent):
    """It looks like spam: somebody looks before anybody works on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReleased(SuspicionEvent):
    """It is none: it goes where it would have gone, as old as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSpam(SuspicionEvent):
    """Somebody said that it is spam, and why."""

    def more(self) -> Json:
        return {"signs": list(self.suspicion.signs), "queue": self.suspicion.queue}


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockEvent(Event):
    """Anything about whom we block; the address itself is personal."""

    audience: ClassVar[frozenset[str]] = SUPERVISORS
    block: Block

    def facts(self) -> Json:
        one = self.block
        return {"block": one.id, "kind": one.kind, "until": maybe_instant(one.until), "version": one.version}

    def words(self) -> Json:
        return {"value": self.block.value, "why": self.block.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockAdded(BlockEvent):
    """What comes from there is held from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockLifted(BlockEvent):
    """It is held no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectingChanged(Event):
    """An admin decided whether anything is held, and from which score on."""

    audience: ClassVar[frozenset[str]] = SUPERVISORS
    threshold: int | None

    def facts(self) -> Json:
        return {"threshold": self.threshold}
