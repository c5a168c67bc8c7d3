"""A town and somebody who visits its pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.portal.town import Citizen, Town, town_at, visitor


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with town_at(tmp_path) as built:
        yield built


@pytest.fixture
async def citizen(town: Town) -> AsyncIterator[Citizen]:
    async with visitor(town) as somebody:
        yield somebody
