"""Several processes on PostgreSQL and Redis: one event, every screen; whatever falls away, nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tests.peers.redis import RedisServer
from tests.peers.smtp_sink import Delay, SmtpSink, Step
from tests.stories.conftest import Install, Say
from tests.stories.face import allowed, letter, post, until
from tests.stories.fleet import Fleet, doubled, launch, positions_have_no_gap, received, texts

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


@pytest.fixture
async def fleet(install: Install, redis_server: RedisServer, smtp_sink: SmtpSink) -> AsyncIterator[Fleet]:
    service = install("postgres", ONESTOP_REDIS_URL=redis_server.url, ONESTOP_SMTP_RELAY=smtp_sink.url)
    made = await launch(service)
    yield made
    for one in (*made.doors, made.worker):
        one.end()


async def test_one_mail_is_one_event_on_the_screens_of_both_doors_and_the_answer_leaves_by_the_worker(
    fleet: Fleet, smtp_sink: SmtpSink, record_property: Say
) -> None:
    async with fleet.screens() as (anna, screens):
        began = time.monotonic()
        await post(fleet.doors[0], letter("By the first door"))
        seen = [await screen.sees(received) for screen in screens]
        record_property("on both screens after ms", f"{1000 * (time.monotonic() - began):.0f}")
        assert seen[0]["position"] == seen[1]["position"]
        assert seen[0]["id"] == seen[1]["id"]
        made = await anna.reply(seen[0]["ticket"], "Come to the counter.")
        [mail] = await smtp_sink.wait_for(1, seconds=20)
        assert mail.recipients == ("wei@example.org",)
        for screen in screens:
            await screen.sees(lambda event: event["facts"].get("delivery") == "sent")
            assert doubled(screen) == []
        assert await anna.state(made["id"]) == "sent"


async def test_without_redis_contacts_still_enter_and_screens_catch_up(fleet: Fleet, redis_server: RedisServer) -> None:
    async with fleet.screens() as (anna, screens):
        await asyncio.to_thread(redis_server.server.kill)
        for number in range(5):
            await post(fleet.doors[number % 2], letter(f"Without Redis {number}"))
        for screen in screens:
            await until(lambda screen=screen: texts(screen) >= 5, seconds=15)  # type: ignore[misc]
        assert len(await anna.tickets()) == 5
        await asyncio.to_thread(redis_server.server.start)
        await post(fleet.doors[0], letter("With Redis again"))
        for screen in screens:
            await until(lambda screen=screen: texts(screen) == 6, seconds=15)  # type: ignore[misc]
            assert doubled(screen) == []


async def test_an_emptied_redis_loses_nothing(fleet: Fleet, redis_server: RedisServer) -> None:
    async with fleet.screens() as (anna, screens):
        for number in range(5):
            await post(fleet.doors[0], letter(f"Number {number}"))
            await _flush(redis_server)
        for screen in screens:
            await until(lambda screen=screen: texts(screen) == 5, seconds=15)  # type: ignore[misc]
        assert len(await anna.tickets()) == 5


async def test_a_worker_that_freezes_is_replaced_in_time_and_when_it_wakes_nothing_happens_twice(
    fleet: Fleet, smtp_sink: SmtpSink, record_property: Say
) -> None:
    async with fleet.screens() as (anna, screens):
        await post(fleet.doors[0], letter("Before"))
        ticket = (await screens[0].sees(received))["ticket"]
        smtp_sink.fail(Step.RCPT, Delay(1), times=1)  # the first answer is on the wire when its sender freezes
        first = await anna.reply(ticket, "The first answer.")
        await until(lambda: smtp_sink.connections > 0)
        assert fleet.worker.process
        os.kill(fleet.worker.process.pid, signal.SIGSTOP)
        other = await fleet.second_worker()
        try:
            began = time.monotonic()
            await post(fleet.doors[1], letter("While it is frozen"))
            await until(lambda: texts(screens[1]) == 2, seconds=20)
            takeover = time.monotonic() - began
            second = await anna.reply(ticket, "The second answer.")
            await anna.reaches(second["id"], "sent", seconds=30)
            assert (await anna.reaches(first["id"], "unknown", "sent", seconds=30))["delivery"] == "unknown"
            os.kill(fleet.worker.process.pid, signal.SIGCONT)
            await asyncio.sleep(3)
            await post(fleet.doors[0], letter("After"))
            await until(lambda: all(texts(screen) == 3 for screen in screens), seconds=20)
            assert [doubled(screen) for screen in screens] == [[], []]
            sent = Counter(str(mail.parsed["Message-ID"]) for mail in smtp_sink.mails)
            assert set(sent.values()) == {1}, "an answer was sent twice"
        finally:
            other.end()
    record_property("take-over s", f"{takeover:.1f}")
    assert takeover < allowed(5), "the lease lasts 3 s; somebody else should have taken over"
    await positions_have_no_gap(fleet.worker.database_url)


async def _flush(server: RedisServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"FLUSHALL\r\n")
    assert (await reader.readline()).startswith(b"+OK")
    writer.close()
    await writer.wait_closed()
