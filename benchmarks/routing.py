"""How fast the floor decides: 1,000 agents, 50 skills, more and more work that waits.

Each round an agent finishes, a new piece of work comes in, the floor decides, and the
offer is made and accepted: four facts and one decision, all of them timed. Work comes
from 500 services, each needing two or three skills at once, each at a level, with four
priorities. A last row mixes in four queues, two channels and two languages: what a
house with everything at once costs. A sample of placements is compared with a look at
everything that waits. Run it with `./onestop bench routing`, or from the root
with `python -m benchmarks.routing`.
"""

import gc
import json
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from time import perf_counter
from typing import Any

from crm_core.model.agent import Agent, Capacity, Duty, Role
from crm_core.model.ids import AgentId, QueueId, TicketId, WorkId
from crm_core.model.turn import band
from crm_core.model.work import Work, WorkState
from routing.decision import MakeOffer
from routing.floor import Floor
from routing.match import Ability, Need, skilled, speaks
from routing.order import length

AGENTS = 1000
SKILLS = 50
SERVICES = 500
QUEUES = frozenset(QueueId(f"queue-{number}") for number in range(4))
CHANNELS = (("email", False), ("chat", True))
LANGUAGES = ("en", "zh", None)
SIZES = (1_000, 10_000, 100_000)
LARGEST = 1_000_000
ROUNDS = 20_000
SLICES = 20
CHECKED = 10

_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def run(long: bool) -> list[dict[str, Any]]:  # noqa: FBT001
    """One row for each number of waiting pieces of work. Only `long` has a million, which takes its time to fill."""
    sizes = (*SIZES, LARGEST) if long else SIZES
    rows = [_measure(waiting, mixed=False) for waiting in sizes]
    return [*rows, _measure(SIZES[-1], mixed=True)]


class Day:
    """A floor with so much waiting, and the agents who serve it, all at capacity."""

    def __init__(self, waiting: int, *, mixed: bool = False) -> None:
        self.mixed = mixed
        self.dice = random.Random(waiting)
        self.now = _NOON
        self.floor = Floor()
        self.agents = {agent.id: agent for agent in (self._agent(number) for number in range(AGENTS))}
        for agent in self.agents.values():
            self.floor.agent_is(agent, serves=QUEUES, at=self.now)
        self.abilities = {agent.id: Ability.of(agent, serves=QUEUES) for agent in self.agents.values()}
        self.waiting: dict[WorkId, Work] = {}
        self.active: list[Work] = []
        self._people = list(self.agents.values())
        self._came = 0
        self._services = [(self.dice.choice(sorted(QUEUES)), self._skills()) for _ in range(SERVICES)]
        self._fill(waiting)

    def arrival(self, *, waited: timedelta = timedelta(0)) -> Work:
        """Work that somebody in the house is able to do."""
        self._came += 1
        channel, live = self.dice.choice(CHANNELS) if self.mixed else CHANNELS[0]
        queue, skills = self.dice.choice(self._services)
        start = self.now - waited
        return Work(
            id=WorkId(f"work-{self._came:08}"),
            ticket=TicketId(f"ticket-{self._came:08}"),
            queue=queue if self.mixed else min(QUEUES),
            channel=channel,
            live=live,
            units=1,
            skills=skills,
            language=self.dice.choice(LANGUAGES) if self.mixed else None,
            priority=self.dice.choice((1, 2, 2, 2, 3, 4)),
            virtual_start=start,
            entered_at=start,
            state=WorkState.QUEUED,
        )

    def best_for(self, agent: Agent, *, took: Work) -> Work:
        """What the agent should have taken: found by looking at all that waits."""
        ability = self.abilities[agent.id]
        able = (work for work in (took, *self.waiting.values()) if self._able(ability, Need.of(work)))
        return min(able, key=self._rank)

    def _rank(self, work: Work) -> tuple[int, datetime, WorkId]:
        waited, ageing = length(self.now - work.virtual_start), length(self.floor.timing.of(work).ageing)
        return -band(work.priority, waited=waited, ageing=ageing), work.virtual_start, work.id

    def _able(self, ability: Ability, need: Need) -> bool:
        if not skilled(ability, need=need):
            return False
        return speaks(ability, need=need) or not any(
            skilled(other, need=need) and speaks(other, need=need) for other in self.abilities.values()
        )

    def _agent(self, number: int) -> Agent:
        skills = {
            f"skill-{each}": self.dice.randint(1, 5)
            for each in self.dice.sample(range(SKILLS), self.dice.randint(1, 6))
        }
        return Agent(
            id=AgentId(f"agent-{number:04}"),
            email="",
            name="",
            role=Role.AGENT,
            languages=self.dice.choice((("en",), ("en", "zh"))),
            skills=skills,
            capacity=Capacity(3, {}),
            duty=Duty.AVAILABLE,
            duty_since=_NOON - timedelta(hours=1),
            duty_reason=None,
            active=True,
            created_at=_NOON - timedelta(days=1),
        )

    def _skills(self) -> dict[str, int]:
        known = self.dice.choice([agent for agent in self._people if len(agent.skills) > 1]).skills
        asked = self.dice.sample(sorted(known), self.dice.randint(2, min(3, len(known))))
        return {skill: self.dice.randint(1, known[skill]) for skill in asked}

    def _fill(self, waiting: int) -> None:
        while len(self.waiting) < waiting:
            for _ in range(min(1000, waiting - len(self.waiting))):
                work = self.arrival(waited=timedelta(seconds=self.dice.randrange(36_000)))
                self.waiting[work.id] = work
                self.floor.work_is(work, at=self.now)
            for decision in self.floor.decide(self.now):
                self.accept(decision)

    def accept(self, decision: Any) -> float:
        """The offer is made and accepted; the seconds that the floor took to note it."""
        work = self.waiting.pop(decision.work)
        offered = replace(work, state=WorkState.OFFERED, agent=decision.agent, version=work.version + 1)
        active = replace(offered, state=WorkState.ACTIVE, version=offered.version + 1)
        self.active.append(active)
        began = perf_counter()
        self.floor.work_is(offered, at=self.now)
        self.floor.work_is(active, at=self.now)
        return perf_counter() - began


def _measure(waiting: int, *, mixed: bool) -> dict[str, Any]:
    day, bare = Day(waiting, mixed=mixed), BareHeap(waiting)
    gc.collect()
    gc.freeze()
    took = sorted(_rounds(day, bare))
    gc.unfreeze()
    rate = len(took) / sum(took)
    return {
        "waiting": len(day.waiting),
        "decisions_per_s": round(rate),
        "p50_us": round(took[len(took) // 2] * 1e6, 1),
        "p99_us": round(took[len(took) * 99 // 100] * 1e6, 1),
        "calibration_per_s": round(bare.per_second),
        "of_calibration": round(rate / bare.per_second, 4),
        "mixed": mixed,
        "agents": AGENTS,
        "skills": SKILLS,
        "checked_against_a_full_look": CHECKED,
        "load": os.getloadavg()[0],
    }


def _rounds(day: Day, bare: "BareHeap") -> Iterator[float]:
    """Seconds for each decision; the bare heap is measured in between, under the same load."""
    for number in range(ROUNDS):
        if number % (ROUNDS // SLICES) == 0:
            bare.work(50_000 // SLICES)
        day.now += timedelta(milliseconds=20)
        index = day.dice.randrange(len(day.active))
        day.active[index], day.active[-1] = day.active[-1], day.active[index]
        work = day.active.pop()
        done, new = replace(work, state=WorkState.DONE, agent=None, version=work.version + 1), day.arrival()
        day.waiting[new.id] = new
        began = perf_counter()
        day.floor.work_is(done, at=day.now)
        day.floor.work_is(new, at=day.now)
        decisions = day.floor.decide(day.now)
        seconds = perf_counter() - began
        for decision in decisions:
            offered = day.waiting[decision.work]
            seconds += day.accept(decision)
            if number % (ROUNDS // CHECKED) == 0:
                _check(day, decision, offered)
        if decisions:
            yield seconds / len(decisions)


def _check(day: Day, decision: Any, offered: Work) -> None:
    best = day.best_for(day.agents[decision.agent], took=offered)
    if not isinstance(decision, MakeOffer) or best.id != offered.id:
        sys.exit(f"A full look finds {best.id}, not {decision}.")


class BareHeap:
    """A heap of this size and nothing else: one push and one pop, times a second."""

    def __init__(self, size: int) -> None:
        self._dice = random.Random(size)
        self._heap = [(self._dice.random(), number) for number in range(size)]
        heapify(self._heap)
        self._done, self._seconds = 0, 0.0

    @property
    def per_second(self) -> float:
        """Over all that was done."""
        return self._done / self._seconds

    def work(self, times: int) -> None:
        """Push and pop so often."""
        keys = [(self._dice.random(), number) for number in range(times)]
        began = perf_counter()
        for key in keys:
            heappush(self._heap, key)
            heappop(self._heap)
        self._seconds += perf_counter() - began
        self._done += times


if __name__ == "__main__":
    print(json.dumps(run("--long" in sys.argv), indent=2))
