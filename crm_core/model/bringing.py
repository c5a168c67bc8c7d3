"""History brought in from a table: the file, which column is what, and what became of each row."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.model.ids import CustomerId, ImportId, InboxId, TicketId


class Brought(StrEnum):
    """What the rows are."""

    PEOPLE = "people"
    TICKETS = "tickets"


class Lack(StrEnum):
    """What nobody has said yet of a table: which column is WHO, the WORDS, when it was OPENED; by which DOOR it came."""

    WHO = "who"
    WORDS = "words"
    OPENED = "opened"
    DOOR = "door"


class ImportState(StrEnum):
    """DRAFT is looked at, RUNNING goes on where it was cut off; DROPPED was never run."""

    DRAFT = "draft"
    RUNNING = "running"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Import:
    """A table that somebody uploaded. Its content is kept only until it is brought in.

    `digest` names the content, `mapping` the column of each field. `line` is the last row
    that was looked at. `taken` are rows that made something new, `joined` such as somebody
    known, `skipped` were left out; the report says why.
    """

    id: ImportId
    kind: Brought
    name: str
    digest: str
    size: int
    encoding: str
    separator: str
    headings: tuple[str, ...]
    mapping: dict[str, int]
    state: ImportState
    by: str
    at: datetime
    inbox: InboxId | None = None
    line: int = 0
    taken: int = 0
    joined: int = 0
    skipped: int = 0
    ended_at: datetime | None = None
    version: int = 1


class Outcome(StrEnum):
    """TAKEN made something new, JOINED found somebody known, SKIPPED says why."""

    TAKEN = "taken"
    JOINED = "joined"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """What became of a row. It holds none of its words: `why` quotes no cell once it is stored."""

    id: str
    of: ImportId
    line: int
    outcome: Outcome
    why: str
    digest: str
    customer: CustomerId | None = None
    ticket: TicketId | None = None
