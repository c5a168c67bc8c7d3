"""The archivist: forgets whom an admin said to forget, and takes what was kept long enough.

Portions in the bulk lane, and a rest as long as each took. Contents that lie as files are
taken from the disk after the record let go of them. Cut off at any moment, it goes on.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from time import perf_counter

from crm_core.actions import bringing, erasing, retaining, shredding, tracking
from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.errors import NotAllowedNow
from crm_core.model.event import Stamped
from crm_core.queries import bringing as tables
from crm_core.queries import privacy, retention
from gateway.files import FileStore
from gateway.workers.leading import Leadership

ARCHIVIST = Actor.worker("archivist")
LEASE_SECONDS = 6.0
LOOK_SECONDS = 60.0
VISITS_EVERY = timedelta(hours=1)
DRAFTS_LAST = timedelta(days=7)
SWEEP_EVERY = timedelta(days=1)
_WAKES = frozenset(
    {
        "person.erased",
        "ticket.erased",
        "erasure.moved",
        "sweep.counted",
        "sweep.moved",
    }
)


class Archivist:
    """See the module. `run` until cancelled."""

    def __init__(self, desk: Desk, *, files: FileStore, holder: str, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._files = files
        self._now = now
        self._visits_at: datetime | None = None
        self._swept_at: datetime | None = None
        self.leadership = Leadership(desk, ARCHIVIST, holder=holder, seconds=LEASE_SECONDS)

    async def hear(self, events: list[Stamped]) -> None:
        """Somebody is forgotten, or something is over."""
        if any(event.type in _WAKES for event in events):
            self.leadership.wake()

    async def run(self) -> None:
        """Until cancelled; gives the lease back then."""
        async with self.leadership.sought():
            await self.leadership.rounds(self._round, look=LOOK_SECONDS)

    async def _round(self) -> None:
        await forget_all(self._desk, actor=ARCHIVIST)
        await self._what_is_over()
        await sweep_all(self._desk, actor=ARCHIVIST)
        await forget_all(self._desk, actor=ARCHIVIST)
        await shred_all(self._desk, self._files, actor=ARCHIVIST)

    async def _what_is_over(self) -> None:
        """Citizens' visits every hour, everything with a period once a day."""
        now = self._now()
        if self._visits_at is None or now - self._visits_at >= VISITS_EVERY:
            await self._desk.do(ARCHIVIST, tracking.sweep_visits)
            for draft in await self._desk.ask(ARCHIVIST, tables.left_lying, before=DRAFTS_LAST.total_seconds()):
                await self._desk.do(ARCHIVIST, bringing.drop_import, draft)
            self._visits_at = now
        if self._swept_at is None or now - self._swept_at >= SWEEP_EVERY:
            due = await self._desk.ask(ARCHIVIST, retention.dry_run)
            with suppress(NotAllowedNow):  # one is under way, or waits for an admin's word
                await self._desk.do(ARCHIVIST, retaining.begin_sweep, due)
            self._swept_at = now


async def forget_all(desk: Desk, *, actor: Actor) -> int:
    """Every erasure that has not ended, portion after portion; how many portions."""
    portions = 0
    while (erasure := await desk.ask(actor, privacy.running)) is not None:
        began = perf_counter()
        await desk.do(actor, erasing.erase_some, erasure)
        portions += 1
        await asyncio.sleep(perf_counter() - began)
    return portions


async def sweep_all(desk: Desk, *, actor: Actor) -> int:
    """The sweep that is under way, to its end; how many portions."""
    portions = 0
    while (sweep := await desk.ask(actor, retention.running_sweep)) is not None:
        began = perf_counter()
        await desk.do(actor, retaining.sweep_some, sweep)
        portions += 1
        await asyncio.sleep(perf_counter() - began)
    return portions


async def shred_all(desk: Desk, files: FileStore, *, actor: Actor) -> int:
    """Contents that nobody uses any more, off the disk; how many. Who brought one again meanwhile keeps it."""
    gone = 0
    while waiting := await desk.ask(actor, privacy.to_shred):
        for digest, used in waiting:
            if not used:
                await asyncio.to_thread(files.shred, digest)
                gone += 1
            await desk.do(actor, shredding.shredded, digest)
    return gone
