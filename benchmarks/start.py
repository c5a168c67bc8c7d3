"""How soon it is ready, and what it holds in memory when nobody comes (PERFORMANCE T9).

From the start of the process to the first 200 of /readyz: on an empty folder (the schema is
made), again (it is there), and on PostgreSQL. Beside it, in the same run, a bare Python.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks import machine
from benchmarks.installation import POSTGRESQL, SQLITE, database, processor_seconds, resident, service_in
from tests.stories.service import Service

TIMES, LONG_TIMES = 3, 10


def run(long: bool) -> dict[str, Any]:  # noqa: FBT001
    """Medians of some starts on each database."""
    times = LONG_TIMES if long else TIMES
    with tempfile.TemporaryDirectory(prefix="onestop-bench-") as room:
        before = machine.facts(Path(room))
        found = {name: _on(name, Path(room) / name, times) for name in (SQLITE, POSTGRESQL)}
    bare = median(_bare() for _ in range(times))
    for row in found.values():
        row["of_bare_python"] = round(row["ready_s"] / bare, 1)
    return {"starts": times, **found, "bare_python_s": round(bare, 3), "machine": before}


def _on(name: str, folder: Path, times: int) -> dict[str, Any]:
    folder.mkdir()
    with database(name, folder) as url:
        service = service_in(folder, url)
        first, *_ = _start(service)
        again = [_start(service) for _ in range(times)]
    return {
        "first_ready_s": round(first, 2),
        "ready_s": round(median(ready for ready, _, _ in again), 2),
        "ready_cpu_s": round(median(spent for _, spent, _ in again), 2),
        "idle_resident_mb": round(median(held for _, _, held in again), 1),
    }


def _start(service: Service) -> tuple[float, float, float]:
    """Seconds until ready, processor seconds of them, and megabytes a moment later."""
    ready = service.start()
    assert service.process is not None
    spent = processor_seconds(service.process.pid)
    time.sleep(1)
    held = resident(service.process.pid) / 1e6
    service.stop()
    return ready, spent, held


def _bare() -> float:
    began = perf_counter()
    subprocess.run([sys.executable, "-c", "import asyncio, ssl, sqlite3"], check=True)
    return perf_counter() - began
