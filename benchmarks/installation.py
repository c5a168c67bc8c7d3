"""Onestop in a process of its own, on SQLite or PostgreSQL, for as long as a measurement takes.

`BENCH_DATABASE_URL` names an empty PostgreSQL database to measure on; without it a server of
our own is started, where its programs are installed.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.house import QUEUES, Tokens, furnish
from config.settings import load
from crm_core.model.agent import Duty
from tests.peers import postgres
from tests.stories.service import Service

URL = "BENCH_DATABASE_URL"
SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True, slots=True)
class Installation:
    """A furnished house that is being served, and the keys of its people."""

    service: Service
    tokens: Tokens

    @property
    def resident_mb(self) -> float:
        """What the process holds in memory."""
        assert self.service.process is not None
        return resident(self.service.process.pid) / 1e6


def on_both(measure: Callable[[str, Path, str], Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`measure(name, folder, url)` on each database, with what the machine can do beside it."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="onestop-bench-") as room:
        for name in (SQLITE, POSTGRESQL):
            folder = Path(room) / name
            folder.mkdir()
            before = machine.facts(folder)
            with database(name, folder) as url:
                rows.append({"database": name, **measure(name, folder, url), "machine": before | _load_after()})
    return rows


def _load_after() -> dict[str, Any]:
    return {"load_after": round(os.getloadavg()[0], 2)}


@contextmanager
def database(name: str, folder: Path) -> Iterator[str]:
    """The address of an empty database; empty for SQLite's own file."""
    if name == SQLITE:
        yield ""
    elif URL in os.environ:
        yield os.environ[URL]
    else:
        room = folder / "server"
        room.mkdir()
        own = postgres.private(room)
        try:
            yield own.postgres.fresh()
        finally:
            own.server.close()


def service_in(folder: Path, url: str, **more: str) -> Service:
    """Started from nothing, as an operator's Python does it: with its compiled modules kept."""
    return Service(folder, database_url=url, cold=True, more={"PYTHONDONTWRITEBYTECODE": "", **more})


@contextmanager
def serving(
    folder: Path,
    url: str,
    *,
    prepare: Callable[[Path], None] | None = None,
    agents: int = QUEUES,
    duty: Duty = Duty.OFFLINE,
) -> Iterator[Installation]:
    """Furnish it, `prepare` the data (SQLite: the file) if wanted, serve; stopped cleanly at the end."""
    service = service_in(folder, url, ONESTOP_TRUST_PRIVATE_PEERS="true")
    tokens = asyncio.run(furnish(load(service.environment), agents=agents, duty=duty))
    if prepare is not None:
        prepare(folder / "var" / "onestop.db")
    service.start()
    try:
        yield Installation(service, tokens)
    finally:
        service.stop()


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def processor_seconds(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")
