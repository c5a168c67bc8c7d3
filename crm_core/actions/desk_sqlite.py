"""The Desk on SQLite: one writer thread, group commit, a few readers.

The writer takes what waits (up to 64), runs one action after another, commits once and
then answers all: the cost of the disk is shared, and no answer leaves before its commit.
Where one of them fails, all is undone and they run again, each in a savepoint of its
own: a poisonous action loses only that. Savepoints copy every page that an action
touches, so the many groups without poison do without.
"""

import asyncio
import queue
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from crm_core.actions.desk import TRIES, WAITING_AT_MOST, Action, P, Query, T, is_bulk
from crm_core.model.actor import Actor
from crm_core.model.errors import Busy, Conflict, Refusal, StoreDown, StoreFull
from crm_core.model.event import Stamped
from crm_core.store.compiled import sqlite_compiler
from crm_core.store.sqlite import SqliteDriver, connect, drive
from crm_core.store.tail import Tail
from crm_core.store.tx import Moved, Read, Tx

GROUP = 64
"""Actions in one commit at most: enough to share the disk's cost, few enough to keep latency."""

BULK_IN_A_GROUP = 4
"""Of these, how many may be bulk work while contacts come in."""


@dataclass(slots=True)
class _Job:
    actor: Actor
    run: Callable[[Tx], Any]
    future: "asyncio.Future[Any]"


@dataclass(slots=True)
class _Answer:
    future: "asyncio.Future[Any]"
    value: Any
    error: BaseException | None


class _Lanes:
    """What waits to be written: live before bulk. Filled on the loop, emptied by the writer."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._live: deque[_Job] = deque()
        self._bulk: deque[_Job] = deque()
        self._closing = False

    def put(self, job: _Job, *, bulk: bool) -> None:
        with self._ready:
            if self._closing:
                raise StoreDown("The desk is closing; nothing was written.")
            lane = self._bulk if bulk else self._live
            if len(lane) >= WAITING_AT_MOST:
                raise Busy
            lane.append(job)
            self._ready.notify()

    def take(self) -> list[_Job]:
        """The next group; empty when the desk closes and nothing waits."""
        with self._ready:
            while not (self._live or self._bulk or self._closing):
                self._ready.wait()
            jobs = [self._live.popleft() for _ in range(min(GROUP, len(self._live)))]
            room = GROUP if not jobs else min(BULK_IN_A_GROUP, GROUP - len(jobs))
            jobs += [self._bulk.popleft() for _ in range(min(room, len(self._bulk)))]
            return jobs

    def close(self) -> None:
        with self._ready:
            self._closing = True
            self._ready.notify()


class SqliteDesk:
    """See `Desk`. Made by `gateway/wiring.py`, on the loop that will use it."""

    def __init__(self, path: Path, *, clock: Callable[[], datetime], readers: int = 3) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._path = path
        self._lanes = _Lanes()
        self._compiler = sqlite_compiler()
        self._tail = Tail()
        self.committed: Callable[[], None] = lambda: None
        self.commits = 0
        self._local: queue.SimpleQueue[SqliteDriver] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="read")
        for _ in range(readers):
            self._local.put(SqliteDriver(connect(path, write=False), self._compiler))
        self._driver = SqliteDriver(connect(path, write=True), self._compiler)
        self._writer = threading.Thread(target=self._write_for_ever, name="writer", daemon=True)
        self._writer.start()

    async def do(self, actor: Actor, action: Action[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run an action in a transaction; returns after its durable commit (see `Desk.do`)."""
        future: asyncio.Future[T] = self._loop.create_future()
        job = _Job(actor, partial(_apply, action, args, kwargs), future)
        self._lanes.put(job, bulk=is_bulk(actor))
        return await asyncio.shield(future)

    async def ask(self, actor: Actor, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query; it sees everything whose `do` has returned."""
        return await self._loop.run_in_executor(self._readers, partial(self._read, actor, query, args, kwargs))

    def just_committed(self, *, after: int) -> list[Stamped]:
        """See `Desk.just_committed`."""
        return self._tail.after(after)

    async def close(self) -> None:
        """Write what waits, then close every connection."""
        self._lanes.close()
        await self._loop.run_in_executor(None, self._writer.join)
        self._readers.shutdown()
        while not self._local.empty():
            self._local.get().raw.close()

    def _read(self, actor: Actor, query: Any, args: Any, kwargs: Any) -> Any:
        driver = self._local.get()
        try:
            return drive(query(Read(driver, actor, self._clock()), *args, **kwargs))
        except sqlite3.OperationalError as why:
            raise _told(why) from why
        finally:
            self._local.put(driver)

    def _write_for_ever(self) -> None:
        while jobs := self._lanes.take():
            answers = self._commit(jobs)
            self._loop.call_soon_threadsafe(self._tell, answers, self._driver.fresh)
        self._driver.raw.close()

    def _commit(self, jobs: list[_Job]) -> list[_Answer]:
        try:
            with suppress(Exception):  # whose fault it was, and of what kind, the second run finds out
                return self._together(jobs, run=self._plainly)
            return self._together(jobs, run=self._savepoint)
        except BaseException as why:  # noqa: BLE001 - whatever it is, every caller must hear of it and the thread live on
            return [_Answer(job.future, None, _told(why)) for job in jobs]

    def _together(self, jobs: list[_Job], *, run: Callable[[_Job], _Answer]) -> list[_Answer]:
        raw = self._driver.raw
        try:
            self._driver.begin()
            answers = [run(job) for job in jobs]
            self._driver.settle()
            raw.execute("COMMIT")
            self.commits += 1
            return answers
        except BaseException:
            self._driver.forget()
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise

    def _plainly(self, job: _Job) -> _Answer:
        return _Answer(job.future, drive(self._act(job)), None)

    def _savepoint(self, job: _Job) -> _Answer:
        raw = self._driver.raw
        for _ in range(TRIES - 1):  # the first was the run without savepoints
            head = self._driver.head
            raw.execute("SAVEPOINT one")
            try:
                value = drive(self._act(job))
                self._driver.settle()
                raw.execute("RELEASE one")
                return _Answer(job.future, value, None)
            except (sqlite3.IntegrityError, Moved):
                self._undo(head)
            except sqlite3.OperationalError as why:
                if not raw.in_transaction or isinstance(_told(why), StoreFull):
                    raise  # SQLite gave up the whole transaction, or there is no room for any of it
                self._undo(head)
                return _Answer(job.future, None, _told(why))
            except Exception as why:  # noqa: BLE001 - any fault of one action is told to its caller alone
                self._undo(head)
                return _Answer(job.future, None, why)
        return _Answer(job.future, None, Conflict("Somebody else changed this at the same moment. Try again."))

    def _undo(self, head: Any) -> None:
        self._driver.forget()
        self._driver.raw.execute("ROLLBACK TO one")
        self._driver.raw.execute("RELEASE one")
        self._driver.head = head

    async def _act(self, job: _Job) -> Any:
        tx = Tx(self._driver, job.actor, self._clock())
        value = await job.run(tx)
        await tx.finish()
        return value

    def _tell(self, answers: list[_Answer], fresh: list[Stamped] | None) -> None:
        if fresh is None:
            self._tail.forget()
        else:
            self._tail.add(fresh)
        for answer in answers:
            if answer.future.done():
                continue
            if answer.error is None:
                answer.future.set_result(answer.value)
            else:
                answer.future.set_exception(answer.error)
        self.committed()


def _apply(action: Any, args: Any, kwargs: Any, tx: Tx) -> Any:
    return action(tx, *args, **kwargs)


def _told(why: BaseException) -> BaseException:
    """A driver's fault in our words; anything of ours stays as it is."""
    if isinstance(why, Refusal) or not isinstance(why, sqlite3.Error):
        return why
    if getattr(why, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL or "disk I/O" in str(why):
        return StoreFull("The disk is full. Nothing was stored; send it again when there is room.")
    return StoreDown(f"The record cannot be written now ({why}).")
