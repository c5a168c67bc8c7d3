"""The line to PostgreSQL falls silent: 250 waits for the answer to COMMIT, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from channels.contract import Response, Wire
from crm_core.model.errors import StoreDown
from crm_core.store import postgres
from gateway.intake import Reception
from gateway.serve import Plan
from tests.peers.held_line import HeldLine
from tests.stories.conftest import Install
from tests.stories.face import inside, letter, post

pytestmark = pytest.mark.postgres

WITHOUT_WORKERS = Plan(roles=frozenset({"http", "smtp"}))
"""Nobody else commits then."""
AWHILE = 3.0
"""Seconds in which a 250 would have been said; one that comes early ends the wait."""


async def test_the_250_is_said_after_the_answer_to_commit_came_and_not_when_the_server_has_it(install: Install) -> None:
    assert await _said_before_the_answer(install) is False


async def test_a_house_that_says_250_early_is_found_by_the_same_test(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, later = Reception.take, set()

    async def early(self: Reception, door: Any, wire: Wire) -> Response:
        later.add(asyncio.create_task(honest(self, door, wire)))
        return Response()

    monkeypatch.setattr(Reception, "take", early)
    assert await _said_before_the_answer(install) is True
    await asyncio.gather(*later)


async def test_a_server_that_is_gone_without_a_word_is_given_up_and_when_it_is_back_all_is_well(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(postgres, "CONNECTION_SECONDS", 1.0)
    service = install("postgres")
    async with HeldLine(service.database_url) as line:
        service.database_url = line.url
        async with inside(service, WITHOUT_WORKERS) as house:
            line.hold_after(b"")
            waiting = [asyncio.create_task(house.keeper.refresh()) for _ in range(12)]
            mails = [asyncio.create_task(post(service, letter(f"Letter {number}"))) for number in range(12)]
            async with asyncio.timeout(60):
                told = await asyncio.gather(*waiting, *mails, return_exceptions=True)
            assert [type(one) for one in told[:12]] == [StoreDown] * 12
            assert all(str(one).startswith("(451") for one in told[12:]), told[12:]
            line.release()
            await post(service, letter("When it is back"))


async def test_a_handshake_that_hangs_is_begun_once_more(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "CONNECT_SECONDS", 1.0)
    async with HeldLine(install("postgres").database_url) as line:
        pool = await postgres.pool(line.url, size=2)
        async with postgres.connected(pool), asyncio.TaskGroup() as meanwhile:
            line.hold_after(b"")
            meanwhile.create_task(_released(line, after=1.5))
            async with postgres.connected(pool) as second:
                assert await second.fetchval("SELECT 1") == 1
        await pool.close()


async def _released(line: HeldLine, *, after: float) -> None:
    await asyncio.sleep(after)
    line.release()


async def _said_before_the_answer(install: Install) -> bool:
    """Whether 250 was said while the answer to its commit was on its way; the server has the mail by then."""
    service = install("postgres")
    direct = service.database_url
    async with HeldLine(direct) as line:
        service.database_url = line.url
        async with inside(service, WITHOUT_WORKERS):
            await post(service, letter("Before"))
            await _messages_are(direct, 1)  # its own transaction is over, whenever 250 was said
            line.hold_after(b"Held")  # the one statement that writes the mail is its transaction
            handing_in = asyncio.create_task(post(service, letter("Held")))
            await asyncio.wait_for(line.held.wait(), 30)
            await _messages_are(direct, 2)
            await asyncio.wait({handing_in}, timeout=AWHILE)
            said = handing_in.done()
            line.release()
            await handing_in
    return said


async def _messages_are(url: str, count: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(30):
            while await connection.fetchval("SELECT count(*) FROM messages") != count:
                await asyncio.sleep(0.02)
    finally:
        await connection.close()
