"""A database written anew holds no byte of what was deleted, whoever still reads meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from crm_core.model.errors import Busy
from crm_core.store import compact
from tests.peers.postgres import Postgres

WORD = "zuckerschnecke"


@pytest.mark.postgres
async def test_what_somebody_still_reads_is_waited_for_and_then_gone(
    postgres: Postgres, fresh_database: Callable[[], str]
) -> None:
    url = fresh_database()
    reader = await _deleted_and_still_read(url)
    said: asyncio.Queue[str] = asyncio.Queue()
    written = asyncio.create_task(compact.compact_postgres(url, say=said.put_nowait))
    assert "Waiting for what began to read before this" in await said.get()
    assert WORD.encode() in _bytes_of(postgres, url)
    await reader.close()
    await written
    assert WORD.encode() not in _bytes_of(postgres, url)


@pytest.mark.postgres
async def test_what_reads_for_ever_is_named_and_nothing_is_said_to_be_gone(
    fresh_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fresh_database()
    reader = await _deleted_and_still_read(url)
    monkeypatch.setattr(compact, "WAIT_SECONDS", 0.1)
    await _refused_for(f"process {reader.get_server_pid()}", url)
    await reader.close()


@pytest.mark.postgres
async def test_a_session_that_we_may_not_look_at_counts_as_one_that_reads(
    postgres: Postgres, fresh_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, role = fresh_database(), f"plain_{uuid4().hex[:8]}"
    postgres.sql(f"CREATE ROLE {role} LOGIN")
    reader = await _deleted_and_still_read(url)
    monkeypatch.setattr(compact, "WAIT_SECONDS", 0.1)
    await _refused_for(f"perhaps process {reader.get_server_pid()} of onestop", url.replace("onestop@", f"{role}@"))
    await reader.close()


@pytest.mark.postgres
async def test_who_writes_in_another_database_of_the_server_is_waited_for_as_well(
    postgres: Postgres, fresh_database: Callable[[], str]
) -> None:
    """Every snapshot reaches back to the oldest transaction that writes anywhere, that of the copying too."""
    url, elsewhere = fresh_database(), await asyncpg.connect(fresh_database())
    await elsewhere.execute("BEGIN")
    await elsewhere.execute("SELECT pg_current_xact_id()")
    await (await _deleted_and_still_read(url)).close()
    said: asyncio.Queue[str] = asyncio.Queue()
    written = asyncio.create_task(compact.compact_postgres(url, say=said.put_nowait))
    while f"process {elsewhere.get_server_pid()} in the database" not in await said.get():
        pass  # other tests write on this server too, and are named while they do
    await elsewhere.close()
    await written
    assert WORD.encode() not in _bytes_of(postgres, url)


async def _refused_for(holder: str, url: str) -> None:
    """Until it is the one that is named: other tests write on this server too, and are named while they do."""
    async with asyncio.timeout(60):
        while True:
            with pytest.raises(Busy) as told:
                await compact.compact_postgres(url, say=print)
            if holder in str(told.value):
                return


async def _deleted_and_still_read(url: str) -> asyncpg.Connection:
    """A row that is deleted, and somebody whose transaction began before."""
    writer, reader = await asyncpg.connect(url), await asyncpg.connect(url)
    await writer.execute("INSERT INTO search_words VALUES (1, to_tsvector('simple', $1))", WORD)
    await reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    await reader.execute("SELECT count(*) FROM search_words")
    await writer.execute("DELETE FROM search_words")
    await writer.close()
    return reader


def _bytes_of(postgres: Postgres, url: str) -> bytes:
    postgres.sql("CHECKPOINT")
    name = url.rpartition("/")[2]
    folder = postgres.sql(
        f"SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database WHERE datname = '{name}'"
    )
    return b"".join(path.read_bytes() for path in Path(folder).iterdir() if path.is_file())
