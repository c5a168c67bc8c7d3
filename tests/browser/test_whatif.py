"""What if there were two more from ten on: asked from the live board, answered by formula and by rehearsal."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.console import Desk, keep_picture
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser

PLAYED = 60_000
"""Milliseconds that a busy machine may take to play a day; nobody waits longer than it needs."""


async def day(page: Page, *, opens: str, closes: str, contacts: str) -> None:
    """An ordinary one, typed."""
    await page.locator("#plan-from").select_option(label=opens)
    await page.locator("#plan-to").select_option(label=closes)
    for field in await page.locator(".slots input").all():
        await field.fill(contacts)
    await page.locator("#plan-handle").fill("3")
    await page.locator("#plan-patience").fill("4")
    await page.locator("#plan-people").fill("4")


async def test_a_supervisor_asks_what_two_more_from_ten_on_would_do(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await page.goto(f"{desk.service.url}/console/live")
    await page.get_by_role("rowheader").get_by_role("button", name="Benefits").click()
    await page.get_by_role("dialog").get_by_role("link", name="What if…").click()
    await expect(page.locator(".queue select")).to_have_value("benefits")
    await day(page, opens="08:00", closes="12:00", contacts="30")
    await page.locator("#plan-more").fill("two")
    await page.keyboard.press("Enter")
    await expect(page.locator("#plan-more")).to_be_focused()
    await expect(page.get_by_text("Enter a whole number; 200 agents at most.")).to_be_visible()
    await page.locator("#plan-more").fill("2")
    await page.locator("#plan-since").select_option(label="10:00")
    await page.locator("#plan-shrinkage").fill("30")
    await page.get_by_role("button", name="Play the day").click()
    await expect(page.get_by_role("heading", name="With 2 more from 10:00")).to_be_visible(timeout=PLAYED)
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="10:00"))
    await expect(row.get_by_role("cell").nth(2)).to_have_text("6")
    await page.get_by_label("As it is").check()
    await expect(row.get_by_role("cell").nth(2)).to_have_text("4 (1 short)")
    assert await barriers(page) == []
    await keep_picture(page, "whatif-1440-light-en")
    assert desk.complaints == []


async def test_it_reads_in_chinese_in_the_dark_and_on_a_narrow_screen(desk: Desk) -> None:
    page = await desk.sign_in("supervisor", width=320, theme="dark", language="zh")
    await page.goto(f"{desk.service.url}/console/reports/staffing/benefits")
    await day(page, opens="09:00", closes="11:00", contacts="20")
    await page.get_by_role("button", name="推演这一天").click()
    await expect(page.get_by_role("heading", name="起多 2 人")).to_be_visible(timeout=PLAYED)
    assert await barriers(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await keep_picture(page, "whatif-320-dark-zh")
    assert desk.complaints == []
