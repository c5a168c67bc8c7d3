"""Many tickets at once, written straight into the tables: for reading benchmarks only.

No rule, event or audit line goes with them. One statement a table; the same text runs on
both databases. Tickets spread evenly over the queues, the statuses lean to *closed* as in
life, times run back one minute a ticket, and every ticket has a customer, a strand and two
messages.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import asyncpg

from benchmarks import house

NOW = 1_795_000_000_000_000
"""Microseconds: 2026-11-18, so that all of it is past."""

SEARCHED = """INSERT INTO cursors (name, value) SELECT 'index', '[0, null]'
 WHERE NOT EXISTS (SELECT 1 FROM cursors WHERE name = 'index')"""
"""The search index leaves what was there before it began: else it would read all of this while we measure."""

_SERIES = "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {last}) "
_STATUS = """CASE WHEN i % 100 < 4 THEN 'new' WHEN i % 100 < 10 THEN 'open' WHEN i % 100 < 15 THEN 'waiting'
 WHEN i % 100 < 17 THEN 'on_hold' WHEN i % 100 < 30 THEN 'solved' ELSE 'closed' END"""
_AT = f"({NOW} - (CAST(i AS BIGINT) * 60000000))"
_WORDS = "'The lamp at the corner has been dark since Monday, and nobody has come. Case ' || i"
_QUEUE = f"((i * 7) % {house.QUEUES})"

_INTO = {
    "customers": (
        "id, name, language, created_at, kind, version",
        f"'c' || i, 'Citizen ' || i, 'en', {_AT}, 'person', 1",
    ),
    "identities": (
        "id, customer, address, evidence, created_at, shared",
        f"'d' || i, 'c' || i, 'mailto:c' || i || '@mail.example.org', 'claimed', {_AT}, 0",
    ),
    "tickets": (
        (
            "id, number, subject, status, priority, service, queue, customer, customer_name, channel, created_at, "
            "updated_at, assignee, snippet, live, confidential, readers, matched, awaiting_since, due_at, due_kind, version"
        ),
        (
            f"'t' || i, 'N-' || i, 'Dark lamp ' || i, {_STATUS}, 1 + i % 5, 'service-' || {_QUEUE}, 'queue-' || {_QUEUE}, "
            f"'c' || i, 'Citizen ' || i, 'email', {_AT}, {_AT} + 1000000, "
            f"CASE WHEN i % 3 = 0 THEN 'agent-' || {_QUEUE} END, {_WORDS}, 0, 0, '[]', '[]', "
            f"CASE WHEN i % 100 < 10 THEN {_AT} END, CASE WHEN i % 100 < 10 THEN {_AT} + 9000000000 END, "
            "CASE WHEN i % 100 < 10 THEN 'first' END, 1"
        ),
    ),
    "conversations": (
        "id, ticket, inbox, address, subject, created_at",
        f"'k' || i, 't' || i, 'mail', 'mailto:c' || i || '@mail.example.org', 'Dark lamp ' || i, {_AT}",
    ),
    "messages": (
        (
            "id, ticket, conversation, direction, channel, sender, text, created_at, at_version, address, inbox, "
            "attachments, external_id, wire_id, proven, flags, delivery, attempts, version"
        ),
        (
            f"'m' || m || '-' || i, 't' || i, 'k' || i, CASE WHEN m = 0 THEN 'in' ELSE 'out' END, 'email', "
            f"'Citizen ' || i, {_WORDS}, {_AT} + m, 1, 'mailto:c' || i || '@mail.example.org', 'mail', '[]', "
            "CASE WHEN m = 0 THEN 'x' || i END, '<' || m || '.' || i || '@mail.example.org>', 1, '[]', CASE WHEN m = 0 THEN 'received' ELSE 'sent' END, 0, 1"
        ),
    ),
}


def statements(first: int, last: int) -> list[str]:
    """The inserts for tickets `first` to `last` (not included)."""
    made = []
    for table, (columns, values) in _INTO.items():
        twice = ", (SELECT 0 AS m UNION ALL SELECT 1) AS two" if table == "messages" else ""
        series = _SERIES.format(first=first, last=last)
        made.append(f"INSERT INTO {table} ({columns}) {series}SELECT {values} FROM n{twice}")
    return [*made, SEARCHED]


def load_sqlite(path: Path, first: int, last: int) -> None:
    """Into a SQLite file that nobody serves at the moment."""
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA synchronous = OFF")
    raw.execute("PRAGMA cache_size = -262144")
    raw.execute("BEGIN")
    for statement in statements(first, last):
        raw.execute(statement)
    raw.execute("COMMIT")
    raw.execute("ANALYZE")
    raw.close()


def load_postgres(url: str, first: int, last: int) -> None:
    """Into a PostgreSQL database."""
    asyncio.run(_load_postgres(url, first, last))


async def _load_postgres(url: str, first: int, last: int) -> None:
    raw = await asyncpg.connect(url)
    async with raw.transaction():
        await raw.execute("SET LOCAL synchronous_commit = off")
        for statement in statements(first, last):
            await raw.execute(statement)
    await raw.execute("ANALYZE")
    await raw.close()
