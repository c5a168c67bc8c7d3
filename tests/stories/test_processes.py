"""Several processes on PostgreSQL and Redis: one event, every screen; whatever falls away, nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import asyncpg
import pytest

from tests.peers.kept import free_port
from tests.peers.postgres import PrivatePostgres
from tests.peers.redis import RedisServer
from tests.peers.smtp_sink import Delay, SmtpSink, Step
from tests.stories.conftest import Install, Say
from tests.stories.face import Api, Json, Screen, letter, post, token_for, until
from tests.stories.pushing import Pusher
from tests.stories.service import Service
from tests.world import _apart, _build_postgres

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


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


@pytest.fixture
async def fleet(install: Install, redis_server: RedisServer, smtp_sink: SmtpSink) -> AsyncIterator[Fleet]:
    service = install("postgres", ONESTOP_REDIS_URL=redis_server.url, ONESTOP_SMTP_RELAY=smtp_sink.url)
    made = await _launch(service)
    yield made
    for one in (*made.doors, made.worker):
        one.end()


async def test_one_mail_is_one_event_on_the_screens_of_both_doors_and_the_answer_leaves_by_the_worker(
    fleet: Fleet, smtp_sink: SmtpSink, record_property: Say
) -> None:
    async with fleet.screens() as (anna, screens):
        began = time.monotonic()
        await post(fleet.doors[0], letter("By the first door"))
        seen = [await screen.sees(_received) for screen in screens]
        record_property("on both screens after ms", f"{1000 * (time.monotonic() - began):.0f}")
        assert seen[0]["position"] == seen[1]["position"]
        assert seen[0]["id"] == seen[1]["id"]
        made = await anna.reply(seen[0]["ticket"], "Come to the counter.")
        [mail] = await smtp_sink.wait_for(1, seconds=20)
        assert mail.recipients == ("wei@example.org",)
        for screen in screens:
            await screen.sees(lambda event: event["facts"].get("delivery") == "sent")
            assert _doubled(screen) == []
        assert await anna.state(made["id"]) == "sent"


async def test_without_redis_contacts_still_enter_and_screens_catch_up(fleet: Fleet, redis_server: RedisServer) -> None:
    async with fleet.screens() as (anna, screens):
        await asyncio.to_thread(redis_server.server.kill)
        for number in range(5):
            await post(fleet.doors[number % 2], letter(f"Without Redis {number}"))
        for screen in screens:
            await until(lambda screen=screen: _texts(screen) >= 5, seconds=15)  # type: ignore[misc]
        assert len(await anna.tickets()) == 5
        await asyncio.to_thread(redis_server.server.start)
        await post(fleet.doors[0], letter("With Redis again"))
        for screen in screens:
            await until(lambda screen=screen: _texts(screen) == 6, seconds=15)  # type: ignore[misc]
            assert _doubled(screen) == []


async def test_an_emptied_redis_loses_nothing(fleet: Fleet, redis_server: RedisServer) -> None:
    async with fleet.screens() as (anna, screens):
        for number in range(5):
            await post(fleet.doors[0], letter(f"Number {number}"))
            await _flush(redis_server)
        for screen in screens:
            await until(lambda screen=screen: _texts(screen) == 5, seconds=15)  # type: ignore[misc]
        assert len(await anna.tickets()) == 5


async def test_a_worker_that_freezes_is_replaced_in_time_and_when_it_wakes_nothing_happens_twice(
    fleet: Fleet, smtp_sink: SmtpSink, record_property: Say
) -> None:
    async with fleet.screens() as (anna, screens):
        await post(fleet.doors[0], letter("Before"))
        ticket = (await screens[0].sees(_received))["ticket"]
        smtp_sink.fail(Step.RCPT, Delay(1), times=1)  # the first answer is on the wire when its sender freezes
        first = await anna.reply(ticket, "The first answer.")
        await until(lambda: smtp_sink.connections > 0)
        assert fleet.worker.process
        os.kill(fleet.worker.process.pid, signal.SIGSTOP)
        other = await fleet.second_worker()
        try:
            began = time.monotonic()
            await post(fleet.doors[1], letter("While it is frozen"))
            await until(lambda: _texts(screens[1]) == 2, seconds=20)
            takeover = time.monotonic() - began
            second = await anna.reply(ticket, "The second answer.")
            await anna.reaches(second["id"], "sent", seconds=30)
            assert (await anna.reaches(first["id"], "unknown", "sent", seconds=30))["delivery"] == "unknown"
            os.kill(fleet.worker.process.pid, signal.SIGCONT)
            await asyncio.sleep(3)
            await post(fleet.doors[0], letter("After"))
            await until(lambda: all(_texts(screen) == 3 for screen in screens), seconds=20)
            assert [_doubled(screen) for screen in screens] == [[], []]
            sent = Counter(str(mail.parsed["Message-ID"]) for mail in smtp_sink.mails)
            assert set(sent.values()) == {1}, "an answer was sent twice"
        finally:
            other.end()
    record_property("take-over s", f"{takeover:.1f}")
    assert takeover < 7, "the lease lasts 5 s; somebody else should have taken over"
    await _positions_have_no_gap(fleet.worker.database_url)


@pytest.mark.long  # intermittent: 3 of 20 runs stood still after the restart, not yet diagnosed
async def test_postgres_restarted_under_load_loses_nothing_and_says_only_later(
    install: Install, redis_server: RedisServer, private_postgres: PrivatePostgres
) -> None:
    postgres = private_postgres.postgres
    template = postgres.template("world", lambda url: _apart(lambda: _build_postgres(url)))
    service = install(empty=True, ONESTOP_REDIS_URL=redis_server.url)
    service.database_url = postgres.fresh(template)
    fleet = await _launch(service)
    pusher = Pusher(fleet.doors[0].smtp_port, clients=8)
    pushing = asyncio.create_task(pusher.run())
    try:
        await until(lambda: len(pusher.acknowledged) > 30)
        for _ in range(2):
            await asyncio.to_thread(private_postgres.server.kill)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(private_postgres.server.start)
            back, before = time.monotonic(), len(pusher.acknowledged)
            await until(lambda before=before: len(pusher.acknowledged) > before)  # type: ignore[misc]
            recovery = time.monotonic() - back
            print(f"mail comes in again {recovery:.1f} s after PostgreSQL is back")
            assert recovery < 5
            await asyncio.sleep(1)
        pusher.stop()
        await asyncio.wait_for(pushing, 60)
        said = {line[:1] for line in pusher.refused}
        assert said <= {"4"}, f"something final was said: {sorted(set(pusher.refused))}"
        await _all_numbered(service.database_url)
        async with Api.open(fleet.doors[1], fleet.token) as anna:
            subjects = Counter(str(ticket["subject"]) for ticket in await anna.tickets())
        assert subjects == Counter(pusher.acknowledged), "lost or doubled"
    finally:
        pushing.cancel()
        for one in (*fleet.doors, fleet.worker):
            one.end()


# ---------------------------------------------------------------- how it is set up


async def _launch(service: Service) -> Fleet:
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


def _received(event: Json) -> bool:
    return bool(event["type"] == "message.received")


def _texts(screen: Screen) -> int:
    return len({event["id"] for event in screen.events if _received(event)})


def _doubled(screen: Screen) -> list[int]:
    """Positions that came twice or out of order."""
    positions = [int(event["position"]) for event in screen.events]
    return [later for earlier, later in itertools.pairwise(positions) if later <= earlier]


async def _flush(server: RedisServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"FLUSHALL\r\n")
    assert (await reader.readline()).startswith(b"+OK")
    writer.close()
    await writer.wait_closed()


async def _positions_have_no_gap(url: str) -> None:
    connection = await asyncpg.connect(url)
    row = await connection.fetchrow(
        "SELECT count(position) AS n, count(DISTINCT position) AS d, max(position) AS m FROM events"
    )
    await connection.close()
    assert row["n"] == row["d"] == row["m"]


async def _all_numbered(url: str) -> None:
    """Every committed event gets its number soon after the last one was committed."""
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(15):
            while await connection.fetchval("SELECT count(*) FROM events WHERE position IS NULL"):
                await asyncio.sleep(0.1)
    finally:
        await connection.close()
    await _positions_have_no_gap(url)
