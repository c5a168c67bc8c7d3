"""The floor as one would write it on one page: every decision looks at everything.

It shares no data structure with the real one, only its words; small cases must agree.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from crm_core.model.agent import Agent, Duty, Load
from crm_core.model.ids import AgentId, QueueId, WorkId
from crm_core.model.queue import Profile
from crm_core.model.work import Because, Work, WorkState
from routing.decision import Decision, MakeOffer, Overflow, TakeBack, TimeOut, Timing

NO_REASON = Because(free=timedelta(), known=False, waited=timedelta(), priority=0, aged=False)


class NaiveFloor:
    """Facts in dictionaries; decisions by scanning them."""

    def __init__(self, timing: Timing | None = None, *, profiles: Mapping[QueueId, Profile] | None = None) -> None:
        self.timing = timing or Timing()
        self.profiles = profiles or {}
        self.rungs: dict[WorkId, int] = {}
        self.paused: dict[WorkId, timedelta] = {}
        self.shown: dict[WorkId, datetime] = {}
        self.held: set[WorkId] = set()
        self.hold_over: set[WorkId] = set()
        self.overflowed: set[WorkId] = set()
        self.rang_out: set[AgentId] = set()
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
        self.rang_out.discard(agent.id)
        self.agents[agent.id], self.serves[agent.id] = agent, serves
        self.idle[agent.id] = max(self.idle.get(agent.id, agent.duty_since), agent.duty_since)

    def work_is(self, work: Work, *, at: datetime) -> None:
        known = self.works.get(work.id)
        self.works[work.id] = work
        self.told.discard(work.id)
        self.overflowed.discard(work.id)
        self.presumed.discard(work.id)
        self._queue_clock(work, known, at)
        rests = self.rests.setdefault(work.id, {})
        before = known.agent if known else None
        for id in (before, work.agent) if before != work.agent else ():
            if id is not None:
                self._idle_from(id, at)
        if work.state is WorkState.QUEUED:
            for id in work.excluded:
                rests.setdefault(id, at + self.timing.cool_down)
            self._keep(work, at)
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
                if work.live:
                    self.rang_out.add(work.agent)
                decisions.append(TimeOut(work.id, work.agent, work.live, ""))
        for work in self.works.values():
            if work.agent is not None and work.id not in self.told and self._comes_back(work, now):
                self.told.add(work.id)
                decisions.append(TakeBack(work.id, work.agent, ""))
        for work in self.works.values():
            profile = self.profile(work)
            waits = work.state is WorkState.QUEUED and work.id not in self.overflowed
            if waits and profile.overflow and self._waited(work, now) >= profile.overflow_after:
                self.overflowed.add(work.id)
                decisions.append(Overflow(work.id, profile.overflow, ""))
        for work in self.works.values():
            if work.state is WorkState.QUEUED:
                self._keep(work, now)
        return decisions + self._offers(now)

    def profile(self, work: Work) -> Profile:
        return self.profiles.get(work.queue, Profile())

    def _queue_clock(self, work: Work, known: Work | None, at: datetime) -> None:
        """How long it waited in this queue, without the time in which it was held out."""
        if known is None or (work.queue, work.entered_at, work.skills) != (known.queue, known.entered_at, known.skills):
            self.rungs[work.id], self.paused[work.id] = 0, timedelta()
            if work.id in self.shown:
                self.shown[work.id] = at
            self.hold_over.discard(work.id)
            self.held.discard(work.id)
        if work.state is WorkState.OFFERED:
            self.shown.setdefault(work.id, at)
        if work.state is WorkState.QUEUED and work.id in self.shown:
            self.paused[work.id] += at - self.shown.pop(work.id)

    def _waited(self, work: Work, now: datetime) -> timedelta:
        return now - work.entered_at - self.paused[work.id]

    def _keep(self, work: Work, now: datetime) -> None:
        """Kept for whoever had it last, until the hold is over or they cannot take it: then never again here."""
        hold = min(self.profile(work).hold, timedelta(seconds=30))
        if work.due_at is not None:
            hold = min(hold, (work.due_at - work.entered_at) / 2)
        agent = self.agents.get(work.preferred) if work.preferred else None
        rests = agent is not None and self.rests[work.id].get(agent.id, now) > now
        if (
            work.id in self.hold_over
            or agent is None
            or rests
            or now >= work.entered_at + hold
            or agent.duty not in (Duty.AVAILABLE, Duty.WRAP_UP)
            or agent.id not in self.able(work, now)
            or not agent.capacity.has_room(self.load(agent.id), channel=work.channel, units=work.units, live=work.live)
        ):
            self.hold_over.add(work.id)
            self.held.discard(work.id)
        else:
            self.held.add(work.id)

    def _comes_back(self, work: Work, now: datetime) -> bool:
        assert work.agent is not None
        agent = self.agents[work.agent]
        if work.state is WorkState.OFFERED:
            return work.id not in self.presumed and not self.ready(agent)
        gone = agent.duty is Duty.OFFLINE or not agent.active
        return work.state is WorkState.ACTIVE and gone and now >= agent.duty_since + self.timing.of(work).grace

    def _offers(self, now: datetime) -> list[Decision]:
        offers: list[Decision] = []
        if not any(work.head_start for work in self.works.values() if work.state is WorkState.QUEUED):
            while met := self._meet(now):
                offers += [self._offer(work, to, now) for work, to in met]
            return offers
        for work in sorted(self.works.values(), key=lambda work: self.rank(work, now)):
            while self.works[work.id].state is WorkState.QUEUED and (best := self._best(work, now)) is not None:
                first = self._ahead(work, best, now) or work
                offers.append(self._offer(first, self._best(first, now) or best, now))
        return offers

    def _meet(self, now: datetime) -> list[tuple[Work, AgentId]]:
        """The first eight who can be served together, in the best of all ways to give them to agents, one each."""
        ranked = sorted(self.works.values(), key=lambda work: self.rank(work, now))
        few: list[tuple[Work, list[AgentId]]] = []
        for work in ranked:
            if work.state is WorkState.QUEUED and len(few) < 8:
                able = [id for id in self.agents if self.could(id, work, now)]
                if _servable([*(able for _, able in few), able], frozenset()):
                    few.append((work, able))
        order = sorted({id for _, able in few for id in able}, key=lambda id: self.place(id, timedelta()))

        @cache
        def best(turn: int, taken: frozenset[AgentId]) -> tuple[int, timedelta, tuple[int, ...]] | None:
            if turn == len(few):
                return 0, timedelta(), ()
            work, able = few[turn]
            ways = []
            for id in set(able) - taken:
                rest = best(turn + 1, taken | {id})
                if rest is not None:
                    cost = self._place_for(id, work)
                    free = cost[1] - datetime(2000, 1, 1, tzinfo=UTC)
                    ways.append((rest[0] + cost[0], rest[1] + free, (order.index(id), *rest[2])))
            return min(ways, default=None)

        found = best(0, frozenset())
        assert found is not None
        return [(work, order[seat]) for (work, _), seat in zip(few, found[2], strict=True)]

    def _best(self, work: Work, now: datetime) -> AgentId | None:
        able = [id for id in self.agents if self.could(id, work, now)]
        fits = {id: self._place_for(id, work)[0] for id in able}
        able = [id for id in able if fits[id] == min(fits.values())]
        return min(able, key=lambda id: self._place_for(id, work), default=None)

    def _place_for(self, id: AgentId, work: Work) -> tuple[int, datetime, int, AgentId]:
        """Fit first, then how long they are free, longer for whoever had it last."""
        agent, bonus = self.agents[id], self.timing.bonus if id == work.preferred else timedelta()
        levels = [(agent.skills.get(skill, 0), least) for skill, least in work.skills.items()]
        lacks = sum(max(0, least - level) for level, least in levels)
        lacks += work.language is not None and work.language not in agent.languages
        return 1000 * lacks - sum(level for level, _ in levels), *self.place(id, bonus)

    def _offer(self, work: Work, to: AgentId, now: datetime) -> MakeOffer:
        until = now + self.timing.of(work).offer
        self.works[work.id] = replace(work, state=WorkState.OFFERED, agent=to)
        self.rests[work.id].pop(to, None)
        self.presumed.add(work.id)
        self.shown[work.id] = now
        self.held.discard(work.id)
        self.ends[work.id] = until
        self._idle_from(to, now)
        return MakeOffer(work.id, to, until, NO_REASON)

    def _ahead(self, work: Work, to: AgentId, now: datetime) -> Work | None:
        """With a head start, the oldest of its kind, before this one; unless somebody stands in its way."""
        waiting = [one for one in self.works.values() if one.state is WorkState.QUEUED]
        heads: dict[tuple[object, ...], Work] = {}
        for one in sorted(waiting, key=lambda one: (one.virtual_start, one.id)):
            if one.head_start and self.could(to, one, now):
                heads.setdefault((one.channel, one.live, one.units, self._counts(one, now), one.head_start), one)
        for one in sorted(heads.values(), key=_counted):
            came = (one.virtual_start, one.id)
            older = [each for each in waiting if (each.virtual_start, each.id) < came and self.has_place(to, each, now)]
            alike = [each for each in older if self.rank(each, now)[0] == self.rank(one, now)[0]]
            sooner = self.rank(one, now)[0] == self.rank(work, now)[0] and _counted(one) < _counted(work)
            if sooner and not any(_stands_before(each, one) for each in alike):
                return one
        return None

    def place(self, id: AgentId, bonus: timedelta) -> tuple[datetime, int, AgentId]:
        return self.idle[id] - bonus, self.turns.get(id, 0), id

    def rank(self, work: Work, now: datetime) -> tuple[int, datetime, WorkId]:
        steps = max(0, (now - work.virtual_start) // self.timing.of(work).ageing)
        band = work.priority if work.priority >= 4 else min(4, self._counts(work, now) + steps)
        return -band, work.virtual_start, work.id

    def _counts(self, work: Work, now: datetime) -> int:
        """One step up with a promise that is near."""
        handle = self.profile(work).handle or self.timing.of(work).handle
        near = work.due_at is not None and work.due_at - now <= 2 * handle
        return work.priority + (near and work.priority < 4)

    def could(self, id: AgentId, work: Work, now: datetime) -> bool:
        kept = work.id in self.held and id != work.preferred
        return not kept and self.has_place(id, work, now) and self.rests[work.id].get(id, now) <= now

    def has_place(self, id: AgentId, work: Work, now: datetime) -> bool:
        agent = self.agents[id]
        looking = sum(1 for each in self.works.values() if self._looks(id, each))
        room = agent.capacity.has_room(self.load(id), channel=work.channel, units=work.units, live=work.live)
        asked = work.live or looking < self.timing.answers_at_once
        return self.ready(agent) and id not in self.rang_out and room and asked and id in self.able(work, now)

    def able(self, work: Work, now: datetime) -> set[AgentId]:
        """Whoever its queue asks by now, and whoever was asked before."""
        rings = self.profile(work).rings
        if work.state is WorkState.QUEUED:
            passed = sum(ring.after <= self._waited(work, now) for ring in rings)
            self.rungs[work.id] = max(self.rungs[work.id], passed)
        able, asks = self._able(work), work
        for ring in rings[: self.rungs[work.id]]:
            falls = [skill for skill in asks.skills if ring.skill in (None, skill)]
            less = {skill: min(ring.least, asks.skills[skill]) for skill in falls}
            asks = replace(asks, skills=asks.skills | less)
            able |= self._able(asks)
        return able

    def _able(self, work: Work) -> set[AgentId]:
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


def _servable(wishes: list[list[AgentId]], taken: frozenset[AgentId]) -> bool:
    """Whether each can have an agent of their own."""
    if not wishes:
        return True
    return any(_servable(wishes[1:], taken | {id}) for id in wishes[0] if id not in taken)


def _counted(work: Work) -> tuple[datetime, WorkId]:
    return work.virtual_start - work.head_start, work.id


def _stands_before(older: Work, work: Work) -> bool:
    """It is on the line and the other is not, or promised sooner even with the head start counted."""
    never = datetime.max.replace(tzinfo=UTC)
    sooner = older.due_at is not None and older.due_at < (work.due_at or never) - work.head_start
    return sooner or (older.live and not work.live)
