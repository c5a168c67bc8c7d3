"""Answers that take long are kept with their time: whoever asks gets the kept one at once, and a new one is made."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from crm_core.model.errors import Refusal

log = structlog.get_logger()

FRESH_FOR = timedelta(minutes=1)
MOST_KEPT = 64
"""Answers kept at once; the oldest go first."""

AT_ONCE = 2
"""Answers made at once in a process, whatever is asked for."""

_Made = tuple[Any, datetime]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer, when it was made, and whether a newer one is being made now."""

    value: Any
    at: datetime
    refreshing: bool


class Shelf:
    """One process's kept answers. They are told apart by their key alone: no key may hold who asks."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: OrderedDict[Hashable, _Made] = OrderedDict()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._making: dict[Hashable, asyncio.Task[_Made]] = {}

    async def take(self, key: Hashable, make: Callable[[], Awaitable[Any]]) -> Kept:
        """The kept answer; the first time it is waited for. Raises what `make` raises then."""
        known = self._kept.get(key)
        if known is None:
            known = await asyncio.shield(self._begun(key, make))
        elif self._clock() - known[1] > FRESH_FOR:
            self._begun(key, make).add_done_callback(_told)
        value, at = known
        return Kept(value, at, key in self._making)

    async def close(self) -> None:
        """Stop making anything."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begun(self, key: Hashable, make: Callable[[], Awaitable[Any]]) -> "asyncio.Task[_Made]":
        """The one task that makes this answer now."""
        if key not in self._making:
            self._making[key] = asyncio.create_task(self._make(key, make), name="report")
        return self._making[key]

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[Any]]) -> _Made:
        try:
            async with self._room:
                at = self._clock()
                made = (await make(), at)
            self._kept[key] = made
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return made
        finally:
            del self._making[key]


def _told(task: "asyncio.Task[_Made]") -> None:
    """The old answer stays where a new one could not be made; the next who asks tries again."""
    if task.cancelled() or task.exception() is None:
        return
    why = task.exception()
    if isinstance(why, Refusal):
        log.warning("report waits", why=why.why)
    else:
        log.error("report failed", exc_info=why)
