"""A random day on the floor: whatever happens, in whatever order, the invariants of DOMAIN §2.3 hold."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from crm_core.model.agent import Capacity, Duty
from crm_core.model.ids import AgentId, WorkId
from crm_core.model.queue import Profile, Widening
from crm_core.model.work import Work, WorkState
from routing.decision import Decision, MakeOffer, Overflow, TakeBack, TimeOut
from routing.floor import Floor
from tests.routing.desk import Desk
from tests.routing.naive import NO_REASON, NaiveFloor
from tests.routing.people import ROADS, TAX, agent, work
from tests.scale import LONG

PROFILES = {
    TAX: Profile(
        rings=(
            Widening(after=timedelta(seconds=10), skill="tax", least=3),
            Widening(after=timedelta(seconds=60), skill=None, least=1),
            Widening(after=timedelta(seconds=120), skill=None, least=0),
        ),
        hold=timedelta(seconds=20),
    ),
    ROADS: Profile(handle=timedelta(minutes=1), overflow=TAX, overflow_after=timedelta(seconds=90)),
}
SKILLS = st.dictionaries(st.sampled_from(["tax", "roads"]), st.sampled_from([1, 3, 5]), max_size=1)
LANGUAGES = st.sampled_from(["en", "zh"])
QUEUES = st.sets(st.sampled_from([TAX, ROADS]), min_size=1)
CAPACITIES = st.builds(
    Capacity,
    total=st.integers(1, 4),
    by_channel=st.dictionaries(st.sampled_from(["email", "voice", "chat"]), st.integers(0, 3), max_size=2),
)


class WatchedDesk(Desk):
    """A desk that checks each decision before it is carried out."""

    def __init__(self) -> None:
        self.floor, self.naive = Floor(profiles=PROFILES), NaiveFloor(profiles=PROFILES)
        super().__init__(self.floor, self.naive)

    def decide(self) -> list[Decision]:
        """Ask both floors; they must say the same."""
        decisions = super().decide()
        expected = self.naive.decide(self.now)
        assert without_why(decisions, MakeOffer) == without_why(expected, MakeOffer)
        assert set(without_why(decisions, TimeOut)) == set(without_why(expected, TimeOut))
        assert set(without_why(decisions, TakeBack)) == set(without_why(expected, TakeBack))
        assert set(without_why(decisions, Overflow)) == set(without_why(expected, Overflow))
        assert all(decision.why for decision in decisions), "I17: every decision says why"
        return decisions

    def carry_out(self, decision: Decision) -> None:
        """Check against the record what the decision alone must satisfy."""
        known = self.works[decision.work]
        if isinstance(decision, MakeOffer):
            taker, others = self.agents[decision.agent], decision.why.others
            assert others is not None
            assert others.able == others.away + others.full + others.refused + others.fit + others.later, "I17"
            assert min(others.able, others.away, others.full, others.refused, others.fit, others.later) >= 0
            assert known.state is WorkState.QUEUED, "I2: one live offer, one owner"
            assert taker.duty is Duty.AVAILABLE, "I11: who is not ready gets nothing"
            assert taker.id not in self._wrapping(), "I11: who wraps up gets nothing, in any queue"
            assert decision.expires_at > self.now, "I8: an offer has time to be answered"
        super().carry_out(decision)
        assert self.works[decision.work].virtual_start == known.virtual_start, "I8: the age is kept"

    def _wrapping(self) -> set[AgentId | None]:
        return {work.agent for work in self.works.values() if work.state is WorkState.WRAPPING}


class Day(RuleBasedStateMachine):
    """Work comes, agents come and go, answer or do not, and time passes."""

    works: Bundle[str] = Bundle("works")
    agents: Bundle[str] = Bundle("agents")

    def __init__(self) -> None:
        super().__init__()
        self.desk = WatchedDesk()
        self.starts: dict[WorkId, datetime] = {}
        self.busy = 0

    @initialize(target=agents)
    def opens(self) -> str:
        return self._hire("agent-0", skills={}, languages=("en",), capacity=Capacity(2, {}), serves={TAX, ROADS})

    @rule(target=agents, skills=SKILLS, languages=st.sets(LANGUAGES), capacity=CAPACITIES, serves=QUEUES)
    def hire(self, skills: dict[str, int], languages: set[str], capacity: Capacity, serves: set[Any]) -> str:
        name = f"agent-{len(self.desk.agents)}"
        return self._hire(name, skills=skills, languages=tuple(sorted(languages)), capacity=capacity, serves=serves)

    @rule(
        target=works,
        queue=st.sampled_from([TAX, ROADS]),
        kind=st.sampled_from([("email", False, 1), ("chat", True, 1), ("voice", True, 2), ("email", False, 2)]),
        skills=SKILLS,
        language=st.none() | LANGUAGES,
        priority=st.integers(1, 5),
        waited=st.integers(0, 3) | st.integers(0, 20_000),
        preferred=st.none() | st.integers(0, 3),
        head_start=st.sampled_from([0, 0, 1, 2, 600]),
        due=st.none() | st.integers(-2, 3) | st.integers(0, 20_000),
    )
    def come_in(
        self,
        queue: Any,
        kind: tuple[str, bool, int],
        skills: dict[str, int],
        language: str | None,
        priority: int,
        waited: int,
        preferred: int | None,
        head_start: int,
        due: int | None,
    ) -> str:
        name = f"work-{len(self.desk.works):03}"
        channel, live, units = kind
        start = self.desk.now - timedelta(seconds=waited)
        self.starts[WorkId(name)] = start
        self.desk.work(
            work(
                name,
                queue=queue,
                channel=channel,
                live=live,
                units=units,
                skills=skills,
                language=language,
                priority=priority,
                virtual_start=start,
                entered_at=self.desk.now,
                head_start=timedelta(seconds=head_start),
                due_at=None if due is None else self.desk.now + timedelta(seconds=due),
                preferred=None if preferred is None else AgentId(f"agent-{preferred}"),
            )
        )
        return name

    @rule(turn=st.integers(0, 9), answer=st.sampled_from(["accept", "decline", "decline"]))
    def answer(self, turn: int, answer: str) -> None:
        held_out = [known.id for known in self.desk.works.values() if known.state is WorkState.OFFERED]
        if held_out:
            getattr(self.desk, answer)(held_out[turn % len(held_out)])

    @rule(name=works)
    def wrap_up(self, name: str) -> None:
        if self._state(name) is WorkState.ACTIVE:
            self.desk.change(name, state=WorkState.WRAPPING)

    @rule(name=consumes(works))
    def finish(self, name: str) -> None:
        self.desk.done(name)

    @rule(name=works, priority=st.integers(1, 5), queue=st.sampled_from([TAX, ROADS]))
    def move(self, name: str, priority: int, queue: Any) -> None:
        entered = (
            self.desk.now if queue != self.desk.works[WorkId(name)].queue else self.desk.works[WorkId(name)].entered_at
        )
        self.desk.change(name, priority=priority, queue=queue, entered_at=entered)

    @rule(name=works, taker=agents)
    def take_by_hand(self, name: str, taker: str) -> None:
        known, who = self.desk.works[WorkId(name)], self.desk.agents[AgentId(taker)]
        room = who.capacity.has_room(self.desk.load(who.id), channel=known.channel, units=known.units, live=known.live)
        if known.state is WorkState.QUEUED and room:
            self.desk.change(name, state=WorkState.ACTIVE, agent=who.id)

    @rule(name=agents, duty=st.sampled_from(list(Duty)))
    def change_duty(self, name: str, duty: Duty) -> None:
        self.desk.duty(name, duty)

    @rule(name=agents, skills=SKILLS, languages=st.sets(LANGUAGES), active=st.booleans(), serves=QUEUES)
    def edit(self, name: str, skills: dict[str, int], languages: set[str], active: bool, serves: set[Any]) -> None:
        known = self.desk.agents[AgentId(name)]
        changed = replace(known, skills=skills, languages=tuple(sorted(languages)), active=active)
        self.desk.agent(changed, serves)

    @rule(seconds=st.sampled_from([1, 5, 10, 20, 60, 120, 3600, 50_000]))
    def wait(self, seconds: int) -> None:
        self.desk.now += timedelta(seconds=seconds)

    @rule(steps=st.integers(1, 5))
    def router_is_busy(self, steps: int) -> None:
        """Several things happen before the next decision."""
        self.busy = steps

    @invariant()
    def nobody_waits_beside_somebody_free(self) -> None:
        if self.busy:
            self.busy -= 1
            return
        self.desk.settle()
        for known in self.desk.works.values():
            if known.state is WorkState.QUEUED and known.id in self.desk.naive.held:
                assert self.desk.now < known.entered_at + timedelta(seconds=30), "I10: a hold is short"
            idle = [id for id in self.desk.agents if self._could(id, known)]
            assert not idle, f"I7: {known.id} waits while {idle} could take it"

    @invariant()
    def nothing_is_lost(self) -> None:
        for known in self.desk.works.values():
            assert known.virtual_start == self.starts[known.id], "I8: the age is kept"
            unknown = "not known" in self.desk.floor.why_waits(known.id).why
            assert unknown == (known.state is WorkState.DONE), "I1: what is not done is on the floor"

    @invariant()
    def nobody_carries_too_much(self) -> None:
        for who in self.desk.agents.values():
            load, most = self.desk.load(who.id), who.capacity.by_channel
            spoken = load.by_channel.get("voice", 0)
            assert load.total - spoken <= who.capacity.total, "I3: in all, of what calls come on top of"
            assert spoken <= most.get("voice", 2), "I3: one call at a time"
            for channel, units in load.by_channel.items():
                assert channel == "voice" or units <= most.get(channel, who.capacity.total), "I3: on each channel"

    def teardown(self) -> None:
        """I1, I6: with somebody who can do everything, everything ends. I17: told again, decided again."""
        self._hire(
            "agent-who-knows-all",
            skills={"tax": 5, "roads": 5},
            languages=("en", "zh"),
            capacity=Capacity(4, {}),
            serves={TAX, ROADS},
        )
        for _ in range(2 * len(self.desk.works) + 2):
            self.desk.settle()
            for known in list(self.desk.works.values()):
                if known.state in (WorkState.OFFERED, WorkState.ACTIVE, WorkState.WRAPPING):
                    self.desk.done(known.id)
            self.desk.now += timedelta(seconds=30)  # whoever it is held for may wrap up for ever: I10
        assert all(known.state is WorkState.DONE for known in self.desk.works.values())
        assert decided_again(self.desk.told) == self.desk.decided

    def _hire(self, name: str, *, skills: Any, languages: Any, capacity: Capacity, serves: set[Any]) -> str:
        known = agent(name, skills=skills, languages=languages, capacity=capacity)
        self.desk.agent(replace(known, duty_since=self.desk.now), serves)
        return name

    def _state(self, name: str) -> WorkState:
        return self.desk.works[WorkId(name)].state

    def _could(self, id: AgentId, known: Work) -> bool:
        return known.state is WorkState.QUEUED and self.desk.naive.could(id, known, self.desk.now)


def without_why(decisions: list[Decision], kind: type[Decision]) -> list[Decision]:
    return [
        decision._replace(why=NO_REASON) if isinstance(decision, MakeOffer) else replace(decision, why="")
        for decision in decisions
        if isinstance(decision, kind)
    ]


def decided_again(told: list[Any]) -> list[Decision]:
    """The decisions of a fresh floor that is told the same."""
    floor = Floor(profiles=PROFILES)
    decided: list[Decision] = []
    for fact, args, kwargs in told:
        answer = getattr(floor, fact)(*args, **kwargs)
        decided += answer or []
    return decided


TestDay = Day.TestCase
TestDay.settings = settings(max_examples=10_000 if LONG else 500, stateful_step_count=25, parent=settings())
