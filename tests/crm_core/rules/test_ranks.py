"""The statistics under the consistency report, beside published figures and slow, obvious references."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from math import sqrt
from random import Random
from statistics import mean, median, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.parity import Value
from crm_core.rules import ranks

WITH_DRUG = [*((6, True),) * 3, (6, False), (7, True), (9, False), (10, True), (10, False), (11, False), (13, True)]
WITH_DRUG += [(16, True), (17, False), (19, False), (20, False), (22, True), (23, True), (25, False), (32, False)]
WITH_DRUG += [(32, False), (34, False), (35, False)]
WITHOUT = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
"""Weeks of remission of 42 children (Freireich 1963), the data on which Gehan and Cox showed their methods."""

values = st.builds(Value, st.integers(0, 6).map(float), st.booleans())


def over(*amounts: float) -> list[Value]:
    return [Value(float(amount)) for amount in amounts]


def even(given: Sequence[Value]) -> list[float]:
    return [1.0] * len(given)


def pair(*groups: Sequence[Value]) -> dict[str, ranks.Test]:
    return ranks.compared([[one for name, group in enumerate(groups) for one in each(str(name), group)]])


def surely_less(one: Value, other: Value) -> bool:
    """One is over, and the other took or takes longer."""
    return one.over and (one.amount < other.amount or (one.amount == other.amount and not other.over))


def each(name: str, group: Sequence[Value]) -> list[ranks.Sample]:
    return [(name, value) for value in group]


def score(group: Sequence[Value], rest: Sequence[Value]) -> int:
    """Pairs that the group surely wins, minus those that it surely loses."""
    return sum(surely_less(b, a) - surely_less(a, b) for a, b in product(group, rest))


def shared_out(every: Sequence[Value], count: int) -> list[int]:
    """The score of every way to share them out."""
    return [
        score([every[i] for i in chosen], [every[i] for i in range(len(every)) if i not in chosen])
        for chosen in combinations(range(len(every)), count)
    ]


@given(st.lists(values, min_size=1, max_size=4), st.lists(values, min_size=1, max_size=4))
def test_the_test_is_the_score_over_its_deviation_in_all_ways_to_share_the_values_out(
    group: list[Value], rest: list[Value]
) -> None:
    every = shared_out([*group, *rest], len(group))
    assert mean(every) == 0
    spread = sqrt(pvariance(every))
    wanted = score(group, rest) / spread if spread else 0.0
    assert pair(group, rest)["0"].z == pytest.approx(wanted)


@given(st.lists(st.tuples(st.lists(values, min_size=1, max_size=3), st.lists(values, min_size=1, max_size=3)), min_size=2, max_size=2))  # fmt: skip
def test_strata_are_put_together_with_van_elterens_weights(strata: list[tuple[list[Value], list[Value]]]) -> None:
    weights = [1 / (len(group) + len(rest) + 1) for group, rest in strata]
    shift = sum(w * score(group, rest) for w, (group, rest) in zip(weights, strata, strict=True))
    chances = [shared_out([*group, *rest], len(group)) for group, rest in strata]
    spread = sqrt(pvariance([weights[0] * a + weights[1] * b for a, b in product(*chances)]))
    found = ranks.compared([*each("g", group), *each("r", rest)] for group, rest in strata)
    assert found["g"].z == pytest.approx(shift / spread if spread else 0.0)


def test_without_ties_it_is_the_published_kruskal_wallis_of_two_samples() -> None:
    found = pair(over(1, 3, 5, 7, 9), over(2, 4, 6, 8, 10))["0"]
    assert found.z**2 == pytest.approx(0.2727272727272734)  # SciPy's documentation of kruskal
    assert found.p == pytest.approx(0.6015081344405895)


def test_groups_of_the_same_values_differ_in_nothing() -> None:
    assert pair(over(4, 4, 4), over(4, 4))["0"] == ranks.Test(0.0, 1.0)


def test_a_group_alone_in_its_stratum_is_compared_with_nobody() -> None:
    assert ranks.compared([[("a", Value(1.0)), ("a", Value(2.0))], [("b", Value(3.0))]]) == {}


def test_children_with_the_drug_are_in_remission_longer_as_gehan_found() -> None:
    drug = [Value(float(weeks), ended) for weeks, ended in WITH_DRUG]
    assert score(drug, over(*WITHOUT)) == 271  # Gehan 1965
    assert pair(drug, over(*WITHOUT))["0"].p < 0.001


def test_the_middle_of_what_still_goes_on_is_kaplan_and_meiers() -> None:
    drug = [Value(float(weeks), ended) for weeks, ended in WITH_DRUG]
    assert ranks.median(drug, weights=even(drug)).amount == 23
    assert ranks.median(over(*WITHOUT), weights=[1.0] * 21).amount == 8


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60))
def test_with_nothing_going_on_it_is_the_ordinary_median_between_its_order_statistics(amounts: list[int]) -> None:
    found = ranks.median(over(*amounts), weights=[1.0] * len(amounts))
    assert found.amount == median(amounts)
    assert found.low is not None
    assert found.low <= median(amounts)
    assert found.high is None or found.high >= median(amounts)


def test_a_weight_is_worth_as_many_of_the_same() -> None:
    twice = ranks.median(over(1, 2, 2, 9, 9, 9, 9), weights=[1.0] * 7).amount
    assert ranks.median(over(1, 2, 9), weights=[1.0, 2.0, 4.0]).amount == twice


def test_where_most_still_wait_there_is_no_middle_yet() -> None:
    waiting = [*over(1, 2), *(Value(float(at), over=False) for at in (3, 4, 5))]
    assert ranks.median(waiting, weights=even(waiting)).amount is None


def test_the_interval_holds_the_true_middle_about_nineteen_times_in_twenty() -> None:
    hit = 0
    for seed in range(600):
        dice = Random(seed)
        drawn = over(*(dice.lognormvariate(0, 1) for _ in range(45)))
        found = ranks.median(drawn, weights=even(drawn))
        assert found.low is not None
        assert found.high is not None
        hit += found.low <= 1 <= found.high
    assert 0.92 <= hit / 600 <= 0.98


def test_holms_correction_is_the_published_one() -> None:
    found = ranks.holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert found == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})


@pytest.mark.parametrize(
    ("kept", "of", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)]
)
def test_the_interval_of_a_share_is_newcombes(kept: int, of: int, low: float, high: float) -> None:
    assert ranks.share(kept, of=of) == pytest.approx((low, high), abs=5e-5)


def test_a_mean_has_the_interval_of_its_spread() -> None:
    points = over(*[4] * 50, *[5] * 50)
    found = ranks.mean(points, weights=even(points))
    assert found.amount == 4.5
    assert found.high is not None
    assert found.high == pytest.approx(4.5 + ranks.Z95 * 0.5 / sqrt(99))
