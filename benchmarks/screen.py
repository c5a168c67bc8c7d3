"""How soon a contact stands on the agents' screens, at an offered rate (PERFORMANCE T5).

Contacts by JSON come in evenly; screens of twenty queues are open, so that a twentieth of
them hears each contact. One screen of each queue is looked at. Times are from the request
to the frame, from the 202 (the commit is known) to the frame, and from the time in the
event, when its transaction began, to the frame: the last holds the commit and the way to
the screen. The limit, in the same run: a bare aiohttp server that passes a text on to as many
screens as hear a contact.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import house, machine
from benchmarks.bare import serving as bare_server
from benchmarks.calling import Heard, Screen, screens
from benchmarks.installation import Installation, on_both, serving
from benchmarks.pushing import contact

SCREENS = 1_000
RATES = (50.0, 200.0)
SECONDS, LONG_SECONDS = 3.0, 20.0
CLIENTS = 16
HEARING = SCREENS // house.QUEUES


@dataclass
class _Times:
    """When each contact was sent, answered and shown."""

    sent: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    shown: dict[str, float] = field(default_factory=dict)
    behind: list[float] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        both = [name for name in self.sent if name in self.shown]
        return {
            "contacts": len(self.sent),
            "shown": len(both),
            "request_to_202": machine.milliseconds([self.answered[name] - self.sent[name] for name in self.answered]),
            "request_to_screen": machine.milliseconds([self.shown[name] - self.sent[name] for name in both]),
            "202_to_screen": machine.milliseconds(
                [self.shown[name] - self.answered[name] for name in both if name in self.answered]
            ),
            "transaction_to_screen": machine.milliseconds(self.behind),
        }


def run(long: bool) -> list[dict[str, Any]]:  # noqa: FBT001
    """One row for each database, with each rate."""

    def measure(_name: str, folder: Path, url: str) -> Mapping[str, Any]:
        with bare_server() as (port, _):
            bare = asyncio.run(_bare(port))
        with serving(folder, url) as place:
            return {"bare": bare, **asyncio.run(_measure(place, bare, long=long))}

    return on_both(measure)


async def _bare(port: int) -> dict[str, float]:
    """From saying something to the bare server until one of the screens that hear it has it."""
    heard, took = asyncio.Event(), []
    opened = await screens(
        port, HEARING, tokens=("",), heard=lambda n: (lambda _: heard.set()) if n == HEARING // 2 else None, path="/"
    )
    for _ in range(100):
        heard.clear()
        began = perf_counter()
        opened[0].say("go")
        await heard.wait()
        took.append(perf_counter() - began)
        await asyncio.sleep(0.005)
    _hang_up(opened)
    return machine.milliseconds(took)


def _hang_up(opened: Sequence[Screen]) -> None:
    for screen in opened:
        if screen.transport is not None:
            screen.transport.abort()


async def _measure(place: Installation, bare: dict[str, float], *, long: bool) -> dict[str, Any]:
    port, times = place.service.http_port, _Times()
    looked_at = _looking(times)
    opened = await screens(
        port, SCREENS, tokens=place.tokens.agents, heard=lambda n: looked_at if n < house.QUEUES else None
    )
    rows = []
    for rate in RATES:
        await _offer(port, times, rate=rate, seconds=LONG_SECONDS if long else SECONDS)
        await asyncio.sleep(0.5)
        told = times.told()
        ratio = round(told["transaction_to_screen"].get("p50_ms", 0.0) / bare["p50_ms"], 1)
        rows.append({"offered_per_s": rate, **told, "of_bare": ratio})
        for known in (times.sent, times.answered, times.shown, times.behind):
            known.clear()
    _hang_up(opened)
    return {"screens": SCREENS, "screens_that_hear_each": HEARING, "rates": rows}


def _looking(times: _Times) -> Heard:
    """Notes when the message of a contact arrives; its words begin with its name."""

    def heard(frame: bytes) -> None:
        now, clock = perf_counter(), time.time()
        if b'"message.received"' not in frame:
            return
        for event in json.loads(frame).get("events", ()):
            if event["type"] == "message.received":
                times.shown[event["personal"]["message"]["text"].partition(":")[0]] = now
                times.behind.append(clock - datetime.fromisoformat(event["at"]).timestamp())

    return heard


async def _offer(port: int, times: _Times, *, rate: float, seconds: float) -> None:
    began = perf_counter()
    await asyncio.gather(
        *(
            _caller(port, times, first=began + client / rate, client=client, rate=rate, until=began + seconds)
            for client in range(CLIENTS)
        )
    )


async def _caller(port: int, times: _Times, *, first: float, client: int, rate: float, until: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number = 0
    while (due := first + number * CLIENTS / rate) < until:
        await asyncio.sleep(max(0.0, due - perf_counter()))
        name = f"{rate:.0f}-{client}-{number}"
        times.sent[name] = perf_counter()
        writer.write(contact(name, service=house.service((client + number) % house.QUEUES)))
        head = await reader.readuntil(b"\r\n\r\n")
        times.answered[name] = perf_counter()
        sizes = [
            int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        ]
        await reader.readexactly(sizes[0])
        number += 1
    writer.close()
