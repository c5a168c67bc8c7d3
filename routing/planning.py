"""How many people it takes: Erlang B, C and A, in the words of the floor.

Of an hour or half an hour it is known how many come and how long each takes; here is how many wait then, how long, how
many give up, and how many people it takes to keep a promise. `docs` of the field call the model M/M/n, with patience
M/M/n+M: arrivals at random, handle times and patience spread exponentially. `rehearsal.py` asks the engine itself.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from math import ceil, exp, inf, log

from crm_core.model.board import SHORT

_ENOUGH = 1e-17
"""States of a queue that are less likely than this are not looked at."""

_STEPS = 16
"""Into so many steps at least the time is cut in which somebody may be served (Runge and Kutta's method)."""

_OFTEN = 4
"""And into so many for each change that is to be expected meanwhile: where much happens, steps are short."""

_AT_ONCE = timedelta(milliseconds=SHORT)

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
    all. `occupancy`: how much of their time people are busy. `gives_up`: who hangs up; `early`: who does so within the
    time in which others are served; `short`: almost at once. `waiting`: so many wait at once.
    """

    people: int
    waits: float
    within: float
    wait: timedelta
    occupancy: float
    gives_up: float
    waiting: float
    early: float = 0.0
    short: float = 0.0


Level = Callable[[Outlook], float]
"""What share counts as kept: variants of service level differ in who gives up."""


def of_all(seen: Outlook) -> float:
    """Of all who come."""
    return seen.within


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
    if people == 0:
        return _nobody(demand, within=within)
    if demand.patience is None:
        return _patient(demand, people=people, within=within)
    return _Impatient(demand, people=people).outlook(within)


def wait_of(demand: Demand, *, people: int, share: float) -> timedelta:
    """This share of all waits no longer, where nobody gives up."""
    waits = erlang_c(people, demand.load)
    if waits <= 1 - share:
        return timedelta()
    return demand.handle * (log(waits / (1 - share)) / (people - demand.load))


def staffing(demand: Demand, goal: Goal, *, level: Level = of_all) -> Staffing:
    """The fewest people that keep the goal. Raises ValueError where more than `MOST_PEOPLE` would not do.

    Where callers give up it takes no more than where they do not: between one and those it is looked for by halves.
    """
    people = _patient_staffing(replace(demand, patience=None), goal, level)
    if demand.patience is not None:
        people = 1 + bisect_left(range(1, people), 1, key=lambda few: _keeps(demand, goal, level, people=few))
    seen = outlook(demand, people=people, within=goal.time)
    return Staffing(people, scheduled(people, shrinkage=goal.shrinkage), seen)


def _patient_staffing(demand: Demand, goal: Goal, level: Level) -> int:
    for people in count(max(1, ceil(demand.load / max(goal.occupancy, 0.01)))):
        if people > MOST_PEOPLE:
            raise ValueError(f"More than {MOST_PEOPLE} people would be needed.")
        if _keeps(demand, goal, level, people=people):
            return people
    raise AssertionError


def _keeps(demand: Demand, goal: Goal, level: Level, *, people: int) -> bool:
    seen = outlook(demand, people=people, within=goal.time)
    return level(seen) >= goal.share and seen.occupancy <= goal.occupancy


def rota(demands: Iterable[Demand], goal: Goal) -> list[Staffing]:
    """The same for each interval of a day."""
    return [staffing(each, goal) for each in demands]


def scheduled(people: int, *, shrinkage: float) -> int:
    """How many must be on the rota so that so many are there."""
    return ceil(round(people / (1 - shrinkage), 9))


def _nobody(demand: Demand, *, within: timedelta) -> Outlook:
    patience = demand.patience
    return Outlook(
        people=0,
        waits=1.0,
        within=0.0,
        wait=timedelta.max if patience is None else patience,
        occupancy=0.0,
        gives_up=0.0 if patience is None else 1.0,
        waiting=inf if patience is None else demand.contacts * (patience / demand.interval),
        early=0.0 if patience is None else 1 - exp(-(within / patience)),
        short=0.0 if patience is None else 1 - exp(-(_AT_ONCE / patience)),
    )


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
            early=self._gone_waiting(within / self._handle),
            short=self._gone_waiting(_AT_ONCE / self._handle),
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
        return self._of_all(self._grown(time, next_one=1.0, gives_up=0.0))

    def _gone_waiting(self, time: float) -> float:
        """Who comes while all are busy and gives up by then."""
        return self._of_all(self._grown(time, next_one=0.0, gives_up=1.0))

    def _of_all(self, shares: list[float]) -> float:
        before = self._chances[self._people :]
        return sum(chance * share for chance, share in zip(before, shares, strict=True))

    def _grown(self, time: float, *, next_one: float, gives_up: float) -> list[float]:
        """The chance, from each place in the queue, of what is 1 for whoever is next, or for whoever gives up."""
        places = len(self._chances) - self._people
        grown = [0.0] * places
        steps = max(_STEPS, ceil(_OFTEN * time * (self._people + places * self._leaves)))
        step = time / steps
        for _ in range(steps if time > 0 else 0):
            first = self._flow(grown, next_one, gives_up)
            second = self._flow(_after(grown, first, step / 2), next_one, gives_up)
            third = self._flow(_after(grown, second, step / 2), next_one, gives_up)
            fourth = self._flow(_after(grown, third, step), next_one, gives_up)
            grown = [
                now + step / 6 * (a + 2 * b + 2 * c + d)
                for now, a, b, c, d in zip(grown, first, second, third, fourth, strict=True)
            ]
        return grown

    def _flow(self, grown: list[float], next_one: float, gives_up: float) -> list[float]:
        """How that chance grows with time: one before them goes, they are next, or they give up."""
        nearer = [next_one, *grown[:-1]]
        return [
            (self._people + place * self._leaves) * (ahead - mine) + self._leaves * (gives_up - mine)
            for place, (ahead, mine) in enumerate(zip(nearer, grown, strict=True))
        ]


def _after(served: list[float], flow: list[float], step: float) -> list[float]:
    return [now + step * each for now, each in zip(served, flow, strict=True)]
