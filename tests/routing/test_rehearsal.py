"""The engine on a clock of its own meets the formulas, and answers what they cannot."""

from dataclasses import replace
from datetime import timedelta
from math import sqrt
from statistics import fmean, stdev

import pytest

from crm_core.model.queue import Profile, Widening
from routing.planning import Demand, outlook
from routing.rehearsal import QUEUE, Callers, Outcome, Plan, Shift, rehearse
from tests.scale import LONG

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
RUNS = 40 if LONG else 6
HOURS = 40 if LONG else 6


def plan(*, an_hour: float, handle: timedelta, people: int, patience: timedelta | None = None) -> Plan:
    callers = Callers(an_hour=an_hour, handle=handle, patience=patience)
    return Plan(callers=(callers,), shifts=(Shift(people=people),), length=(HOURS + 2) * HOUR, settles=2 * HOUR)


def within(measured: list[float], true: float) -> bool:
    """Whether the truth lies within the interval of 99.9 % of the runs' mean (Student's t)."""
    t = {6: 6.87, 40: 3.56}[len(measured)]
    return abs(fmean(measured) - true) <= t * stdev(measured) / sqrt(len(measured))


def shares(outcomes: list[Outcome]) -> dict[str, list[float]]:
    return {
        "waits": [each.waited / each.came for each in outcomes],
        "within": [each.in_time / each.came for each in outcomes],
        "wait": [each.wait for each in outcomes],
        "occupancy": [each.occupancy for each in outcomes],
        "gives_up": [each.gave_up / each.came for each in outcomes],
    }


@pytest.mark.parametrize(
    ("people", "load", "patience"),
    [(3, 2, None), (7, 5, None), (12, 10, None), (13, 10, 5 * MINUTE)],
)
def test_it_meets_erlang(people: int, load: float, patience: timedelta | None) -> None:
    handle = 3 * MINUTE
    asked = plan(an_hour=load * 20, handle=handle, people=people, patience=patience)
    found = shares([rehearse(asked, seed=seed) for seed in range(RUNS)])
    demand = Demand(contacts=load * 20, interval=HOUR, handle=handle, patience=patience)
    true = outlook(demand, people=people, within=asked.within)
    assert within(found["waits"], true.waits)
    assert within(found["within"], true.within)
    assert within(found["wait"], true.wait.total_seconds())
    assert within(found["occupancy"], true.occupancy)
    if patience is not None:
        assert within(found["gives_up"], true.gives_up)


def test_the_same_seed_is_the_same_day_and_nobody_is_lost() -> None:
    asked = replace(plan(an_hour=60, handle=3 * MINUTE, people=3, patience=MINUTE), settles=timedelta())
    first, again = rehearse(asked, seed=5), rehearse(asked, seed=5)
    assert first == again
    assert first.gave_up
    assert first.came == first.served + first.gave_up + first.left


def test_two_more_people_from_ten_shorten_the_wait() -> None:
    now = plan(an_hour=100, handle=3 * MINUTE, people=6)
    more = replace(now, shifts=(*now.shifts, Shift(people=2, starts=2 * HOUR)))
    before, after = rehearse(now, seed=1), rehearse(more, seed=1)
    assert after.came == before.came, "the same callers"
    assert after.wait < before.wait / 2


def test_rings_serve_whom_the_formulas_know_nothing_of() -> None:
    """One expert for law and five others: who waits a minute is helped by anybody."""
    callers = Callers(an_hour=40, handle=3 * MINUTE, skills=(("law", 3),))
    shifts = (Shift(people=1, skills=(("law", 3),)), Shift(people=5))
    strict = Plan(callers=(callers,), shifts=shifts, length=4 * HOUR)
    ring = Widening(after=MINUTE, skill="law", least=0)
    wider = replace(strict, profiles=((QUEUE, Profile(rings=(ring,))),))
    assert rehearse(wider, seed=3).wait < 60 < rehearse(strict, seed=3).wait
