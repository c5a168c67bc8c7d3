"""A desk in memory for routing's tests: it carries out decisions, compares and sets, and tells the floor.

It checks what the real actions check (state, owner, capacity), keeps every fact that it
told, and can tell them all to another floor: same facts, same decisions.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from crm_core.model.agent import Agent, Duty, Load
from crm_core.model.ids import AgentId, QueueId, WorkId
from crm_core.model.work import Work, WorkState
from routing.decision import Decision, MakeOffer, Overflow, TimeOut
from tests.routing.people import NOON, ROADS, TAX


class Tellable(Protocol):
    """What the desk tells things: the floor, or the slow one that it is compared with."""

    def agent_is(self, agent: Agent, *, serves: frozenset[QueueId], at: datetime) -> None: ...
    def work_is(self, work: Work, *, at: datetime) -> None: ...
    def failed(self, decision: Decision, *, at: datetime) -> None: ...
    def decide(self, now: datetime) -> list[Decision]: ...


class Desk:
    """The record, and the floors that are told of it."""

    def __init__(self, *floors: Tellable) -> None:
        self.floors = floors
        self.now = NOON
        self.works: dict[WorkId, Work] = {}
        self.agents: dict[AgentId, Agent] = {}
        self.serves: dict[AgentId, frozenset[QueueId]] = {}
        self.told: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.decided: list[Decision] = []

    def agent(self, agent: Agent, serves: Iterable[QueueId] = (TAX, ROADS)) -> None:
        """An agent as they are now."""
        known = self.agents.get(agent.id)
        self.agents[agent.id] = replace(agent, version=known.version + 1 if known else 1)
        self.serves[agent.id] = frozenset(serves)
        self._tell("agent_is", self.agents[agent.id], serves=self.serves[agent.id], at=self.now)

    def duty(self, name: str, duty: Duty) -> None:
        """An agent's own state changes now."""
        agent = self.agents[AgentId(name)]
        self.agent(replace(agent, duty=duty, duty_since=self.now), self.serves[agent.id])

    def work(self, work: Work) -> None:
        """A piece of work as it is now."""
        known = self.works.get(work.id)
        self.works[work.id] = replace(work, version=known.version + 1 if known else 1)
        self._tell("work_is", self.works[work.id], at=self.now)

    def change(self, name: str, **changed: Any) -> None:
        """A piece of work changes."""
        self.work(replace(self.works[WorkId(name)], **changed))

    def accept(self, name: str) -> None:
        """Whoever it is held out to accepts."""
        assert self.works[WorkId(name)].state is WorkState.OFFERED
        self.change(name, state=WorkState.ACTIVE)

    def decline(self, name: str) -> None:
        """Whoever it is held out to refuses."""
        work = self.works[WorkId(name)]
        assert work.state is WorkState.OFFERED
        self._back(work, refused_by=work.agent)

    def done(self, name: str) -> None:
        """The work is finished."""
        self.change(name, state=WorkState.DONE, agent=None)

    def settle(self) -> list[Decision]:
        """Decide and carry out until nothing is left; what was decided, in order."""
        all_decided: list[Decision] = []
        while decisions := self.decide():
            all_decided += decisions
            for decision in decisions:
                self.carry_out(decision)
        return all_decided

    def decide(self) -> list[Decision]:
        """Ask the first floor (the subclass in the invariants asks all)."""
        decisions = self.floors[0].decide(self.now)
        self.told.append(("decide", (self.now,), {}))
        self.decided += decisions
        return decisions

    def carry_out(self, decision: Decision) -> None:
        """Do in the record what was decided, if the record allows it."""
        work = self.works[decision.work]
        if isinstance(decision, Overflow):
            self._overflow(decision)
            return
        agent = self.agents[decision.agent]
        if isinstance(decision, MakeOffer):
            free = agent.capacity.has_room(self.load(agent.id), channel=work.channel, units=work.units, live=work.live)
            if work.state is WorkState.QUEUED and agent.duty is Duty.AVAILABLE and free:
                excluded = work.excluded - {agent.id}
                self.work(replace(work, state=WorkState.OFFERED, agent=agent.id, excluded=excluded))
            else:
                self._tell("failed", decision, at=self.now)
        elif work.agent != decision.agent:
            self._tell("failed", decision, at=self.now)
        elif isinstance(decision, TimeOut):
            self._back(work, refused_by=work.agent)
            if decision.stands_down:
                self.duty(agent.id, Duty.AWAY)
        else:
            self._back(work, refused_by=None)

    def _overflow(self, decision: Overflow) -> None:
        """Elsewhere from now on, with its age."""
        work = self.works[decision.work]
        if work.state is WorkState.QUEUED:
            self.work(replace(work, queue=decision.to, entered_at=self.now, excluded=frozenset()))
        else:
            self._tell("failed", decision, at=self.now)

    def load(self, agent: AgentId) -> Load:
        """What an agent carries, offers held out included."""
        load = Load({})
        for work in self.works.values():
            if work.agent == agent and work.state is not WorkState.DONE:
                load = load.with_more(work.channel, work.units)
        return load

    def holder(self, name: str) -> str | None:
        """Who has it, or is looking at it."""
        return self.works[WorkId(name)].agent

    def _back(self, work: Work, *, refused_by: AgentId | None) -> None:
        excluded = work.excluded | ({refused_by} if refused_by else set())
        self.work(replace(work, state=WorkState.QUEUED, agent=None, preferred=work.agent, excluded=excluded))

    def _tell(self, fact: str, *args: Any, **kwargs: Any) -> None:
        self.told.append((fact, args, kwargs))
        for floor in self.floors:
            getattr(floor, fact)(*args, **kwargs)
