"""The consistency score: how alike the service is at all doors, from 0 to 100, week by week (`UX` §8).

Four shares with their weights. One that does not exist (satisfaction, where nobody is asked) leaves its weight to the
others in proportion. A door counts as inside the consistent range as long as its 95 % interval reaches into it: what
chance alone can do costs nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from crm_core.model.parity import Matter, Measure, Reckoned, Value
from crm_core.model.score import Week
from crm_core.rules import parity, ranks

FACTS, PROMISE, RESOLVED, RATED = "facts", "promise", "resolved", "rated"
WEIGHTS: Mapping[str, int] = {FACTS: 40, PROMISE: 30, RESOLVED: 20, RATED: 10}
"""What each share counts, in percent."""

WEEK = timedelta(days=7)
WEEKS = 12

Facts = Callable[[datetime], float | None]
"""The share of facts of answers that were told alike at a moment."""


def weeks(matters: Sequence[Matter], *, ends: datetime, known_from: datetime, facts: Facts) -> list[Week]:
    """Twelve weeks before then, the oldest first; one that begins before `known_from` is not known in full: a gap."""
    begins = [ends - (WEEKS - number) * WEEK for number in range(WEEKS)]
    own: dict[int, list[Matter]] = {}
    for matter in matters:
        if matter.opened is not None:
            own.setdefault((matter.opened - begins[0]) // WEEK, []).append(matter)
    return [
        _week(own.get(number, []) if begin >= known_from else [], begins=begin, facts=facts)
        for number, begin in enumerate(begins)
    ]


def _week(matters: Sequence[Matter], *, begins: datetime, facts: Facts) -> Week:
    parts = {
        FACTS: facts(begins + WEEK),
        PROMISE: _in_promise(matters),
        RESOLVED: _inside(matters, parity.RESOLVED),
        RATED: _inside(matters, parity.RATED),
    }
    return Week(begins, len(matters), parts, total(parts) if len(matters) >= parity.FEWEST else None)


def total(parts: Mapping[str, float | None]) -> float | None:
    """The parts that exist, by their weights; None where none does."""
    known = {name: share for name, share in parts.items() if share is not None}
    weight = sum(WEIGHTS[name] for name in known)
    return 100 * sum(WEIGHTS[name] * share for name, share in known.items()) / weight if weight else None


def _in_promise(matters: Sequence[Matter]) -> float | None:
    """Of the first answers that were due, those that came in time."""
    known = [matter.kept for matter in matters if matter.kept is not None]
    return sum(known) / len(known) if known else None


def _inside(matters: Sequence[Matter], name: str) -> float | None:
    """The share of tickets that came by a door which is inside the range of all; None with fewer than two doors."""
    measure = next(one for one in parity.MEASURES if one.name == name)
    by: dict[str, list[Value]] = {}
    for matter in matters:
        if (value := matter.measures.get(name)) is not None:
            by.setdefault(matter.channel, []).append(value)
    everybody = _figure(measure, [value for values in by.values() for value in values])
    if len(by) < 2 or everybody.amount is None:
        return None
    around = everybody.amount * measure.ratio + measure.span
    low, high = everybody.amount - around, everybody.amount + around
    inside = sum(len(values) for values in by.values() if _reaches(_figure(measure, values), low, high))
    return inside / sum(map(len, by.values()))


def _figure(measure: Measure, values: Sequence[Value]) -> Reckoned:
    return (ranks.median if measure.scale == "seconds" else ranks.mean)(values, weights=[1.0] * len(values))


def _reaches(figure: Reckoned, low: float, high: float) -> bool:
    """Whether its interval has anything in common with the range; an end that is not known yet is open."""
    if figure.amount is None and figure.low is None:
        return True
    least = figure.low if figure.low is not None else figure.amount
    return (least is None or least <= high) and (figure.high is None or figure.high >= low)
