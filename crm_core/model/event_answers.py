"""Events of the library of answers: what is written, approved, used and found helpful."""

from dataclasses import dataclass

from crm_core.model.answer import Answer, Macro
from crm_core.model.event import Event, TicketEvent
from crm_core.model.ids import AnswerId, MacroId, MessageId
from crm_core.model.view import Json, maybe_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerEvent(Event):
    """Anything about one answer. Its words are the house's own, and stand in its editions."""

    answer: Answer

    def facts(self) -> Json:
        one = self.answer
        return {
            "answer": one.id,
            "service": one.service,
            "state": one.state,
            "public": one.public,
            "edition": one.edition,
            "owner": one.owner,
            "review_at": maybe_instant(one.review_at),
            "expires_at": maybe_instant(one.expires_at),
            "version": one.version,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDrafted(AnswerEvent):
    """Somebody writes a new edition, or let go of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChanged(AnswerEvent):
    """It was approved, retired, looked at again, or given to somebody else: `why` says which."""

    why: str

    def facts(self) -> Json:
        return {**AnswerEvent.facts(self), "why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRated(Event):
    """Somebody found it helpful, or not. Who says so on a public page is nobody we know."""

    answer: AnswerId
    helpful: bool

    def facts(self) -> Json:
        return {"answer": self.answer, "helpful": self.helpful}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerUsed(TicketEvent):
    """A reply said it, in this edition: so that it is known who was told what."""

    answer: AnswerId
    edition: int
    title: dict[str, str]
    message: MessageId

    def more(self) -> Json:
        return {"answer": self.answer, "edition": self.edition, "title": self.title, "message": self.message}


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroChanged(Event):
    """A macro began, changed or ended."""

    macro: Macro

    def facts(self) -> Json:
        one = self.macro
        return {"macro": one.id, "name": one.name, "active": one.active, "version": one.version}


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroRun(TicketEvent):
    """Somebody ran a macro on the ticket; what it did stands beside it."""

    macro: MacroId
    name: dict[str, str]

    def more(self) -> Json:
        return {"macro": self.macro, "name": self.name}
