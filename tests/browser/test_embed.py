"""The one line in another site's page, in a real Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, expect

from tests.browser.console import keep_picture
from tests.gateway.portal.test_embed import allow
from tests.gateway.portal.town import Town, town_at
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="en"><title>Another site</title><main><h1>Library</h1>
<script src="{base}/embed.js" data-service="general" data-title="Ask the city" data-language="{language}"></script>
<p>Below it</p></main></html>"""


@pytest_asyncio.fixture(loop_scope="session")
async def sites(tmp_path: Path) -> AsyncIterator[tuple[Town, str, str]]:
    """The portal, and another site: `localhost` and `127.0.0.1` are two origins to a browser."""
    async with town_at(tmp_path) as town:
        runner = web.AppRunner(town.app())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"

        async def theirs(request: web.Request) -> web.Response:
            language = request.query.get("in", "en")
            return web.Response(text=PAGE.format(base=base, language=language), content_type="text/html")

        other = web.Application()
        other.router.add_get("/", theirs)
        beside = web.AppRunner(other)
        await beside.setup()
        await web.TCPSite(beside, "127.0.0.1", 0).start()
        yield town, base, f"http://localhost:{beside.addresses[0][1]}"
        await beside.cleanup()
        await runner.cleanup()


async def test_a_form_stands_in_a_named_sites_page_and_in_no_other(
    browser: Browser, sites: tuple[Town, str, str]
) -> None:
    town, _, theirs = sites
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(theirs)
    await expect(page.get_by_role("link", name="Ask the city")).to_be_visible()
    await expect(page.frame_locator("iframe").get_by_role("button", name="Send")).to_have_count(0)

    await allow(town, theirs)
    await page.goto(theirs)
    form = page.frame_locator("iframe")
    await expect(form.get_by_role("button", name="Send")).to_be_visible()
    await expect(page.get_by_role("link", name="Ask the city")).to_have_count(0)
    box = await page.locator("iframe").bounding_box()
    assert box is not None
    assert box["height"] > 300, "as high as its form"
    assert await barriers(page) == []
    await keep_picture(page, "embedded-form")
    await form.locator("#q-words").fill("The lamp is dark.")
    town.clock.pass_(seconds=10)
    await form.get_by_role("button", name="Send").click()
    await form.locator("#problem").wait_for()
    await expect(form.locator("#q-words")).to_have_value("The lamp is dark.")
    await form.locator("#q-your_email").fill("wei@example.org")
    await form.locator("#q-your_name").fill("Wei")
    town.clock.pass_(seconds=10)
    await form.get_by_role("button", name="Send").click()
    await form.locator(".no").wait_for()
    [ticket] = await town.tickets()
    assert await form.locator(".no").inner_text() == ticket.number
    assert await context.cookies() == []
    await page.goto(f"{theirs}/?in=zh")
    await expect(page.frame_locator("iframe").locator("html")).to_have_attribute("lang", "zh-Hans")
    await context.close()
