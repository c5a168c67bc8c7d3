"""A session of ours is as durable as we promise, whatever the server, the database or the role would have it be."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from crm_core.actions.desk_postgres import PostgresDesk
from crm_core.model.actor import Actor
from tests.world import Clock

pytestmark = pytest.mark.postgres


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
