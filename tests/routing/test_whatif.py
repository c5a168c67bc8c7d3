"""A day by the formulas and by a rehearsal: they agree where both know, and more people never do worse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import whatif
from routing.planning import Demand, Goal, of_all, outlook, staffing
from routing.whatif import Day, band

MINUTE = timedelta(minutes=1)
TWENTY = timedelta(seconds=20)
HALF_HOURS = 9
PRINTED = Day(
    interval=30 * MINUTE,
    contacts=(100,) * HALF_HOURS,
    people=(14,) * HALF_HOURS,
    handle=3 * MINUTE,
    patience=None,
    within=TWENTY,
)


@pytest.mark.parametrize(
    ("day", "printed"),
    [(PRINTED, 0.888350), (replace(PRINTED, people=(13,) * HALF_HOURS, patience=5 * MINUTE), 0.858178)],
)
def test_what_is_printed_of_a_hundred_calls_in_half_an_hour_lies_within_the_rehearsals_interval(
    day: Day, printed: float
) -> None:
    runs = [whatif.whole(whatif.play(day, seed=seed)[1:]) for seed in range(6)]
    found = band([(run.in_time, run.came) for run in runs])
    assert found is not None
    assert found.low <= printed <= found.high
    assert found.high - found.low < 0.08, "an interval that says something"
    assert {round(seen.within, 6) for seen in whatif.by_formula(day)} == {printed}


def test_two_more_from_the_third_half_hour_help_from_then_on_and_nobody_is_lost() -> None:
    day = replace(PRINTED, contacts=(60,) * 5, people=(6,) * 5, patience=2 * MINUTE)
    more = replace(day, people=(6, 6, 8, 8, 8))
    before, after = (whatif.play(one, seed=1) for one in (day, more))
    assert [one.came for one in before] == [one.came for one in after], "the same callers"
    assert sum(one.gave_up for one in after[2:]) < sum(one.gave_up for one in before[2:])
    assert [round(one.there / 1800) for one in after] == [6, 6, 8, 8, 8]
    assert all(one.busy <= one.there + 1800 for one in after)


def test_a_band_is_of_sums_and_tells_nothing_of_nobody() -> None:
    found = band([(1, 2), (30, 40)])
    assert found is not None
    assert found.mid == 31 / 42
    assert found.low < found.mid < found.high
    assert band([(0, 0)]) is None
    assert band([(1, 2)]) == whatif.Band(0.5, 0.5, 0.5)


DEMANDS = st.builds(
    Demand,
    contacts=st.floats(0, 60),
    interval=st.just(30 * MINUTE),
    handle=st.floats(0.3, 8).map(lambda minutes: minutes * MINUTE),
    patience=st.none() | st.floats(0.2, 10).map(lambda minutes: minutes * MINUTE),
)


@settings(max_examples=25, deadline=None)
@given(demand=DEMANDS, people=st.integers(0, 20))
def test_one_more_never_makes_it_worse(demand: Demand, people: int) -> None:
    fewer, more = (outlook(demand, people=many, within=TWENTY) for many in (people, people + 1))
    assert more.within >= fewer.within - 1e-9
    assert more.gives_up <= fewer.gives_up + 1e-9
    assert more.wait - timedelta(microseconds=10) <= fewer.wait
    for seen in (fewer, more):
        assert -1e-9 <= seen.short <= seen.early + 1e-6
        assert seen.early <= seen.gives_up + 1e-6
        assert seen.within + seen.early <= 1 + 1e-6


@settings(max_examples=8, deadline=None)
@given(demand=DEMANDS)
def test_no_fewer_would_keep_the_goal(demand: Demand) -> None:
    goal = Goal()
    found = staffing(demand, goal, level=of_all)
    assert found.outlook.within >= goal.share
    fewer = outlook(demand, people=found.people - 1, within=goal.time)
    assert found.people == 1 or fewer.within < goal.share or fewer.occupancy > goal.occupancy


def test_who_gives_up_does_so_sooner_or_later() -> None:
    demand = Demand(contacts=100, interval=30 * MINUTE, handle=3 * MINUTE, patience=5 * MINUTE)
    seen = outlook(demand, people=10, within=60 * MINUTE)
    assert seen.early == pytest.approx(seen.gives_up, rel=1e-4)
    assert 0 < seen.short < outlook(demand, people=10, within=TWENTY).early < seen.early
