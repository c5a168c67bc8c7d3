"""What if there were two more from ten on? A day in intervals, by the formulas and by a rehearsal, side by side.

The formulas take each interval for itself, as if it had always been so; the rehearsal plays the day with the real floor,
where what was left over from one interval waits in the next. Everybody can do everything that comes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import timedelta
from itertools import groupby
from math import sqrt

from routing.planning import Demand, Goal, Level, Outlook, Staffing, outlook, staffing
from routing.rehearsal import Callers, Plan, Shift, rehearse_by

SURE = 1.96
"""So many standard errors to either side hold the truth in 95 of 100 cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """So many `contacts` in each interval, and so many `people` there. `within`: the time that was promised."""

    interval: timedelta
    contacts: tuple[float, ...]
    people: tuple[int, ...]
    handle: timedelta
    patience: timedelta | None
    within: timedelta

    def demands(self) -> Iterator[Demand]:
        """What the formulas are asked, interval by interval."""
        for contacts in self.contacts:
            yield Demand(contacts=contacts, interval=self.interval, handle=self.handle, patience=self.patience)


@dataclass(frozen=True, slots=True)
class Played:
    """What came of those who came in one interval of one rehearsed day; times in seconds."""

    came: int
    served: int
    in_time: int
    gave_up: int
    early: int
    short: int
    waited: float
    waits: int
    busy: float
    there: float


@dataclass(frozen=True, slots=True)
class Band:
    """A share or a mean over rehearsed days, and where the truth lies in 95 of 100 cases."""

    low: float
    mid: float
    high: float


def needed(day: Day, goal: Goal, *, level: Level) -> list[Staffing]:
    """How many it takes in each interval. Raises ValueError where that is absurd."""
    known = {demand: staffing(demand, goal, level=level) for demand in set(day.demands())}
    return [known[demand] for demand in day.demands()]


def by_formula(day: Day) -> list[Outlook]:
    """Each interval by Erlang C, or A where callers give up."""
    return [
        outlook(demand, people=people, within=day.within)
        for demand, people in zip(day.demands(), day.people, strict=True)
    ]


def play(day: Day, *, seed: int) -> list[Played]:
    """The day once, with the real floor; the same seed brings the same callers."""
    return [
        Played(
            came=one.came,
            served=one.served,
            in_time=one.in_time,
            gave_up=one.gave_up,
            early=one.left_early,
            short=one.left_short,
            waited=sum(one.waits),
            waits=len(one.waits),
            busy=one.busy,
            there=one.there,
        )
        for one in rehearse_by(plan_of(day), day.interval, seed=seed)
    ]


def whole(run: Sequence[Played]) -> Played:
    """All intervals of one rehearsed day together."""
    return Played(*(sum(parts) for parts in zip(*(astuple(one) for one in run), strict=True)))


def plan_of(day: Day) -> Plan:
    """The day as a rehearsal plays it."""
    hour = timedelta(hours=1)
    callers = tuple(
        Callers(
            an_hour=contacts * (hour / day.interval),
            handle=day.handle,
            patience=day.patience,
            starts=number * day.interval,
            ends=(number + 1) * day.interval,
        )
        for number, contacts in enumerate(day.contacts)
    )
    length = len(day.contacts) * day.interval
    return Plan(callers=callers, shifts=tuple(_shifts(day)), length=length, within=day.within)


def band(runs: Sequence[tuple[float, float]]) -> Band | None:
    """What the runs say together, each a sum and of how many: sums are divided, never shares averaged. None of nothing."""
    many, of = len(runs), sum(each for _, each in runs)
    if not of:
        return None
    mid = sum(each for each, _ in runs) / of
    if many < 2:
        return Band(mid, mid, mid)
    spread = sum((each - mid * parts) ** 2 for each, parts in runs) / (many * (many - 1))
    wide = SURE * sqrt(spread) / (of / many)
    return Band(mid - wide, mid, mid + wide)


def _shifts(day: Day) -> Iterator[Shift]:
    """One person after another: each is there in the intervals that need so many."""
    for place in range(max(day.people, default=0)):
        numbered = enumerate(people > place for people in day.people)
        for there, some in groupby(numbered, key=lambda one: one[1]):
            numbers = [number for number, _ in some]
            if there:
                yield Shift(people=1, starts=numbers[0] * day.interval, ends=(numbers[-1] + 1) * day.interval)
