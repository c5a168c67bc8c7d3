"""What goes wrong on the way, by a seed: the same seed is the same day."""

import random
from dataclasses import dataclass

NAMES = ("duplicate", "delay", "reorder", "drop", "timeout", "down", "slower", "late_error")


@dataclass(frozen=True, slots=True)
class Odds:
    """How often each fault happens, from 0 to 1.

    Webhooks: `duplicate` (it comes twice), `delay` (some seconds later), `reorder` (it lets
    others pass), `drop` (never). Requests: `timeout` (taken, and no answer), `down` (not
    taken: 503), `slower` (429), `late_error` (taken, and answered with 500).
    """

    duplicate: float = 0.0
    delay: float = 0.0
    reorder: float = 0.0
    drop: float = 0.0
    timeout: float = 0.0
    down: float = 0.0
    slower: float = 0.0
    late_error: float = 0.0

    @classmethod
    def of(cls, text: str) -> "Odds":
        """`duplicate=0.2,delay=0.1`, or `all`: a little of everything. Raises ValueError with the name nobody knows."""
        if text.strip() == "all":
            return cls(**dict.fromkeys(NAMES, 0.05))
        found = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, _, share = part.partition("=")
            if name not in NAMES:
                raise ValueError(f"There is no such fault: {name}. There are: {', '.join(NAMES)}.")
            found[name] = float(share or 1)
        return cls(**found)


class Dice:
    """Throws for each event."""

    def __init__(self, odds: Odds, *, seed: int) -> None:
        self.odds = odds
        self.random = random.Random(seed)  # noqa: S311 - it plays faults, and keeps no secret

    def throw(self, name: str) -> bool:
        """Whether this fault happens now."""
        share: float = getattr(self.odds, name)
        return share > 0 and self.random.random() < share
