"""The router: keeps a floor from the stream of events, and carries out what it decides.

A subscriber, not a step: a fault here can delay a contact, never lose one. One router by
lease; whoever takes over reads everything anew. That no work has two agents, and nobody
too much, is guaranteed by the actions, not by the lease.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog

from crm_core.actions import offers, queues
from crm_core.actions.desk import Desk
from crm_core.actions.housekeeping import Lease
from crm_core.model.actor import Actor
from crm_core.model.agent import Agent
from crm_core.model.errors import Refusal
from crm_core.model.event import Stamped
from crm_core.model.ids import AgentId, QueueId, WorkId
from crm_core.model.turn import came
from crm_core.model.view import work_of
from crm_core.model.work import Work
from crm_core.queries import floor as record
from gateway.house import HouseKeeper
from gateway.workers.leading import Leadership
from routing import explain
from routing.decision import Decision, MakeOffer, Overflow, TakeBack, TimeOut, Timing, Wait
from routing.floor import Floor

log = structlog.get_logger()

ROUTER = Actor.worker("router")
LEASE_SECONDS = 4.0
LOOK_SECONDS = 1.0
AT_ONCE = 32
"""Decisions carried out side by side: they share a commit on SQLite, connections on PostgreSQL."""

_ABOUT_WORK = ("work.queued", "work.taken", "work.wrapping", "work.done", "offer.made")
_ABOUT_STAFF = ("agent.duty", "agent.added", "agent.changed")
_ABOUT_EVERYTHING = ("queue.changed", "city.loaded", "job.ended")


class Router:
    """See the module. `run` until cancelled."""

    def __init__(
        self,
        desk: Desk,
        keeper: HouseKeeper,
        *,
        holder: str,
        clock: Callable[[], datetime],
        timing: Timing | None = None,
    ) -> None:
        self._desk = desk
        self._keeper = keeper
        self._clock = clock
        self._timing = timing or Timing()
        self._floor = Floor(self._timing)
        self.leadership = Leadership(desk, ROUTER, holder=holder, seconds=LEASE_SECONDS, begin=self._begin)
        self._everything = True
        self._news: dict[WorkId, Work | None] = {}
        self._works: set[WorkId] = set()
        self._staff: set[AgentId] = set()

    async def hear(self, events: list[Stamped]) -> None:
        """Note what changed, for when the floor is told. Who does not lead hears nothing, and reads everything once they do.

        A lease that nobody confirmed in time may be ours again a moment later, in the same term: what was said between
        is read then, too. News of a work, or of an offer made, carry the work as it is now; for those of offers that ended
        without a word about their work, and of staff, the record is read.
        """
        if self.leadership.lease is None:
            self._everything = True
            return
        for event in events:
            if event.type in _ABOUT_WORK:
                self._note_work(event.facts)
            elif event.type == "offer.ended":
                self._works.add(WorkId(event.facts["offer"]["work"]))
            elif event.type in _ABOUT_STAFF:
                self._staff.add(AgentId(event.facts["agent"]))
            elif event.type in _ABOUT_EVERYTHING:
                self._everything = True
        if self._news or self._works or self._staff or self._everything:
            self.leadership.wake()

    def why_waits(self, work: WorkId) -> Wait:
        """What a piece of work waits for, in words; only the process that routes knows."""
        return self._floor.why_waits(work)

    async def run(self) -> None:
        """Until cancelled; gives the lease back then."""
        async with self.leadership.sought():
            await self.leadership.rounds(self._route_or_begin_anew, look=self._patience)

    async def route(self) -> None:
        """Tell the floor what is new, and carry out what it decides until it has nothing more to say."""
        await self._tell()
        while decisions := self._floor.decide(self._clock()):
            for start in range(0, len(decisions), AT_ONCE):
                await asyncio.gather(*(self._carry_out(each) for each in decisions[start : start + AT_ONCE]))

    async def _route_or_begin_anew(self) -> None:
        """A fault of ours must not last: the next round reads the record afresh."""
        try:
            await self.route()
        except Refusal:
            raise
        except Exception:
            self._everything = True
            raise

    async def _patience(self) -> float:
        """Seconds until something ends by itself; at most one, should a wake-up be lost."""
        ends = self._floor.wakes_at()
        if ends is None or self.leadership.lease is None:
            return LOOK_SECONDS
        return min(LOOK_SECONDS, max(0.01, (ends - self._clock()).total_seconds()))

    # What the floor is told

    def _note_work(self, facts: Mapping[str, Any]) -> None:
        """The newest word of a work counts; that of a confidential ticket, or of somebody out of reach, is not routed."""
        work = work_of(facts["work"])
        self._news.pop(work.id, None)
        self._works.discard(work.id)
        self._news[work.id] = None if facts["row"]["confidential"] or work.out_of_reach else work

    async def _tell(self) -> None:
        if self._everything:
            self._everything = False
            try:
                await self._begin_anew()
            except BaseException:
                self._everything = True
                raise
        self._tell_news()
        works, self._works = self._works, set()
        staff, self._staff = self._staff, set()
        try:
            await self._tell_works(works)
            for id in sorted(staff):
                await self._tell_agent(id)
        except BaseException:
            self._works |= works
            self._staff |= staff
            raise

    def _tell_news(self) -> None:
        now, news, self._news = self._clock(), self._news, {}
        for id, work in news.items():
            if work is None:
                self._floor.work_is_gone(id, at=now)
            else:
                self._floor.work_is(work, at=now)

    async def _begin_anew(self) -> None:
        known = await self._desk.ask(ROUTER, record.known)
        profiles = {queue.id: queue.profile for queue in self._keeper.house.queues.values()}
        now, floor = self._clock(), Floor(self._timing, profiles=profiles)
        for agent in known.staff:
            floor.agent_is(agent, serves=self._serves(agent), at=now)
        for work in sorted(known.works, key=came):
            floor.work_is(work, at=now)
        for offer in known.offers:
            floor.offer_is(offer, at=now)
        self._floor = floor

    async def _tell_works(self, ids: set[WorkId]) -> None:
        if not ids:
            return
        found = await self._desk.ask(ROUTER, record.works, sorted(ids))
        now = self._clock()
        for work in found:
            self._floor.work_is(work, at=now)
        for id in ids - {work.id for work in found}:
            self._floor.work_is_gone(id, at=now)

    async def _tell_agent(self, id: AgentId) -> None:
        agent, carried = await self._desk.ask(ROUTER, record.agent, id)
        now = self._clock()
        for work in carried:
            self._floor.work_is(work, at=now)
        if agent is not None:
            self._floor.agent_is(agent, serves=self._serves(agent), at=now)

    def _serves(self, agent: Agent) -> frozenset[QueueId]:
        queues = self._keeper.house.queues.values()
        return frozenset(queue.id for queue in queues if queue.active and queue.team in agent.teams)

    # What the floor decides

    async def _carry_out(self, decision: Decision) -> None:
        try:
            if isinstance(decision, MakeOffer):
                await self._make_offer(decision)
            elif isinstance(decision, Overflow):
                await self._overflow(decision)
            else:
                await self._return(decision)
        except Refusal as why:
            log.info("decision not carried out", decision=type(decision).__name__, why=why.why)
            await self._failed(decision)

    async def _make_offer(self, made: MakeOffer) -> None:
        why, until = explain.offer(made.why), made.expires_at
        work, offer = await self._desk.do(
            ROUTER, offers.make_offer, made.work, to=made.agent, until=until, why=why, because=made.why
        )
        now = self._clock()
        self._floor.work_is(work, at=now)
        self._floor.offer_is(offer, at=now)

    async def _overflow(self, moved: Overflow) -> None:
        house = self._keeper.house
        work = await self._desk.do(ROUTER, queues.overflow, moved.work, to=moved.to, house=house)
        self._floor.work_is(work, at=self._clock())

    async def _return(self, decision: TimeOut | TakeBack) -> None:
        if isinstance(decision, TimeOut):
            stands_down = decision.stands_down
            back = await self._desk.do(
                ROUTER, offers.time_out, decision.work, agent=decision.agent, stands_down=stands_down
            )
        else:
            back = await self._desk.do(ROUTER, offers.take_back, decision.work, agent=decision.agent)
        now = self._clock()
        if back.agent is not None:
            self._floor.agent_is(back.agent, serves=self._serves(back.agent), at=now)
        self._floor.work_is(back.work, at=now)

    async def _failed(self, decision: Decision) -> None:
        """The record knows better: learn what is true, then let the floor think again."""
        with suppress(Refusal):
            await self._tell_works({decision.work})
            if decision.agent is not None:
                await self._tell_agent(decision.agent)
        self._floor.failed(decision, at=self._clock())

    async def _begin(self, _lease: Lease) -> None:
        self._everything = True
