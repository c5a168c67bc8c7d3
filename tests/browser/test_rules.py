"""Targets and hours, as an admin changes them: seen first, then published, and taken back; all of it by keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.console import Desk
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser


async def opened(desk: Desk, page_name: str, **look: object) -> Page:
    page = await desk.sign_in("admin", **look)  # type: ignore[arg-type]
    await page.goto(f"{desk.service.url}/console/admin/{page_name}")
    await expect(page.locator("form.editor")).to_be_visible()
    return page


async def test_a_target_is_looked_at_published_and_taken_back(desk: Desk) -> None:
    page = await opened(desk, "targets")
    await page.get_by_role("button", name="Housing repair").click()
    await expect(page.locator(".example")).to_contain_text("A form sent Friday 17:50 is due")
    field = page.get_by_label("Every other, First answer, written", exact=True)
    await field.fill("4")
    await expect(page.get_by_text("What publishing does")).to_be_visible()
    await expect(page.locator("aside")).to_contain_text("open tickets are concerned")
    await page.get_by_role("button", name="Publish", exact=True).click()
    await expect(page.locator("aside")).to_contain_text("Edition 2 is in force")
    await expect(page.locator("aside")).to_contain_text("Open tickets are reckoned anew")
    await page.get_by_role("button", name="Go back to this").click()
    await expect(page.locator("aside")).to_contain_text("as edition 1 was")
    await expect(field).to_have_value("8")
    assert desk.complaints == []


async def test_hours_are_opened_and_closed_with_the_arrow_keys(desk: Desk) -> None:
    page = await opened(desk, "hours")
    monday = page.get_by_label("Monday, Open", exact=True)
    await expect(monday).to_have_value("08:00–18:00")
    await page.locator("[data-cell='0-16']").focus()
    await page.keyboard.press("Enter")
    await expect(monday).to_have_value("08:30–18:00")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Enter")
    await expect(monday).to_have_value("07:30–08:00, 08:30–18:00")
    await monday.fill("9-12, 13-17")
    await monday.press("Tab")
    noon = page.locator("[data-cell='0-24']")
    await expect(noon).to_have_attribute("aria-label", "Monday 12:00 to 12:30, closed")
    await expect(page.locator("aside")).to_contain_text("open tickets are concerned")
    await page.get_by_role("button", name="Discard draft").click()
    await expect(page.get_by_label("Monday, Open", exact=True)).to_have_value("08:00–18:00")
    assert desk.complaints == []


async def test_a_status_may_say_why_the_clock_stands_still_and_the_chip_lists_every_target(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await page.goto(f"{desk.service.url}/console/queue/parking")
    await page.locator("[role=option]").nth(2).click()
    chip = page.locator("header button.chip.num")
    await chip.focus()
    await expect(page.locator("[role=tooltip]")).to_contain_text("Counted in City Hall hours")
    await page.keyboard.press("Escape")
    await page.locator("header button.prop").first.click()
    await page.get_by_role("option", name="Waiting for documents").click()
    await expect(page.locator("header button.prop").first).to_contain_text("Waiting")
    await chip.focus()
    await expect(page.locator("[role=tooltip]")).to_contain_text("Waiting for documents. The clock stands still")


@pytest.mark.parametrize("name", ["targets", "hours"])
@pytest.mark.parametrize(("theme", "language", "width"), [("light", "en", 1440), ("dark", "zh", 1024)])
async def test_the_pages_have_no_barrier(
    desk: Desk, tmp_path: Path, name: str, theme: str, language: str, width: int
) -> None:
    page = await opened(desk, name, theme=theme, language=language, width=width)
    assert await barriers(page) == []
    folder = Path(os.environ.get("ONESTOP_PICTURES", tmp_path))
    await page.screenshot(path=folder / f"{name}-{theme}-{language}-{width}.png")
