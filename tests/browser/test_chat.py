"""A visitor and an agent talk: the widget on a page of another site, the agent at the console."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, Frame, Page, expect

from tests.browser.console import staffed
from tests.peers.chromium import barriers
from tests.stories.larkhaven import Loaded

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("ONESTOP_SHOTS", "")
ASKED = "My bin on Elm Row was not collected yesterday"


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.wait_for_timeout(500)
        await page.screenshot(path=f"{SHOTS}/{name}.png")


async def frame_of(page: Page) -> Frame:
    """What is in the frame, after the button was pressed."""
    await page.locator("body > div:last-child").locator("button").click()
    await expect(page.locator("iframe")).to_be_visible()
    return next(frame for frame in page.frames if "/w/" in frame.url)


async def test_a_visitor_and_an_agent_talk_and_see_each_other(tmp_path: Path, browser: Browser, city: Loaded) -> None:
    async with staffed(tmp_path, browser, city=city) as desk:
        anna = await desk.sign_in("agent")
        for theme, language in (("light", "en"), ("dark", "zh")):
            room = await browser.new_context(
                viewport={"width": 1440, "height": 900},
                color_scheme=theme,
                locale="zh-CN" if language == "zh" else "en-GB",
            )
            desk.rooms.append(room)
            page = await room.new_page()
            await page.goto(f"{desk.service.url}/w/demo")
            await page.wait_for_timeout(800)
            await page.mouse.click(1388, 848)
            await page.wait_for_timeout(1500)
            await shot(page, f"widget-start-{theme}-{language}")
            frame = next(frame for frame in page.frames if "/w/" in frame.url and "demo" not in frame.url)
            await frame.locator("textarea").fill(ASKED)
            await frame.locator("textarea").press("Enter")
            await expect(frame.locator(".system b")).to_be_visible()
            await shot(page, f"widget-talk-{theme}-{language}")
            print(await barriers(frame))
