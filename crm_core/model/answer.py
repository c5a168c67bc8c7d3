"""The answers we give: one piece of approved knowledge, its facts, its words at each kind of door, and macros."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.model.ids import AgentId, AnswerId, MacroId, QueueId, ServiceId
from crm_core.model.sla import Reason
from crm_core.model.ticket import Priority, Status


class Manner(StrEnum):
    """How a kind of door speaks; which one a door is follows from what it can carry, never from its name.

    MAIL is written at length, SHORT paid by the segment, TALK typed as people chat,
    SPEECH read out by an agent, PAPER printed, and PAGE stands on the citizens' pages.
    """

    MAIL = "mail"
    SHORT = "short"
    TALK = "talk"
    SPEECH = "speech"
    PAPER = "paper"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Hand:
    """A rendering that somebody wrote by hand, and what it was written from.

    `of` is the text that would have stood there, `facts` are the facts as they were:
    when either is another one now, these words may say something that is not so.
    """

    manner: Manner
    language: str
    text: str
    of: str
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Wording:
    """What an answer says, by language. In braces stand facts and fields: `{cost}` or `{name}`.

    `brief` says it in a sentence or two, where there is little room. `facts` are those
    that the service does not hold itself: what a service costs stands in one place.
    """

    title: dict[str, str]
    text: dict[str, str]
    brief: dict[str, str]
    facts: dict[str, dict[str, str]]
    hands: tuple[Hand, ...] = ()


class AnswerState(StrEnum):
    """Only what is APPROVED is said to anybody. RETIRED ones stay, for what was said by them."""

    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Answer:
    """One piece of knowledge about a service, in the words that were approved last.

    `slug` is its place among the public pages, where `public`. `edition` is the number of
    the approved wording (0: none yet). `review_at` asks its owner to look again;
    `expires_at` ends it by itself. `used` counts replies, `helpful` and `unhelpful` what
    people said of it.
    """

    id: AnswerId
    slug: str
    service: ServiceId
    wording: Wording
    state: AnswerState
    public: bool
    owner: AgentId | None
    created_at: datetime
    updated_at: datetime
    review_at: datetime | None = None
    expires_at: datetime | None = None
    approved_by: AgentId | None = None
    approved_at: datetime | None = None
    edition: int = 0
    used: int = 0
    helpful: int = 0
    unhelpful: int = 0
    version: int = 1

    def stands(self, at: datetime) -> bool:
        """Whether it may be said at this moment."""
        return self.state is AnswerState.APPROVED and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True)
class Cited:
    """What an answer said when it was inserted into a reply: those of its facts that its words say, in their language."""

    answer: AnswerId
    language: str
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Macro:
    """What an agent does with one key: an answer, and what becomes of the ticket. Each part may be left out.

    `snooze` is for how many hours it sleeps; `reason` goes with a status in which the
    clock of the solution stands still.
    """

    id: MacroId
    name: dict[str, str]
    answer: AnswerId | None
    status: Status | None
    priority: Priority | None
    queue: QueueId | None
    snooze: int | None
    active: bool
    created_at: datetime
    by: AgentId | None
    reason: Reason | None = None
    version: int = 1
