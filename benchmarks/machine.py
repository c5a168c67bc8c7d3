"""What the machine can do at this moment: every figure is read against these.

Absolute rates do not carry over from one disk to another; the fraction of the raw rate does.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg

from workshop.peers import POSTGRES

ROW = b"x" * 600
CLIENTS = 8


def facts(folder: Path) -> dict[str, Any]:
    """Load, processors, and what the disk under `folder` does."""
    return {
        "load": round(os.getloadavg()[0], 2),
        "processors": os.cpu_count(),
        "raw_commits_per_s": round(raw_commits(folder)),
        "fdatasync_p50_us": round(fdatasync_p50(folder) * 1e6),
    }


def raw_commits(folder: Path, *, seconds: float = 1.0) -> float:
    """SQLite, WAL, synchronous=FULL, one row of 600 bytes and one index a commit: commits a second."""
    with tempfile.TemporaryDirectory(dir=folder) as room:
        raw = sqlite3.connect(Path(room) / "raw.db", isolation_level=None)
        make_raw_table(raw)
        began, done = perf_counter(), 0
        while perf_counter() - began < seconds:
            raw_commit(raw)
            done += 1
        rate = done / (perf_counter() - began)
        raw.close()
        return rate


def make_raw_table(raw: sqlite3.Connection) -> None:
    """A table with one index, in a file that is written as Onestop's own."""
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, key TEXT, body BLOB)")
    raw.execute("CREATE INDEX by_key ON rows (key)")


def raw_commit(raw: sqlite3.Connection) -> float:
    """One row and its commit: seconds."""
    began = perf_counter()
    raw.execute("INSERT INTO rows (key, body) VALUES (?, ?)", (os.urandom(12).hex(), ROW))
    return perf_counter() - began


def fdatasync_p50(folder: Path, *, times: int = 200) -> float:
    """Overwriting 4 KiB and waiting for the disk: seconds."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(bytes(4096))
        os.fsync(file.fileno())
        took = []
        for _ in range(times):
            began = perf_counter()
            os.pwrite(file.fileno(), ROW, 0)
            os.fdatasync(file.fileno())
            took.append(perf_counter() - began)
        return quantile(took, 0.5)


def raw_transactions(url: str, *, seconds: int = 3) -> tuple[str, float]:
    """PostgreSQL, four inserts a transaction, eight clients: by what, and transactions a second."""
    asyncio.run(_make_raw_tables(url))
    pgbench = POSTGRES.find()
    program = Path(pgbench).with_name("pgbench") if pgbench else None
    if program is not None and program.exists():
        return "pgbench", _by_pgbench(program, url, seconds=seconds)
    return "asyncpg", asyncio.run(_by_asyncpg(url, seconds=seconds))


_TABLES = ("one", "two", "three", "four")
_INSERT = "INSERT INTO raw_{} (key, body) VALUES (md5(random()::text), repeat('x', 600))"


async def _make_raw_tables(url: str) -> None:
    raw = await asyncpg.connect(url)
    await make_raw_tables(raw)
    await raw.close()


async def make_raw_tables(raw: asyncpg.Connection) -> None:
    """Four tables with an index each."""
    for name in _TABLES:
        await raw.execute(f"DROP TABLE IF EXISTS raw_{name}")
        await raw.execute(f"CREATE TABLE raw_{name} (id bigserial PRIMARY KEY, key text, body text)")
        await raw.execute(f"CREATE INDEX ON raw_{name} (key)")


async def raw_transaction(raw: asyncpg.Connection) -> float:
    """Four inserts and their commit: seconds."""
    began = perf_counter()
    async with raw.transaction():
        for name in _TABLES:
            await raw.execute(_INSERT.format(name))
    return perf_counter() - began


def _by_pgbench(program: Path, url: str, *, seconds: int) -> float:
    statements = "".join(f"{_INSERT.format(name)};\n" for name in _TABLES)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(f"BEGIN;\n{statements}COMMIT;\n")
        script.flush()
        rules = ["-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-T", str(seconds), "-f", script.name]
        told = subprocess.run([str(program), *rules, url], capture_output=True, text=True, check=True).stdout
    return float(told.partition("tps = ")[2].split()[0])


async def _by_asyncpg(url: str, *, seconds: float) -> float:
    until = perf_counter() + seconds
    done = await asyncio.gather(*(_client(url, until=until) for _ in range(CLIENTS)))
    return sum(done) / seconds


async def _client(url: str, *, until: float) -> int:
    raw, done = await asyncpg.connect(url), 0
    while perf_counter() < until:
        await raw_transaction(raw)
        done += 1
    await raw.close()
    return done


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def milliseconds(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 of durations in seconds, in milliseconds."""
    if not values:
        return {}
    shares = (("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99))
    return {name: round(quantile(values, share) * 1e3, 2) for name, share in shares}
