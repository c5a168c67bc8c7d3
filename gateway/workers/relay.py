"""The relay: committed events get their numbers, and all who live on the stream are told.

On SQLite the writer numbers events as it inserts them; on PostgreSQL one process, by
lease, numbers what all of them commit. Every process then reads the stream for itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import perf_counter
from typing import Any

import structlog

from crm_core.actions import housekeeping
from crm_core.actions.desk import Desk
from crm_core.actions.housekeeping import LostLease
from crm_core.model.actor import Actor
from crm_core.model.errors import Refusal
from crm_core.model.event import Stamped
from crm_core.queries import events
from gateway.bus import FRESH, NUMBERED, Bus
from gateway.workers.leading import Leadership

log = structlog.get_logger()

RELAY = Actor.worker("relay")
LEASE_SECONDS = 3.0
"""Short, so that screens stand still for less than five seconds: whoever is replaced too soon can do no harm."""

SAFETY_SECONDS = 1.0
"""How often it looks even when nobody woke it: for a lost wake-up, and for other programs' events."""

REST_AT_MOST = 0.02
AT_ONCE = 500
"""Events that are read and passed on together."""

Hear = Callable[[list[Stamped]], Awaitable[None]]


class Stream:
    """Reads events after its position, in order and without a gap, and passes them to who listens.

    `told`: up to there every listener has heard all.
    """

    def __init__(self, desk: Desk, bus: Bus) -> None:
        self._desk = desk
        self._wake = asyncio.Event()
        self._listeners: list[Hear] = []
        self.position = 0
        self.told = 0
        bus.listen(self._heard)

    def listen(self, hear: Hear) -> None:
        """Hear every event from now on. Listeners are called in order and must be quick."""
        self._listeners.append(hear)

    def wake(self) -> None:
        """There may be something new."""
        self._wake.set()

    async def start(self) -> None:
        """Begin at the newest event."""
        self.position = self.told = await self._desk.ask(RELAY, events.top)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SAFETY_SECONDS):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._pass_on()
            except Refusal as why:
                log.warning("stream waits", why=why.why)
                await asyncio.sleep(SAFETY_SECONDS)
            except Exception:  # a fault of ours must not stop every screen for ever
                log.exception("stream failed")
                await asyncio.sleep(SAFETY_SECONDS)

    async def _pass_on(self) -> None:
        if found := self._desk.just_committed(after=self.position):
            return await self._tell_all(found)  # what has come since has woken us again
        while found := await self._desk.ask(RELAY, events.after, position=self.position, limit=AT_ONCE):
            await self._tell_all(found)
            if len(found) < AT_ONCE:
                return None  # that was all; and as above
        return None

    async def _tell_all(self, found: list[Stamped]) -> None:
        self.position = found[-1].position
        for hear in self._listeners:
            await self._tell(hear, found)
        self.told = self.position

    async def _tell(self, hear: Hear, found: list[Stamped]) -> None:
        try:
            await hear(found)
        except Exception:  # one listener's fault must not silence the others
            log.exception("listener failed", listener=getattr(hear, "__qualname__", "?"))

    def _heard(self, topic: str, _payload: dict[str, Any]) -> None:
        if topic == NUMBERED:
            self.wake()


class Numberer:
    """Numbers committed events on PostgreSQL, while it leads."""

    def __init__(self, desk: Desk, bus: Bus, *, holder: str) -> None:
        self._desk = desk
        self._bus = bus
        self._leadership = Leadership(desk, RELAY, holder=holder, seconds=LEASE_SECONDS)
        bus.listen(self._heard)

    async def run(self) -> None:
        """Until cancelled; gives the lease back then."""
        async with self._leadership.sought():
            await self._leadership.rounds(self._number_all, look=SAFETY_SECONDS)

    async def _number_all(self) -> None:
        try:
            while lease := self._leadership.lease:
                began = perf_counter()
                numbered = await self._desk.do(RELAY, housekeeping.number_events, lease)
                if numbered:
                    self._bus.tell(NUMBERED)
                if numbered < housekeeping.NUMBERED_AT_ONCE:
                    # That was all. Under load a rest as long as the work makes the next portion larger.
                    return await asyncio.sleep(min(REST_AT_MOST, perf_counter() - began))
        except LostLease:
            self._leadership.lost()

    def _heard(self, topic: str, _payload: dict[str, Any]) -> None:
        if topic == FRESH:
            self._leadership.wake()
