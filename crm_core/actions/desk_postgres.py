"""The Desk on PostgreSQL: each action its own transaction, a few at a time.

Concurrent commits already share the disk's cost there; grouping them with savepoints
was slower and deadlocked. Callers queue before the pool, live before bulk.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import asyncpg

from crm_core.actions.desk import TRIES, WAITING_AT_MOST, Action, P, Query, T, is_bulk, jitter
from crm_core.model.actor import Actor
from crm_core.model.errors import Busy, Conflict, StoreDown, StoreFull
from crm_core.model.event import Stamped
from crm_core.store import postgres
from crm_core.store.compiled import postgres_compiler
from crm_core.store.postgres import PostgresDriver, pool
from crm_core.store.tx import Moved, Read, Tx

WRITERS = 8
BULK_WRITERS = 2
READERS = 4

_RACES = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    Moved,
)
_FULL = (asyncpg.DiskFullError, asyncpg.OutOfMemoryError)
_DOWN = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection says that was cut in the middle of an answer
    asyncpg.OperatorInterventionError,
    OSError,
    TimeoutError,
)

_CUT = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError, ConnectionError)


class _Broken(Exception):
    """The line was cut before anything could stand; the server may be there all the same.

    It gives up a transaction for which nothing came for seconds, as on a machine too busy to run us.
    """


class PostgresDesk:
    """See `Desk`. Open it with `await PostgresDesk.open(url, clock=…)`."""

    def __init__(self, writers: Any, readers: Any, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._writers = writers
        self._readers = readers
        self._compiler = postgres_compiler()
        self._gate = {False: asyncio.Semaphore(WRITERS), True: asyncio.Semaphore(BULK_WRITERS)}
        self._waiting = {False: 0, True: 0}
        self._running: set[asyncio.Task[Any]] = set()
        self.committed: Callable[[], None] = lambda: None

    @classmethod
    async def open(cls, url: str, *, clock: Callable[[], datetime]) -> "PostgresDesk":
        """Connect. Raises StoreDown with one plain line when nobody answers."""
        try:
            return cls(await pool(url, size=WRITERS), await pool(url, size=READERS), clock=clock)
        except (*_DOWN, asyncpg.PostgresError) as why:
            raise StoreDown(f"PostgreSQL cannot be reached: {why}") from why

    async def do(self, actor: Actor, action: Action[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run an action in a transaction; returns after its durable commit (see `Desk.do`)."""
        bulk = is_bulk(actor)
        if self._waiting[bulk] >= WAITING_AT_MOST:
            raise Busy
        self._waiting[bulk] += 1  # here, not in the task: many callers may come before it runs
        task = asyncio.create_task(self._do(actor, action, args, kwargs))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def ask(self, actor: Actor, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query; it sees everything whose `do` has returned."""
        try:
            async with postgres.connected(self._readers) as raw:
                driver = PostgresDriver(raw, self._compiler)
                return await query(Read(driver, actor, self._clock()), *args, **kwargs)
        except _DOWN as why:
            raise StoreDown(f"PostgreSQL cannot be reached: {why}") from why

    def just_committed(self, *, after: int) -> list[Stamped]:
        """None: events get their positions after the commit, and the record knows them."""
        return []

    async def close(self) -> None:
        """Finish what runs, then close the pools."""
        if self._running:
            await asyncio.gather(*self._running, return_exceptions=True)
        await self._writers.close()
        await self._readers.close()

    async def _do(self, actor: Actor, action: Any, args: Any, kwargs: Any) -> Any:
        bulk = is_bulk(actor)
        try:
            async with self._gate[bulk]:
                value, emitted = await self._tried(actor, action, args, kwargs)
        finally:
            self._waiting[bulk] -= 1
        if emitted:  # numbering commits too, and must not wake itself for ever
            self.committed()
        return value

    async def _tried(self, actor: Actor, action: Any, args: Any, kwargs: Any) -> tuple[Any, bool]:
        for attempt in range(TRIES):
            try:
                return await self._once(actor, action, args, kwargs)
            except _RACES:
                await asyncio.sleep(jitter(attempt))
            except _FULL as why:
                raise StoreFull("The database's disk is full. Nothing was stored.") from why
            except _DOWN as why:
                raise StoreDown(f"PostgreSQL cannot be reached: {why}") from why
            except _Broken as broken:
                if attempt:
                    raise StoreDown(f"PostgreSQL cannot be reached: {broken.__cause__}") from broken
        raise Conflict("Somebody else changed this at the same moment. Try again.")

    async def _once(self, actor: Actor, action: Any, args: Any, kwargs: Any) -> tuple[Any, bool]:
        async with postgres.connected(self._writers) as raw:
            driver = PostgresDriver(raw, self._compiler)
            tx = Tx(driver, actor, self._clock())
            async with driver.whole():
                try:
                    value = await action(tx, *args, **kwargs)
                except _CUT as why:
                    raise _Broken from why
                try:
                    await tx.finish()
                except _CUT as why:
                    if driver.waits_for_commit:
                        raise _Broken from why
                    raise
            return value, tx.emitted
