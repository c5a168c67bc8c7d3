"""Waiting well: the place in line, and an honest wait, for whoever is on the phone or in a chat.

The wait is the greater of two reckonings: what the place says (so many before them, so long each takes, so many who
serve), and how long the last to be served really waited. It is said as a range, never to the second, and once said it
grows by one step at a time at most: a wait that jumps is worse than one that is long.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta
from math import inf

STEPS = (0, 1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120)
"""Where the ranges begin and end, in minutes: close together where a minute matters, and open above the last."""

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What lies before somebody who waits.

    `place`: 1 is served next. `handle`: how long one takes. `serving`: how many are served at once now, those who talk
    included; nobody: 0. `recent`: how long the last to be served had waited, if anybody was served yet.
    """

    place: int
    handle: timedelta
    serving: int
    recent: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What they are told: their place, and the step their wait lies in. Keep it for what they are told next."""

    place: int
    step: int

    @property
    def least(self) -> int:
        """The wait in minutes, from."""
        return STEPS[self.step]

    @property
    def most(self) -> int | None:
        """The wait in minutes, to; None: longer than the last step says."""
        return STEPS[self.step + 1] if self.step + 1 < len(STEPS) else None


def expected(ahead: Ahead) -> float:
    """The wait in minutes; endless where nobody serves."""
    by_place = ahead.place * (ahead.handle / _MINUTE) / ahead.serving if ahead.serving else inf
    return max(by_place, 0.0 if ahead.recent is None else ahead.recent / _MINUTE)


def tell(ahead: Ahead, *, before: Told | None = None) -> Told:
    """What to tell them now; `before` is what they were told last."""
    step = bisect_right(STEPS, expected(ahead)) - 1
    return Told(ahead.place, step if before is None else min(step, before.step + 1))
