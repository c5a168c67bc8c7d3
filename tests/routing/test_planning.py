"""The formulas against the vectors of DOMAIN §3.3, to the digits printed there."""

from datetime import timedelta

import pytest

from routing.planning import Demand, Goal, erlang_b, erlang_c, outlook, rota, scheduled, staffing, wait_of

MINUTE = timedelta(minutes=1)
HALF_HOUR = Demand(contacts=100, interval=30 * MINUTE, handle=3 * MINUTE)
BUSY = Demand(contacts=48, interval=MINUTE, handle=MINUTE)
TWENTY = timedelta(seconds=20)


@pytest.mark.parametrize(
    ("people", "load", "printed", "digits"),
    [
        (8, 3.87, 0.0501, 4),
        (10, 4.08, 0.0101, 4),
        (10, 8, 0.40918, 5),
        (3, 2, 0.444444, 6),
        (7, 5, 0.324150, 6),
        (12, 10, 0.449388, 6),
        (24, 20, 0.298072, 6),
    ],
)
def test_erlang_c_says_how_many_wait(people: int, load: float, printed: float, digits: int) -> None:
    assert round(erlang_c(people, load), digits) == printed


@pytest.mark.parametrize(("people", "load"), [(1, 0.5), (3, 2), (10, 8), (40, 31.5)])
def test_erlang_b_is_the_sum_of_its_definition(people: int, load: float) -> None:
    weights = [1.0]
    for each in range(1, people + 1):
        weights.append(weights[-1] * load / each)
    assert erlang_b(people, load) == pytest.approx(weights[-1] / sum(weights), rel=1e-12)


def test_a_hundred_calls_in_half_an_hour_take_fourteen_people() -> None:
    found = staffing(HALF_HOUR, Goal(shrinkage=0.3))
    assert (found.people, found.scheduled) == (14, 20)
    seen = found.outlook
    assert (round(seen.waits, 6), round(seen.within, 6), round(seen.occupancy, 6)) == (0.174132, 0.888350, 0.714286)
    fewer = outlook(HALF_HOUR, people=13, within=TWENTY)
    assert fewer.within < 0.8, "one fewer would not keep it"


def test_forty_eight_erlangs_with_fifty_five_people() -> None:
    demand = Demand(contacts=720, interval=timedelta(hours=1), handle=timedelta(seconds=240))
    seen = outlook(demand, people=55, within=timedelta(seconds=15))
    assert (round(seen.waits, 4), round(seen.wait.total_seconds(), 2), round(seen.within, 4)) == (0.2387, 8.18, 0.8459)


def test_who_never_gives_up_waits_long_with_fifty_people() -> None:
    seen = outlook(BUSY, people=50, within=TWENTY)
    assert (round(seen.waits, 5), round(seen.wait.total_seconds(), 2)) == (0.69446, 20.83)
    assert (round(seen.waiting, 2), round(seen.occupancy, 2)) == (16.67, 0.96)
    assert round(wait_of(BUSY, people=50, share=0.9).total_seconds(), 2) == 58.14
    assert wait_of(BUSY, people=50, share=0.2) == timedelta()


def test_with_patience_of_two_minutes_few_give_up_and_all_wait_less() -> None:
    impatient = Demand(contacts=48, interval=MINUTE, handle=MINUTE, patience=2 * MINUTE)
    seen = outlook(impatient, people=50, within=TWENTY)
    assert (round(seen.gives_up, 6), round(seen.wait.total_seconds(), 3)) == (0.030912, 3.709)
    assert (round(seen.waiting, 3), round(seen.occupancy, 5), round(seen.waits, 5)) == (2.968, 0.93032, 0.46777)


def test_with_patience_of_five_minutes_thirteen_people_do() -> None:
    impatient = Demand(contacts=100, interval=30 * MINUTE, handle=3 * MINUTE, patience=5 * MINUTE)
    seen = outlook(impatient, people=13, within=TWENTY)
    assert round(seen.within, 6) == 0.858178
    assert (round(seen.occupancy, 6), round(seen.gives_up, 6)) == (0.750028, 0.024963)
    assert (round(seen.waits, 6), round(seen.wait / MINUTE, 6)) == (0.225797, 0.124817)


def test_too_few_people_never_catch_up_unless_callers_give_up() -> None:
    seen = outlook(HALF_HOUR, people=10, within=TWENTY)
    assert (seen.waits, seen.within, seen.occupancy, seen.wait) == (1.0, 0.0, 1.0, timedelta.max)
    impatient = Demand(contacts=100, interval=30 * MINUTE, handle=3 * MINUTE, patience=5 * MINUTE)
    assert 0 < outlook(impatient, people=5, within=TWENTY).within < 0.5


def test_nobody_busier_than_the_limit_even_where_the_promise_would_be_kept() -> None:
    large = Demand(contacts=6000, interval=30 * MINUTE, handle=3 * MINUTE)
    relaxed, strict = (staffing(large, Goal(occupancy=most)) for most in (1.0, 0.85))
    assert relaxed.outlook.occupancy > 0.85 >= strict.outlook.occupancy
    assert strict.people == 706


def test_each_interval_of_a_day_has_its_own_number() -> None:
    quiet = Demand(contacts=10, interval=30 * MINUTE, handle=3 * MINUTE)
    assert [each.people for each in rota([quiet, HALF_HOUR], Goal())] == [3, 14]


def test_an_empty_interval_takes_one_person_and_absurd_ones_are_refused() -> None:
    assert staffing(Demand(contacts=0, interval=MINUTE, handle=MINUTE), Goal()).people == 1
    assert (
        outlook(Demand(contacts=0, interval=MINUTE, handle=MINUTE, patience=MINUTE), people=2, within=TWENTY).within
        == 1
    )
    with pytest.raises(ValueError, match="More than"):
        staffing(Demand(contacts=1e7, interval=MINUTE, handle=MINUTE), Goal())


def test_seven_tenths_of_twenty_are_fourteen() -> None:
    assert scheduled(14, shrinkage=0.3) == 20
    assert scheduled(15, shrinkage=0.3) == 22
