"""The same service at every door, measured (`DOMAIN` S12): each channel against all others.

A difference is called clear only where a rank test finds it (corrected for ties and for how often was looked) *and* it
is large enough to matter: outside the consistent range around the figure of all channels. Channels are names in the
data; nothing here knows one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from statistics import median as middle

from crm_core.model.parity import Cell, Comparison, InTime, Matter, Measure, Reckoned, Row, Says, Value
from crm_core.rules import ranks

FIRST, RESOLVED, RATED = "first", "resolved", "rated"
MEASURES = (
    Measure(FIRST, "seconds", ratio=0.25, apart_live=True),
    Measure(RESOLVED, "seconds", ratio=0.25),
    Measure(RATED, "points", span=0.2),
)
"""What is compared; one for which nothing was measured says so. The ranges are those of `UX` §8."""

FEWEST = 30
"""Tickets from which a channel is tested: below it every answer would be a guess (S20's rule)."""

LEVEL = 0.05

KEPT_AT_LEAST = 0.8
"""The share of first answers in time that a door owes: what councils promise for calls (`DOMAIN` §6, 80 %)."""

LIKE, RAW = "like", "raw"
"""Like with like: within the same service and language, in the same mix. Raw: as they came."""

Stratum = tuple[str, ...]


def report(matters: Sequence[Matter], *, order: Sequence[str], alike: str = LIKE) -> Comparison:
    """Each channel that had tickets, in this order (unknown ones last, by name), in every measure."""
    counts: dict[str, int] = {}
    for matter in matters:
        counts[matter.channel] = counts.get(matter.channel, 0) + 1
    looks = {measure.name: _looked(measure, matters, alike=alike) for measure in MEASURES}
    cells = _judged({(name, channel): look for name, by in looks.items() for channel, look in by.items()})
    places = {name: place for place, name in enumerate(order)}
    rows = (
        Row(
            channel,
            counts[channel],
            _kept([matter for matter in matters if matter.channel == channel]),
            {measure.name: cells.get((measure.name, channel), _absent()) for measure in MEASURES},
            sum(matter.asked for matter in matters if matter.channel == channel),
        )
        for channel in sorted(counts, key=lambda name: (places.get(name, len(places)), name))
    )
    return Comparison(len(matters), alike, tuple(rows))


@dataclass(frozen=True, slots=True)
class _Look:
    """One channel in one measure before it is judged; no test where there are too few or nothing to compare with."""

    measure: Measure
    cell: Cell
    test: ranks.Test | None


_Strata = Mapping[Stratum, Mapping[str, list[Value]]]
"""The values of each stratum, by channel."""


def _looked(measure: Measure, matters: Iterable[Matter], *, alike: str) -> dict[str, _Look]:
    strata: dict[Stratum, dict[str, list[Value]]] = {}
    for matter in matters:
        value = matter.measures.get(measure.name)
        if value is not None:
            by_channel = strata.setdefault(_stratum(matter, measure, alike=alike), {})
            by_channel.setdefault(matter.channel, []).append(value)
    tests = ranks.compared(
        [(channel, value) for channel, values in by.items() for value in values] for by in strata.values()
    )
    channels = sorted({channel for by in strata.values() for channel in by})
    everybody = cache(partial(_reference, measure, strata))  # most channels share one mix: it is reckoned once
    return {channel: _look(measure, channel, strata, everybody, tests.get(channel)) for channel in channels}


def _reference(measure: Measure, strata: _Strata, mix: frozenset[Stratum]) -> float | None:
    """The figure of all channels in these strata."""
    values = [value for stratum in sorted(mix) for of in strata[stratum].values() for value in of]
    return _figure(measure)(values, weights=[1.0] * len(values)).amount


def _stratum(matter: Matter, measure: Measure, *, alike: str) -> Stratum:
    promise = (str(matter.live),) if measure.apart_live else ()
    return (matter.service, matter.language, *promise) if alike == LIKE else promise


def _look(
    measure: Measure,
    channel: str,
    strata: _Strata,
    everybody: Callable[[frozenset[Stratum]], float | None],
    test: ranks.Test | None,
) -> _Look:
    """The channel's own values in the mix of all who ask for the same, beside the figure of all of them."""
    own, weights, others = list[Value](), list[float](), 0
    mix = frozenset(stratum for stratum, by in strata.items() if channel in by)
    for stratum in sorted(mix):
        theirs, all_of_it = strata[stratum][channel], sum(map(len, strata[stratum].values()))
        own += theirs
        weights += [all_of_it / len(theirs)] * len(theirs)
        others += all_of_it - len(theirs)
    reference = everybody(mix)
    low, high = _range(measure, reference)
    waiting = sum(1 for value in own if not value.over)
    cell = Cell(_figure(measure)(own, weights=weights), waiting, reference, low, high, None, Says.SAME, "")
    if others == 0:
        return _Look(measure, replace(cell, says=Says.ALONE, why="No other channel had such tickets."), None)
    if len(own) < FEWEST:
        return _Look(measure, replace(cell, says=Says.FEW, why=f"{len(own)} of {FEWEST} that it takes to tell."), None)
    if others < FEWEST:
        why = f"The others had {others} of {FEWEST} that it takes to tell."
        return _Look(measure, replace(cell, says=Says.FEW, why=why), None)
    return _Look(measure, cell, test)


def _figure(measure: Measure) -> Callable[..., Reckoned]:
    return ranks.median if measure.scale == "seconds" else ranks.mean


def _range(measure: Measure, reference: float | None) -> tuple[float | None, float | None]:
    if reference is None:
        return None, None
    around = reference * measure.ratio + measure.span
    return reference - around, reference + around


def _judged(looks: Mapping[tuple[str, str], _Look]) -> dict[tuple[str, str], Cell]:
    """Every test that was made counts as a look: the chance of any false alarm in the whole report stays at 5 %."""
    names = {"\0".join(key): key for key, look in looks.items() if look.test is not None}
    corrected = ranks.holm({name: _p(looks[key]) for name, key in names.items()})
    cells = {key: look.cell for key, look in looks.items()}
    for name, key in names.items():
        cells[key] = _verdict(looks[key], p=corrected[name])
    return cells


def _p(look: _Look) -> float:
    return look.test.p if look.test is not None else 1.0


def _verdict(look: _Look, *, p: float) -> Cell:
    cell = replace(look.cell, p=p)
    if p >= LEVEL:
        return replace(cell, why="Chance alone gives as much.")
    side = _side(cell)
    if side == 0:
        return replace(cell, why="There is a difference, but within the consistent range.")
    if look.test is None or (look.test.z > 0) != (side > 0):
        return replace(cell, why="Ranks and figures point apart.")
    fewer_is_better = look.measure.scale == "seconds"
    says = Says.WORSE if (side > 0) == fewer_is_better else Says.BETTER
    return replace(cell, says=says, why="Clear, and outside the consistent range.")


def _side(cell: Cell) -> int:
    """1 above the consistent range, -1 below, 0 within. What is not reached yet lies above."""
    amount = cell.figure.amount
    if cell.low is None or cell.high is None:
        return 0
    if amount is None or amount > cell.high:
        return 1
    return -1 if amount < cell.low else 0


def _kept(matters: Sequence[Matter]) -> InTime:
    known = [matter.kept for matter in matters if matter.kept is not None]
    promised = [matter.promised for matter in matters if matter.promised is not None]
    low, high = ranks.share(sum(known), of=len(known))
    if not known:
        says = Says.ABSENT
    elif len(known) < FEWEST:
        says = Says.FEW
    else:
        says = Says.WORSE if high < KEPT_AT_LEAST else Says.SAME
    return InTime(sum(known), len(known), low, high, middle(promised) if promised else None, says)


def _absent() -> Cell:
    return Cell(Reckoned(0, None, None, None), 0, None, None, None, None, Says.ABSENT, "Nothing was measured.")
