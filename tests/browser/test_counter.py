"""A clerk registers somebody who stands there with the keyboard alone, solves it on the spot, and prints the slip."""

from __future__ import annotations

import os

import pytest
from playwright.async_api import Page, expect

from channels.shared.paper import reading
from tests.browser.console import Desk
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("ONESTOP_SHOTS", "")


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.wait_for_timeout(400)
        await page.screenshot(path=f"{SHOTS}/{name}.png")


async def test_somebody_is_registered_and_helped_by_keys_alone_and_takes_a_slip_along(desk: Desk) -> None:
    page = await desk.sign_in("agent")
    await page.goto(f"{desk.service.url}/console/counter")
    who = page.get_by_role("combobox", name="Who is here")
    await expect(who).to_be_focused()
    keys = page.keyboard

    # Somebody new: typed once, Enter, the telephone, on to the words.
    await keys.type("Amara Diallo")
    await expect(page.get_by_role("option", name="Somebody new: Amara Diallo")).to_be_visible()
    await shot(page, "counter-find")
    await keys.press("Enter")
    await expect(page.get_by_role("textbox", name="Telephone")).to_be_focused()
    await keys.type("+1 555 0177")
    await keys.press("Tab")
    await keys.press("Tab")
    await expect(page.get_by_role("textbox", name="What they want")).to_be_focused()
    await keys.type("My resident parking permit ran out, I need a new one")
    await expect(page.get_by_role("combobox", name="Service")).not_to_have_value("")
    await expect(page.locator("form").get_by_text("sure, by")).to_be_visible()
    await shot(page, "counter-form")
    assert await barriers(page) == []

    await keys.press("Control+Shift+Enter")
    await expect(page.get_by_role("textbox", name="What they were told")).to_be_focused()
    await keys.type("Renewed for a year and paid by card.")
    await keys.press("Control+Enter")
    slip = page.get_by_role("link", name="Print slip")
    await expect(slip).to_be_focused()
    await expect(page.get_by_text("Solved at the counter")).to_be_visible()
    number = await page.locator(".number").inner_text()
    await shot(page, "counter-done")
    assert await barriers(page) == []

    # What is printed says the same, and its code leads to where it can be followed.
    drawn = await (await page.request.get(f"{desk.service.url}{await slip.get_attribute('href')}")).body()
    [words], [picture] = reading.words(drawn, most=1), list(reading.pictures(drawn, dpi=reading.CODE_DPI, most=1))
    assert number in words
    assert reading.codes(picture) == [f"{desk.service.url}/track?number={number}"]

    # The next one is known, has a matter already, and speaks for nobody.
    await page.get_by_role("button", name="Next person").press("Enter")
    await expect(who).to_be_focused()
    await keys.type("0177")
    await expect(page.get_by_role("option", name="Amara Diallo")).to_be_visible()
    await keys.press("Enter")
    await expect(page.locator(".chosen")).to_contain_text("Amara Diallo")
    await expect(page.get_by_role("textbox", name="What they want")).to_be_focused()
    await keys.type("A street light is out in Canal Street")
    await keys.press("Control+Enter")
    await expect(page.get_by_text("We answer by")).to_be_visible()
    await page.goto(f"{desk.service.url}/track?number={number}")
    await expect(page.locator("input[name=number]")).to_have_value(number)
    assert desk.complaints == []


@pytest.mark.parametrize(("theme", "language", "width"), [("dark", "zh", 1024)])
async def test_the_counter_stands_in_nobodys_way(desk: Desk, theme: str, language: str, width: int) -> None:
    page = await desk.sign_in("agent", theme=theme, language=language, width=width)
    await page.goto(f"{desk.service.url}/console/counter")
    await expect(page.get_by_role("combobox", name="来访者")).to_be_focused()
    await expect(page.get_by_role("listbox")).to_have_count(0)  # asked for by nobody yet, it would lie over the words
    await page.keyboard.press("ArrowUp")
    await shot(page, f"counter-who-{theme}")
    await page.keyboard.press("Enter")
    await expect(page.locator(".chosen")).to_contain_text("未提供姓名")
    await page.get_by_role("textbox", name="办理事项").fill("我要办理住户停车证续期")
    await page.get_by_text("代他人办理").click()
    await page.locator("summary", has_text="特殊需要").click()
    await expect(page.locator("form").get_by_text("把握")).to_be_visible()
    await page.keyboard.press("Control+Enter")
    await shot(page, f"counter-{theme}")
    assert await barriers(page) == []
    assert desk.complaints == []
