"""A head start: the next of a channel that drifts comes sooner, and nobody else is wronged by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model import turn
from crm_core.model.agent import Capacity
from crm_core.model.ids import WorkId
from crm_core.model.turn import stands_in_the_way
from crm_core.model.work import Work
from routing import explain
from routing.decision import MakeOffer, Timing
from routing.floor import Floor
from routing.order import Kind, micros
from routing.shelf import Row
from tests.routing.desk import Desk
from tests.routing.people import TAX, after, agent, call, work

TEN = timedelta(minutes=10)


def order(*works: Work) -> list[str]:
    """In which order one agent, free from noon on, is offered these one after the other."""
    desk = Desk(Floor())
    for one in works:
        desk.work(one)
    desk.agent(agent("ana", capacity=Capacity(1, {})))
    taken: list[str] = []
    while made := [one for one in desk.settle() if isinstance(one, MakeOffer)]:
        taken.append(made[0].work)
        desk.accept(made[0].work)
        desk.done(made[0].work)
    return taken


def drifting(name: str, *, waited: float, by: timedelta = TEN, **changed: Any) -> Work:
    return work(name, waited=waited, channel="web_form", head_start=by, **changed)


@pytest.mark.parametrize(
    ("works", "expected"),
    [
        ([work("mail", waited=900), drifting("form", waited=400)], ["form", "mail"]),
        ([work("mail", waited=1100), drifting("form", waited=400)], ["mail", "form"]),
        ([work("mail", waited=900), drifting("form", waited=400, by=timedelta())], ["mail", "form"]),
        ([work("mail", waited=900, priority=3), drifting("form", waited=400)], ["mail", "form"]),
        ([work("mail", waited=4 * 3600 + 60), drifting("form", waited=4 * 3600 - 60)], ["mail", "form"]),
        ([work("fire", waited=0, priority=5), drifting("form", waited=400, priority=4)], ["fire", "form"]),
        ([call("caller", waited=30, units=1), drifting("form", waited=10)], ["caller", "form"]),
        (
            [work("mail", waited=900, due_at=after(60)), drifting("form", waited=400, due_at=after(9000))],
            ["mail", "form"],
        ),
        (
            [work("mail", waited=900, due_at=after(900)), drifting("form", waited=400, due_at=after(1400))],
            ["form", "mail"],
        ),
        ([work("mail", waited=900, due_at=after(900)), drifting("form", waited=400)], ["mail", "form"]),
        (
            [
                work("a", waited=900),
                work("b", waited=500, due_at=after(900)),
                drifting("form", waited=400, due_at=after(9000)),
            ],
            ["a", "b", "form"],
        ),
        (
            [drifting("older", waited=500), drifting("younger", waited=400), work("mail", waited=450)],
            ["older", "younger", "mail"],
        ),
    ],
)
def test_it_counts_as_waiting_longer_among_equals_and_nowhere_else(works: list[Work], expected: list[str]) -> None:
    assert order(*works) == expected


def test_the_offer_says_why_a_younger_one_comes_first() -> None:
    desk = Desk(Floor())
    desk.work(work("mail", waited=900))
    desk.work(drifting("form", waited=400))
    desk.agent(agent("ana"))
    [made] = desk.settle()
    assert isinstance(made, MakeOffer)
    assert made.work == "form"
    assert made.why.head_start == TEN
    assert explain.offer(made.why).endswith(
        "Its channel drifts from the promise for this service, so it counts as waiting 10 min longer."
    )


def test_it_is_gone_with_the_drift_also_for_what_already_waits() -> None:
    desk = Desk(Floor())
    desk.work(work("mail", waited=900))
    desk.work(drifting("form", waited=400))
    desk.change("form", head_start=timedelta())
    desk.agent(agent("ana"))
    [made] = desk.settle()
    assert isinstance(made, MakeOffer)
    assert (made.work, made.why.head_start) == ("mail", timedelta())


def test_with_very_many_between_nobody_steps_ahead_for_a_queue_is_never_walked() -> None:
    between = [work(f"mail-{number:03}", waited=500 + number) for number in range(turn.MOST + 1)]
    form = drifting("form", waited=400)
    assert order(*between, form)[:2] == [between[-1].id, "form"]
    assert order(*between[1:], form)[0] == "form"


WORKS = st.lists(
    st.builds(
        lambda waited, priority, head, due, live: work(
            "x",
            waited=waited,
            priority=priority,
            live=live,
            channel="web_form" if head else "email",
            head_start=timedelta(seconds=head),
            due_at=None if due is None else after(due),
        ),
        st.integers(0, 2000) | st.integers(0, 30_000),
        st.integers(1, 5),
        st.sampled_from([0, 0, 600]),
        st.none() | st.integers(0, 3000),
        st.booleans(),
    ),
    min_size=2,
    max_size=8,
).map(lambda found: [replace(one, id=WorkId(f"w{place}")) for place, one in enumerate(found)])


def aged(one: Work) -> int:
    """What it counts as now: as old, and as near its promise, as it is."""
    floor = Floor()
    floor.work_is(one, at=after(0))
    return -floor._matching._rank(floor._items[one.id], micros(after(0)))[0]


def near(one: Work) -> int:
    """What it counts as by its promise alone."""
    return turn.counts_as(one, handle=Timing().of(one).handle, at=after(0))


@given(WORKS)
def test_whoever_is_passed_is_an_equal_who_came_a_little_earlier_and_is_promised_no_sooner(works: list[Work]) -> None:
    by_id = {one.id: one for one in works}
    taken = [by_id[WorkId(name)] for name in order(*works)]
    assert len(taken) == len(works), "nobody starves"
    for place, first in enumerate(taken):
        for later in taken[place + 1 :]:
            assert aged(first) >= aged(later), "never across a band"
            if aged(first) == aged(later) and _came(later) < _came(first):
                assert first.head_start, "only who has a head start passes anybody"
                assert first.virtual_start - later.virtual_start <= first.head_start
                assert not stands_in_the_way(later, of=first)


@given(WORKS, st.sets(st.integers(0, 7), max_size=3))
def test_whoever_takes_the_next_themselves_gets_what_they_would_be_offered(
    works: list[Work], refused: set[int]
) -> None:
    floor, ana = Floor(), agent("ana")
    floor.agent_is(ana, serves=frozenset({TAX}), at=after(0))
    for place, one in enumerate(works):
        floor.work_is(replace(one, excluded=frozenset({ana.id} if place in refused else ())), at=after(0))
    waiting = sorted(works, key=lambda one: (-aged(one), *_came(one)))
    able = [one for one in waiting if works.index(one) not in refused]
    taken = turn.first(able, waiting=waiting, counts=near, bands=aged)
    found = floor.next_for(ana.id, now=after(0))
    assert (taken and taken.id) == (found and found.id)


@given(WORKS)
def test_without_a_drift_nothing_is_any_different(works: list[Work]) -> None:
    plain = [replace(one, head_start=timedelta()) for one in works]
    assert order(*plain) == [one.id for one in sorted(plain, key=lambda one: (-aged(one), *_came(one)))]


def _came(one: Work) -> tuple[datetime, WorkId]:
    return one.virtual_start, one.id


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=30), st.integers(0, 50))
def test_a_line_names_just_those_who_began_before(starts: list[tuple[int, bool]], moment: int) -> None:
    line = Row(Kind("email", live=False, units=1), shelves={}).line(2)
    for place, (start, _) in enumerate(starts):
        line.add((start, WorkId(f"w{place}")))
    for place, (start, leaves) in enumerate(starts):
        if leaves:
            line.drop((start, WorkId(f"w{place}")))
    stays = {f"w{place}" for place, (start, leaves) in enumerate(starts) if not leaves and start < moment}
    assert set(line.older(moment)) == stays
