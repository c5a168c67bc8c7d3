"""The schema goes up, down and up again on both databases, and is what `tables.py` says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from crm_core.store import schema
from crm_core.store.tables import metadata
from crm_core.store.words import PREFIX

Run = Callable[[sa.Connection], Any]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Run], Any]:
    """Runs something on a connection to one new database."""
    if request.param == "sqlite":
        engine = schema.sqlite_engine(tmp_path / "new.db")

        async def on_sqlite(what: Run) -> Any:
            with engine.connect() as connection:
                return what(connection)

        return on_sqlite
    url: str = request.getfixturevalue("postgres").fresh("template0")

    async def on_postgres(what: Run) -> Any:
        engine = create_async_engine("postgresql+asyncpg://" + url.split("://", 1)[1], poolclass=sa.pool.NullPool)
        async with engine.connect() as connection:
            return await connection.run_sync(what)

    return on_postgres


def tables(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


async def test_it_goes_up_down_and_up_again(run: Callable[[Run], Any]) -> None:
    newest = await run(schema.migrate)
    there = await run(tables)
    for version in ("0001", "base"):
        await run(partial(schema.downgrade, to=version))
        left = await run(tables)
        assert not any(name.startswith(PREFIX) for name in left)
        assert ("tickets" in left) == (version == "0001")
    assert await run(schema.migrate) == newest
    assert await run(tables) == there
    assert await run(schema.is_current)


async def test_the_tables_are_what_the_code_says(run: Callable[[Run], Any]) -> None:
    await run(schema.migrate)

    def differences(connection: sa.Connection) -> list[Any]:
        options = {"compare_type": True, "include_object": lambda _o, name, *_: not str(name).startswith(PREFIX)}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    assert await run(differences) == []
