"""Whether every door gives the same service: what a report on it is made from, and what it comes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Value:
    """One measured value: seconds, or points from 1 to 5. `over` is False while it still grows: somebody still waits."""

    amount: float
    over: bool = True


@dataclass(frozen=True, slots=True)
class Matter:
    """One ticket, as the report sees it. `channel` is a name to group by and nothing else.

    `measures` holds what is known of it, by the measure's name. `promised` is how many seconds after it was opened
    the first answer was due; `kept` whether it came in time, None while that is open. `opened` is when. `asked`:
    the citizen was asked how they were served, whether or not they said so.
    """

    service: str
    language: str
    channel: str
    live: bool
    measures: Mapping[str, Value]
    promised: float | None = None
    kept: bool | None = None
    opened: datetime | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """What is compared. `scale`: seconds (fewer is better) or points (more is better).

    `ratio` and `span` make the consistent range around the figure of all channels: a quarter of it, or so many
    points. `apart_live`: live and deferred contacts are promised different things, so they are not compared in it.
    """

    name: str
    scale: str
    ratio: float = 0.0
    span: float = 0.0
    apart_live: bool = False


class Says(StrEnum):
    """What a comparison came to. FEW: too few to tell. ALONE: nothing else to compare it with. ABSENT: not measured."""

    SAME = "same"
    WORSE = "worse"
    BETTER = "better"
    FEW = "few"
    ALONE = "alone"
    ABSENT = "absent"

    @property
    def clear(self) -> bool:
        """Whether it is a clear difference."""
        return self in (Says.WORSE, Says.BETTER)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A figure with its 95 % interval, of so many values; None: not reached yet, for too many still wait."""

    of: int
    amount: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One channel in one measure.

    `reference` is the figure of all channels for the same mix of matters, `low` and `high` its consistent range; `p`
    is corrected for how often was looked. `why` says what `says` rests on.
    """

    figure: Reckoned
    waiting: int
    reference: float | None
    low: float | None
    high: float | None
    p: float | None
    says: Says
    why: str


@dataclass(frozen=True, slots=True)
class InTime:
    """How often the first answer came in time: `kept` of `of`, with the 95 % interval of the share.

    `promised` is the middle one of the promised times, in seconds. `says` is WORSE where too few were kept.
    """

    kept: int
    of: int
    low: float
    high: float
    promised: float | None
    says: Says

    @property
    def share(self) -> float | None:
        """The share of promises kept; None where nothing was due yet."""
        return self.kept / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Row:
    """One channel. `asked`: of so many of its tickets somebody was asked how they were served."""

    channel: str
    tickets: int
    kept: InTime
    cells: Mapping[str, Cell]
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """All channels beside each other, in the order that was asked for."""

    tickets: int
    alike: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which tickets a report is about: opened in this time, of a service and in a language, or of all."""

    begins: datetime
    ends: datetime
    service: str | None = None
    language: str | None = None
