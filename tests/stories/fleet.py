"""Several processes of one installation on PostgreSQL and Redis, and what their screens saw."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import asyncpg

from tests.peers.kept import free_port
from tests.stories.face import Api, Json, Screen, token_for, until
from tests.stories.service import Service


@dataclass
class Fleet:
    """Two that face the world, and one that works; a second worker can be added."""

    doors: tuple[Service, Service]
    worker: Service
    token: str

    @asynccontextmanager
    async def screens(self) -> AsyncIterator[tuple[Api, tuple[Screen, Screen]]]:
        """Anna's program at the first door, and a screen at each."""
        async with AsyncExitStack() as stack:
            apis = [await stack.enter_async_context(Api.open(door, self.token)) for door in self.doors]
            found = [await stack.enter_async_context(api.screen()) for api in apis]
            yield apis[0], (found[0], found[1])

    async def second_worker(self) -> Service:
        """Another process with the same work."""
        other = replace(self.worker, http_port=free_port(), smtp_port=free_port(), process=None)
        await start(other)
        return other


async def launch(service: Service) -> Fleet:
    token = await token_for(service)
    doors = (
        replace(service, arguments=("serve", "--only", "http,smtp")),
        replace(service, arguments=("serve", "--only", "http,smtp"), http_port=free_port(), smtp_port=free_port()),
    )
    worker = replace(service, arguments=("serve", "--only", "workers"), http_port=free_port(), smtp_port=free_port())
    for door in doors:
        await asyncio.to_thread(door.start)
    await start(worker)
    return Fleet(doors, worker, token)


async def start(worker: Service) -> None:
    """A worker has no door to ask whether it is ready: it says so."""
    said = worker.log().count("Onestop is ready")
    worker.start(wait=False)
    await until(lambda: worker.log().count("Onestop is ready") > said)


def received(event: Json) -> bool:
    return bool(event["type"] == "message.received")


def texts(screen: Screen) -> int:
    return len({event["id"] for event in screen.events if received(event)})


def doubled(screen: Screen) -> list[int]:
    """Positions that came twice or out of order."""
    positions = [int(event["position"]) for event in screen.events]
    return [later for earlier, later in itertools.pairwise(positions) if later <= earlier]


async def positions_have_no_gap(url: str) -> None:
    connection = await asyncpg.connect(url)
    row = await connection.fetchrow(
        "SELECT count(position) AS n, count(DISTINCT position) AS d, max(position) AS m FROM events"
    )
    await connection.close()
    assert row["n"] == row["d"] == row["m"]


async def all_numbered(url: str, *, seconds: float = 15) -> None:
    """Every event that is committed by now gets its number soon; the workers may go on with others."""
    connection = await asyncpg.connect(url)
    try:
        top = await connection.fetchval("SELECT max(seq) FROM events")
        async with asyncio.timeout(seconds):
            while await connection.fetchval("SELECT count(*) FROM events WHERE position IS NULL AND seq <= $1", top):
                await asyncio.sleep(0.1)
    finally:
        await connection.close()
    await positions_have_no_gap(url)
