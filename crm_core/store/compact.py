"""A database written anew, so that what was deleted is not in its bytes any more.

Rows that were deleted lie in the pages of both databases until something else takes their
place. Works beside a running server; each table waits for it, and it for the table, for
as long as the copying takes.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import sleep
from typing import Any

from crm_core.model.errors import Busy, StoreDown
from crm_core.store import personal
from crm_core.store.sqlite import connect

TRIES = 20
Say = Callable[[str], None]
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
    """Every table that held words, and its indexes, copied without what was deleted. Raises StoreDown."""
    import asyncpg  # a driver of the other database, which most houses never load

    try:
        raw: Any = await asyncpg.connect(url.replace("+asyncpg", "", 1), timeout=20)
    except OSError as why:
        raise StoreDown(f"PostgreSQL cannot be reached: {why}") from why
    try:
        await raw.execute("SET lock_timeout = '30s'")
        for name in _tables():
            say(f"The table {name} is written anew.")
            await raw.execute(f'VACUUM (FULL) "{name}"')
    finally:
        await raw.close()


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
