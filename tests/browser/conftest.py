"""A sample city for the console's tests, each with a copy of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.console import Desk, staffed
from tests.stories.larkhaven import Loaded, loaded


@pytest.fixture(scope="session")
def city(room_of_the_run: Path) -> Loaded:
    return loaded(room_of_the_run)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(tmp_path: Path, browser: Browser, city: Loaded) -> AsyncIterator[Desk]:
    """A running copy of it."""
    async with staffed(tmp_path, browser, city=city) as running:
        yield running
