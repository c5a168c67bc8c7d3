from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.model.agent import Capacity, Duty
from crm_core.model.ids import AgentId, WorkId
from crm_core.model.work import Because, Others, WorkState
from routing import explain
from routing.decision import MakeOffer, TakeBack, TimeOut, Timing
from routing.floor import Floor
from tests.routing.desk import Desk
from tests.routing.people import NOON, ROADS, TAX, after, agent, call, offer, work


@pytest.fixture
def desk() -> Desk:
    return Desk(Floor())


@pytest.fixture
def floor(desk: Desk) -> Floor:
    floor = desk.floors[0]
    assert isinstance(floor, Floor)
    return floor


def test_work_goes_to_who_is_able_and_the_offer_says_why(desk: Desk) -> None:
    desk.agent(agent("ana", skills={"law": 2}, languages=("en", "zh"), idle=240))
    desk.agent(agent("ben", idle=900))
    desk.work(work("suit", skills={"law": 2}, language="zh", waited=7 * 3600))
    (made,) = desk.settle()
    assert made == MakeOffer(
        WorkId("suit"),
        AgentId("ana"),
        after(120),
        Because(
            free=timedelta(seconds=240),
            known=False,
            waited=timedelta(hours=7),
            priority=3,
            aged=True,
            others=Others(able=0, away=0, full=0, refused=0, fit=0, later=0),
        ),
    )
    assert isinstance(made, MakeOffer)
    assert explain.offer(made.why) == (
        "You are free for 4 min, longest of those who fit as well. It waits for 7 h, priority high by waiting."
    )


def test_who_came_or_left_since_the_last_offer_is_counted_in_the_next_one(desk: Desk) -> None:
    def others() -> Others | None:
        desk.work(work(f"letter-{len(desk.works)}"))
        (made,) = desk.settle()
        desk.accept(made.work)
        return made.why.others if isinstance(made, MakeOffer) else None

    desk.agent(agent("ana", idle=900))
    desk.agent(agent("ben"))
    assert others() == Others(able=1, away=0, full=0, refused=0, fit=0, later=1)
    desk.duty("ana", Duty.LUNCH)
    desk.agent(agent("cid", idle=600))
    assert others() == Others(able=2, away=1, full=0, refused=0, fit=0, later=1)
    desk.agent(replace(desk.agents[AgentId("ana")], duty=Duty.AVAILABLE), [ROADS])
    assert others() == Others(able=1, away=0, full=0, refused=0, fit=0, later=1)


def test_who_had_the_ticket_last_is_told_so(desk: Desk) -> None:
    desk.agent(agent("ana"))
    desk.work(work("letter", preferred=AgentId("ana")))
    (made,) = desk.settle()
    assert isinstance(made, MakeOffer)
    assert made.why.known
    assert "you had this ticket last" in explain.offer(made.why)


def test_live_offers_end_sooner_than_offers_of_answers(desk: Desk) -> None:
    desk.agent(agent("ana", capacity=Capacity(9, {})))
    desk.work(call("caller"))
    desk.work(work("letter"))
    ends = {made.work: made.expires_at for made in desk.settle() if isinstance(made, MakeOffer)}
    assert ends == {"caller": after(20), "letter": after(120)}


def test_an_agent_looks_at_one_answer_at_a_time_but_a_caller_comes_through(desk: Desk) -> None:
    desk.agent(agent("ana", capacity=Capacity(9, {})))
    for name in ("one", "two"):
        desk.work(work(name))
    assert len(desk.settle()) == 1
    desk.work(call("caller"))
    desk.settle()
    assert desk.holder("caller") == "ana"
    desk.accept("one")
    desk.settle()
    assert desk.holder("two") == "ana"


def test_best_work_first_when_many_come_together(desk: Desk) -> None:
    desk.work(work("normal", waited=60))
    desk.work(work("emergency", priority=5))
    desk.work(work("high", priority=3))
    desk.agent(agent("ana"))
    desk.agent(agent("ben"))
    assert [made.work for made in desk.settle()] == ["emergency", "high"]


def test_a_refusal_rests_for_the_cool_down_and_then_they_may_be_asked_again(desk: Desk) -> None:
    desk.agent(agent("ana"))
    desk.work(work("letter"))
    desk.settle()
    desk.decline("letter")
    assert desk.settle() == []
    desk.now += timedelta(seconds=119)
    assert desk.settle() == []
    desk.now += timedelta(seconds=1)
    desk.settle()
    assert desk.holder("letter") == "ana"


def test_who_refuses_twice_rests_twice(desk: Desk) -> None:
    desk.agent(agent("ana"))
    desk.work(work("letter"))
    for _ in range(2):
        desk.settle()
        desk.decline("letter")
        assert desk.settle() == []
        desk.now += timedelta(seconds=120)
    desk.settle()
    assert desk.holder("letter") == "ana"


def test_a_refusal_is_about_one_piece_of_work_only(desk: Desk) -> None:
    desk.agent(agent("ana"))
    desk.work(work("letter", waited=60))
    desk.settle()
    desk.decline("letter")
    desk.work(work("other"))
    desk.settle()
    assert desk.holder("other") == "ana"


def test_unanswered_deferred_work_leaves_the_agent_available(desk: Desk) -> None:
    desk.agent(agent("ana"))
    desk.work(work("letter"))
    desk.settle()
    desk.now += timedelta(seconds=120)
    (out,) = desk.settle()
    assert out == TimeOut(WorkId("letter"), AgentId("ana"), stands_down=False, why="Not answered within 2 min.")
    assert desk.agents[AgentId("ana")].duty is Duty.AVAILABLE


def test_an_accepted_offer_does_not_time_out(desk: Desk) -> None:
    desk.agent(agent("ana"))
    desk.work(work("letter"))
    desk.settle()
    desk.accept("letter")
    desk.now += timedelta(hours=1)
    assert desk.settle() == []


def test_the_record_says_when_an_offer_ends(desk: Desk, floor: Floor) -> None:
    desk.agent(agent("ana"))
    held_out = work("letter", state=WorkState.OFFERED, agent=AgentId("ana"))
    desk.work(held_out)
    floor.offer_is(offer(held_out, to="ana", until=after(5)), at=NOON)
    assert floor.decide(after(4)) == []
    assert [type(decision) for decision in floor.decide(after(5))] == [TimeOut]
    assert floor.decide(after(6)) == [], "it was said once"


def test_an_offer_that_could_not_be_made_is_not_tried_in_a_circle(desk: Desk, floor: Floor) -> None:
    desk.agent(agent("ana", idle=90))
    desk.agent(agent("ben"))
    desk.work(work("letter"))
    (made,) = floor.decide(NOON)
    assert made.agent == "ana"
    floor.failed(made, at=NOON)
    (made,) = floor.decide(NOON)
    assert made.agent == "ben"
    floor.failed(made, at=NOON)
    assert floor.decide(NOON) == []
    assert [made.agent for made in floor.decide(after(1))] == ["ana"]


def test_a_failed_time_out_is_decided_again_a_moment_later(desk: Desk, floor: Floor) -> None:
    desk.agent(agent("ana"))
    desk.work(work("letter"))
    desk.settle()
    (out,) = floor.decide(after(120))
    floor.failed(out, at=after(120))
    assert floor.decide(after(120)) == []
    assert floor.decide(after(121)) == [out]


def test_a_failed_take_back_is_decided_again_a_moment_later(desk: Desk, floor: Floor) -> None:
    desk.agent(agent("ana"))
    desk.work(work("letter"))
    desk.settle()
    desk.accept("letter")
    desk.duty("ana", Duty.OFFLINE)
    later = NOON + timedelta(hours=12)
    (back,) = floor.decide(later)
    assert isinstance(back, TakeBack)
    floor.failed(back, at=later)
    assert floor.decide(later) == []
    assert floor.decide(later + timedelta(seconds=1)) == [back]


def test_news_that_the_floor_knows_already_changes_nothing(desk: Desk, floor: Floor) -> None:
    desk.agent(agent("ana"))
    desk.work(work("letter"))
    queued = desk.works[WorkId("letter")]
    desk.settle()
    floor.work_is(queued, at=NOON)
    assert floor.decide(NOON) == []
    assert "held out to ana" in floor.why_waits(WorkId("letter")).why


def test_an_agent_the_floor_hears_of_late_carries_what_is_theirs(desk: Desk) -> None:
    desk.work(work("mine", state=WorkState.ACTIVE, agent=AgentId("ana")))
    desk.work(work("next"))
    desk.agent(agent("ana", capacity=Capacity(1, {})))
    assert desk.settle() == []


def test_work_taken_by_hand_counts(desk: Desk) -> None:
    desk.agent(agent("ana", capacity=Capacity(1, {})))
    desk.work(work("mine", state=WorkState.ACTIVE, agent=AgentId("ana")))
    desk.work(work("next"))
    assert desk.settle() == []
    desk.done("mine")
    desk.settle()
    assert desk.holder("next") == "ana"


def test_colleagues_help_out_in_a_language_when_its_last_speaker_leaves_the_house(desk: Desk) -> None:
    desk.agent(agent("ana"))
    desk.agent(agent("mei", languages=("zh",), duty=Duty.LUNCH))
    desk.work(work("letter", language="zh"))
    assert desk.settle() == [], "there is somebody who speaks it"
    desk.agent(replace(desk.agents[AgentId("mei")], active=False))
    desk.settle()
    assert desk.holder("letter") == "ana"


def test_work_of_two_units_does_not_block_an_agent_who_has_room_for_one(desk: Desk) -> None:
    desk.agent(agent("ana", capacity=Capacity(1, {})))
    desk.work(work("big", units=2, waited=600))
    desk.work(work("small"))
    desk.settle()
    assert desk.holder("small") == "ana"


def test_asking_for_the_next_gives_the_best_even_to_who_is_busy(desk: Desk, floor: Floor) -> None:
    desk.agent(agent("ana", duty=Duty.BUSY), [TAX])
    desk.work(work("later", waited=5))
    desk.work(work("first", waited=50))
    desk.work(work("not-theirs", queue=ROADS, waited=500))
    found = floor.next_for(AgentId("ana"), now=NOON)
    assert found is not None
    assert found.id == "first"
    desk.agent(agent("ana", capacity=Capacity(0, {})))
    assert floor.next_for(AgentId("ana"), now=NOON) is None
    assert floor.next_for(AgentId("nobody"), now=NOON) is None


def test_why_work_waits_is_said_from_the_rarest_reason_to_the_most_ordinary(desk: Desk, floor: Floor) -> None:
    def why() -> str:
        return floor.why_waits(WorkId("suit")).why

    assert why().startswith("It is not known")
    desk.work(work("suit", skills={"law": 1}))
    desk.agent(agent("ben"))
    assert why() == "Nobody who serves this queue has the skills it needs."
    desk.agent(agent("ana", skills={"law": 1}, duty=Duty.LUNCH, capacity=Capacity(1, {})))
    assert why() == "None of the 1 who are able is available."
    desk.duty("ana", Duty.AVAILABLE)
    assert why() == "It is about to be offered."
    desk.settle()
    assert why() == "It is held out to ana until 12:02:00 UTC."
    desk.decline("suit")
    assert why() == "All 1 who are able and available refused it a moment ago."
    desk.now += timedelta(seconds=120)
    desk.work(work("other", state=WorkState.ACTIVE, agent=AgentId("ana")))
    desk.settle()
    assert why() == "All 1 who are able and available are at capacity."
    desk.change("suit", state=WorkState.ACTIVE, agent=AgentId("ben"))
    assert why() == "It does not wait: it is active with ben."


def test_the_floor_says_when_it_wants_to_be_asked_again(desk: Desk, floor: Floor) -> None:
    assert floor.wakes_at() is None
    desk.agent(agent("ana"))
    desk.work(work("letter"))
    desk.settle()
    assert floor.wakes_at() == after(120)


def test_the_house_may_set_its_own_pace() -> None:
    desk = Desk(Floor(Timing(answers_at_once=2, cool_down=timedelta(0))))
    desk.agent(agent("ana"))
    for name in ("one", "two", "three"):
        desk.work(work(name))
    assert len(desk.settle()) == 2
    desk.decline("one")
    desk.settle()
    assert desk.holder("one") == "ana"
