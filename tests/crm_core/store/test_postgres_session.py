"""A session of ours is as durable as we promise, whatever the server, the database or the role would have it be."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
import sqlalchemy as sa

from crm_core.actions.desk_postgres import PostgresDesk
from crm_core.model.actor import Actor
from crm_core.queries import inbox_list
from crm_core.store.compiled import postgres_compiler
from crm_core.store.postgres import LARGEST_INSERT_KEPT, LARGEST_KEPT
from crm_core.store.tables import cursors
from crm_core.store.tx import Tx
from tests.world import Clock

pytestmark = pytest.mark.postgres

GO_ON = sa.update(cursors).values(value="further")
LONGEST = inbox_list._of_queues(inbox_list.ORDERS["due"], False, 20, 6, "one")


async def _shown(tx: Any) -> str:
    return str(await tx.driver.raw.fetchval("SHOW synchronous_commit"))


@pytest.fixture
async def careless(fresh_database: Any) -> str:
    """A database in which the server's file, the database and the role all say that a commit need not be synced."""
    url: str = fresh_database()
    name = urlsplit(url).path.strip("/")
    raw = await asyncpg.connect(url)
    await raw.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    await raw.execute(f'ALTER ROLE CURRENT_USER IN DATABASE "{name}" SET synchronous_commit = off')
    await raw.close()
    return url


async def test_a_commit_is_synced_though_the_database_and_the_role_say_off(careless: str) -> None:
    plain = await asyncpg.connect(careless)
    assert await plain.fetchval("SHOW synchronous_commit") == "off", "the test sets nothing"
    await plain.close()
    desk = await PostgresDesk.open(careless, clock=Clock())
    try:
        for actor in (Actor.worker("gateway"), Actor.importer("tests")):
            assert await desk.do(actor, _shown) == "on"
    finally:
        await desk.close()


async def test_a_transaction_that_the_server_gave_up_while_we_stood_still_is_tried_again(fresh_database: Any) -> None:
    """A machine too busy to run us for seconds is no database that is away: nobody is told to come back later."""
    tries: list[int] = []

    async def stands_still_at_first(tx: Tx) -> None:
        tries.append(await tx.change(GO_ON))
        if len(tries) == 1:
            await tx.driver.raw.execute("SET idle_in_transaction_session_timeout = 20")  # type: ignore[attr-defined]
            await asyncio.sleep(0.3)
        await tx.change(GO_ON)

    desk = await PostgresDesk.open(fresh_database(), clock=Clock())
    try:
        await desk.do(Actor.worker("gateway"), stands_still_at_first)
    finally:
        await desk.close()
    assert len(tries) == 2


async def test_it_is_tried_again_too_where_all_that_is_left_is_to_write_what_happened(fresh_database: Any) -> None:
    """As a batch of the sample city does: it reckons for long between its first word to the server and its last."""
    tries: list[int] = []

    async def reckons_for_long_at_first(tx: Tx) -> None:
        tries.append(await tx.change(GO_ON))
        if len(tries) == 1:
            await tx.driver.raw.execute("SET idle_in_transaction_session_timeout = 20")  # type: ignore[attr-defined]
            time.sleep(0.3)  # noqa: ASYNC251 - nothing of ours runs meanwhile: we hear of the cut as we write
        tx.insert(cursors, name=f"try {len(tries)}", value="")

    desk = await PostgresDesk.open(fresh_database(), clock=Clock())
    try:
        await desk.do(Actor.worker("gateway"), reckons_for_long_at_first)
        assert await desk.ask(Actor.worker("gateway"), _how_many) == 1
    finally:
        await desk.close()
    assert len(tries) == 2


async def test_the_longest_list_is_planned_once_and_not_at_each_call(fresh_database: Any) -> None:
    """Twenty queues with six states each are 120 walks: to plan them takes ten times as long as to walk them."""
    assert LARGEST_INSERT_KEPT < len(postgres_compiler().get(LONGEST).sql) < LARGEST_KEPT
    desk = await PostgresDesk.open(fresh_database(), clock=Clock())
    try:
        assert await desk.ask(Actor.worker("gateway"), _kept) == 1
    finally:
        await desk.close()


async def _kept(read: Any) -> int:
    """How often the longest list was prepared on a connection that was asked for it three times."""
    prepared = postgres_compiler().get(LONGEST)
    values = dict.fromkeys(prepared.order, "") | {"key": 0, "limit": 51}
    for _ in range(3):
        await read.all(LONGEST, **values)
    counted = "SELECT count(*) FROM pg_prepared_statements WHERE statement = $1"
    return int(await read.driver.raw.fetchval(counted, prepared.text(values)))


async def test_an_insert_of_many_rows_is_not_kept(fresh_database: Any) -> None:
    desk = await PostgresDesk.open(fresh_database(), clock=Clock())
    try:
        await desk.do(Actor.importer("tests"), _many_rows)
        assert await desk.ask(Actor.importer("tests"), _how_many) == 1000
        assert await desk.do(Actor.importer("tests"), _inserts_kept) <= LARGEST_INSERT_KEPT
    finally:
        await desk.close()


async def _many_rows(tx: Any) -> None:
    for number in range(1000):
        tx.insert(cursors, name=f"many-{number}", value="")


async def _how_many(read: Any) -> int:
    return int((await read.one(sa.select(sa.func.count()).select_from(cursors)))[0])


async def _inserts_kept(tx: Any) -> int:
    """The length of the longest insert that this connection, or any of its pool, keeps."""
    longest = "SELECT coalesce(max(length(statement)), 0) FROM pg_prepared_statements WHERE statement LIKE '%INSERT%'"
    return int(await tx.driver.raw.fetchval(longest))
