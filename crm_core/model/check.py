"""What a virus scanner says of contents. Only where one is set up; without, nothing of this is ever kept."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TOO_LARGE = "too-large"
"""What stands in the place of a name where the scanner takes less than this content has: nobody looked into it."""


class Check(StrEnum):
    """Why a file may not be opened: nobody has looked into it yet, or something was found in it."""

    CHECKING = "checking"
    BLOCKED = "blocked"


class Judged(StrEnum):
    """What is known of a content. RELEASED: an admin answers for it, whatever was found."""

    CLEAN = "clean"
    BLOCKED = "blocked"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a content, by its digest; `found` is the scanner's name for what is in it, or TOO_LARGE."""

    digest: str
    judged: Judged
    found: str | None = None

    @property
    def bar(self) -> Check | None:
        """What files of this content show."""
        return Check.BLOCKED if self.judged is Judged.BLOCKED else None


@dataclass(frozen=True, slots=True)
class Health:
    """How it stands with the scanner: when it last answered, since when it does not, and what it says of itself.

    `signatures` is when those it knows were made; None where it does not say.
    """

    heard_at: datetime | None = None
    since: datetime | None = None
    version: str = ""
    signatures: datetime | None = None
