"""How soon new work stands on an agent's screen as an offer, with 2,000 agents there.

Contacts by JSON come in evenly; each becomes a ticket, its work waits, the router finds an
agent among a hundred of its queue, the offer is made, and it arrives on that agent's screen
over the live line, where it is accepted. Every agent has a screen open, so each contact is
heard of by a hundred. Times are from the request to the frame with the offer, and from the
202 (the contact is durable) to it.

Beside it, in the same seconds and on the same disk, bare commits at an even pace: on SQLite
one row (WAL, FULL), on PostgreSQL four inserts. Two commits lie behind each offer: that of
the contact, and its own.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg

from benchmarks import house, machine
from benchmarks.calling import Heard, Line, Screen, room_for, screens
from benchmarks.installation import SQLITE, Installation, on_both, processor_seconds, serving
from benchmarks.pushing import contact
from crm_core.model.agent import Duty

AGENTS = 2_000
RATE = 50.0
SECONDS, LONG_SECONDS = 8.0, 30.0
WARM_SECONDS = 2.0
RAW_EVERY = 0.05
CLIENTS, ACCEPTING = 8, 8
GOAL_MS = 100.0
LAST_ONES = 5.0


@dataclass
class _Times:
    """When each contact was sent, answered, and stood on a screen as an offer."""

    sent: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    offered: dict[str, float] = field(default_factory=dict)
    twice: int = 0

    def told(self) -> dict[str, Any]:
        both = [name for name in self.answered if name in self.offered]
        return {
            "contacts": len(self.sent),
            "offered": len(both),
            "offered_twice": self.twice,
            "request_to_offer": machine.milliseconds([self.offered[name] - self.sent[name] for name in both]),
            "202_to_offer": machine.milliseconds([self.offered[name] - self.answered[name] for name in both]),
            "request_to_202": machine.milliseconds([self.answered[name] - self.sent[name] for name in self.answered]),
        }


def run(long: bool) -> list[dict[str, Any]]:  # noqa: FBT001
    """One row for each database."""
    number = room_for(AGENTS)

    def measure(name: str, folder: Path, url: str) -> Mapping[str, Any]:
        with serving(folder, url, agents=number, duty=Duty.AVAILABLE) as place:
            return asyncio.run(_measure(place, _Raw(name, folder, url), long=long))

    return on_both(measure)


class _Raw:
    """Bare commits at an even pace on the disk, or the server, that Onestop uses at that moment."""

    def __init__(self, name: str, folder: Path, url: str) -> None:
        self.what = "1 row, WAL, FULL" if name == SQLITE else "4 inserts in a transaction, asyncpg"
        self.took: list[float] = []
        self.over = False
        self._file, self._url = (folder / "raw.db", url if name != SQLITE else "")

    async def commit(self) -> None:
        """Until it is over."""
        with closing(sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)) as raw:
            machine.make_raw_table(raw)
            postgres = await asyncpg.connect(self._url) if self._url else None
            if postgres is not None:
                await machine.make_raw_tables(postgres)
            while not self.over:
                await asyncio.sleep(RAW_EVERY)
                if postgres is None:
                    self.took.append(await asyncio.to_thread(machine.raw_commit, raw))
                else:
                    self.took.append(await machine.raw_transaction(postgres))


async def _measure(place: Installation, raw: _Raw, *, long: bool) -> dict[str, Any]:
    port, times, seconds = place.service.http_port, _Times(), LONG_SECONDS if long else SECONDS
    assert place.service.process is not None
    pid, desks = place.service.process.pid, _Desks(port, place.tokens.agents, times)
    opened = await screens(port, len(place.tokens.agents), tokens=place.tokens.agents, heard=desks.screen)
    accepting = [asyncio.create_task(desks.accept()) for _ in range(ACCEPTING)]
    await _offer(port, _Times(), seconds=WARM_SECONDS, name="warm")
    await asyncio.sleep(1)
    spent, committing = processor_seconds(pid), asyncio.create_task(raw.commit())
    await _offer(port, times, seconds=seconds, name="work")
    await _last_ones(times)
    used = processor_seconds(pid) - spent
    raw.over = True
    await committing
    _end(accepting, opened)
    told = times.told()
    return {
        "agents": len(opened),
        "screens_that_hear_each": len(opened) // house.QUEUES,
        "offered_per_s": RATE,
        **told,
        "goal_p99_ms": GOAL_MS,
        "met": told["offered"] == told["contacts"] and told["request_to_offer"]["p99_ms"] < GOAL_MS,
        "accepted_in_time": desks.accepted,
        "too_late": desks.too_late,
        "raw_commit": {"what": raw.what, **machine.milliseconds(raw.took)},
        "server_cpu_ms_each": round(used * 1e3 / max(1, told["contacts"]), 1),
    }


async def _last_ones(times: _Times) -> None:
    """What was sent last is on its way; it gets a few seconds."""
    until = perf_counter() + LAST_ONES
    while not times.sent.keys() <= times.offered.keys() and perf_counter() < until:
        await asyncio.sleep(0.05)


def _end(accepting: Sequence[asyncio.Task[None]], opened: Sequence[Screen]) -> None:
    for task in accepting:
        task.cancel()
    for screen in opened:
        if screen.transport is not None:
            screen.transport.abort()


class _Desks:
    """The agents at their screens: each sees the offers that are theirs, and accepts them."""

    def __init__(self, port: int, tokens: Sequence[str], times: _Times) -> None:
        self._port = port
        self._tokens = tokens
        self._times = times
        self._offers: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
        self.accepted = self.too_late = 0

    def screen(self, number: int) -> Heard:
        """What the screen of this agent makes of a frame; most are about the work of others."""
        mine = f'"agent":"agent-{number}"'.encode()

        def heard(frame: bytes) -> None:
            now = perf_counter()
            if b'"offer.made"' not in frame or mine not in frame:
                return
            for event in json.loads(frame).get("events", ()):
                if event["type"] == "offer.made" and event["facts"]["offer"]["agent"] == f"agent-{number}":
                    self._see(event, at=now)
                    self._offers.put_nowait((number, event["facts"]["offer"]["id"]))

        return heard

    def _see(self, event: Any, *, at: float) -> None:
        name = event["facts"]["row"]["number"]
        self._times.twice += name in self._times.offered
        self._times.offered.setdefault(name, at)

    async def accept(self) -> None:
        """One after another, for ever."""
        line = await Line.open(self._port)
        while True:
            number, offer = await self._offers.get()
            line.token = self._tokens[number]
            try:
                await line.ask("POST", f"/api/v1/offers/{offer}/acceptances")
            except RuntimeError:  # it ended before we came to it
                self.too_late += 1
            else:
                self.accepted += 1


async def _offer(port: int, times: _Times, *, seconds: float, name: str) -> None:
    began = perf_counter()
    await asyncio.gather(
        *(
            _caller(
                port, times, first=began + client / RATE, name=f"{name}-{client}", client=client, until=began + seconds
            )
            for client in range(CLIENTS)
        )
    )


async def _caller(port: int, times: _Times, *, first: float, name: str, client: int, until: float) -> None:
    """Every few moments one contact, evenly; its time begins when it was due, so that a stall is not hidden."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number = 0
    while (due := first + number * CLIENTS / RATE) < until:
        await asyncio.sleep(max(0.0, due - perf_counter()))
        writer.write(contact(f"{name}-{number}", service=house.service((client + number) % house.QUEUES)))
        head = await reader.readuntil(b"\r\n\r\n")
        answered = perf_counter()
        sizes = [
            int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        ]
        ticket = json.loads(await reader.readexactly(sizes[0]))["number"]
        times.sent[ticket], times.answered[ticket] = due, answered
        number += 1
    writer.close()
