"""A backup made and restored into an empty place, and whether every row came back (THREATS §4, row 16).

With --long a million messages, beside the goal of five minutes. The raw limit is the same bytes
copied and synced to the same disk.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg

from benchmarks import rows
from benchmarks.installation import database, on_both, service_in
from tests.stories.service import Service

TICKETS, LONG_TICKETS = 10_000, 500_000
"""Each has two messages."""


def run(long: bool) -> list[dict[str, Any]]:  # noqa: FBT001
    """One row for each database."""
    tickets = LONG_TICKETS if long else TICKETS

    def measure(name: str, folder: Path, url: str) -> Mapping[str, Any]:
        (folder / "other").mkdir()
        with database(name, folder / "other") as elsewhere:
            return _measure(service_in(folder, url), service_in(folder / "other", elsewhere), tickets=tickets)

    return on_both(measure)


def _measure(here: Service, there: Service, *, tickets: int) -> dict[str, Any]:
    _must(here, "migrate")
    if here.database_url:
        rows.load_postgres(here.database_url, 0, tickets)
    else:
        rows.load_sqlite(here.folder / "var" / "onestop.db", 0, tickets)
    archive = here.folder / "backup.tar.gz"
    backup = _must(here, "backup", str(archive))
    restore = _must(there, "restore", str(archive))
    size = archive.stat().st_size
    return {
        "messages": 2 * tickets,
        "backup_s": round(backup, 1),
        "archive_mb": round(size / 1e6, 1),
        "restore_s": round(restore, 1),
        "messages_per_s": round(2 * tickets / restore),
        "copy_of_the_archive_s": round(_copied(archive), 2),
        "came_back": _counted(there) == _counted(here) == 2 * tickets,
    }


def _must(service: Service, *words: str) -> float:
    """Seconds that a command took; it must succeed."""
    began = perf_counter()
    done = service.run(*words)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr}")
    return perf_counter() - began


def _copied(archive: Path) -> float:
    began = perf_counter()
    with archive.open("rb") as source, archive.with_suffix(".copy").open("wb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())
    return perf_counter() - began


def _counted(service: Service) -> int:
    """How many messages the record holds."""
    question = "SELECT count(*) FROM messages"
    if service.database_url:
        return asyncio.run(_ask(service.database_url, question))
    raw = sqlite3.connect(service.folder / "var" / "onestop.db")
    try:
        return int(raw.execute(question).fetchone()[0])
    finally:
        raw.close()


async def _ask(url: str, question: str) -> int:
    raw = await asyncpg.connect(url)
    try:
        return int(await raw.fetchval(question))
    finally:
        await raw.close()
