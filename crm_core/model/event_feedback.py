"""Events about what people say of how they were served: that they were asked, and what they said."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from crm_core.model.event import ADMINS, Event, TicketEvent
from crm_core.model.feedback import Feedback
from crm_core.model.view import Json, ticket_words


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackAsked(TicketEvent):
    """Somebody is asked how they were served."""

    feedback: Feedback

    def more(self) -> Json:
        one = self.feedback
        return {"feedback": one.id, "channel": one.channel, "message": one.message}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackGiven(TicketEvent):
    """They said so, or thought again: `was` is the score that counted before."""

    feedback: Feedback
    was_score: int | None = None

    def more(self) -> Json:
        one = self.feedback
        return {"feedback": one.id, "score": one.score, "was": self.was_score, "worded": bool(one.comment)}

    def words(self) -> Json:
        return {"row": ticket_words(self.ticket), "comment": self.feedback.comment}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingChanged(Event):
    """An admin decided for how long nobody is asked a second time."""

    audience: ClassVar[frozenset[str]] = ADMINS
    rest: timedelta

    def facts(self) -> Json:
        return {"days": self.rest.days}
