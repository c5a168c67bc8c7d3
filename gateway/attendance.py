"""Who has a screen open, at whichever process; who closed the last one is off duty after a grace.

An agent whose line is lost would otherwise go on being offered work that nobody sees. Each
process writes down who is at its screens, in the record: so it holds for several tabs and
devices, while Redis is away, and of a process that died with its lines. Any process signs
off who was seen by none of them. Those who work by program never stood there and are left alone.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from crm_core.actions import duty
from crm_core.actions.desk import Desk
from crm_core.model.errors import Refusal
from crm_core.model.ids import AgentId
from crm_core.queries import attending
from gateway.house import GATEWAY

log = structlog.get_logger()

LOOK_EVERY = 5.0
GRACE = timedelta(seconds=30)
"""A lost line is not leaving (invariant I12): within this they keep everything."""

REASON = "The last screen was closed."


class Attendance:
    """Writes down who is here, and signs off who is gone."""

    def __init__(self, desk: Desk, *, here: Callable[[], frozenset[AgentId]], clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._here = here
        self._clock = clock
        self._began = clock()

    async def run(self) -> None:
        """Until cancelled. Where the record cannot say, nobody is signed off."""
        while True:
            try:
                await self.look()
            except Refusal as why:
                log.warning("attendance waits", why=why.why)
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Write down who is here, and sign off who has been gone for too long. After a start they may come back first."""
        here, now = self._here(), self._clock()
        if here:
            await self._desk.do(GATEWAY, duty.attend, here)
        if now - self._began < GRACE:
            return
        for agent, since in await self._desk.ask(GATEWAY, attending.gone, since=now - GRACE):
            if agent not in here:
                with suppress(Refusal):
                    await self._desk.do(GATEWAY, duty.sign_off, agent, gone_since=since, reason=REASON)
