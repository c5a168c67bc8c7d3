"""Events about what we owe people: holds and erasures. None of them holds a word of the person."""

from dataclasses import dataclass
from typing import ClassVar

from crm_core.model.event import ADMINS, SUPERVISORS, Event, TicketEvent
from crm_core.model.event_people import PersonEvent
from crm_core.model.ids import MessageId
from crm_core.model.privacy import Erasure, Export, LegalHold
from crm_core.model.view import Json, maybe_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(PersonEvent):
    """Somebody is forgotten: every screen drops what it knows of them."""

    erasure: Erasure

    def more(self) -> Json:
        erasure = self.erasure
        return {
            "erasure": erasure.id,
            "records": list(erasure.records),
            "reason": erasure.reason,
            "reference": erasure.reference,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketErased(TicketEvent):
    """Words of somebody were taken out of it: all, or (`messages`) those that a person wrote into another's matter."""

    messages: tuple[MessageId, ...] | None = None

    def more(self) -> Json:
        return {"messages": None if self.messages is None else list(self.messages)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketConfided(TicketEvent):
    """From now on it is for named people only, or for others than before."""

    def more(self) -> Json:
        return {"readers": sorted(self.ticket.readers)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDisclosed(TicketEvent):
    """All who serve its queue see it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureEvent(Event):
    """Anything about how far an erasure is."""

    audience: ClassVar[frozenset[str]] = ADMINS
    erasure: Erasure

    def facts(self) -> Json:
        return {"erasure": erasure_facts(self.erasure)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureMoved(ErasureEvent):
    """Another portion is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureEnded(ErasureEvent):
    """No reader finds anything of them any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureFinished(ErasureEvent):
    """Nor does anybody who reads the bytes of the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEvent(PersonEvent):
    """Anything about words that must be kept; why is personal."""

    hold: LegalHold

    def more(self) -> Json:
        return {"hold": self.hold.id, "ticket": self.hold.ticket}

    def words(self) -> Json:
        return {"reason": self.hold.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced(HoldEvent):
    """Neither erasure nor a period touches them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLifted(HoldEvent):
    """They may go again."""


def erasure_facts(erasure: Erasure) -> Json:
    """An erasure as screens see it."""
    return {
        "id": erasure.id,
        "customer": erasure.customer,
        "reason": erasure.reason,
        "reference": erasure.reference,
        "by": erasure.by,
        "at": maybe_instant(erasure.at),
        "stage": erasure.stage,
        "tickets": erasure.tickets,
        "messages": erasure.messages,
        "files": erasure.files,
        "ended_at": maybe_instant(erasure.ended_at),
        "finished_at": maybe_instant(erasure.finished_at),
        "version": erasure.version,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportEvent(Event):
    """Anything about an archive of everything about a person; who asked for it and who fetched it stands on record."""

    audience: ClassVar[frozenset[str]] = SUPERVISORS
    export: Export

    def facts(self) -> Json:
        return {"export": export_facts(self.export), "customer": self.export.customer}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAsked(ExportEvent):
    """Somebody asked for it; the teller writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReady(ExportEvent):
    """It can be fetched, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFetched(ExportEvent):
    """Somebody has it now; we have it no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportGone(ExportEvent):
    """Nobody fetched it in time, or it could not be written."""


def export_facts(export: Export) -> Json:
    """An export as screens see it."""
    return {
        "id": export.id,
        "customer": export.customer,
        "by": export.by,
        "at": maybe_instant(export.at),
        "state": export.state,
        "size": export.size,
        "expires_at": maybe_instant(export.expires_at),
        "fetched_by": export.fetched_by,
        "version": export.version,
    }
