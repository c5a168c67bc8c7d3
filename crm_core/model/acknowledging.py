"""What an inbox says by itself when somebody comes with something new, and how often a machine may."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


class Whom(StrEnum):
    """To whom an inbox acknowledges what is new: to nobody, to proven addresses, or to any that was given."""

    NOBODY = "nobody"
    PROVEN = "proven"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Acknowledging:
    """An inbox's setting. `to`: None is as its door deserves; `texts`: our words by language, else the house's own.

    `most` is how many leave within an hour, whoever asks for them: beyond it none do for a while.
    """

    to: Whom | None = None
    texts: dict[str, str] = field(default_factory=dict)
    most: int = 200


class Why(StrEnum):
    """Why nothing was acknowledged. The first two are nobody's news; the rest stand beside the message."""

    OFF = "off"
    SEEN = "seen"
    AUTOMATIC = "automatic"
    OURS = "ours"
    ANSWERS_US = "answers us"
    UNPROVEN = "unproven"
    NO_WAY = "no way"
    LATELY = "lately"
    DAY = "day"
    SAME = "same"
    PAUSED = "paused"
    HELD = "held"


QUIET: Final = frozenset({Why.OFF, Why.SEEN})

WITHHELD: Final = "not acknowledged"
"""Flag of a message that was not, with the reason behind a colon."""

ACKNOWLEDGES: Final = "acknowledgement"
"""Flag of ours that says only that theirs arrived."""

BARE: Final = "nothing of theirs"
"""Flag of an acknowledgement to an address that nobody proved: not a sign of what came may be in it."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How often something happened lately: one row for each address, text and inbox that is counted.

    `id` says what is counted; of people only a digest under our key. `used` counts since
    `began_at`; `until` is set where it was too often, and until then nothing of the kind happens.
    """

    id: str
    began_at: datetime
    last_at: datetime
    used: int
    until: datetime | None = None
