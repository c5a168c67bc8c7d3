"""Finding things at the console: a page of its own, by keys, in any script, with what was asked for marked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.console import Desk
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser


async def searching(desk: Desk) -> Page:
    page = await desk.sign_in("supervisor")
    await page.goto(f"{desk.service.url}/console/search")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    return page


async def test_what_is_typed_is_found_marked_and_opened_by_keys(desk: Desk) -> None:
    page = await searching(desk)
    await page.keyboard.type("停車")  # traditional signs find what was written in simplified ones
    await expect(page.locator("mark").first).to_have_text("停车")
    await expect(page).to_have_url(f"{desk.service.url}/console/search?q=%E5%81%9C%E8%BB%8A")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("[role=feed]")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("searchbox")).to_have_value("停車")
    assert desk.complaints == []


async def test_filters_stand_in_the_address_and_leave_out_the_rest(desk: Desk) -> None:
    page = await searching(desk)
    await page.keyboard.type("permit")
    await expect(page.locator(".search li").first).to_be_visible()
    await page.get_by_role("button", name="What").click()
    await page.get_by_role("option", name="Person").click()
    await expect(page.locator(".empty")).to_contain_text("Nothing found")
    await page.get_by_role("button", name="What: Person").click()
    await page.get_by_role("option", name="Any").click()
    await page.get_by_role("button", name="Status").click()
    await page.get_by_role("option", name="Solved").click()
    await expect(page).to_have_url(f"{desk.service.url}/console/search?q=permit&status=solved")
    await expect(page.locator(".search li").first).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("button", name="Status: Solved")).to_be_visible()


async def test_the_palette_leads_on_to_everything(desk: Desk) -> None:
    page = await desk.sign_in("agent")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("bicycle")
    await page.get_by_role("option", name="All results for “bicycle”").click()
    await expect(page.get_by_role("searchbox")).to_have_value("bicycle")


@pytest.mark.parametrize(("theme", "language", "width"), [("light", "en", 1440), ("dark", "zh", 1024)])
async def test_the_page_has_no_barrier(desk: Desk, tmp_path: Path, theme: str, language: str, width: int) -> None:
    page = await desk.sign_in("supervisor", theme=theme, language=language, width=width)
    await page.goto(f"{desk.service.url}/console/search?q=permit&status=open")
    await expect(page.locator("mark").first).to_be_visible()
    assert await barriers(page) == []
    folder = Path(os.environ.get("ONESTOP_PICTURES", tmp_path))
    await page.screenshot(path=folder / f"search-{theme}-{language}-{width}.png")
