"""How many contacts a second come in, each acknowledged only after its durable commit.

Real mails over ten SMTP connections, flat out, and contacts by JSON, flat out and at an
offered rate: on SQLite (FULL) as a ratio to bare commits of one row, on PostgreSQL to bare
transactions of four inserts by eight clients, all in the same run (PERFORMANCE T1, T3, T4).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import corpus, house, machine, pushing
from benchmarks.calling import Line
from benchmarks.installation import POSTGRESQL, Installation, on_both, processor_seconds, serving

MAILS, LONG_MAILS = 2_000, 10_000
SECONDS, LONG_SECONDS = 6.0, 60.0
OFFERED = 500.0
MOST_LAG = 20.0


def run(long: bool) -> list[dict[str, Any]]:  # noqa: FBT001
    """One row for each database."""

    def measure(name: str, folder: Path, url: str) -> Mapping[str, Any]:
        raw = _raw(name, folder, url)
        with serving(folder, url) as place:
            return raw | _mails(place, folder, raw, long=long) | _contacts(place, raw, long=long)

    return on_both(measure)


def _raw(name: str, folder: Path, url: str) -> dict[str, Any]:
    if name == POSTGRESQL:
        by, rate = machine.raw_transactions(url)
        return {"raw": f"4 inserts a transaction, 8 clients, {by}", "raw_per_s": round(rate)}
    return {"raw": "1 row a commit, FULL", "raw_per_s": round(machine.raw_commits(folder, seconds=2))}


def _mails(place: Installation, folder: Path, raw: dict[str, Any], *, long: bool) -> dict[str, Any]:
    made = list(corpus.mails(LONG_MAILS if long else MAILS, folder=folder / "corpus"))
    process = place.service.process
    assert process is not None
    before, spent = place.resident_mb, processor_seconds(process.pid)
    pushed = asyncio.run(pushing.mails(place.service.smtp_port, made, seconds=LONG_SECONDS if long else SECONDS))
    used = processor_seconds(process.pid) - spent
    caught_up = _until_found(place)
    return {
        "mails": {
            "corpus": corpus.name(),
            "connections": pushing.SMTP_CLIENTS,
            **pushed.told(),
            "of_raw": round(pushed.per_second / raw["raw_per_s"], 3),
            "server_cpu_ms_each": round(used * 1e3 / max(1, len(pushed.took)), 2),
            "search_caught_up_after_s": round(caught_up, 2),
            "resident_mb_before": round(before, 1),
            "resident_mb_after": round(place.resident_mb, 1),
        }
    }


def _until_found(place: Installation) -> float:
    """Seconds after the last mail until search finds all of them."""
    began = perf_counter()
    while asyncio.run(_lag(place)) and perf_counter() - began < MOST_LAG:
        time.sleep(0.1)
    return perf_counter() - began


async def _lag(place: Installation) -> float:
    line = await Line.open(place.service.http_port, token=place.tokens.supervisor)
    try:
        told = await line.text("/metrics")
    finally:
        line.close()
    return float(told.partition("\nonestop_index_lag ")[2].split()[0])


def _contacts(place: Installation, raw: dict[str, Any], *, long: bool) -> dict[str, Any]:
    port, seconds = place.service.http_port, 20.0 if long else 3.0

    def service(number: int) -> str:
        return house.service(number % house.QUEUES)

    assert place.service.process is not None
    pid = place.service.process.pid
    spent = processor_seconds(pid)
    flat = asyncio.run(pushing.contacts(port, seconds=seconds, clients=16, service=service, name="flat"))
    used = processor_seconds(pid) - spent
    paced = asyncio.run(
        pushing.contacts(port, seconds=seconds, clients=32, service=service, per_second=OFFERED, name="paced")
    )
    return {
        "contacts_flat_out": {
            "connections": 16,
            **flat.told(),
            "of_raw": round(flat.per_second / raw["raw_per_s"], 3),
            "server_cpu_ms_each": round(used * 1e3 / max(1, len(flat.took)), 2),
        },
        "contacts_offered": {"offered_per_s": OFFERED, **paced.told()},
    }
