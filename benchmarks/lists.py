"""Lists of fifty and one ticket's page, over HTTP, at 1,000 and 100,000 tickets (PERFORMANCE T8).

The tickets are written straight into the tables (`rows.py`), without rules or events: what is
measured is reading. `flat` is the time at the largest size over the time at the smallest: a list
must not grow slower with what it does not show. `/healthz`, the same door with nothing behind
it, is the limit, and `of_nothing` how many times as long each list takes. With --long there
are a million tickets too.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import house, machine, rows
from benchmarks.calling import Line
from benchmarks.house import Tokens, furnish
from benchmarks.installation import POSTGRESQL, SQLITE, database, service_in
from config.settings import load

SIZES, MILLION = (1_000, 100_000), 1_000_000
TIMES, WARM = 100, 10


def run(long: bool) -> dict[str, Any]:  # noqa: FBT001
    """Each size on both databases; then how flat it is."""
    with tempfile.TemporaryDirectory(prefix="onestop-bench-") as room:
        before = machine.facts(Path(room))
        sizes = (*SIZES, MILLION) if long else SIZES
        found = {name: _on(name, Path(room) / name, sizes) for name in (SQLITE, POSTGRESQL)}
    flat = {
        name: {
            what: round(measured[-1][what]["p50_ms"] / measured[0][what]["p50_ms"], 2)
            for what in measured[0]
            if isinstance(measured[0][what], dict)
        }
        for name, measured in found.items()
    }
    after = {"load_after": round(os.getloadavg()[0], 2)}
    return {"times_each": TIMES, "rows": "written straight", **found, "flat": flat, "machine": before | after}


def _on(name: str, folder: Path, sizes: tuple[int, ...]) -> list[dict[str, Any]]:
    """The same database grows from size to size; it is served anew for each."""
    folder.mkdir()
    measured = []
    with database(name, folder) as url:
        service = service_in(folder, url)
        tokens = asyncio.run(furnish(load(service.environment)))
        there = 0
        for size in sizes:
            began = perf_counter()
            if url:
                rows.load_postgres(url, there, size)
            else:
                rows.load_sqlite(folder / "var" / "onestop.db", there, size)
            loaded, there = perf_counter() - began, size
            service.start()
            try:
                row = asyncio.run(_measure(service.http_port, tokens, size))
            finally:
                service.stop()
            measured.append({"tickets": size, "loaded_in_s": round(loaded, 1), **row})
    return measured


async def _measure(port: int, tokens: Tokens, size: int) -> dict[str, Any]:
    agent = await Line.open(port, token=tokens.agents[7])
    supervisor = await Line.open(port, token=tokens.supervisor)
    page = "/api/v1/tickets?limit=50"
    deep = await _deep(supervisor, page)
    ticket = (await agent.ask("GET", page))["items"][-1]["id"]
    asked: dict[str, tuple[Line, str]] = {
        "nothing": (agent, "/healthz"),
        "list_of_an_agent": (agent, page),
        "list_by_due_time": (agent, f"{page}&status=open&sort=due"),
        "list_of_a_supervisor": (supervisor, page),
        "list_ten_pages_deep": (supervisor, deep),
        "ticket": (agent, f"/api/v1/tickets/{ticket}"),
        "timeline": (agent, f"/api/v1/tickets/{ticket}/timeline"),
    }
    found: dict[str, Any] = {}
    for what, (line, path) in asked.items():
        await line.took(path, times=WARM)
        found[what] = machine.milliseconds(await line.took(path, times=TIMES))
    agent.close()
    supervisor.close()
    nothing = found["nothing"]["p50_ms"]
    for figures in found.values():
        figures["of_nothing"] = round(figures["p50_ms"] / nothing, 1)
    return found | {"tickets_of_the_agent": size // house.QUEUES}


async def _deep(line: Line, page: str) -> str:
    """The address of the tenth page, or the last before it."""
    path = page
    for _ in range(9):
        following = (await line.ask("GET", path))["next"]
        if following is None:
            break
        path = f"{page}&cursor={following}"
    return path
