"""The clock: sleeps until the next timer rings, and rings it.

Nothing is polled: timers are written with what causes them, in the same transaction, and
a look at the first of their index says how long to sleep. One clock by lease; two at
once would ring each timer once all the same, because ringing claims its row.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from crm_core.actions import clock as actions
from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.errors import Refusal
from crm_core.model.event import Stamped
from crm_core.model.promise import Timer, TimerKind, TimerState
from crm_core.queries import timers
from crm_core.rules import alarms
from gateway.house import HouseKeeper
from gateway.workers.leading import Leadership

CLOCK = Actor.worker("clock")
LEASE_SECONDS = 6.0
LONGEST_SLEEP = 60.0
"""Seconds. A machine that slept, or a clock that was set, is noticed after this at the latest."""

GATHER_SECONDS = 0.2
"""How long news are gathered before it looks again what rings next."""

_SETS_NO_TIMER = frozenset({"work.queued", "work.taken", "work.done", "offer.made", "offer.ended", "agent.duty"})


class Clock:
    """See the module. `run` until cancelled. `window` closes what stayed solved so long; None never does."""

    def __init__(
        self, desk: Desk, keeper: HouseKeeper, *, holder: str, now: Callable[[], datetime], window: timedelta | None
    ) -> None:
        self._desk = desk
        self._keeper = keeper
        self._now = now
        self._window = window
        self.leadership = Leadership(desk, CLOCK, holder=holder, seconds=LEASE_SECONDS)

    async def hear(self, events: list[Stamped]) -> None:
        """Something changed that may have set an earlier timer."""
        if any(event.type not in _SETS_NO_TIMER for event in events):
            self.leadership.wake()

    async def run(self) -> None:
        """Until cancelled; gives the lease back then."""
        async with self.leadership.sought():
            await self.leadership.rounds(self.ring, look=self._patience, gather=GATHER_SECONDS)

    async def ring(self) -> int:
        """Ring everything that is due; how many timers rang. What would be a mass of late promises is held first."""
        rang = 0
        while due := await self._desk.ask(CLOCK, timers.due, window=self._window):
            if await self._is_mass(due):
                await self._desk.do(CLOCK, actions.hold, why=CLOCK.id)
                continue
            house = self._keeper.house
            for timer in due:
                await self._desk.do(CLOCK, actions.ring, timer.id, house=house, window=self._window)
            rang += len(due)
        return rang

    async def _is_mass(self, due: list[Timer]) -> bool:
        late = [
            timer
            for timer in due
            if timer.kind is TimerKind.PROMISE and timer.state is TimerState.WAITING and timer.percent >= alarms.DUE
        ]
        if len(late) <= alarms.MASS_COUNT:
            return False
        count, active = await self._desk.ask(CLOCK, timers.escalating)
        return alarms.is_mass(count, of=active)

    async def _patience(self) -> float:
        """Seconds until the next timer, as far as it is known."""
        if self.leadership.lease is None:
            return LEASE_SECONDS / 2
        try:
            at = await self._desk.ask(CLOCK, timers.next_at, window=self._window)
        except Refusal:
            return 1.0
        if at is None:
            return LONGEST_SLEEP
        return min(max((at - self._now()).total_seconds(), 0.0), LONGEST_SLEEP)
