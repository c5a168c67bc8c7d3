"""The floor as one would write it on one page: every decision looks at everything.

It shares no data structure with the real one, only its words; small cases must agree.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crm_core.model.agent import Agent, Duty, Load
from crm_core.model.ids import AgentId, QueueId, WorkId
from crm_core.model.work import Because, Work, WorkState
from routing.decision import Decision, MakeOffer, TakeBack, TimeOut, Timing

NO_REASON = Because(free=timedelta(), known=False, waited=timedelta(), priority=0, aged=False)


class NaiveFloor:
    """Facts in dictionaries; decisions by scanning them."""

    def __init__(self, timing: Timing | None = None) -> None:
        self.timing = timing or Timing()
        self.agents: dict[AgentId, Agent] = {}
        self.serves: dict[AgentId, frozenset[QueueId]] = {}
        self.idle: dict[AgentId, datetime] = {}
        self.turns: dict[AgentId, int] = {}
        self.works: dict[WorkId, Work] = {}
        self.rests: dict[WorkId, dict[AgentId, datetime]] = {}
        self.ends: dict[WorkId, datetime] = {}
        self.told: set[WorkId] = set()
        self.presumed: set[WorkId] = set()

    def agent_is(self, agent: Agent, *, serves: frozenset[QueueId], at: datetime) -> None:
        self.agents[agent.id], self.serves[agent.id] = agent, serves
        self.idle[agent.id] = max(self.idle.get(agent.id, agent.duty_since), agent.duty_since)

    def work_is(self, work: Work, *, at: datetime) -> None:
        known = self.works.get(work.id)
        self.works[work.id] = work
        self.told.discard(work.id)
        self.presumed.discard(work.id)
        rests = self.rests.setdefault(work.id, {})
        before = known.agent if known else None
        for id in (before, work.agent) if before != work.agent else ():
            if id is not None:
                self._idle_from(id, at)
        if work.state is WorkState.QUEUED:
            for id in work.excluded:
                rests.setdefault(id, at + self.timing.cool_down)
        elif work.agent is not None:
            rests.pop(work.agent, None)
        if work.state is WorkState.OFFERED:
            self.ends.setdefault(work.id, at + self.timing.of(work).offer)
        else:
            self.ends.pop(work.id, None)

    def failed(self, decision: Decision, *, at: datetime) -> None:
        raise AssertionError("The machine never refuses a decision.")

    def decide(self, now: datetime) -> list[Decision]:
        decisions: list[Decision] = []
        for work in self.works.values():
            if work.state is WorkState.OFFERED and work.id not in self.told and self.ends[work.id] <= now:
                assert work.agent is not None
                self.told.add(work.id)
                decisions.append(TimeOut(work.id, work.agent, work.live, ""))
        for work in self.works.values():
            if work.agent is not None and work.id not in self.told and self._comes_back(work, now):
                self.told.add(work.id)
                decisions.append(TakeBack(work.id, work.agent, ""))
        return decisions + self._offers(now)

    def _comes_back(self, work: Work, now: datetime) -> bool:
        assert work.agent is not None
        agent = self.agents[work.agent]
        if work.state is WorkState.OFFERED:
            return work.id not in self.presumed and not self.ready(agent)
        gone = agent.duty is Duty.OFFLINE or not agent.active
        return work.state is WorkState.ACTIVE and gone and now >= agent.duty_since + self.timing.of(work).grace

    def _offers(self, now: datetime) -> list[Decision]:
        offers: list[Decision] = []
        for work in sorted(self.works.values(), key=lambda work: self.rank(work, now)):
            while self.works[work.id].state is WorkState.QUEUED and (best := self._best(work, now)) is not None:
                first = self._ahead(work, best, now) or work
                offers.append(self._offer(first, self._best(first, now) or best, now))
        return offers

    def _best(self, work: Work, now: datetime) -> AgentId | None:
        able = [id for id in self.agents if self.could(id, work, now)]
        bonus = self.timing.bonus
        return min(able, key=lambda id: self.place(id, bonus if id == work.preferred else 0 * bonus), default=None)

    def _offer(self, work: Work, to: AgentId, now: datetime) -> MakeOffer:
        until = now + self.timing.of(work).offer
        self.works[work.id] = replace(work, state=WorkState.OFFERED, agent=to)
        self.rests[work.id].pop(to, None)
        self.presumed.add(work.id)
        self.ends[work.id] = until
        self._idle_from(to, now)
        return MakeOffer(work.id, to, until, NO_REASON)

    def _ahead(self, work: Work, to: AgentId, now: datetime) -> Work | None:
        """With a head start, the oldest of its kind, before this one; unless somebody stands in its way."""
        waiting = [one for one in self.works.values() if one.state is WorkState.QUEUED]
        heads: dict[tuple[object, ...], Work] = {}
        for one in sorted(waiting, key=lambda one: (one.virtual_start, one.id)):
            if one.head_start and self.could(to, one, now):
                heads.setdefault((one.channel, one.live, one.units, one.priority, one.head_start), one)
        for one in sorted(heads.values(), key=_counted):
            came = (one.virtual_start, one.id)
            older = [each for each in waiting if (each.virtual_start, each.id) < came and self.has_place(to, each)]
            alike = [each for each in older if self.rank(each, now)[0] == self.rank(one, now)[0]]
            sooner = self.rank(one, now)[0] == self.rank(work, now)[0] and _counted(one) < _counted(work)
            if sooner and not any(_stands_before(each, one) for each in alike):
                return one
        return None

    def place(self, id: AgentId, bonus: timedelta) -> tuple[datetime, int, AgentId]:
        return self.idle[id] - bonus, self.turns.get(id, 0), id

    def rank(self, work: Work, now: datetime) -> tuple[int, datetime, WorkId]:
        steps = (now - work.virtual_start) // self.timing.of(work).ageing
        band = work.priority if work.priority >= 4 else min(4, work.priority + max(0, steps))
        return -band, work.virtual_start, work.id

    def could(self, id: AgentId, work: Work, now: datetime) -> bool:
        return self.has_place(id, work) and self.rests[work.id].get(id, now) <= now

    def has_place(self, id: AgentId, work: Work) -> bool:
        agent = self.agents[id]
        looking = sum(1 for each in self.works.values() if self._looks(id, each))
        room = agent.capacity.has_room(self.load(id), channel=work.channel, units=work.units)
        asked = work.live or looking < self.timing.answers_at_once
        return self.ready(agent) and room and asked and id in self.able(work)

    def able(self, work: Work) -> set[AgentId]:
        skilled = {
            agent.id
            for agent in self.agents.values()
            if agent.active
            and work.queue in self.serves[agent.id]
            and all(agent.skills.get(skill, 0) >= least for skill, least in work.skills.items())
        }
        fluent = {id for id in skilled if work.language is None or work.language in self.agents[id].languages}
        return fluent or skilled

    def ready(self, agent: Agent) -> bool:
        wrapping = any(w.agent == agent.id and w.state is WorkState.WRAPPING for w in self.works.values())
        return agent.active and agent.duty is Duty.AVAILABLE and not wrapping

    def load(self, id: AgentId) -> Load:
        load = Load({})
        for work in self.works.values():
            if work.agent == id and work.state is not WorkState.DONE:
                load = load.with_more(work.channel, work.units)
        return load

    def _idle_from(self, id: AgentId, at: datetime) -> None:
        self.idle[id] = max(self.idle[id], at)
        self.turns[id] = max(self.turns.values(), default=0) + 1

    def _looks(self, id: AgentId, work: Work) -> bool:
        return work.agent == id and work.state is WorkState.OFFERED and not work.live


def _counted(work: Work) -> tuple[datetime, WorkId]:
    return work.virtual_start - work.head_start, work.id


def _stands_before(older: Work, work: Work) -> bool:
    """It is on the line and the other is not, or promised sooner even with the head start counted."""
    never = datetime.max.replace(tzinfo=UTC)
    sooner = older.due_at is not None and older.due_at < (work.due_at or never) - work.head_start
    return sooner or (older.live and not work.live)
