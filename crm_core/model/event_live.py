"""Events of live work between colleagues."""

from dataclasses import dataclass

from crm_core.model.consult import Consult, consult_facts
from crm_core.model.event import TicketEvent
from crm_core.model.view import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultEvent(TicketEvent):
    """Anything about a consult; its two hear of it, and whoever sees the ticket."""

    consult: Consult

    def more(self) -> Json:
        return {"consult": consult_facts(self.consult)}

    def for_whom(self) -> frozenset[str]:
        return frozenset({f"a:{self.consult.asker}", f"a:{self.consult.asked}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultAsked(ConsultEvent):
    """A colleague is asked to look at a contact; they see it from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultMoved(ConsultEvent):
    """It went on. It carries no row: its two hear of it even where they may no longer see the ticket."""

    def facts(self) -> Json:
        return self.more()

    def words(self) -> Json:
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultJoined(ConsultMoved):
    """They are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultEnded(ConsultMoved):
    """They declined, left, or took it over."""
