"""Screens that do nothing: what each costs in memory, and how soon all of them hear the same.

Beside it, in the same run, a bare aiohttp server with as many sockets and one prepared frame
(PERFORMANCE T6). Agents of twenty queues; one event is for everybody, one for one queue.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks import house, machine
from benchmarks.calling import Heard, Line, Screen, screens
from benchmarks.installation import Installation, resident, serving
from benchmarks.pushing import contact
from tests.peers.kept import answers, free_port

NUMBER, LONG_NUMBER = 2_000, 10_000
TIMES = 5


def run(long: bool) -> dict[str, Any]:  # noqa: FBT001
    """On SQLite; sockets do not know the database."""
    number = LONG_NUMBER if long else NUMBER
    with tempfile.TemporaryDirectory(prefix="onestop-bench-") as room:
        folder = Path(room)
        before = machine.facts(folder)
        with _bare_server() as (port, pid):
            bare = asyncio.run(_bare(port, pid, number))
        with serving(folder, "") as place:
            ours = asyncio.run(_ours(place, number))
    ratios = {
        "broadcast_of_bare": round(ours["broadcast_ms"] / bare["broadcast_ms"], 2),
        "memory_of_bare": round(ours["kb_per_socket"] / bare["kb_per_socket"], 2),
    }
    return {"sockets": number, "ours": ours, "bare": bare, **ratios, "machine": before}


class _Count:
    """Waits until so many screens have heard something."""

    def __init__(self) -> None:
        self.left = 0
        self.all = asyncio.Event()

    def expect(self, number: int) -> None:
        self.left = number
        self.all.clear()

    def heard(self, sign: bytes) -> Heard:
        def note(frame: bytes) -> None:
            if sign in frame:
                self.left -= 1
                if self.left == 0:
                    self.all.set()

        return note


async def _ours(place: Installation, number: int) -> dict[str, Any]:
    port, pid = place.service.http_port, _pid(place)
    everybody, queue = _Count(), _Count()

    def heard(screen: int) -> Heard:
        first, second = everybody.heard(b'"agent.duty"'), queue.heard(b'"ticket.opened"')

        def both(frame: bytes) -> None:
            first(frame)
            if screen % house.QUEUES == 3:
                second(frame)

        return both

    line = await Line.open(port, token=place.tokens.supervisor)
    before = resident(pid)
    began = perf_counter()
    opened = await screens(port, number, tokens=place.tokens.agents, heard=heard)
    opening = perf_counter() - began
    grown = resident(pid) - before
    of_queue = len(range(3, number, house.QUEUES))

    async def duty(turn: int) -> None:
        await line.ask("PUT", "/api/v1/agents/me/state", {"duty": "available" if turn % 2 else "break"})

    async def write(turn: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(contact(f"sockets-{turn}", service=house.service(3)))
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    return {
        "opened_per_s": round(number / opening),
        "kb_per_socket": round(grown / number / 1024, 1),
        "resident_mb": round(resident(pid) / 1e6, 1),
        "broadcast_ms": await _until_all(everybody, number, duty),
        "one_queue_sockets": of_queue,
        "one_queue_ms": await _until_all(queue, of_queue, write),
        "said": "from the request of whoever causes it until the last screen has it, median",
    } | _close(opened)


@contextmanager
def _bare_server() -> Iterator[tuple[int, int]]:
    """Its port and its process."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.bare", str(port)], cwd=Path(__file__).parents[1])
    try:
        while not answers(port)():
            time.sleep(0.02)
        yield port, server.pid
    finally:
        server.kill()
        server.wait(10)


async def _bare(port: int, pid: int, number: int) -> dict[str, Any]:
    count = _Count()
    before = resident(pid)
    opened = await screens(port, number, tokens=("",), heard=lambda _: count.heard(b"xxx"), path="/")
    grown = resident(pid) - before

    async def say(_turn: int) -> None:
        opened[0].say("go")

    took = await _until_all(count, number, say)
    return {"kb_per_socket": round(grown / number / 1024, 1), "broadcast_ms": took} | _close(opened)


async def _until_all(count: _Count, number: int, cause: Callable[[int], Awaitable[None]]) -> float:
    took = []
    for turn in range(TIMES):
        count.expect(number)
        began = perf_counter()
        await cause(turn)
        async with asyncio.timeout(30):
            await count.all.wait()
        took.append(perf_counter() - began)
        await asyncio.sleep(0.2)
    return round(median(took) * 1e3, 1)


def _close(opened: Sequence[Screen]) -> dict[str, Any]:
    for screen in opened:
        if screen.transport is not None:
            screen.transport.abort()
    return {}


def _pid(place: Installation) -> int:
    assert place.service.process is not None
    return place.service.process.pid
