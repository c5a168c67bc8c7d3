"""Screens that do nothing: what each costs in memory, and how soon all of them hear the same.

Beside it, in the same run, a bare aiohttp server with as many sockets and one prepared frame
(PERFORMANCE T6). Agents of twenty queues; one event is for everybody, one for one queue.
With --long events for everybody also come at a steady rate: how long each took from its
transaction to the last screen. Last, what the process costs while nothing happens, and how
long it takes to say good-bye to everybody at SIGTERM.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks import house, machine
from benchmarks.bare import serving as bare_server
from benchmarks.calling import Heard, Line, Screen, room_for, screens
from benchmarks.installation import (
    POSTGRESQL,
    SQLITE,
    Installation,
    database,
    processor_seconds,
    resident,
    serving,
)
from benchmarks.pushing import contact

NUMBER, LONG_NUMBER = 2_000, 10_000
TIMES = 5
STEADY, STEADY_SECONDS, LONG_STEADY_SECONDS = 20.0, 2.0, 10.0
IDLE_SECONDS = 2.0


def run(long: bool) -> dict[str, Any]:  # noqa: FBT001
    """On both databases."""
    number = room_for(LONG_NUMBER if long else NUMBER)
    with tempfile.TemporaryDirectory(prefix="onestop-bench-") as room:
        before = machine.facts(Path(room))
        with bare_server() as (port, pid):
            bare = asyncio.run(_bare(port, pid, number))
        found = {name: _on(name, Path(room) / name, number, bare, long=long) for name in (SQLITE, POSTGRESQL)}
    after = {"load_after": round(os.getloadavg()[0], 2)}
    return {"sockets": number, "bare": bare, **found, "machine": before | after}


def _on(name: str, folder: Path, number: int, bare: dict[str, Any], *, long: bool) -> dict[str, Any]:
    folder.mkdir()
    with database(name, folder) as url, serving(folder, url) as place:
        ours = asyncio.run(_ours(place, number, seconds=LONG_STEADY_SECONDS if long else STEADY_SECONDS))
    return ours | {
        "broadcast_of_bare": round(ours["broadcast_ms"] / bare["broadcast_ms"], 2),
        "memory_of_bare": round(ours["kb_per_socket"] / bare["kb_per_socket"], 2),
    }


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


async def _ours(place: Installation, number: int, *, seconds: float) -> dict[str, Any]:
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

    figures = {
        "opened_per_s": round(number / opening),
        "kb_per_socket": round(grown / number / 1024, 1),
        "resident_mb": round(resident(pid) / 1e6, 1),
        "broadcast_ms": await _until_all(everybody, number, duty),
        "one_queue_sockets": of_queue,
        "one_queue_ms": await _until_all(queue, of_queue, write),
        "said": "from the request of whoever causes it until the last screen has it, median",
        "steady": await _steady(everybody, number, duty, seconds=seconds),
        "idle_cpu_percent": await _idle(pid),
    }
    line.close()
    return figures | {"drained_at_sigterm_s": await _drained(place)} | _close(opened)


async def _steady(
    count: _Count, number: int, cause: Callable[[int], Awaitable[None]], *, seconds: float
) -> dict[str, Any]:
    """One event after another at a rate; each counts from when it was due until the last screen has it."""
    took, began = [], perf_counter()
    for turn in range(int(STEADY * seconds)):
        due = began + turn / STEADY
        await asyncio.sleep(max(0.0, due - perf_counter()))
        count.expect(number)
        await cause(TIMES + turn)  # a change of duty to what it is would be none
        async with asyncio.timeout(30):
            await count.all.wait()
        took.append(perf_counter() - due)
    return {"offered_per_s": STEADY, **machine.milliseconds(took)}


async def _idle(pid: int) -> float:
    """Percent of one processor while nothing happens."""
    await asyncio.sleep(1)
    spent = processor_seconds(pid)
    await asyncio.sleep(IDLE_SECONDS)
    return round((processor_seconds(pid) - spent) / IDLE_SECONDS * 100, 1)


async def _drained(place: Installation) -> float:
    """Seconds from SIGTERM to the end, with every screen open; they take the good-bye as browsers do."""
    began = perf_counter()
    await asyncio.to_thread(place.service.stop)
    return round(perf_counter() - began, 2)


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
