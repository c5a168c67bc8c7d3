"""What is over, and whether a sweep may take it by itself.

A clock that jumps must not make the house forget: what would take much, or comes after an
odd silence, asks a person first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crm_core.model.retention import Kept, Period

SHORTEST = {Kept.WIRES: 7, Kept.FILES: 30, Kept.QUARANTINE: 7, Kept.MATTERS: 30, Kept.PEOPLE: 90}
"""Days below which a period is a slip of the pen."""

LONGEST = 36_500
MOST_ALONE = 500
"""Things that a sweep takes without asking; a day of a busy house."""

SILENCE = timedelta(days=3)
"""How long the record may have been silent before the clock is doubted."""


class Doubt(StrEnum):
    """What makes a sweep ask: the clock may have jumped, or it is much."""

    SILENT = "silent"
    MUCH = "much"


@dataclass(frozen=True, slots=True)
class Run:
    """It is as every day."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A person looks first: `count` days of silence, or so many things at once."""

    doubt: Doubt
    count: int

    @property
    def why(self) -> str:
        """As it is kept: a code and a number, for screens to say in their language."""
        return f"{self.doubt} {self.count}"


def in_force(periods: Iterable[Period], *, at: datetime) -> dict[Kept, Period]:
    """The newest period of each kind that has begun; of two of one day the later made."""
    begun = sorted((one for one in periods if one.valid_from <= at), key=lambda one: (one.valid_from, one.made_at))
    return {one.kind: one for one in begun}


def cuts(periods: Iterable[Period], *, at: datetime) -> dict[Kept, datetime]:
    """Before which instant each kind is over; a kind that is kept for ever is left out."""
    held = in_force(periods, at=at)
    return {kind: at - timedelta(days=one.days) for kind in Kept if (one := held.get(kind)) and one.days is not None}


def decide(counted: Mapping[Kept, int], *, last_heard: datetime | None, at: datetime) -> Run | Ask:
    """Whether a sweep of this size may run by itself. `last_heard` is when the newest event happened before today's."""
    total = sum(counted.values())
    if last_heard is not None and at - last_heard > SILENCE:
        return Ask(Doubt.SILENT, (at - last_heard).days)
    if total > MOST_ALONE:
        return Ask(Doubt.MUCH, total)
    return Run()


def problem(kind: Kept, days: int | None) -> str | None:
    """What is wrong with a period, if anything."""
    if days is None or SHORTEST[kind] <= days <= LONGEST:
        return None
    return f"Between {SHORTEST[kind]} and {LONGEST} days, or nothing for ever."
