"""The archivist: forgets whom an admin said to forget, where that is more than one action may do.

Portions in the bulk lane, and a rest as long as each took. Contents that lie as files are
taken from the disk after the record let go of them. Cut off at any moment, it goes on.
"""

import asyncio
from contextlib import suppress
from time import perf_counter

import structlog

from crm_core.actions import erasing, shredding
from crm_core.actions.desk import Desk
from crm_core.actions.housekeeping import Lease
from crm_core.model.actor import Actor
from crm_core.model.errors import Refusal
from crm_core.model.event import Stamped
from crm_core.queries import privacy
from gateway.files import FileStore
from gateway.workers.leading import Leadership

log = structlog.get_logger()

ARCHIVIST = Actor.worker("archivist")
LEASE_SECONDS = 6.0
LOOK_SECONDS = 60.0
_WAKES = frozenset({"person.erased", "ticket.erased", "erasure.moved"})


class Archivist:
    """See the module. `run` until cancelled."""

    def __init__(self, desk: Desk, *, files: FileStore, holder: str) -> None:
        self._desk = desk
        self._files = files
        self._wake = asyncio.Event()
        self.leadership = Leadership(desk, ARCHIVIST, holder=holder, seconds=LEASE_SECONDS, begin=self._begin)

    async def hear(self, events: list[Stamped]) -> None:
        """Somebody is forgotten."""
        if any(event.type in _WAKES for event in events):
            self._wake.set()

    async def run(self) -> None:
        """Until cancelled; gives the lease back then."""
        async with self.leadership.sought():
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._wake.wait()
                self._wake.clear()
                if self.leadership.lease is not None:
                    await self._safely()

    async def _safely(self) -> None:
        try:
            await forget_all(self._desk, actor=ARCHIVIST)
            await shred_all(self._desk, self._files, actor=ARCHIVIST)
        except Refusal as why:
            log.warning("the archivist waits", why=why.why)
        except Exception:  # a fault of ours must not leave somebody half forgotten for ever
            log.exception("the archivist failed")

    async def _begin(self, _lease: Lease) -> None:
        self._wake.set()


async def forget_all(desk: Desk, *, actor: Actor) -> int:
    """Every erasure that has not ended, portion after portion; how many portions."""
    portions = 0
    while (erasure := await desk.ask(actor, privacy.running)) is not None:
        began = perf_counter()
        await desk.do(actor, erasing.erase_some, erasure)
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
