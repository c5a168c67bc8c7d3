"""How somebody wants to be reached, what they need, and what whoever meets them must know."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Contacting(StrEnum):
    """What a wish not to be disturbed is about: being called, being written to, or both.

    A call is whatever is live and begun by us; everything else is written.
    """

    CALLS = "calls"
    WRITING = "writing"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class DoNot:
    """A wish: not before this minute of their day, not after that one; with neither, not at all.

    Minutes since midnight in the house's own zone: "no calls after 18:00" is `DoNot(CALLS, after=1080)`.
    """

    what: Contacting
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody needs in order to be served: a code of `rules/data/needs.toml`, and what it leaves open.

    `detail` is the interpreter's language, the size of print, the number of the relay.
    """

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Safety:
    """What whoever meets them must know beforehand, and until when it holds: a warning without an end becomes a label."""

    reason: str
    until: datetime
