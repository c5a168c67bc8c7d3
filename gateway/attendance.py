"""Who has a screen open, at whichever process; who closed the last one is off duty after a grace.

An agent whose line is lost would otherwise go on being offered work that nobody sees.
Those who work by program and never opened a screen are left alone.
"""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from crm_core.actions import duty
from crm_core.actions.desk import Desk
from crm_core.model.errors import Refusal
from crm_core.model.ids import AgentId
from gateway.bus import Bus
from gateway.house import GATEWAY

HERE = "here"
"""On the bus: who has a screen open at a process."""

LOOK_EVERY = 5.0
GRACE = timedelta(seconds=30)
"""A lost line is not leaving (invariant I12): within this they keep everything."""

REASON = "The last screen was closed."


class Attendance:
    """Keeps the list of this process, hears those of the others, and signs off who is gone."""

    def __init__(
        self,
        desk: Desk,
        bus: Bus,
        *,
        here: Callable[[], frozenset[AgentId]],
        clock: Callable[[], datetime],
    ) -> None:
        self._desk = desk
        self._bus = bus
        self._here = here
        self._clock = clock
        self._name = secrets.token_hex(8)
        self._before: frozenset[AgentId] = frozenset()
        self._lost: dict[AgentId, datetime] = {}
        self._elsewhere: dict[AgentId, datetime] = {}
        bus.listen(self._heard)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Tell who is here, and sign off who has been gone for too long."""
        here, now = self._here(), self._clock()
        if here:
            self._bus.tell(HERE, {"from": self._name, "agents": sorted(here)})
        for agent in self._before - here:
            self._lost[agent] = now
        self._before = here
        for agent, since in list(self._lost.items()):
            if agent in here or self._elsewhere.get(agent, since) > since:
                del self._lost[agent]
            elif now - since >= GRACE:
                del self._lost[agent]
                with suppress(Refusal):
                    await self._desk.do(GATEWAY, duty.sign_off, agent, gone_since=since, reason=REASON)

    def _heard(self, topic: str, payload: dict[str, Any]) -> None:
        if topic == HERE and payload["from"] != self._name:
            now = self._clock()
            self._elsewhere.update((AgentId(agent), now) for agent in payload["agents"])
