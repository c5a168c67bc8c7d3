"""The catalogue at the screen: a service is written, published and found; a ticket at the wrong desk goes on by one key."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.console import Desk, open_ticket
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser


async def test_a_service_is_written_in_both_languages_and_published(desk: Desk) -> None:
    page = await desk.sign_in("admin")
    await page.goto(f"{desk.service.url}/console/admin/services/pothole")
    await expect(page.get_by_role("tab", name="Form")).to_have_attribute("aria-selected", "true")
    first = page.locator("[id^=question-]").first
    moved = await first.get_attribute("id")
    await first.focus()
    await page.keyboard.press("Alt+ArrowDown")
    await expect(page.locator("[id^=question-]").nth(1)).to_have_attribute("id", moved or "")
    await expect(page.locator(f"#{moved}")).to_be_focused()
    await page.get_by_role("tab", name="Details").click()
    await page.get_by_label("Name, 简体中文").fill("")
    await expect(page.get_by_text("1 text not translated")).to_be_visible()
    await page.get_by_label("Name, 简体中文").fill("道路坑洞")
    await expect(page.locator("header .chip").first).to_have_text("Draft, 2 changes")
    assert await barriers(page) == []
    await page.get_by_role("button", name="Publish").click()
    await expect(page.get_by_role("dialog")).to_contain_text("道路坑洞")
    assert await barriers(page) == []
    await page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    await expect(page.locator("header .chip").first).to_have_text("Published")
    await page.goto(f"{desk.service.url}/s/pothole?lang=zh")
    await expect(page.locator("h1")).to_have_text("道路坑洞")


async def test_wrong_desk_is_one_key_and_the_ticket_says_so(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await desk.mail("Old sofa", "An old sofa and a mattress stand in our yard.", to="parking@larkhaven.example")
    await page.goto(f"{desk.service.url}/console/queue/parking")
    await expect(page.get_by_role("option", name="Old sofa")).to_be_visible()
    await open_ticket(page, "Old sofa")
    await expect(page.locator(".service")).to_contain_text("Collection of large things")
    await expect(page.locator(".service")).to_contain_text("sofa")
    await page.locator("#ticket").focus()
    await page.keyboard.press("x")
    await expect(page.locator(".popup:popover-open input")).to_be_focused()
    await page.keyboard.type("pothole")
    await page.keyboard.press("Enter")
    await expect(page.locator("[role=feed]")).to_contain_text("Wrong desk")
    assert await barriers(page) == []
