"""Events about history that is brought in from a table; they count rows, and hold no word of any."""

from dataclasses import dataclass
from typing import ClassVar

from crm_core.model.bringing import Import
from crm_core.model.event import ADMINS, STAFF, Event
from crm_core.model.view import Json, maybe_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportEvent(Event):
    """Anything about a table that is brought in."""

    audience: ClassVar[frozenset[str]] = ADMINS
    brought: Import

    def facts(self) -> Json:
        return {"import": import_facts(self.brought)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportAdded(ImportEvent):
    """A table was uploaded, or its columns named anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDropped(ImportEvent):
    """It was not what they wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportBegun(ImportEvent):
    """Its rows are being brought in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportMoved(ImportEvent):
    """Another portion is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportEnded(ImportEvent):
    """All of them are: every screen loads its views again, once."""

    audience: ClassVar[frozenset[str]] = STAFF


def import_facts(brought: Import) -> Json:
    """How far it is; neither the file's name nor its headings, which may be anybody's."""
    return {
        "id": brought.id,
        "kind": brought.kind,
        "size": brought.size,
        "state": brought.state,
        "by": brought.by,
        "at": maybe_instant(brought.at),
        "line": brought.line,
        "taken": brought.taken,
        "joined": brought.joined,
        "skipped": brought.skipped,
        "ended_at": maybe_instant(brought.ended_at),
        "version": brought.version,
    }
