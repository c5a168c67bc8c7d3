"""A sample city for the console's tests, loaded once for each worker of the run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.console import Desk, settle, staffed


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settle(tmp_path_factory.mktemp("city"))


@pytest.fixture
async def desk(tmp_path: Path, browser: Browser, city: Path) -> AsyncIterator[Desk]:
    """A running copy of it."""
    async with staffed(tmp_path, browser, city=city) as running:
        yield running
