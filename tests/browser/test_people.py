"""People in the console: found by pinyin initials, shown with what to heed, compared, joined and parted; nothing in the way of anybody."""

from __future__ import annotations

import os

import pytest
from playwright.async_api import Page, expect

from tests.browser.console import Desk
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("ONESTOP_SHOTS", "")


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.wait_for_timeout(400)
        await page.screenshot(path=f"{SHOTS}/{name}.png")


async def test_zw_finds_zhang_wei_whose_two_records_are_compared_joined_and_parted(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await page.keyboard.press("Control+k")
    box = page.locator("dialog").get_by_role("combobox")
    await box.fill("@zw")
    await shot(page, "palette")
    await page.locator("dialog").get_by_role("option", name="张薇 Wei Zhang").first.click()
    await expect(page.get_by_role("heading", level=1, name="张薇 Wei Zhang")).to_be_visible()
    await expect(page.get_by_text("No calls after 18:00")).to_be_visible()
    await expect(page.locator(".might", has_text="張薇")).to_be_visible()
    await shot(page, "profile")
    assert await barriers(page) == []
    await page.get_by_role("button", name="Compare").first.click()
    await expect(page.get_by_role("heading", name="Compare two records")).to_be_visible()
    await shot(page, "compare")
    assert await barriers(page) == []
    await page.get_by_role("button", name="They are one person").click()
    await expect(page.get_by_text("One person, several records")).to_be_visible()
    await expect(page.get_by_text("+1 555 0199")).to_be_visible()
    await shot(page, "merged")
    past = page.locator("section[aria-labelledby=past]")
    await expect(past.get_by_text("Became one person with 張薇")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("One person, several records")).to_be_hidden()
    await expect(page.get_by_text("+1 555 0199")).to_be_hidden()
    await expect(past.get_by_text("Two again: parted from 張薇")).to_be_visible()
    await expect(past.get_by_text("Became one person with 張薇")).to_be_visible()
    await shot(page, "parted")
    assert desk.complaints == []


@pytest.mark.parametrize(("theme", "language", "width"), [("dark", "zh", 1440), ("light", "en", 1024)])
async def test_the_search_for_people_keeps_nobody_out(desk: Desk, theme: str, language: str, width: int) -> None:
    page = await desk.sign_in("supervisor", theme=theme, language=language, width=width)
    await page.goto(f"{desk.service.url}/console/customers")
    await page.locator("main input[type=search]").fill("0142")
    await expect(page.get_by_role("button", name="张薇 Wei Zhang")).to_be_visible()
    await shot(page, f"find-{theme}-{language}-{width}")
    assert await barriers(page) == []
    await page.get_by_role("button", name="张薇 Wei Zhang").click()
    await page.locator("header button").last.click()
    await expect(page.locator("form fieldset")).to_be_visible()
    await shot(page, f"edit-{theme}-{language}-{width}")
    assert await barriers(page) == []
    assert desk.complaints == []
