"""Events about the virus scanner: what it said of files, and whether it answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from crm_core.model.check import Check, Health
from crm_core.model.event import ADMINS, Event, TicketEvent
from crm_core.model.ids import AgentId, FileId, MessageId
from crm_core.model.message import Attachment
from crm_core.model.view import Json, maybe_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEvent(TicketEvent):
    """A file of a message stands differently with the virus scanner. Its name is in the message."""

    message: MessageId
    version: int
    file: Attachment

    def more(self) -> Json:
        told = {"check": self.file.check, "found": self.file.found}
        return {"message": self.message, "file": self.file.id, "version": self.version, **told}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChecked(FileEvent):
    """Nothing stands against opening it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBlocked(FileEvent):
    """Something was found in it, or it is too large to be looked into: nobody opens it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReleased(FileEvent):
    """An admin answers for it; `was` is what had been found, `early` that nobody had looked into it yet."""

    had: str | None
    early: bool

    def more(self) -> Json:
        return {**FileEvent.more(self), "was": self.had, "early": self.early}


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadChecked(Event):
    """The scanner answered about a file that waits to be sent; only its owner knows of it."""

    owner: AgentId
    file: FileId
    check: Check | None
    found: str | None

    def facts(self) -> Json:
        return {"file": self.file, "check": self.check, "found": self.found}

    def for_whom(self) -> frozenset[str]:
        return frozenset({f"a:{self.owner}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerMoved(Event):
    """The virus scanner does not answer, or answers again; meanwhile files wait, and nothing else does."""

    audience: ClassVar[frozenset[str]] = ADMINS
    health: Health

    def facts(self) -> Json:
        since: datetime | None = self.health.since
        return {"since": maybe_instant(since), "version": self.health.version}
