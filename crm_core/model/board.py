"""The live board: how the floor stands now, and how today went; its limits, and the variants of service level."""

import json
from dataclasses import dataclass, field
from enum import StrEnum

from crm_core.model.view import Json

DISPLAY_EPOCH = "wall epoch"
"""The setting by which all displays are shut out: those of an earlier epoch see nothing."""

AIMS = "aims"
"""The setting that says what the house wants of its live contacts."""

SLOT = 15 * 60 * 1000
"""The intervals to which contacts are attributed by when they came, in milliseconds."""

SHORT = 5 * 1000
"""Who gives up within this was not served badly: shown apart, and met in SL5."""


class Variant(StrEnum):
    """How gave-ups count in a service level. Each number names its own."""

    SL1 = "sl1"
    SL2 = "sl2"
    SL3 = "sl3"
    SL4 = "sl4"
    SL5 = "sl5"


@dataclass(frozen=True, slots=True)
class Aims:
    """What the house wants of its live contacts, in seconds and percent; past `longest` a wait asks for somebody.

    `share` of them have one of us `within` so many seconds; wrapping up lasts `wrap_up` at most.
    """

    within: int = 20
    share: int = 80
    variant: Variant = Variant.SL4
    longest: int = 180
    wrap_up: int = 300
    version: int = 0

    @classmethod
    def read(cls, kept: str | None) -> "Aims":
        """As the setting has them."""
        if kept is None:
            return USUAL_AIMS
        said = json.loads(kept)
        return cls(**{**said, "variant": Variant(said["variant"])})

    def shown(self) -> Json:
        """As screens get them."""
        return {
            "within": self.within,
            "share": self.share,
            "variant": self.variant,
            "longest": self.longest,
            "wrap_up": self.wrap_up,
            "version": self.version,
        }


USUAL_AIMS = Aims()
"""Those that hold until somebody says others."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A piece of work as the board counts it. Times are whole milliseconds since 1970, the same in Python and in browsers."""

    id: str
    ticket: str
    queue: str
    channel: str
    live: bool
    came_live: bool
    state: str
    agent: str | None
    units: int
    came: int
    due: int | None
    answered: int | None
    left: int | None
    held: int | None
    entered: int
    version: int


@dataclass(slots=True)
class Tally:
    """What came to a queue by a channel within one interval, and what became of it.

    `met` of the `answered` were in time: live within the aim, written within their promise.
    `waits` counts the waits of live ones by whole seconds: any percentile can be told of it, and of its sums.
    """

    answered: int = 0
    met: int = 0
    left: int = 0
    left_early: int = 0
    left_short: int = 0
    live_answered: int = 0
    live_met: int = 0
    waited: int = 0
    waits: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """The counts behind one service level; `overdue` still wait and can no longer be met."""

    answered: int
    met: int
    left: int
    left_early: int
    left_short: int
    overdue: int = 0
