"""How often somebody may do something: a token bucket as a value, for any store."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left at a moment. Times are seconds of any clock that goes forward."""

    left: float
    at: float


@dataclass(frozen=True, slots=True)
class Taken:
    """The bucket afterwards; whether it was allowed, and if not, after how many seconds it would be."""

    bucket: Bucket
    allowed: bool
    retry_after: float


def take(bucket: Bucket | None, *, at: float, rate: float, burst: float, cost: float = 1.0) -> Taken:
    """Take from a bucket that fills at `rate` a second up to `burst`; None is a full one.

    What is refused costs nothing. A clock that goes back fills nothing and takes nothing.
    Raises ValueError for a cost that would never be allowed.
    """
    if rate <= 0 or cost > burst:
        raise ValueError(f"a cost of {cost} never fits a burst of {burst} at {rate} a second")
    before = bucket or Bucket(burst, at)
    now = max(at, before.at)
    left = min(burst, before.left + (now - before.at) * rate)
    if left >= cost:
        return Taken(Bucket(left - cost, now), allowed=True, retry_after=0.0)
    return Taken(Bucket(left, now), allowed=False, retry_after=(cost - left) / rate)
