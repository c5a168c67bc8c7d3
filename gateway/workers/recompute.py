"""Reckons due times anew after their rules changed: portions in the bulk lane, and a rest as long as each took.

Contacts go first: the arithmetic is done on the reading side, the writer stores 200
tickets at a time behind everything live. Cut off at any moment, it goes on from its cursor.
"""

import asyncio
from time import perf_counter

import structlog

from crm_core.actions import reckoning as actions
from crm_core.actions.desk import Desk
from crm_core.actions.housekeeping import Lease
from crm_core.model.actor import Actor
from crm_core.model.errors import Refusal
from crm_core.model.event import Stamped
from crm_core.model.ids import JobId
from crm_core.queries import reckoning
from gateway.workers.leading import Leadership

log = structlog.get_logger()

RECOMPUTE = Actor.worker("recompute")
LEASE_SECONDS = 6.0
REST_SECONDS = 5.0


class Recompute:
    """See the module. `run` until cancelled."""

    def __init__(self, desk: Desk, *, holder: str) -> None:
        self._desk = desk
        self._wake = asyncio.Event()
        self.leadership = Leadership(desk, RECOMPUTE, holder=holder, seconds=LEASE_SECONDS, begin=self._begin)

    async def hear(self, events: list[Stamped]) -> None:
        """Somebody published something."""
        if any(event.type == "job.begun" for event in events):
            self._wake.set()

    async def run(self) -> None:
        """Until cancelled; gives the lease back then."""
        async with self.leadership.sought():
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self.leadership.lease is not None and not await self._work_safely():
                    await asyncio.sleep(REST_SECONDS)

    async def work(self) -> int:
        """Every job that is not done, portion after portion; how many portions."""
        portions = 0
        while (job := await self._desk.ask(RECOMPUTE, reckoning.running)) is not None:
            while await self._portion(job):
                portions += 1
            portions += 1
        return portions

    async def _portion(self, job: JobId) -> bool:
        began = perf_counter()
        found = await self._desk.ask(RECOMPUTE, reckoning.portion, job)
        goes_on = await self._desk.do(RECOMPUTE, actions.reckon, found)
        await asyncio.sleep(perf_counter() - began)
        return goes_on

    async def _work_safely(self) -> bool:
        """Whether there is nothing left to do."""
        try:
            await self.work()
        except Refusal as why:
            log.warning("reckoning waits", why=why.why)
            return False
        except Exception:  # a fault of ours must not leave a job half done for ever
            log.exception("reckoning failed")
            return False
        return True

    async def _begin(self, _lease: Lease) -> None:
        self._wake.set()
