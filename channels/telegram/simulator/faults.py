"""What goes wrong between a bot and Telegram, with its dice: the same seed is the same story."""

import random
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(slots=True)
class Faults:
    """Shares between 0 and 1.

    duplicate, delay, reorder: of updates, on their way to the bot (`drop` loses one on the way; it
    comes again, as Telegram's do). timeout, limited, broken: of calls of the bot's that send
    something: taken and never answered, refused with 429, refused with 502. down: nothing answers.
    """

    duplicate: float = 0.0
    delay: float = 0.0
    reorder: float = 0.0
    drop: float = 0.0
    timeout: float = 0.0
    limited: float = 0.0
    broken: float = 0.0
    down: bool = False
    seed: int = 1
    _dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 - a story, not a secret

    def falls(self, share: float) -> bool:
        """Whether it happens this time."""
        return share > 0 and self._dice.random() < share

    @classmethod
    def parsed(cls, text: str, *, seed: int = 1) -> "Faults":
        """From `duplicate=0.2,limited=0.1`, or `all`. Raises ValueError with what is wrong."""
        shares = [one.name for one in fields(cls) if one.name not in ("down", "seed", "_dice")]
        if text == "all":
            every: dict[str, Any] = dict.fromkeys(shares, 0.1)
            return cls(**every, seed=seed)
        given: dict[str, Any] = {}
        for part in filter(None, text.split(",")):
            name, _, share = part.partition("=")
            if name not in shares:
                raise ValueError(f"{name!r} is no fault; there are {', '.join(shares)}.")
            given[name] = float(share or 0.1)
        return cls(**given, seed=seed)
