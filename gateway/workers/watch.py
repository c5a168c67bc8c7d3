"""Looks once an hour whether a channel drifts from its promise, and gives what waits there a head start."""

from collections.abc import Callable
from datetime import datetime, timedelta

from crm_core.actions import drifts as actions
from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.parity import Scope
from crm_core.queries.reports import parity
from crm_core.rules import drifts

EVERY = timedelta(hours=1)
LATELY = timedelta(days=28)
"""So far back that thirty tickets come together for most doors."""


class Watch:
    """The steward's: one in all processes looks, by its lease."""

    def __init__(self, desk: Desk, worker: Actor, *, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._worker = worker
        self._now = now
        self._looked_at: datetime | None = None

    async def look(self) -> bool:
        """Look, if it is time; whether it was."""
        at = self._now()
        if self._looked_at is not None and at - self._looked_at < EVERY:
            return False
        found = await self._desk.ask(self._worker, parity.matters, Scope(at - LATELY, at))
        await self._desk.do(self._worker, actions.watch_promises, drifts.shares(found.matters))
        after = await self._desk.do(self._worker, actions.give_head_starts)
        while after is not None:
            after = await self._desk.do(self._worker, actions.give_head_starts, after=after)
        self._looked_at = at
        return True
