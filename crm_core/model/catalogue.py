"""Beside the services: places and who owns what where, editions, what agents teach, and known problems."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crm_core.model.ids import (
    AgentId,
    MisdirectId,
    NoticeId,
    OwnershipId,
    PlaceId,
    QueueId,
    ServiceEditionId,
    ServiceId,
    SuggestionId,
    TicketId,
    UnitId,
)
from crm_core.model.service import Service


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the city in people's words: its name, and the streets and landmarks that lie in it."""

    id: PlaceId
    name: dict[str, str]
    words: tuple[str, ...]
    order: int


@dataclass(frozen=True, slots=True)
class Ownership:
    """One line of the dispatch catalogue: service and place to unit, from a day and until another.

    No place means everywhere else. `queue` is where its tickets wait, where that is not
    the service's own queue. Lines are never rewritten: they end and others begin.
    """

    id: OwnershipId
    service: ServiceId
    place: PlaceId | None
    unit: UnitId
    queue: QueueId | None
    valid_from: datetime
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tenure:
    """That a unit owned a ticket from then until then: what a reorganisation leaves behind."""

    ticket: TicketId
    unit: UnitId
    since: datetime
    until: datetime


class EditionState(StrEnum):
    """A draft is being written; a published edition was, or is, what people see."""

    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class ServiceEdition:
    """A service as somebody wrote it. There is one draft at most; published ones stay, to go back to."""

    id: ServiceEditionId
    service: ServiceId
    number: int
    state: EditionState
    content: Service
    by: AgentId | None
    at: datetime
    note: str = ""
    version: int = 1


class SuggestionState(StrEnum):
    """Only OPEN can still change."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Words that agents showed to mean a service, with the tickets that taught it."""

    id: SuggestionId
    service: ServiceId
    language: str
    phrase: str
    was: ServiceId
    tickets: tuple[TicketId, ...]
    state: SuggestionState
    created_at: datetime
    updated_at: datetime
    by: AgentId | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Misdirect:
    """A ticket that came to the wrong desk: who had it, as what, and where it went."""

    id: MisdirectId
    ticket: TicketId
    service: ServiceId
    queue: QueueId
    to_service: ServiceId
    to_queue: QueueId
    by: AgentId | None
    at: datetime


class NoticeState(StrEnum):
    """A draft is seen by staff only; an open one by everybody; a closed one answers nobody new."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Notice:
    """A known problem. Texts are by language.

    `words` are what people say who report it, besides the service's own. `acknowledgement`
    is the approved text that answers each report by itself, empty where a person does it;
    `answer` is what all are told at the end.
    """

    id: NoticeId
    service: ServiceId
    place: PlaceId | None
    title: dict[str, str]
    text: dict[str, str]
    words: tuple[str, ...]
    acknowledgement: dict[str, str]
    answer: dict[str, str]
    state: NoticeState
    begins_at: datetime
    ends_at: datetime | None
    expected_at: datetime | None
    created_at: datetime
    by: AgentId | None
    version: int = 1

    def stands(self, at: datetime) -> bool:
        """Whether people are to see it at this moment."""
        return self.state is NoticeState.OPEN and self.begins_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True)
class NoticeLink:
    """That a ticket reports a known problem; what its reporter was told of it, and when."""

    id: str
    notice: NoticeId
    ticket: TicketId
    person: str
    at: datetime
    by: AgentId | None
    acknowledged_at: datetime | None = None
    answer_wanted_at: datetime | None = None
    answered_at: datetime | None = None
    outcome: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Index:
    """The catalogue's words made ready for matching; built once for each edition of the catalogue.

    `postings` says for each word in which services it stands and how heavily; `phrases` are
    whole names and synonyms of several words; `places` the words by which places are known.
    `general` is the service for all else.
    """

    postings: dict[str, tuple[tuple[ServiceId, float], ...]] = field(default_factory=dict)
    phrases: dict[str, tuple[tuple[tuple[str, ...], ServiceId], ...]] = field(default_factory=dict)
    order: dict[ServiceId, int] = field(default_factory=dict)
    places: dict[str, PlaceId] = field(default_factory=dict)
    general: ServiceId | None = None
