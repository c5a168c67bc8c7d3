"""What is over, and when a sweep asks before it takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.ids import PeriodId
from crm_core.model.retention import Kept, Period
from crm_core.rules import retention as rule

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def period(kind: Kept, days: int | None, *, begins: datetime, made: datetime = NOW) -> Period:
    return Period(PeriodId(f"{kind}-{days}-{begins}"), kind, days, begins, "ada", made)


def test_a_kind_without_a_period_is_kept_for_ever() -> None:
    assert rule.cuts([], at=NOW) == {}
    assert rule.cuts([period(Kept.WIRES, None, begins=NOW - DAY)], at=NOW) == {}


def test_the_newest_period_that_has_begun_counts_and_one_to_come_does_not() -> None:
    old, new = period(Kept.WIRES, 90, begins=NOW - 9 * DAY), period(Kept.WIRES, 30, begins=NOW - DAY)
    later = period(Kept.WIRES, 7, begins=NOW + DAY)
    assert rule.cuts([later, old, new], at=NOW) == {Kept.WIRES: NOW - 30 * DAY}
    assert rule.cuts([later, old, new], at=NOW + DAY) == {Kept.WIRES: NOW + DAY - 7 * DAY}


@given(st.lists(st.tuples(st.sampled_from(Kept), st.none() | st.integers(90, 900), st.integers(-99, 99)), max_size=12))
def test_nothing_younger_than_its_period_is_ever_over_whatever_stands_in_the_list(
    made: list[tuple[Kept, int | None, int]],
) -> None:
    listed = [period(kind, days, begins=NOW + begins * DAY) for kind, days, begins in made]
    for kind, cut in rule.cuts(listed, at=NOW).items():
        begun = [one for one in listed if one.kind is kind and one.valid_from <= NOW]
        latest = max(one.valid_from for one in begun)
        assert NOW - cut in [timedelta(days=one.days or 0) for one in begun if one.valid_from == latest]


@pytest.mark.parametrize(
    ("count", "silent", "asks"),
    [
        (1, timedelta(hours=2), False),
        (rule.MOST_ALONE, timedelta(hours=2), False),
        (rule.MOST_ALONE + 1, timedelta(hours=2), True),
        (1, timedelta(days=400), True),
        (1, rule.SILENCE, False),
    ],
)
def test_much_at_once_or_a_clock_that_jumped_asks_first(count: int, silent: timedelta, *, asks: bool) -> None:
    decided = rule.decide({Kept.WIRES: count}, last_heard=NOW - silent, at=NOW)
    assert isinstance(decided, rule.Ask) == asks


@pytest.mark.parametrize(("days", "wrong"), [(None, False), (6, True), (7, False), (36_500, False), (36_501, True)])
def test_a_period_that_is_a_slip_of_the_pen_is_refused(days: int | None, *, wrong: bool) -> None:
    assert (rule.problem(Kept.WIRES, days) is not None) == wrong
