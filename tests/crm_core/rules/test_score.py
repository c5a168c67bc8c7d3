"""The consistency score: four shares, their weights, and gaps where nothing can be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.parity import Matter, Value
from crm_core.model.score import Week
from crm_core.rules import parity, score
from crm_core.rules.score import FACTS, PROMISE, RATED, RESOLVED, WEEK, WEEKS
from tests.crm_core.rules.made import MONDAY

BEGINS = MONDAY - WEEKS * WEEK


def week(
    number: int, *, doors: Iterable[str] = ("mail", "form"), of: int = 60, slow: float = 1.0, kept: float = 1.0
) -> list[Matter]:
    """A week's tickets, shared by the doors in turn; the last door takes so many times longer."""
    dice, names = Random(number), list(doors)
    made = []
    for place in range(of):
        door = names[place % len(names)]
        seconds = 36_000 * dice.lognormvariate(0, 0.4) * (slow if door == names[-1] else 1)
        measures = {parity.RESOLVED: Value(seconds)}
        opened = BEGINS + number * WEEK + timedelta(hours=place)
        made.append(Matter("s", "en", door, False, measures, None, dice.random() < kept, opened))
    return made


def scores(matters: list[Matter], *, facts: float | None = 1.0, known_from: int = 0) -> list[float | None]:
    return [one.score for one in told(matters, facts=facts, known_from=known_from)]


def told(matters: list[Matter], *, facts: float | None = 1.0, known_from: int = 0) -> list[Week]:
    since = BEGINS + known_from * WEEK
    return score.weeks(matters, ends=MONDAY, known_from=since, facts=lambda _: facts)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({FACTS: 1.0, PROMISE: 1.0, RESOLVED: 1.0, RATED: 1.0}, 100),
        ({FACTS: 0.0, PROMISE: 1.0, RESOLVED: 1.0, RATED: 1.0}, 60),
        ({FACTS: 1.0, PROMISE: 0.5, RESOLVED: 1.0, RATED: 1.0}, 85),
        ({FACTS: 1.0, PROMISE: 1.0, RESOLVED: 0.0, RATED: 1.0}, 80),
        ({FACTS: 1.0, PROMISE: 1.0, RESOLVED: 1.0, RATED: 0.0}, 90),
        ({FACTS: 1.0, PROMISE: 0.0, RESOLVED: 0.0, RATED: None}, 100 * 40 / 90),
        ({FACTS: None, PROMISE: 0.5, RESOLVED: None, RATED: None}, 50),
    ],
)
def test_the_weights_are_forty_thirty_twenty_ten_and_what_is_not_there_leaves_its_own(
    parts: dict[str, float | None], expected: float
) -> None:
    assert score.total(parts) == pytest.approx(expected)
    assert sum(score.WEIGHTS.values()) == 100


def test_where_nothing_exists_there_is_no_score() -> None:
    assert score.total(dict.fromkeys(score.WEIGHTS)) is None


def test_twelve_weeks_the_oldest_first_and_a_gap_where_too_few_came() -> None:
    found = told(week(0) + week(1, of=29) + week(11))
    assert [one.begins for one in found] == [BEGINS + number * WEEK for number in range(WEEKS)]
    assert [number for number, one in enumerate(found) if one.score is not None] == [0, 11]
    assert found[1].tickets == 29
    assert scores(week(0)) == [pytest.approx(100)] + [None] * 11


def test_a_week_that_is_not_known_in_full_is_a_gap() -> None:
    assert scores(week(0) + week(1), known_from=1)[:2] == [None, pytest.approx(100)]


def test_a_door_outside_the_range_costs_its_share_of_the_tickets_and_chance_alone_costs_nothing() -> None:
    for number in range(WEEKS):
        assert told(week(number, of=40))[number].parts[RESOLVED] == 1
    slow = told(week(3, slow=4))[3].parts[RESOLVED]
    assert slow is not None
    assert slow <= 0.5


def test_one_door_alone_has_nobody_to_be_like() -> None:
    assert told(week(0, doors=["mail"]))[0].parts[RESOLVED] is None


def test_satisfaction_counts_as_soon_as_anybody_was_asked() -> None:
    rated = [
        Matter("s", "en", door, False, {parity.RATED: Value(points)}, None, True, BEGINS)
        for door, points in (("mail", 4.0), ("form", 4.1), ("counter", 1.0))
        for _ in range(20)
    ]
    share = told(rated)[0].parts[RATED]
    assert share is not None
    assert share < 1


@given(st.fixed_dictionaries({name: st.none() | st.floats(0, 1) for name in score.WEIGHTS}))
def test_a_score_is_from_0_to_100_and_no_part_that_grows_lowers_it(parts: dict[str, float | None]) -> None:
    found = score.total(parts)
    if found is None:
        return
    assert 0 <= found <= 100 + 1e-9
    for name, share in parts.items():
        if share is not None:
            better = score.total({**parts, name: 1.0})
            assert better is not None
            assert better >= found - 1e-9
