"""The browser renders, and what keeps people out is found."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser


async def test_a_page_runs_its_script(page: Page) -> None:
    await page.set_content("<p id=a></p><script>a.textContent = 'Olá'</script>")
    assert await page.inner_text("#a") == "Olá"


async def test_a_picture_without_words_is_a_barrier(page: Page) -> None:
    await page.set_content("<!doctype html><html lang=en><title>x</title><main><h1>Hi</h1><img src=data:,></main>")
    assert [found["rule"] for found in await barriers(page)] == ["image-alt"]
