"""Events of conversations that happen now, in writing."""

from dataclasses import dataclass
from enum import StrEnum

from crm_core.model.event import TicketEvent, WorkEvent
from crm_core.model.ids import ConversationId
from crm_core.model.view import Json


class Ending(StrEnum):
    """By what a talk ended: the visitor, one of us, or because nobody said anything for long."""

    VISITOR = "visitor"
    AGENT = "agent"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkEnded(TicketEvent):
    """A talk is over; what is still to be answered is answered like a message."""

    strand: ConversationId
    why: Ending

    def more(self) -> Json:
        return {"strand": self.strand, "why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkWrapping(WorkEvent):
    """The contact is over, and its agent finishes what belongs to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkKept(WorkEvent):
    """Whoever has it, or is asked to take it, still does: but it presses otherwise, or nobody is there any more."""
