"""SQLite: one connection that writes, a few that read, the standard library's driver.

Commits are durable (WAL with `synchronous=FULL`): an acknowledged contact survives a
power cut. Events get their position and their place in the chain as they are inserted,
because the one writer's insert order is the order of commits.
"""

import sqlite3
from collections.abc import Coroutine
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from crm_core.model.errors import ActionSuspended
from crm_core.model.event import Stamped
from crm_core.rules.audit import Head
from crm_core.store import tables
from crm_core.store.compiled import Compiler, sqlite_compiler
from crm_core.store.ledger import START, chained, link, told
from crm_core.store.tx import Changed, Moved

T = TypeVar("T")

BUSY_SECONDS = 10.0
"""How long one process waits for another's write (the command line beside a running server)."""

CHECKPOINT_PAGES = 8_000
"""Pages of the log (32 MB) before it is copied into the database. A page that many contacts touched is then copied
once and not, as with SQLite's 1,000, every two dozen contacts: a fifth of the writer's time."""

ROWS_AT_ONCE = 16
"""Rows of one table in one insert: all that a few contacts have, and few enough shapes of statements to remember."""

_LAST = "SELECT position, chain_hash FROM events WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1"
_LAST_OF_TICKET = "SELECT ticket_hash FROM events WHERE ticket IS nullif(?, '') ORDER BY position DESC LIMIT 1"
_BIRTHS = ("customer.created", "ticket.opened")
"""The first event of a transaction about a new ticket: there is no earlier link to look for."""


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """A connection with our settings; readers are read-only by pragma, not by file mode (WAL needs its index)."""
    raw = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS, cached_statements=512
    )
    raw.row_factory = sqlite3.Row
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("PRAGMA journal_size_limit = 67108864")
    raw.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    raw.execute("PRAGMA temp_store = MEMORY")
    raw.execute("PRAGMA cache_size = -32768")
    if not write:
        raw.execute("PRAGMA query_only = ON")
    return raw


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends. Raises ActionSuspended if it does."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    name = getattr(work, "__qualname__", "an action")
    work.close()
    raise ActionSuspended(f"{name} awaited something other than its transaction")


class SqliteDriver:
    """Runs compiled statements on one connection; its methods are coroutines that never suspend.

    What is inserted waits: until a select names its table, anything is changed, or the desk
    settles the group. So a group of contacts is one insert for most tables, not one each:
    every statement lets the interpreter's other threads in, and that costs more than the
    statement. A select sees all the same what was inserted before it.

    `fresh` are the events of the group as the stream tells them; None where the record may
    say something else, because something was undone or words of events were erased.
    """

    def __init__(self, raw: sqlite3.Connection, compiler: Compiler | None = None) -> None:
        self.raw = raw
        self.statements = 0
        self.head = START
        self._compiler = compiler or sqlite_compiler()
        self._inserts: dict[tuple[str, tuple[str, ...], int], str] = {}
        self._waiting: dict[str, tuple[sa.Table, list[dict[str, Any]]]] = {}
        self._links: dict[str, str] = {}
        self.fresh: list[Stamped] | None = None

    def begin(self) -> None:
        """A group begins; the chain may have grown since, for another process may have written."""
        self.raw.execute("BEGIN IMMEDIATE")
        self.forget()
        self.fresh = []
        row = self.raw.execute(_LAST).fetchone()
        self.head = Head(row[0], row[1]) if row else START

    def settle(self) -> None:
        """Write all that waits: before a commit, a savepoint's end, or a change that may meet it."""
        for name in list(self._waiting):
            self._write_out(name)

    def forget(self) -> None:
        """What was written since is undone, and what waits is not to be."""
        self.fresh = None
        self._waiting.clear()
        self._links.clear()

    async def fetch(self, statement: Any, values: dict[str, Any]) -> list[Any]:
        """Rows of a select; what waits for a table that it names is written first."""
        prepared = self._compiler.get(statement)
        for name in [name for name in self._waiting if name in prepared.sql]:
            self._write_out(name)
        self.statements += 1
        return self.raw.execute(prepared.sql, prepared.arguments(values)).fetchall()

    async def run(self, statement: Any, values: dict[str, Any]) -> int:
        """How many rows an update or delete touched."""
        prepared = self._compiler.get(statement)
        self.settle()
        if tables.event_words.name in prepared.sql:
            self.fresh = None
        self.statements += 1
        return self.raw.execute(prepared.sql, prepared.arguments(values)).rowcount

    async def run_alone(self, statement: Any, values: dict[str, Any]) -> int:
        """The same: the group commits."""
        return await self.run(statement, values)

    async def update(self, changed: Changed) -> None:
        """Change one row. Raises Moved where it is not as it was read."""
        self.settle()
        self.statements += 1
        if not self.raw.execute(_update(*changed.shape), changed.values).rowcount:
            raise Moved

    async def write(self, rows: list[tuple[sa.Table, dict[str, Any]]]) -> None:
        """Insert rows; those of one table in this order."""
        for table, values in rows:
            self._waiting.setdefault(table.name, (table, []))[1].append(values)

    async def finish(self, rows: list[tuple[sa.Table, dict[str, Any]]], events: list[dict[str, Any]]) -> None:
        """Insert the last rows; then number, chain and insert events."""
        self._number(events)
        if self.fresh is not None:
            self.fresh += told(events, rows)
        await self.write([*rows, *((tables.events, event) for event in events)])

    def _number(self, events: list[dict[str, Any]]) -> None:
        for row in events:
            ticket = row["ticket"] or ""
            before = self._links.get(ticket) or self._last_link(ticket, born=row["type"] in _BIRTHS)
            self._links[ticket] = row["ticket_hash"] = made = link(before, row=row)
            self.head = chained(self.head, link=made)
            row["position"], row["chain_hash"] = self.head.position, self.head.chain_hash

    def _last_link(self, ticket: str, *, born: bool) -> str | None:
        """As it stands in the record: an event that waits is of a ticket whose link this group knows."""
        if born:
            return None
        self.statements += 1
        row = self.raw.execute(_LAST_OF_TICKET, (ticket,)).fetchone()
        return str(row[0]) if row else None

    def _write_out(self, name: str) -> None:
        table, rows = self._waiting.pop(name)
        for columns, group in groupby(rows, key=tuple):
            alike = list(group)
            for at in range(0, len(alike), ROWS_AT_ONCE):
                self._insert(table, columns, alike[at : at + ROWS_AT_ONCE])

    def _insert(self, table: sa.Table, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
        self.statements += 1
        sql = self._insert_of(table, columns, len(rows))
        self.raw.execute(sql, [value for row in rows for value in row.values()])

    def _insert_of(self, table: sa.Table, columns: tuple[str, ...], count: int) -> str:
        """One statement for some rows: each statement lets another thread in before the next."""
        sql = self._inserts.get((table.name, columns, count))
        if sql is None:
            names = ", ".join(f'"{name}"' for name in columns)
            marks = ", ".join(["(" + ", ".join("?" * len(columns)) + ")"] * count)
            rule = "OR IGNORE " if table is tables.blobs else ""
            sql = f"INSERT {rule}INTO {table.name} ({names}) VALUES {marks}"  # noqa: S608 - names of our own tables
            self._inserts[table.name, columns, count] = sql
        return sql


@cache
def _update(table: sa.Table, columns: tuple[str, ...], versioned: bool) -> str:  # noqa: FBT001
    """The change of just these columns; its text is made once."""
    sets = ", ".join(f'"{name}" = ?' for name in columns)
    return f"UPDATE {table.name} SET {sets} WHERE id = ?{' AND version = ?' if versioned else ''}"  # noqa: S608 - ours
