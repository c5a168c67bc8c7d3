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
class ConsultJoined(ConsultEvent):
    """They are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultEnded(ConsultEvent):
    """They declined, left, or took it over."""
