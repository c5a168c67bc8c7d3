"""What we owe the people we serve: their words kept back for a court, or forgotten."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.model.address import Address
from crm_core.model.ids import CustomerId, ErasureId, ExportId, HoldId, TicketId

ERASED = "erased"
"""The only flag of a message whose words were erased."""


class ErasureReason(StrEnum):
    """Why somebody is erased, as the law knows it (GDPR 17, PIPL 47): a code, for free words would name the person."""

    ASKED = "asked"
    WITHDRAWN = "withdrawn"
    OVER = "over"
    UNLAWFUL = "unlawful"
    KIN = "kin"


class Stage(StrEnum):
    """What an erasure does next: their own matters, their words in others' matters, raw input nobody could read."""

    TICKETS = "tickets"
    ELSEWHERE = "elsewhere"
    QUARANTINE = "quarantine"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Erasure:
    """Somebody who is being, or was, forgotten. It names nobody.

    `records` are all records of the person. `reference` is the file number under which it
    was asked for, never a name. `addresses` are kept only while the job still has to find
    their words elsewhere. Of a job that was cut off `stage` and `cursor` say where it goes
    on. `ended_at`: no reader finds anything any more; `finished_at`: nor does anybody in
    the bytes of the database (`onestop erase --finish`). `known_since` is when they first
    came: backups made from then on hold them.
    """

    id: ErasureId
    customer: CustomerId
    records: tuple[CustomerId, ...]
    reason: ErasureReason
    reference: str
    by: str
    at: datetime
    known_since: datetime
    stage: Stage
    cursor: str
    addresses: tuple[Address, ...]
    tickets: int = 0
    messages: int = 0
    files: int = 0
    ended_at: datetime | None = None
    finished_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class LegalHold:
    """Somebody's words, or those of one matter, must be kept, whoever asks and whatever period is over.

    `customer` is whose they are, also where only one `ticket` is held.
    """

    id: HoldId
    customer: CustomerId
    ticket: TicketId | None
    reason: str
    by: str
    at: datetime
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Backup:
    """An archive that was made, and when."""

    file: str
    made_at: datetime


class ExportState(StrEnum):
    """ASKED is being written, READY waits to be fetched once, GONE ran out or could not be written."""

    ASKED = "asked"
    READY = "ready"
    FETCHED = "fetched"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Export:
    """Everything about a person in one archive, for them. It lies as a file until it was fetched, or `expires_at`."""

    id: ExportId
    customer: CustomerId
    by: str
    at: datetime
    state: ExportState
    size: int = 0
    expires_at: datetime | None = None
    fetched_by: str | None = None
    version: int = 1
