"""How many people it takes: Erlang B, C and A, in the words of the floor.

Of an hour or half an hour it is known how many come and how long each takes; here is how many wait then, how long, how
many give up, and how many people it takes to keep a promise. `docs` of the field call the model M/M/n, with patience
M/M/n+M: arrivals at random, handle times and patience spread exponentially. `rehearsal.py` asks the engine itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from math import ceil, exp, inf, log

_ENOUGH = 1e-17
"""States of a queue that are less likely than this are not looked at."""

_STEPS = 400
"""Into so many steps the time is cut in which somebody may be served (Runge and Kutta's method)."""

MOST_PEOPLE = 10_000
"""Nobody plans for more in one interval; beyond, a typing error is told from a plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What comes in one interval: `contacts` in `interval`, each taking `handle`; callers hang up after `patience`, if at all."""

    contacts: float
    interval: timedelta
    handle: timedelta
    patience: timedelta | None = None

    @property
    def load(self) -> float:
        """The traffic in erlangs: so many would be busy if nobody ever waited."""
        return self.contacts * (self.handle / self.interval)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What so many people would make of it.

    `waits`: who does not get somebody at once. `within`: who is served in time, of all who come. `wait`: on average, of
    all. `occupancy`: how much of their time people are busy. `gives_up`: who hangs up. `waiting`: so many wait at once.
    """

    people: int
    waits: float
    within: float
    wait: timedelta
    occupancy: float
    gives_up: float
    waiting: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is promised: `share` of those who come served within `time`, and nobody busier than `occupancy`.

    `shrinkage`: the share of paid time that goes to breaks, training and illness.
    """

    share: float = 0.8
    time: timedelta = timedelta(seconds=20)
    occupancy: float = 0.85
    shrinkage: float = 0.0


@dataclass(frozen=True, slots=True)
class Staffing:
    """So many people on the floor, so many on the rota, and what comes of it."""

    people: int
    scheduled: int
    outlook: Outlook


def erlang_b(people: int, load: float) -> float:
    """The share of those who find all busy, where nobody can wait."""
    blocked = 1.0
    for each in range(1, people + 1):
        blocked = load * blocked / (each + load * blocked)
    return blocked


def erlang_c(people: int, load: float) -> float:
    """The share of those who wait, where nobody gives up; 1 where the people do not keep up."""
    if people <= load:
        return 1.0
    blocked = erlang_b(people, load)
    return people * blocked / (people - load * (1 - blocked))


def outlook(demand: Demand, *, people: int, within: timedelta) -> Outlook:
    """What so many people make of it: by Erlang A where callers give up, else by Erlang C."""
    if demand.patience is None:
        return _patient(demand, people=people, within=within)
    return _Impatient(demand, people=people).outlook(within)


def wait_of(demand: Demand, *, people: int, share: float) -> timedelta:
    """This share of all waits no longer, where nobody gives up."""
    waits = erlang_c(people, demand.load)
    if waits <= 1 - share:
        return timedelta()
    return demand.handle * (log(waits / (1 - share)) / (people - demand.load))


def staffing(demand: Demand, goal: Goal) -> Staffing:
    """The fewest people that keep the goal. Raises ValueError where more than `MOST_PEOPLE` would not do."""
    for people in count(max(1, ceil(demand.load / max(goal.occupancy, 0.01)) if demand.patience is None else 1)):
        if people > MOST_PEOPLE:
            raise ValueError(f"More than {MOST_PEOPLE} people would be needed.")
        seen = outlook(demand, people=people, within=goal.time)
        if seen.within >= goal.share and seen.occupancy <= goal.occupancy:
            return Staffing(people, scheduled(people, shrinkage=goal.shrinkage), seen)
    raise AssertionError


def rota(demands: Iterable[Demand], goal: Goal) -> list[Staffing]:
    """The same for each interval of a day."""
    return [staffing(each, goal) for each in demands]


def scheduled(people: int, *, shrinkage: float) -> int:
    """How many must be on the rota so that so many are there."""
    return ceil(round(people / (1 - shrinkage), 9))


def _patient(demand: Demand, *, people: int, within: timedelta) -> Outlook:
    load = demand.load
    spare, waits = people - load, erlang_c(people, load)
    if spare <= 0:
        return Outlook(
            people=people, waits=1.0, within=0.0, wait=timedelta.max, occupancy=1.0, gives_up=0.0, waiting=inf
        )
    return Outlook(
        people=people,
        waits=waits,
        within=1 - waits * exp(-spare * (within / demand.handle)),
        wait=demand.handle * (waits / spare),
        occupancy=load / people,
        gives_up=0.0,
        waiting=waits * load / spare,
    )


class _Impatient:
    """Erlang A: a birth and death of callers. Time is counted in handle times."""

    def __init__(self, demand: Demand, *, people: int) -> None:
        assert demand.patience is not None
        self._handle = demand.handle
        self._people = people
        self._arrives = demand.load
        self._leaves = demand.handle / demand.patience
        self._chances = self._balance()

    def outlook(self, within: timedelta) -> Outlook:
        """From how likely each length of the queue is."""
        chances, people = self._chances, self._people
        waiting = sum((number - people) * chance for number, chance in enumerate(chances) if number > people)
        busy = sum(min(number, people) * chance for number, chance in enumerate(chances))
        return Outlook(
            people=people,
            waits=sum(chances[people:]),
            within=sum(chances[:people]) + self._served_waiting(within / self._handle),
            wait=self._handle * (waiting / self._arrives if self._arrives else 0.0),
            occupancy=busy / people,
            gives_up=self._leaves * waiting / self._arrives if self._arrives else 0.0,
            waiting=waiting,
        )

    def _balance(self) -> list[float]:
        """How likely it is that so many are there, served or waiting."""
        weights, highest = [1.0], 1.0
        for number in count(1):
            out = min(number, self._people) + max(number - self._people, 0) * self._leaves
            weights.append(weights[-1] * self._arrives / out)
            highest = max(highest, weights[-1])
            if highest > 1e200:
                weights, highest = [each / highest for each in weights], 1.0
            if number > self._people and weights[-1] < _ENOUGH * highest:
                break
        total = sum(weights)
        return [each / total for each in weights]

    def _served_waiting(self, time: float) -> float:
        """Who comes while all are busy and is served in time: by who stands before them, and their own patience."""
        before = self._chances[self._people :]
        served = [0.0] * len(before)
        step = time / _STEPS
        for _ in range(_STEPS if time > 0 else 0):
            first = self._flow(served)
            second = self._flow(_after(served, first, step / 2))
            third = self._flow(_after(served, second, step / 2))
            fourth = self._flow(_after(served, third, step))
            served = [
                now + step / 6 * (a + 2 * b + 2 * c + d)
                for now, a, b, c, d in zip(served, first, second, third, fourth, strict=True)
            ]
        return sum(chance * share for chance, share in zip(before, served, strict=True))

    def _flow(self, served: list[float]) -> list[float]:
        """How the chance to be served grows with time: one before them goes, they are next, or they give up."""
        nearer = [1.0, *served[:-1]]
        return [
            (self._people + place * self._leaves) * (ahead - mine) - self._leaves * mine
            for place, (ahead, mine) in enumerate(zip(nearer, served, strict=True))
        ]


def _after(served: list[float], flow: list[float], step: float) -> list[float]:
    return [now + step * each for now, each in zip(served, flow, strict=True)]
