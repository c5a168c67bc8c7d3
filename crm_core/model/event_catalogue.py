"""Events of the catalogue: services, who owns what, what agents teach, wrong desks, parts, known problems."""

from dataclasses import dataclass
from typing import ClassVar

from crm_core.model.catalogue import Notice, Ownership, Suggestion
from crm_core.model.event import ADMINS, Event, TicketEvent
from crm_core.model.ids import NoticeId, QueueId, ServiceId, TicketId, UnitId
from crm_core.model.service import Service, Unit
from crm_core.model.view import Json, instant, maybe_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMisdirected(TicketEvent):
    """It had come to the wrong desk; its clock goes on, and it is counted."""

    was_service: ServiceId
    was_in: QueueId

    def more(self) -> Json:
        return {
            "from": self.was_in,
            "to": self.ticket.queue,
            "was_service": self.was_service,
            "service": self.ticket.service,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSplit(TicketEvent):
    """Several matters came in one: its parts are tickets of their own, its owner owns the whole."""

    parts: tuple[TicketId, ...]

    def more(self) -> Json:
        return {"parts": list(self.parts)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketGathered(TicketEvent):
    """One of its parts came to something; `left` are still open."""

    part: TicketId
    number: str
    left: int

    def more(self) -> Json:
        return {"part": self.part, "number": self.number, "left": self.left}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOwned(TicketEvent):
    """Another unit owns it: the house was reorganised."""

    was_unit: UnitId | None

    def more(self) -> Json:
        return {"from": self.was_unit, "to": self.ticket.unit}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketNoticed(TicketEvent):
    """It reports a known problem; `told` says whether its reporter was told by itself, or why not."""

    notice: NoticeId
    why: str
    told: str

    def more(self) -> Json:
        return {"notice": self.notice, "why": self.why, "told": self.told}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChanged(Event):
    """A service was published: what people see of it from now on."""

    service: Service
    note: str = ""

    def facts(self) -> Json:
        service = self.service
        return {
            "service": service.id,
            "slug": service.slug,
            "name": service.name,
            "queue": service.queue,
            "policy": service.policy,
            "order": service.order,
            "active": service.active,
            "version": service.version,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDrafted(Event):
    """Somebody writes a new edition, or let go of it."""

    audience: ClassVar[frozenset[str]] = ADMINS
    service: ServiceId

    def facts(self) -> Json:
        return {"service": self.service}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitChanged(Event):
    """A unit began or ended; `why` says by which reorganisation."""

    unit: Unit
    why: str = ""

    def facts(self) -> Json:
        unit = self.unit
        return {
            "unit": unit.id,
            "name": unit.name,
            "valid_from": instant(unit.valid_from),
            "valid_until": maybe_instant(unit.valid_until),
            "why": self.why,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipChanged(Event):
    """A line of the dispatch catalogue began or ended."""

    audience: ClassVar[frozenset[str]] = ADMINS
    ownership: Ownership

    def facts(self) -> Json:
        line = self.ownership
        return {
            "ownership": line.id,
            "service": line.service,
            "place": line.place,
            "unit": line.unit,
            "queue": line.queue,
            "valid_from": instant(line.valid_from),
            "valid_until": maybe_instant(line.valid_until),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionEvent(Event):
    """Anything about words that agents showed to mean a service. The words are somebody's."""

    audience: ClassVar[frozenset[str]] = ADMINS
    suggestion: Suggestion

    def facts(self) -> Json:
        one = self.suggestion
        return {"suggestion": one.id, "service": one.service, "language": one.language, "state": one.state}

    def words(self) -> Json:
        return {"phrase": self.suggestion.phrase}


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionMade(SuggestionEvent):
    """A correction taught it, or one more did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionDecided(SuggestionEvent):
    """It is a synonym now, or will never be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeChanged(Event):
    """A known problem was told, changed, or is over."""

    notice: Notice

    def facts(self) -> Json:
        notice = self.notice
        return {"notice": notice.id, "service": notice.service, "state": notice.state, "version": notice.version}
