"""The web on the small house, on both databases; and on SQLite alone where the database makes no difference."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from crm_core.actions.desk_sqlite import SqliteDesk
from tests.gateway.http.site import Site, site_on
from tests.world import Clock, World, house


@pytest.fixture
async def site(world: World, tmp_path: Path) -> AsyncIterator[Site]:
    """The web on each database in turn."""
    async with site_on(world, tmp_path / "data") as found:
        yield found


@pytest.fixture
async def small(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Site]:
    """The web on SQLite."""
    async with _on_sqlite(sqlite_template, tmp_path) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def untouched(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """The web on SQLite, one for all tests of a file: for those whose every request is refused."""
    async with _on_sqlite(sqlite_template, tmp_path_factory.mktemp("untouched")) as found:
        yield found


@asynccontextmanager
async def _on_sqlite(template: Path, folder: Path) -> AsyncIterator[Site]:
    path = folder / "onestop.db"
    await asyncio.to_thread(shutil.copyfile, template, path)
    clock = Clock()
    desk = SqliteDesk(path, clock=clock)
    async with site_on(World(desk, clock, house(), "sqlite"), folder / "data") as found:
        yield found
    await desk.close()
