"""A session whose process froze holds its locks; the warden cuts it off, and nobody else."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import asyncpg
import pytest

from crm_core.actions import housekeeping
from crm_core.actions.desk_postgres import PostgresDesk
from crm_core.model.actor import Actor
from crm_core.queries import frozen
from crm_core.store import postgres
from gateway.workers import warden
from tests.world import Clock

pytestmark = pytest.mark.postgres

RELAY = Actor.worker("relay")
LOCKS = "BEGIN; UPDATE leases SET holder = 'frozen' WHERE name = 'relay'"


@asynccontextmanager
async def frozen_between_parse_and_bind(url: str) -> AsyncIterator[asyncio.StreamReader]:
    """A session as asyncpg leaves it when its process stops while a statement is being prepared, a lock in hand."""
    to = urlsplit(url)
    reader, writer = await asyncio.open_connection(to.hostname, to.port)
    names = f"user\0{to.username}\0database\0{to.path[1:]}\0"
    for name, value in postgres.SESSION_SETTINGS.items():
        names += f"{name}\0{value}\0"
    start = struct.pack("!i", 196608) + names.encode() + b"\0"
    writer.write(struct.pack("!i", len(start) + 4) + start)
    await _until_ready(reader)
    writer.write(_message(b"Q", LOCKS.encode() + b"\0"))
    await _until_ready(reader)
    writer.write(_message(b"P", b"\0SELECT 1\0" + struct.pack("!h", 0)) + _message(b"H", b""))
    assert await reader.readexactly(5) == b"1\0\0\0\4", "the server has parsed it, and waits for what comes next"
    try:
        yield reader
    finally:
        writer.close()


async def test_a_session_frozen_with_a_lock_is_cut_off_and_the_lock_is_free(desk: PostgresDesk, url: str) -> None:
    await desk.do(RELAY, housekeeping.take_lease, "relay", holder="old", seconds=0)
    watching = asyncio.create_task(warden.watch(desk))
    async with frozen_between_parse_and_bind(url):
        taken = await desk.do(RELAY, housekeeping.take_lease, "relay", holder="new", seconds=60)
    watching.cancel()
    assert taken is not None
    assert taken.holder == "new"


async def test_the_servers_own_time_out_does_not_see_it(desk: PostgresDesk, url: str) -> None:
    """The day this fails, the warden can go."""
    await desk.do(RELAY, housekeeping.take_lease, "relay", holder="old", seconds=0)
    async with frozen_between_parse_and_bind(url) as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(
                int(postgres.SESSION_SETTINGS["idle_in_transaction_session_timeout"]) / 1000 + 2
            ):
                await session.read(10)


async def test_who_is_idle_between_two_transactions_works_in_one_or_is_not_ours_is_left_alone(
    desk: PostgresDesk, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frozen, "SILENT_SECONDS", 0)
    idle = await asyncpg.connect(url, server_settings={"application_name": "onestop"})
    busy = await asyncpg.connect(url, server_settings={"application_name": "onestop"})
    foreign = await asyncpg.connect(url, server_settings={"application_name": "psql"})
    await foreign.execute("BEGIN")
    working = asyncio.create_task(busy.execute("SELECT pg_sleep(1)"))
    await asyncio.sleep(0.3)
    assert await desk.ask(warden.WARDEN, frozen.cut_off) == 0
    await working
    for one in (idle, busy, foreign):
        assert await one.fetchval("SELECT 1") == 1
        await one.close()


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


async def _until_ready(reader: asyncio.StreamReader) -> None:
    kind = b""
    while kind != b"Z":
        kind = await reader.readexactly(1)
        (length,) = struct.unpack("!i", await reader.readexactly(4))
        await reader.readexactly(length - 4)


@pytest.fixture
def url(fresh_database: Callable[[], str]) -> str:
    return fresh_database()


@pytest.fixture
async def desk(url: str) -> AsyncIterator[PostgresDesk]:
    made = await PostgresDesk.open(url, clock=Clock())
    yield made
    with suppress(Exception):
        await made.close()
