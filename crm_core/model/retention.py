"""How long the house keeps what it was told: periods per kind, and the sweeps that heed them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crm_core.model.ids import PeriodId, SweepId


class Kept(StrEnum):
    """What has a period of its own, in the order in which a sweep goes through them: the least first.

    WIRES: raw input as it came, once it was read. FILES: contents of files of closed tickets
    (their names stay). QUARANTINE: raw input that nobody could read. MATTERS: the words of
    closed tickets. PEOPLE: everything of somebody who has no open matter and did not write.
    """

    WIRES = "wires"
    FILES = "files"
    QUARANTINE = "quarantine"
    MATTERS = "matters"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Period:
    """From `valid_from` on this kind is kept so many days (None: for ever). Earlier ones stand for the record."""

    id: PeriodId
    kind: Kept
    days: int | None
    valid_from: datetime
    made_by: str
    made_at: datetime


class SweepState(StrEnum):
    """ASKS waits for an admin's word: it would take more than the house takes by itself."""

    ASKS = "asks"
    RUNNING = "running"
    DONE = "done"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Sweep:
    """One pass over what is over. `cuts` were taken when it was counted: the run does what the dry run said.

    `counted` is what it is about, `done` what it did, by kind. A sweep that was cut off goes
    on at `cursor` of `kind`. `why` says why it asks: a code and a number ("much 900", "silent 5").
    """

    id: SweepId
    at: datetime
    by: str
    state: SweepState
    cuts: dict[Kept, datetime]
    counted: dict[Kept, int]
    done: dict[Kept, int] = field(default_factory=dict)
    kind: Kept | None = None
    cursor: str = ""
    why: str = ""
    ended_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Due:
    """What a dry run found: before which instant each kind is over, and how many there are."""

    cuts: Mapping[Kept, datetime]
    counted: Mapping[Kept, int]
