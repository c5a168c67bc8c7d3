"""How a queue looks for an agent: best fit, rings that widen, a hold, promises that press, and another queue."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from crm_core.model.agent import Capacity, Duty
from crm_core.model.ids import AgentId, WorkId
from crm_core.model.queue import Profile, Widening
from crm_core.model.work import Others, WorkState
from routing import explain
from routing.decision import Decision, MakeOffer, Overflow
from routing.floor import Floor
from tests.routing.desk import Desk
from tests.routing.people import ROADS, TAX, after, agent, call, work

WIDENING = Profile(
    rings=(
        Widening(after=timedelta(seconds=10), skill="law", least=2),
        Widening(after=timedelta(seconds=30), skill=None, least=0),
    )
)


def desk_of(**tax: Any) -> Desk:
    return Desk(Floor(profiles={TAX: Profile(**tax)}))


def later(desk: Desk, seconds: float) -> list[Decision]:
    desk.now += timedelta(seconds=seconds)
    return desk.settle()


@pytest.fixture
def desk() -> Desk:
    return Desk(Floor(profiles={TAX: WIDENING}))


def test_who_fits_best_is_asked_before_who_is_free_longest(desk: Desk) -> None:
    desk.agent(agent("novice", skills={"law": 2}, idle=900))
    desk.agent(agent("expert", skills={"law": 5}, idle=5))
    desk.work(work("suit", skills={"law": 2}))
    (made,) = desk.settle()
    assert made.agent == "expert"
    assert isinstance(made, MakeOffer)
    assert made.why.others == Others(able=1, away=0, full=0, refused=0, fit=1, later=0)
    assert explain.offer(made.why).endswith("Of 1 others: 1 fit it less.")


def test_every_decision_says_why_not_the_others(desk: Desk) -> None:
    desk.agent(agent("ana", idle=90))
    desk.agent(agent("ben", idle=60))
    desk.agent(agent("cid", duty=Duty.LUNCH))
    desk.agent(agent("dee", capacity=Capacity(0, {})))
    desk.agent(agent("eve", idle=999))
    desk.work(work("letter", excluded=frozenset({AgentId("eve")})))
    (made,) = desk.settle()
    assert isinstance(made, MakeOffer)
    assert made.agent == "ana"
    assert made.why.others == Others(able=4, away=1, full=1, refused=1, fit=0, later=1)


def test_rings_widen_who_is_asked_and_who_fits_still_comes_first(desk: Desk) -> None:
    desk.agent(agent("ana", idle=999))
    desk.agent(agent("ben", skills={"law": 2}))
    desk.agent(agent("cid", skills={"law": 4}, duty=Duty.LUNCH))
    desk.work(work("suit", skills={"law": 4}))
    assert desk.settle() == []
    assert later(desk, 9.9) == []
    (made,) = later(desk, 0.1)
    assert (made.agent, isinstance(made, MakeOffer) and made.why.widened) == ("ben", 1)
    desk.decline("suit")
    (made,) = later(desk, 20)
    assert made.agent == "ana"


def test_the_clock_of_the_rings_stands_still_while_work_is_held_out(desk: Desk) -> None:
    desk.agent(agent("cid", skills={"law": 4}))
    desk.agent(agent("ben", skills={"law": 2}))
    desk.work(work("suit", skills={"law": 4}))
    desk.settle()
    assert desk.holder("suit") == "cid"
    desk.now += timedelta(seconds=100)
    desk.decline("suit")
    assert desk.settle() == []
    assert later(desk, 9) == []
    later(desk, 1)
    assert desk.holder("suit") == "ben"


def test_who_was_asked_first_still_is_when_a_ring_brings_somebody_who_speaks_the_language(desk: Desk) -> None:
    desk.agent(agent("ana", skills={"law": 4}, duty=Duty.LUNCH))
    desk.agent(agent("mei", skills={"law": 2}, languages=("zh",), duty=Duty.LUNCH))
    desk.work(work("suit", skills={"law": 4}, language="zh"))
    later(desk, 15)
    desk.duty("ana", Duty.AVAILABLE)
    desk.settle()
    assert desk.holder("suit") == "ana", "the ring widened who is asked, it took nobody away"


def test_it_is_kept_for_whoever_had_it_last_while_they_finish(desk: Desk) -> None:
    desk.agent(agent("ana"))
    desk.work(work("other"))
    desk.settle()
    desk.accept("other")
    desk.change("other", state=WorkState.WRAPPING)
    desk.agent(agent("ben", idle=999))
    desk.work(work("letter", preferred=AgentId("ana")))
    assert desk.settle() == []
    desk.now += timedelta(seconds=29)
    desk.done("other")
    (made,) = desk.settle()
    assert (made.agent, isinstance(made, MakeOffer) and made.why.held) == ("ana", True)


def held(desk: Desk, **letter: Any) -> None:
    """Ana is finishing something, and a letter comes to whom she wrote before."""
    desk.agent(agent("ana", capacity=Capacity(2, {})))
    desk.work(work("other", state=WorkState.WRAPPING, agent=AgentId("ana")))
    desk.agent(agent("ben"))
    desk.work(work("letter", preferred=AgentId("ana"), **letter))


@pytest.mark.parametrize(("promised", "seconds"), [(None, 30), (40, 20), (-5, 0), (1, 0.5)])
def test_a_hold_is_half_a_minute_at_most_and_half_of_what_the_promise_leaves(
    desk: Desk, promised: float | None, seconds: float
) -> None:
    held(desk, due_at=None if promised is None else after(promised))
    if seconds:
        assert desk.settle() == []
        assert later(desk, seconds - 0.1) == []
        desk.now += timedelta(seconds=0.1)
    desk.settle()
    assert desk.holder("letter") == "ben"


@pytest.mark.parametrize("gone", [Duty.OFFLINE, Duty.LUNCH])
def test_a_hold_ends_when_they_go(desk: Desk, gone: Duty) -> None:
    held(desk)
    assert desk.settle() == []
    desk.duty("ana", gone)
    desk.settle()
    assert desk.holder("letter") == "ben"


def test_a_hold_ends_when_they_are_full(desk: Desk) -> None:
    held(desk)
    assert desk.settle() == []
    desk.work(work("more", state=WorkState.ACTIVE, agent=AgentId("ana")))
    desk.settle()
    assert desk.holder("letter") == "ben"


def test_nothing_is_kept_for_who_is_offline_or_full() -> None:
    for left in ({"duty": Duty.OFFLINE}, {"capacity": Capacity(0, {})}):
        desk = desk_of()
        desk.agent(agent("ana", **left))
        desk.agent(agent("ben"))
        desk.work(work("letter", preferred=AgentId("ana")))
        desk.settle()
        assert desk.holder("letter") == "ben"


def test_a_queue_may_keep_nothing() -> None:
    desk = desk_of(hold=timedelta())
    held(desk)
    desk.settle()
    assert desk.holder("letter") == "ben"


def first_of(desk: Desk, *works: Any) -> str:
    """Which of these somebody who comes free gets first."""
    for each in works:
        desk.work(each)
    desk.settle()
    desk.agent(agent("ana", capacity=Capacity(1, {})))
    (made,) = desk.settle()
    return made.work


def test_when_less_is_left_of_a_promise_than_twice_what_it_takes_work_counts_as_more_urgent() -> None:
    older, promised = work("older", waited=900), work("promised", due_at=after(130))
    assert first_of(desk_of(handle=timedelta(minutes=1)), older, promised) == "older"
    assert first_of(desk_of(handle=timedelta(minutes=1)), older, replace(promised, due_at=after(120))) == "promised"
    assert first_of(desk_of(handle=timedelta(seconds=10)), older, replace(promised, due_at=after(120))) == "older"


def test_a_promise_that_comes_near_while_it_waits_presses() -> None:
    desk = desk_of(handle=timedelta(minutes=1))
    desk.work(work("older", waited=900))
    desk.work(work("promised", due_at=after(180)))
    desk.settle()
    desk.now += timedelta(seconds=60)
    desk.settle()
    desk.agent(agent("ana"))
    (made,) = desk.settle()
    assert (made.work, isinstance(made, MakeOffer) and made.why.pressing) == ("promised", True)


def test_neither_waiting_nor_a_promise_makes_an_emergency() -> None:
    old = work("old", waited=10**7, due_at=after(1), priority=4)
    assert first_of(desk_of(), old, work("fire", priority=5)) == "fire"


def test_what_waits_too_long_goes_to_another_queue_with_its_age() -> None:
    desk = desk_of(overflow=ROADS, overflow_after=timedelta(minutes=2))
    desk.agent(agent("rob"), [ROADS])
    desk.work(work("letter", waited=60, entered_at=after(0)))
    assert desk.settle() == []
    assert later(desk, 119) == []
    moved, made = later(desk, 1)
    assert moved == Overflow(WorkId("letter"), ROADS, "It waited for 2 min and nobody here took it.")
    assert made.agent == "rob"
    assert desk.works[WorkId("letter")].virtual_start == after(-60)


def test_a_move_that_failed_is_tried_again_a_moment_later() -> None:
    floor = Floor(profiles={TAX: Profile(overflow=ROADS, overflow_after=timedelta(minutes=2))})
    floor.work_is(work("letter"), at=after(0))
    (moved,) = floor.decide(after(120))
    floor.failed(moved, at=after(120))
    assert floor.decide(after(120)) == []
    assert floor.decide(after(121)) == [moved]


def test_the_first_is_moved_so_that_the_second_is_served_too() -> None:
    """Greedy would give the older letter to ana, who is free longest and the only one who knows law."""
    desk = desk_of()
    desk.work(work("letter", waited=60))
    desk.work(work("suit", skills={"law": 1}, waited=30))
    desk.agent(agent("ana", skills={"law": 3}, idle=900, capacity=Capacity(1, {})))
    desk.agent(agent("ben", idle=60, capacity=Capacity(1, {})))
    desk.settle()
    assert (desk.holder("letter"), desk.holder("suit")) == ("ben", "ana")


def test_of_two_at_once_both_go_to_whom_they_fit_best() -> None:
    desk = desk_of()
    desk.agent(agent("ana", skills={"law": 5, "roads": 4}, idle=900))
    desk.agent(agent("ben", skills={"law": 4, "roads": 1}, idle=60))
    desk.work(call("suit", skills={"law": 1}, waited=60))
    desk.work(call("hole", skills={"roads": 1}, waited=30))
    desk.settle()
    assert (desk.holder("suit"), desk.holder("hole")) == ("ben", "ana")


def test_offers_are_shared_fairly_among_equals() -> None:
    """I18: a shift of short and long talks; the Gini coefficient of how often each was asked stays small."""
    desk = desk_of()
    people = [f"agent-{number}" for number in range(12)]
    for name in people:
        desk.agent(agent(name, capacity=Capacity(1, {})))
    asked = dict.fromkeys(people, 0)
    ends: list[tuple[int, str]] = []
    dice = Random(7)
    for minute in range(300):
        desk.now += timedelta(minutes=1)
        for _, name in [each for each in ends if each[0] <= minute]:
            desk.done(name)
        ends = [each for each in ends if each[0] > minute]
        desk.work(call(f"call-{minute}", units=1, virtual_start=desk.now))
        for made in desk.settle():
            asked[made.agent or ""] += 1
            desk.accept(made.work)
            ends.append((minute + dice.randint(1, 10), made.work))
    assert gini(list(asked.values())) < 0.08


def gini(shares: list[int]) -> float:
    return sum(abs(one - other) for one in shares for other in shares) / (2 * len(shares) * sum(shares))
