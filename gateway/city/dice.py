"""Chance that is the same each time: all that differs between two cities is seed and hour."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from crm_core.model.ids import CHANCE_BITS, made
from crm_core.model.ticket import is_number

T = TypeVar("T")
Id = TypeVar("Id", bound=str)

_SIGNS = "34679ACDEFGHJKMNPQRTUVWXY"  # as in ticket numbers
_CHOICE = re.compile(r"<([^<>]*\|[^<>]*)>")


class Dice:
    """Draws of one purpose; each purpose has its own, so that a new draw does not shift the others."""

    def __init__(self, seed: int, *purpose: object) -> None:
        self._random = random.Random(f"{seed}:{purpose}")  # noqa: S311 - a story, not a secret

    def pick(self, items: Sequence[T]) -> T:
        """Any one of them, all alike."""
        return self._random.choice(items)

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One of them, the heavier the likelier."""
        return self._random.choices(list(weights), list(weights.values()))[0]

    def number(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(least, most)

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self._random.random() < share

    def stretch(self, spread: float) -> float:
        """A factor around 1: human durations are lopsided, half of them shorter, few much longer."""
        return self._random.lognormvariate(0.0, spread)

    def waiting(self, mean: float) -> float:
        """Seconds until the next of many independent people comes."""
        return self._random.expovariate(1 / mean)

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All of them in another order."""
        return self._random.sample(items, len(items))

    def spun(self, text: str) -> str:
        """The text with each `<this|that>` decided."""
        return _CHOICE.sub(lambda found: self.pick(found[1].split("|")), text)

    def id(self, kind: Callable[[str], Id], *, at: datetime) -> Id:
        """An id as `crm_core.model.ids.fresh` makes them, but the same each time."""
        return made(kind, at=at, chance=self._random.getrandbits(CHANCE_BITS))

    def ticket_number(self) -> str:
        """A ticket number with its right check digit."""
        letters = "".join(self._random.choices(_SIGNS, k=4))
        front = f"ON-{letters}-{self.number(0, 999):03}"
        return next(number for digit in range(10) if is_number(number := f"{front}{digit}"))
