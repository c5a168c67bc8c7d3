"""A rehearsal: the same engine on a clock of its own, with callers who are made up.

The formulas of `planning.py` know one queue and equal people. What if a queue has skills, rings, priorities and two
shifts? Then callers come by chance, wait with as much patience as people have, and the real floor gives them to agents:
nothing here decides anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from math import ceil
from random import Random

from crm_core.model.agent import Agent, Capacity, Duty, Role
from crm_core.model.board import SHORT
from crm_core.model.ids import AgentId, QueueId, TicketId, WorkId
from crm_core.model.queue import Profile
from crm_core.model.work import Work, WorkState
from routing.decision import MakeOffer, Overflow, Pace, Timing
from routing.floor import Floor

OPENS = datetime(2026, 1, 5, tzinfo=UTC)
"""Any day will do: only lengths of time count."""

QUEUE = QueueId("queue")
"""Where only one queue is rehearsed, it need not be named."""

_AT_ONCE = Timing(live=Pace(offer=timedelta(hours=9), ageing=timedelta(days=9), grace=timedelta(days=9)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """Who comes to one queue: so many an hour on average, each talking and waiting as long as chance says around these means.

    They come from `starts` to `ends` (None: all day).
    """

    an_hour: float
    handle: timedelta
    patience: timedelta | None = None
    queue: QueueId = QUEUE
    skills: tuple[tuple[str, int], ...] = ()
    priority: int = 2
    starts: timedelta = timedelta()
    ends: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """So many people who are there from then to then (None: all day), able to do this, for these queues."""

    people: int
    starts: timedelta = timedelta()
    ends: timedelta | None = None
    skills: tuple[tuple[str, int], ...] = ()
    queues: frozenset[QueueId] = frozenset({QUEUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A day to rehearse. What comes before `settles` is played, and not counted."""

    callers: tuple[Callers, ...]
    shifts: tuple[Shift, ...]
    length: timedelta
    settles: timedelta = timedelta()
    within: timedelta = timedelta(seconds=20)
    profiles: tuple[tuple[QueueId, Profile], ...] = ()


@dataclass(slots=True)
class Outcome:
    """What came of it: of those who came so many were `served`, `in_time` or not, `gave_up`, or are `left` at the end.

    Of those who gave up, `left_early` did so within the time in which others are served, `left_short` at once.
    `waited`: who did not get somebody at once; `waits`: how long, in seconds, of all who did not stay to the end.
    """

    came: int = 0
    served: int = 0
    gave_up: int = 0
    waited: int = 0
    in_time: int = 0
    left: int = 0
    left_early: int = 0
    left_short: int = 0
    waits: list[float] = field(default_factory=list)
    busy: float = 0.0
    there: float = 0.0

    @property
    def occupancy(self) -> float:
        """The share of their time in which those there were busy."""
        return self.busy / self.there if self.there else 0.0

    @property
    def wait(self) -> float:
        """How long whoever came waited on average, in seconds; those who gave up, too."""
        return sum(self.waits) / len(self.waits) if self.waits else 0.0


def rehearse(plan: Plan, *, seed: int) -> Outcome:
    """Play the day once; the same seed, the same day."""
    return _Day(plan, seed=seed).play()[0]


def rehearse_by(plan: Plan, slot: timedelta, *, seed: int) -> list[Outcome]:
    """The same day, told by when they came; who was busy, by when they were."""
    return _Day(plan, seed=seed, slot=slot).play()


_Entry = tuple[float, int, str, int]


class _Day:
    """The day as it goes: what happens next, in a heap."""

    def __init__(self, plan: Plan, *, seed: int, slot: timedelta | None = None) -> None:
        self._plan = plan
        self._dice = Random(seed)  # noqa: S311  chance that can be played again
        self._floor = Floor(_AT_ONCE, profiles=dict(plan.profiles))
        self._next: list[_Entry] = []
        self._turn = count()
        self._works: dict[int, tuple[Work, Callers, float]] = {}
        self._people: list[tuple[Agent, frozenset[QueueId]]] = []
        self._whole = plan.length.total_seconds()
        self._slot = self._whole if slot is None else slot.total_seconds()
        self._outcomes = [Outcome() for _ in range(ceil(self._whole / self._slot))]
        self._settled = plan.settles.total_seconds()

    def play(self) -> list[Outcome]:
        """Until it is over."""
        self._fill()
        while self._next and self._next[0][0] < self._whole:
            wakes = self._floor.wakes_at()
            if wakes is not None and (wakes - OPENS).total_seconds() <= self._next[0][0]:
                self._route((wakes - OPENS).total_seconds())
                continue
            second, _, what, which = heappop(self._next)
            getattr(self, f"_{what}")(which, second)
            self._route(second)
        for work, _, came in self._works.values():
            if work.state is WorkState.QUEUED and came < self._whole:
                self._of(came).left += 1
        return self._outcomes

    def _of(self, second: float) -> Outcome:
        return self._outcomes[int(second // self._slot)]

    def _spread(self, name: str, begins: float, ends: float) -> None:
        """Time is counted where it is spent, from when the day settled to its end."""
        begins, ends = max(begins, self._settled), min(ends, self._whole)
        while begins < ends:
            until = min(ends, (begins // self._slot + 1) * self._slot)
            outcome = self._of(begins)
            setattr(outcome, name, getattr(outcome, name) + until - begins)
            begins = until

    def _fill(self) -> None:
        for shift in self._plan.shifts:
            for _ in range(shift.people):
                number = len(self._people)
                self._people.append((_agent(number, shift), shift.queues))
                ends = self._whole if shift.ends is None else shift.ends.total_seconds()
                starts = shift.starts.total_seconds()
                self._later(starts, "begins", number)
                self._later(ends, "goes", number)
                self._spread("there", starts, ends)
        numbers = count()
        for callers in self._plan.callers:
            for second in self._arrivals(callers):
                number = next(numbers)
                self._works[number] = (_work(number, callers, second), callers, second)
                self._later(second, "comes", number)

    def _arrivals(self, callers: Callers) -> Iterator[float]:
        second = callers.starts.total_seconds()
        ends = self._whole if callers.ends is None else min(self._whole, callers.ends.total_seconds())
        while callers.an_hour and (second := second + self._dice.expovariate(callers.an_hour / 3600)) < ends:
            yield second

    def _later(self, second: float, what: str, which: int) -> None:
        heappush(self._next, (second, next(self._turn), what, which))

    # What happens

    def _begins(self, which: int, second: float) -> None:
        self._duty(which, Duty.AVAILABLE, second)

    def _goes(self, which: int, second: float) -> None:
        """They finish whom they talk with; nobody else comes to them."""
        self._duty(which, Duty.BREAK, second)

    def _duty(self, which: int, duty: Duty, second: float) -> None:
        known, serves = self._people[which]
        now = replace(known, duty=duty, duty_since=_at(second), version=known.version + 1)
        self._people[which] = now, serves
        self._floor.agent_is(now, serves=serves, at=_at(second))

    def _comes(self, which: int, second: float) -> None:
        work, callers, _ = self._works[which]
        self._floor.work_is(work, at=_at(second))
        if second >= self._settled:
            self._of(second).came += 1
        if callers.patience is not None:
            self._later(second + self._dice.expovariate(1 / callers.patience.total_seconds()), "hangs_up", which)

    def _hangs_up(self, which: int, second: float) -> None:
        if which in self._works and self._works[which][0].state is WorkState.QUEUED:
            _, _, came = self._works.pop(which)
            self._floor.work_is_gone(_id(which), at=_at(second))
            if came >= self._settled:
                outcome, waited = self._of(came), second - came
                outcome.gave_up += 1
                outcome.waited += 1
                outcome.left_early += waited <= self._plan.within.total_seconds()
                outcome.left_short += waited <= SHORT / 1000
                outcome.waits.append(waited)

    def _ends(self, which: int, second: float) -> None:
        del self._works[which]
        self._floor.work_is_gone(_id(which), at=_at(second))

    def _route(self, second: float) -> None:
        for decision in self._floor.decide(_at(second)):
            if isinstance(decision, MakeOffer):
                self._serve(int(decision.work), decision.agent, second)
            elif isinstance(decision, Overflow):
                self._move(int(decision.work), decision.to, second)

    def _move(self, which: int, to: QueueId, second: float) -> None:
        work, callers, came = self._works[which]
        if work.state is WorkState.QUEUED:
            moved = replace(work, queue=to, entered_at=_at(second), version=work.version + 1)
            self._works[which] = moved, callers, came
            self._floor.work_is(moved, at=_at(second))

    def _serve(self, which: int, agent: AgentId, second: float) -> None:
        """They answer at once, and talk as long as it takes."""
        work, callers, came = self._works[which]
        talks = replace(work, state=WorkState.ACTIVE, agent=agent, version=work.version + 1)
        self._works[which] = talks, callers, came
        self._floor.work_is(talks, at=_at(second))
        takes = self._dice.expovariate(1 / callers.handle.total_seconds())
        self._later(second + takes, "ends", which)
        self._spread("busy", second, second + takes)
        if came >= self._settled:
            outcome, waited = self._of(came), second - came
            outcome.served += 1
            outcome.waited += waited > 0
            outcome.in_time += waited <= self._plan.within.total_seconds()
            outcome.waits.append(waited)


def _at(second: float) -> datetime:
    return OPENS + timedelta(seconds=second)


def _id(number: int) -> WorkId:
    return WorkId(f"{number:09}")


def _work(number: int, callers: Callers, second: float) -> Work:
    at = _at(second)
    return Work(
        id=_id(number),
        ticket=TicketId(""),
        queue=callers.queue,
        channel="call",
        live=True,
        units=1,
        skills=dict(callers.skills),
        language=None,
        priority=callers.priority,
        virtual_start=at,
        entered_at=at,
        state=WorkState.QUEUED,
    )


def _agent(number: int, shift: Shift) -> Agent:
    return Agent(
        id=AgentId(f"{number:06}"),
        email="",
        name="",
        role=Role.AGENT,
        languages=(),
        skills=dict(shift.skills),
        capacity=Capacity(1, {}),
        duty=Duty.OFFLINE,
        duty_since=OPENS,
        duty_reason=None,
        active=True,
        created_at=OPENS,
    )
