"""Leading: of all processes one does a thing, by a lease in the record.

The lease ends by itself where its holder is frozen or gone, and the epoch rises with
each new holder: whoever wakes late finds its statements touching nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic

import structlog

from crm_core.actions import housekeeping
from crm_core.actions.desk import Desk
from crm_core.actions.housekeeping import Lease
from crm_core.model.actor import Actor
from crm_core.model.errors import Refusal

log = structlog.get_logger()

RENEWALS = 4
"""How often a lease is renewed within its time: two may fail before it is lost."""

REST_SECONDS = 1.0
"""After a round that failed: what made it fail may be over then."""

Begin = Callable[[Lease], Awaitable[None]]
Work = Callable[[], Awaitable[object]]
Look = float | Callable[[], Awaitable[float]]


async def _nothing_first(_lease: Lease) -> None:
    """Most leaders begin without ado."""


class Leadership:
    """The wish to lead, and the lease while it is granted.

    `begin` is awaited at the start of each term, before `lease` shows it: what the last
    leader left behind is put right by then. If it fails, the term is tried again. Each
    term begins with a round, and `wake` asks for another.
    """

    def __init__(
        self, desk: Desk, worker: Actor, *, holder: str, seconds: float, begin: Begin = _nothing_first
    ) -> None:
        self._desk = desk
        self._worker = worker
        self._holder = holder
        self._seconds = seconds
        self._begin = begin
        self._lease: Lease | None = None
        self._until = 0.0
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is something to do, as far as is known."""
        self._woken.set()

    @property
    def lease(self) -> Lease | None:
        """Ours, as far as we know; None too when nobody confirmed it within its time."""
        return self._lease if monotonic() < self._until else None

    def lost(self) -> None:
        """The record said that another leads."""
        self._lease = None

    @asynccontextmanager
    async def sought(self) -> AsyncIterator[None]:
        """Within it the lease is sought and renewed; leaving it gives the lease back, so that nobody need wait."""
        seeking = asyncio.create_task(self._seek(), name=f"lease of {self._worker.id}")
        try:
            yield
        finally:
            seeking.cancel()
            await asyncio.gather(seeking, return_exceptions=True)
            if self._lease is not None:
                with suppress(Refusal):
                    await self._desk.do(self._worker, housekeeping.drop_lease, self._lease)

    async def rounds(self, work: Work, *, look: Look, gather: float = 0.0) -> None:
        """Until cancelled: do the work whenever something woke us, at the latest after `look`, while we lead.

        `look` is in seconds, or says them each time; for `gather` seconds news are collected
        first. A fault ends its round, never the rounds: the next begins after a rest.
        """
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(look if isinstance(look, float) else await look()):
                    await self._woken.wait()
                    await asyncio.sleep(gather)
            self._woken.clear()
            if self.lease is not None and not await self._done(work):
                await asyncio.sleep(REST_SECONDS)

    async def _done(self, work: Work) -> bool:
        try:
            await work()
        except Refusal as why:
            log.warning("work waits", worker=self._worker.id, why=why.why)
        except Exception:  # a fault of ours must not end a worker for ever
            log.exception("work failed", worker=self._worker.id)
        else:
            return True
        return False

    async def renew(self) -> None:
        """Ask for it once, or again. Raises Refusal where the record cannot say."""
        asked = monotonic()
        taken = await self._desk.do(
            self._worker, housekeeping.take_lease, self._worker.id, holder=self._holder, seconds=self._seconds
        )
        begins = taken is not None and (self._lease is None or self._lease.epoch != taken.epoch)
        if taken is not None and begins:
            await self._begin(taken)
        self._lease, self._until = taken, asked + self._seconds
        if begins:
            self.wake()

    async def _seek(self) -> None:
        while True:
            try:
                await self.renew()
            except Refusal as why:
                log.warning("lease waits", lease=self._worker.id, why=why.why)
            except Exception:  # whatever it was, leading must go on when it is over
                log.exception("lease failed", lease=self._worker.id)
            await asyncio.sleep(self._seconds / RENEWALS)
