"""Faults that others shipped (DOMAIN §2.2, by its numbers): none of them may ever be ours."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.model.agent import Capacity, Duty
from crm_core.model.ids import AgentId
from crm_core.model.work import WorkState
from routing.decision import MakeOffer, TakeBack, TimeOut
from routing.floor import Floor
from tests.routing.desk import Desk
from tests.routing.people import ROADS, TAX, agent, call, work


@pytest.fixture
def desk() -> Desk:
    return Desk(Floor())


def test_fault_1_one_caller_is_never_held_out_to_two_agents(desk: Desk) -> None:
    desk.agent(agent("ana"))
    desk.agent(agent("ben"))
    desk.work(call("one"))
    assert len(desk.settle()) == 1
    assert desk.settle() == []


def test_fault_2_a_caller_nobody_can_take_stalls_no_queue(desk: Desk) -> None:
    desk.work(call("first", waited=600, queue=ROADS, skills={"law": 5}))
    desk.work(call("second", queue=ROADS))
    desk.work(call("third", queue=TAX))
    desk.agent(agent("ana"), [ROADS])
    desk.agent(agent("ben"), [TAX])
    desk.settle()
    assert (desk.holder("first"), desk.holder("second"), desk.holder("third")) == (None, "ana", "ben")


def test_fault_3_an_agent_in_several_queues_takes_the_oldest_of_all(desk: Desk) -> None:
    desk.agent(agent("ana", duty=Duty.BUSY), [TAX, ROADS])
    desk.work(call("newer", waited=10, queue=TAX))
    desk.work(call("older", waited=50, queue=ROADS))
    desk.duty("ana", Duty.AVAILABLE)
    desk.settle()
    assert desk.holder("older") == "ana"


def test_fault_3_priority_counts_across_queues(desk: Desk) -> None:
    desk.agent(agent("ana", duty=Duty.BUSY), [TAX, ROADS])
    desk.work(call("older", waited=50, queue=ROADS))
    desk.work(call("urgent", waited=1, queue=TAX, priority=4))
    desk.duty("ana", Duty.AVAILABLE)
    desk.settle()
    assert desk.holder("urgent") == "ana"


def test_fault_4_wrap_up_after_one_queue_holds_in_all_queues(desk: Desk) -> None:
    desk.agent(agent("ana"), [TAX, ROADS])
    desk.work(work("letter", queue=TAX))
    desk.settle()
    desk.accept("letter")
    desk.change("letter", state=WorkState.WRAPPING)
    desk.work(work("other", queue=ROADS))
    assert desk.settle() == []
    desk.done("letter")
    desk.settle()
    assert desk.holder("other") == "ana"


def test_fault_5_who_accepts_and_drops_the_call_before_the_bridge_is_not_asked_again_nor_is_everybody(
    desk: Desk,
) -> None:
    desk.agent(agent("ana", idle=90))
    desk.agent(agent("ben", idle=60))
    desk.agent(agent("cid"))
    desk.work(call("one", waited=30))
    desk.settle()
    desk.accept("one")
    desk.change("one", state=WorkState.QUEUED, agent=None, excluded=frozenset({AgentId("ana")}))
    assert [(type(made), made.agent) for made in desk.settle()] == [(MakeOffer, "ben")], (
        "one, with its age, and not ana"
    )
    assert desk.works[call("one").id].virtual_start == call("one", waited=30).virtual_start
    assert desk.settle() == []


def test_fault_6_a_burst_of_calls_spreads_over_all_agents(desk: Desk) -> None:
    for name in ("ana", "ben", "cid"):
        desk.agent(agent(name, capacity=Capacity(9, {"voice": 6})))
    for number in range(6):
        desk.work(call(f"call-{number}"))
    desk.settle()
    assert [desk.load(AgentId(name)).total for name in ("ana", "ben", "cid")] == [6, 6, 6]


def test_fault_7_freed_capacity_goes_to_who_waited_longest_not_to_who_comes_next(desk: Desk) -> None:
    desk.agent(agent("ana", capacity=Capacity(1, {})))
    desk.work(work("first", channel="chat", live=True))
    desk.settle()
    desk.accept("first")
    desk.work(work("waiting", channel="chat", live=True))
    assert desk.settle() == []
    desk.done("first")
    desk.work(work("later", channel="chat", live=True, virtual_start=desk.now + timedelta(seconds=1)))
    desk.settle()
    assert desk.holder("waiting") == "ana"
    assert desk.holder("later") is None


def test_fault_8_an_offer_comes_back_at_once_from_an_agent_who_goes(desk: Desk) -> None:
    desk.agent(agent("ana", idle=90))
    desk.agent(agent("ben"))
    desk.work(work("letter"))
    desk.settle()
    assert desk.holder("letter") == "ana"
    desk.duty("ana", Duty.OFFLINE)
    assert [type(decision) for decision in desk.settle()] == [TakeBack, MakeOffer]
    assert desk.holder("letter") == "ben"


def test_fault_8_an_offer_made_while_its_agent_was_going_comes_back_too(desk: Desk) -> None:
    desk.agent(agent("ana"))
    desk.work(work("letter"))
    (made,) = desk.decide()
    desk.duty("ana", Duty.LUNCH)
    assert desk.decide() == [], "the offer is not on the record yet"
    desk.change("letter", state=WorkState.OFFERED, agent=made.agent)
    assert [type(decision) for decision in desk.settle()] == [TakeBack]
    assert desk.holder("letter") is None


@pytest.mark.parametrize(("live", "grace"), [(True, timedelta(seconds=30)), (False, timedelta(hours=12))])
def test_fault_8_accepted_work_does_not_stay_with_an_agent_who_is_gone(
    desk: Desk, live: bool, grace: timedelta
) -> None:
    desk.agent(agent("ana"))
    desk.work(work("matter", live=live))
    desk.settle()
    desk.accept("matter")
    desk.duty("ana", Duty.OFFLINE)
    desk.agent(agent("ben"))
    desk.now += grace - timedelta(seconds=1)
    assert desk.settle() == [], "they may come back"
    desk.now += timedelta(seconds=1)
    desk.settle()
    assert desk.holder("matter") == "ben"


def test_fault_8_who_comes_back_in_time_keeps_it(desk: Desk) -> None:
    desk.agent(agent("ana"))
    desk.work(work("chat", live=True))
    desk.settle()
    desk.accept("chat")
    desk.duty("ana", Duty.OFFLINE)
    desk.now += timedelta(seconds=20)
    desk.duty("ana", Duty.AVAILABLE)
    desk.now += timedelta(hours=1)
    assert desk.settle() == []


def test_fault_8_nothing_returns_to_its_last_agent_while_they_are_away(desk: Desk) -> None:
    desk.agent(agent("ana", duty=Duty.OFFLINE))
    desk.agent(agent("ben"))
    desk.work(work("letter", preferred=AgentId("ana")))
    desk.settle()
    assert desk.holder("letter") == "ben"


def test_fault_9_what_waits_is_offered_when_the_first_colleague_comes_online(desk: Desk) -> None:
    desk.agent(agent("ana", duty=Duty.OFFLINE))
    desk.work(work("letter"))
    assert desk.settle() == []
    desk.duty("ana", Duty.AVAILABLE)
    desk.settle()
    assert desk.holder("letter") == "ana"


def test_fault_9_what_waits_is_offered_when_somebody_learns_to_do_it(desk: Desk) -> None:
    desk.agent(agent("ana"))
    desk.work(work("suit", skills={"law": 3}))
    assert desk.settle() == []
    desk.agent(replace(desk.agents[AgentId("ana")], skills={"law": 3}))
    desk.settle()
    assert desk.holder("suit") == "ana"


def test_fault_10_an_offer_that_nobody_answers_goes_to_the_next_with_its_age(desk: Desk) -> None:
    desk.agent(agent("ana", idle=90))
    desk.agent(agent("ben"))
    desk.work(call("one", waited=30))
    desk.settle()
    assert desk.holder("one") == "ana"
    desk.now += timedelta(seconds=20)
    assert [type(decision) for decision in desk.settle()] == [TimeOut, MakeOffer]
    assert desk.holder("one") == "ben"
    assert desk.agents[AgentId("ana")].duty is Duty.AWAY, "the phone rang and nobody was there"
    assert desk.works[call("one").id].virtual_start == call("one", waited=30).virtual_start
