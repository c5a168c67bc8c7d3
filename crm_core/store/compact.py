"""A database written anew, so that what was deleted is not in its bytes any more.

Rows that were deleted lie in the pages of both databases until something else takes their
place. Works beside a running server; each table waits for it, and it for the table, for
as long as the copying takes.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from crm_core.model.errors import Busy, StoreDown
from crm_core.store import personal
from crm_core.store.sqlite import connect

TRIES = 20
Say = Callable[[str], None]
WAIT_SECONDS = 300.0
"""How long readers of PostgreSQL are waited for that began before the rows were deleted; a dump may take minutes."""

_MERGED = "INSERT INTO search_words(search_words) VALUES ('optimize')"


def compact_sqlite(path: Path, *, say: Say) -> None:
    """The index of words in one piece, the file without free pages, the log empty. Raises Busy."""
    with closing(connect(path, write=True)) as raw:
        say("The search index is merged.")
        _patiently(lambda: raw.execute(_MERGED))
        say("The database is written anew.")
        _patiently(lambda: raw.execute("VACUUM"))
        say("The log is emptied.")
        _patiently(lambda: _empty_log(raw))


async def compact_postgres(url: str, *, say: Say) -> None:
    """Every table that held words, and its indexes, copied without what was deleted. Raises Busy, StoreDown."""
    import asyncpg  # a driver of the other database, which most houses never load

    try:
        raw: Any = await asyncpg.connect(url.replace("+asyncpg", "", 1), timeout=20)
    except OSError as why:
        raise StoreDown(f"PostgreSQL cannot be reached: {why}") from why
    try:
        await _until_nobody_remembers(raw, say=say)
        await raw.execute("SET lock_timeout = '30s'")
        for name in _tables():
            say(f"The table {name} is written anew.")
            await raw.execute(f'VACUUM (FULL) "{name}"')
    finally:
        await raw.close()


async def _until_nobody_remembers(raw: Any, *, say: Say) -> None:
    """Until every snapshot that still sees the deleted rows is gone: a copy keeps what somebody may yet read."""
    now = await raw.fetchval("SELECT pg_current_xact_id()::xid::text")
    began, said = monotonic(), ""
    while holder := await raw.fetchval(_REMEMBERS, now):
        if monotonic() - began > WAIT_SECONDS:
            raise Busy(f"PostgreSQL still reads what was deleted: {holder}. End that, and try again.")
        if holder != said:
            say(f"Waiting for what began to read before this: {holder}.")
            said = holder
        await asyncio.sleep(0.05)


_REMEMBERS = """
SELECT what FROM (
    SELECT coalesce(nullif(application_name, ''), backend_type, 'something') || ', process ' || pid
           || CASE WHEN datname <> current_database() THEN ' in the database ' || datname ELSE '' END AS what,
           greatest(
               CASE WHEN coalesce(datname, current_database()) = current_database() THEN age(backend_xmin) END,
               age(backend_xid)
           ) AS old
      FROM pg_stat_activity
     WHERE pid <> pg_backend_pid()
    UNION ALL
    SELECT 'perhaps process ' || pid || ' of ' || coalesce(usename, 'the server')
           || ', which we may not look at (GRANT pg_read_all_stats)', 2147483647
      FROM pg_stat_activity
     WHERE datname = current_database() AND query = '<insufficient privilege>'
    UNION ALL
    SELECT 'the prepared transaction ' || gid, age(transaction) FROM pg_prepared_xacts
    UNION ALL
    SELECT 'the replication slot ' || slot_name, age(xmin) FROM pg_replication_slots
    UNION ALL
    SELECT 'a transaction that we may not look at', age(pg_snapshot_xmin(pg_current_snapshot())::xid)
) AS held WHERE old >= age($1::text::xid) ORDER BY old DESC LIMIT 1
"""
"""Who keeps PostgreSQL from removing what was deleted before transaction $1: its manual, on `xmin` horizons.

A transaction that has written counts in whatever database of the server it is: every snapshot taken while it runs, and
so the copying's own, reaches back to it. One that only reads counts in ours. Without pg_read_all_stats it shows nothing
of another role's session: in our database that one is waited for until it ends. A standby's feedback without a slot
is then not seen at all."""


def _tables() -> list[str]:
    held = [name for name, one in personal.inventory().items() if one.fate != "none"]
    return [*held, "search_words"]


def _patiently(work: Callable[[], object]) -> None:
    """Again while a reader or writer is in the way."""
    for attempt in range(TRIES):
        try:
            work()
        except sqlite3.OperationalError as why:
            if "locked" not in str(why) or attempt == TRIES - 1:
                raise Busy(f"The database is in use: {why}. Try again in a moment.") from why
            sleep(0.5)
        else:
            return


def _empty_log(raw: sqlite3.Connection) -> None:
    busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise sqlite3.OperationalError("the log is locked by a reader")
