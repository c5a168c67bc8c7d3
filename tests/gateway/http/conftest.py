"""The web on the small house, on both databases; and on SQLite alone where the database makes no difference."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

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
    path = tmp_path / "onestop.db"
    await asyncio.to_thread(shutil.copyfile, sqlite_template, path)
    clock = Clock()
    desk = SqliteDesk(path, clock=clock)
    async with site_on(World(desk, clock, house(), "sqlite"), tmp_path / "data") as found:
        yield found
    await desk.close()
