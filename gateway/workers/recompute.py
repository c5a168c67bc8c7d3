"""Reckons due times anew after their rules changed: portions in the bulk lane, and a rest as long as each took.

Contacts go first: the arithmetic is done on the reading side, the writer stores 200
tickets at a time behind everything live. Cut off at any moment, it goes on from its cursor.
"""

import asyncio
from time import perf_counter

from crm_core.actions import reckoning as actions
from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.event import Stamped
from crm_core.model.ids import JobId
from crm_core.queries import reckoning
from gateway.workers.leading import Leadership

RECOMPUTE = Actor.worker("recompute")
LEASE_SECONDS = 6.0
LOOK_SECONDS = 5.0


class Recompute:
    """See the module. `run` until cancelled."""

    def __init__(self, desk: Desk, *, holder: str) -> None:
        self._desk = desk
        self.leadership = Leadership(desk, RECOMPUTE, holder=holder, seconds=LEASE_SECONDS)

    async def hear(self, events: list[Stamped]) -> None:
        """Somebody published something."""
        if any(event.type == "job.begun" for event in events):
            self.leadership.wake()

    async def run(self) -> None:
        """Until cancelled; gives the lease back then."""
        async with self.leadership.sought():
            await self.leadership.rounds(self.work, look=LOOK_SECONDS)

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
