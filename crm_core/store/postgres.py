"""PostgreSQL through asyncpg: each action its own transaction, its inserts one statement.

Events are inserted without a position; the relay, one for all processes, numbers
committed rows without a gap. Numbering at insert would lose whatever commits late.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from functools import cache, lru_cache
from time import monotonic
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import sqlalchemy as sa

from crm_core.store import tables
from crm_core.store.compiled import Compiler
from crm_core.store.tx import Changed, Moved

_CASTS = {"TEXT": "text", "BIGINT": "bigint", "BLOB": "bytea", "BYTEA": "bytea", "LARGEBINARY": "bytea"}

MOST_PARAMETERS = 30_000

LARGEST_KEPT = 131_072
"""Bytes of a statement that a connection keeps prepared. asyncpg keeps 15 kB, and a supervisor's list is 50: parsed and
planned at each call it took 50 ms, and takes 2 by the plan that is kept."""

LARGEST_INSERT_KEPT = 15_360
"""Inserts of many rows have as many shapes, and none comes again soon: keeping them would only fill the memory."""

CHANGES_AT_ONCE = 50
"""Rows that one statement changes: beyond it planning would take longer than another round trip."""

SESSION_SETTINGS = {
    "synchronous_commit": "on",
    "idle_in_transaction_session_timeout": "4000",
    "lock_timeout": "10000",
    "statement_timeout": "30000",
    "application_name": "onestop",
}
"""What a session begins with, whatever the server, the database or the role says.

A commit is durable when it returns: what we acknowledge hangs on it. The others are milliseconds; a transaction of ours
never idles: one that does belongs to a frozen process, and its locks would hold up whoever takes over.
"""

CONNECT_SECONDS = 3.0
"""A server that is killed in the middle of a handshake leaves it hanging; asyncpg would wait a minute."""

ANSWER_SECONDS = 40.0
"""Longer than the server itself lets a statement run: only one that is gone without a word takes so long."""

CONNECTION_SECONDS = 15.0
"""To get a connection of the pool, and to give it back: without it a statement that nobody answers would keep its
connection until TCP gives up."""


def dsn(url: str) -> str:
    """The URL as asyncpg reads it (`postgresql+asyncpg://` is allowed too)."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme=parts.scheme.split("+")[0]))


async def pool(url: str, *, size: int) -> "asyncpg.Pool[asyncpg.Record]":
    """A pool of connections with our session settings."""
    made: asyncpg.Pool[asyncpg.Record] = await asyncpg.create_pool(
        dsn(url),
        min_size=1,
        max_size=size,
        server_settings=SESSION_SETTINGS,
        statement_cache_size=1024,
        max_cacheable_statement_size=LARGEST_KEPT,
        max_cached_statement_lifetime=0,
        timeout=CONNECT_SECONDS,
        command_timeout=ANSWER_SECONDS,
        reset=_nothing_to_reset,
    )
    return made


@asynccontextmanager
async def connected(pool: "asyncpg.Pool[asyncpg.Record]") -> AsyncIterator[Any]:
    """A connection of the pool, given back at the end.

    A handshake that hangs is begun once more: nothing ran yet, and a machine may pause for a moment.
    """
    raw = await _acquired(pool)
    try:
        yield raw
    finally:
        await pool.release(raw)


async def _acquired(pool: "asyncpg.Pool[asyncpg.Record]") -> Any:
    began = monotonic()
    try:
        return await pool.acquire(timeout=CONNECTION_SECONDS)
    except TimeoutError:
        if monotonic() - began >= CONNECTION_SECONDS:
            raise
    return await pool.acquire(timeout=CONNECTION_SECONDS)


async def _nothing_to_reset(_connection: object) -> None:
    """We never leave settings, cursors or locks behind: resetting would be one more round trip for each action."""


class PostgresDriver:
    """Runs compiled statements on one connection; `statements` counts the round trips.

    A transaction begins with the first statement that writes or locks. What is read before
    sees the same as within it (READ COMMITTED), and an action that writes once, at its end,
    as most contacts do, is one statement and needs neither BEGIN nor COMMIT.
    """

    def __init__(self, raw: Any, compiler: Compiler) -> None:
        self.raw = raw
        self.statements = 0
        self._compiler = compiler
        self._transaction: Any = None
        self._changes: dict[tuple[str, str], Changed] = {}

    @property
    def waits_for_commit(self) -> bool:
        """Whether what was written stands only by a commit that is still to come: cut now, none of it does."""
        return self._transaction is not None

    @asynccontextmanager
    async def whole(self) -> AsyncIterator[None]:
        """What is written within it stands when it is left, or nothing does."""
        try:
            yield
        except BaseException:
            if self._transaction is not None:
                with suppress(asyncpg.InterfaceError):  # the line is cut: nothing of it stands
                    await self._transaction.rollback()
            raise
        if self._transaction is not None:
            self.statements += 1
            await self._transaction.commit()

    async def fetch(self, statement: Any, values: dict[str, Any]) -> list[Any]:
        """Rows of a select."""
        prepared = self._compiler.get(statement)
        await self._settle()
        if prepared.locks:
            await self._begin()
        self.statements += 1
        rows: list[Any] = await self.raw.fetch(prepared.text(values), *prepared.arguments(values))
        return rows

    async def run(self, statement: Any, values: dict[str, Any]) -> int:
        """How many rows an update or delete touched."""
        await self._settle()
        await self._begin()
        return await self._touched(statement, values)

    async def run_alone(self, statement: Any, values: dict[str, Any]) -> int:
        """The same, where nothing else was written: it commits by itself."""
        await self._settle()
        return await self._touched(statement, values)

    async def update(self, changed: Changed) -> None:
        """Change one row, with whatever is written next: many actions that change and tell are one statement so."""
        row = changed.table.name, changed.id
        if row in self._changes or len(self._changes) >= CHANGES_AT_ONCE:  # a statement changes a row once
            await self._settle()
        self._changes[row] = changed

    async def write(self, rows: list[tuple[sa.Table, dict[str, Any]]]) -> None:
        """Insert everything as one statement with data-modifying CTEs: one round trip."""
        await self._begin()
        for some in _portions(rows):
            await self._write_at_once(some)

    async def finish(self, rows: list[tuple[sa.Table, dict[str, Any]]], events: list[dict[str, Any]]) -> None:
        """Insert the last rows, and the events; where nothing else was written, this statement is the transaction."""
        portions = list(_portions(rows + [(tables.events, event) for event in events]))
        if len(portions) > 1:
            await self._begin()
        for some in portions or [[]]:
            await self._write_at_once(some)

    async def _settle(self) -> None:
        if self._changes:
            await self._begin()
            await self._write_at_once([])

    async def _touched(self, statement: Any, values: dict[str, Any]) -> int:
        prepared = self._compiler.get(statement)
        self.statements += 1
        done: str = await self.raw.execute(prepared.text(values), *prepared.arguments(values))
        return int(done.rpartition(" ")[2])

    async def _begin(self) -> None:
        if self._transaction is None:
            self.statements += 1
            self._transaction = self.raw.transaction()
            await self._transaction.start()

    async def _write_at_once(self, rows: list[tuple[sa.Table, dict[str, Any]]]) -> None:
        changes, self._changes = list(self._changes.values()), {}
        if not (changes or rows):
            return
        groups = _grouped(rows)
        inserts = tuple((table, tuple(group[0]), len(group)) for table, group in groups)
        sql = _writes(tuple(changed.shape for changed in changes), inserts)
        self.statements += 1
        values = [value for changed in changes for value in changed.values]
        values += [value for _, group in groups for row in group for value in row.values()]
        try:
            if len(sql) <= LARGEST_INSERT_KEPT:
                await self.raw.execute(sql, *values)
            else:
                await (await self.raw.prepare(sql, name="")).fetch(*values)
        except asyncpg.DivisionByZeroError as why:
            raise Moved from why


def _portions(rows: list[tuple[sa.Table, dict[str, Any]]]) -> Iterator[list[tuple[sa.Table, dict[str, Any]]]]:
    """Split a bulk write where the protocol's 32,767 parameters would not hold it."""
    some: list[tuple[sa.Table, dict[str, Any]]] = []
    taken = 0
    for table, row in rows:
        if taken + len(row) > MOST_PARAMETERS:
            yield some
            some, taken = [], 0
        some.append((table, row))
        taken += len(row)
    if some:
        yield some


def _grouped(rows: list[tuple[sa.Table, dict[str, Any]]]) -> list[tuple[sa.Table, list[dict[str, Any]]]]:
    """Rows by table and columns, in order of first mention."""
    groups: dict[tuple[str, tuple[str, ...]], tuple[sa.Table, list[dict[str, Any]]]] = {}
    for table, row in rows:
        groups.setdefault((table.name, tuple(row)), (table, []))[1].append(row)
    return list(groups.values())


@lru_cache(maxsize=4096)
def _writes(
    updates: tuple[tuple[sa.Table, tuple[str, ...], bool], ...],
    inserts: tuple[tuple[sa.Table, tuple[str, ...], int], ...],
) -> str:
    """One statement for all: an action has one of few shapes, so its text is made once.

    Where rows are changed, each must be as it was read, or nothing of all this stands: dividing by the product of how
    many were touched fails then. Asking for that has the changes done first, and what is inserted may rely on it.
    """
    parts, first = [], 1
    for table, columns, versioned in updates:
        parts.append(_update(table, columns, versioned, first=first))
        first += len(columns) + 1 + versioned
    for table, columns, count in inserts:
        parts.append(_insert(table, columns, count, first=first))
        first += len(columns) * count
    touched = " * ".join(f"(SELECT count(*) FROM w{index})" for index in range(len(updates)))  # noqa: S608 - our own names
    last = f"SELECT 1 / ({touched})" if updates else parts.pop()
    heads = ", ".join(f"w{index} AS ({part})" for index, part in enumerate(parts))
    return f"WITH {heads} {last}" if heads else last


def _update(table: sa.Table, names: tuple[str, ...], versioned: bool, *, first: int) -> str:  # noqa: FBT001
    wanted = (*names, "id", "version") if versioned else (*names, "id")
    typed = zip(wanted, _casts(table, wanted), strict=True)
    marks = [f'"{name}" = ${at}::{cast}' for at, (name, cast) in enumerate(typed, first)]
    sets, which = ", ".join(marks[: len(names)]), " AND ".join(marks[len(names) :])
    return f'UPDATE "{table.name}" SET {sets} WHERE {which} RETURNING 1'  # noqa: S608


def _insert(table: sa.Table, names: tuple[str, ...], count: int, *, first: int) -> str:
    casts = _casts(table, names)
    marks, at = [], first
    for _ in range(count):
        marks.append("(" + ", ".join(f"${at + offset}::{cast}" for offset, cast in enumerate(casts)) + ")")
        at += len(casts)
    columns = ", ".join(f'"{name}"' for name in names)
    rule = " ON CONFLICT DO NOTHING" if table is tables.blobs else ""
    return f'INSERT INTO "{table.name}" ({columns}) VALUES {", ".join(marks)}{rule}'  # noqa: S608 - names of our own tables


@cache
def _casts(table: sa.Table, columns: tuple[str, ...]) -> tuple[str, ...]:
    """PostgreSQL's names of the columns' types. Remembered: asking SQLAlchemy was a third of the time of a contact."""
    return tuple(_CASTS[str(table.c[name].type).upper()] for name in columns)
