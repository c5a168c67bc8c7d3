"""How a queue looks for an agent and what the house wants of its live contacts, said in the console."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.console import Desk, keep_picture
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser


async def opened(desk: Desk, page: Page, slug: str = "") -> None:
    await page.goto(f"{desk.service.url}/console/admin/queues/{slug}")
    await expect(page.locator("main form")).to_be_visible()


async def saved(page: Page) -> None:
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved. It holds now.")).to_be_visible()


async def test_a_queue_is_told_how_to_look_for_somebody_and_nothing_typed_is_lost(desk: Desk) -> None:
    page = await desk.sign_in("admin")
    await opened(desk, page, "housing-repairs")
    await page.get_by_role("button", name="Add a step").click()
    await page.keyboard.type(" days")
    await page.get_by_label("Keep it for them").fill("31")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("2 fields need a look.")).to_be_visible()
    await expect(page.get_by_label("Step 1: after", exact=True)).to_be_focused()
    await expect(page.get_by_text("Enter something from 0 s to 30 s.")).to_be_visible()
    assert await barriers(page) == []
    await keep_picture(page, "queues-wrong-1440-light-en")

    await page.get_by_label("Step 1: after", exact=True).fill("45")
    await page.get_by_label("Step 1: level that is enough").select_option("1")
    await page.get_by_label("Keep it for them").fill("12")
    await page.get_by_label("It goes to").select_option(label="Benefits")
    await page.get_by_label("Wrap-up at most", exact=True).fill("1.5")
    await page.get_by_role("link", name="Service level").click()
    await expect(page.get_by_role("link", name="Housing repairs Not saved")).to_be_visible()
    await page.reload()
    await page.get_by_role("link", name="Housing repairs Not saved").click()
    await expect(page.get_by_label("Keep it for them")).to_have_value("12")
    await expect(page.get_by_text("After 5 min it goes to Benefits.")).to_be_visible()
    await saved(page)
    await expect(page.get_by_text("Wrap-up lasts 1 min 30 s at most.")).to_be_visible()
    assert await barriers(page) == []
    await keep_picture(page, "queues-1440-light-en")

    other = await desk.sign_in("supervisor", width=1280, theme="dark", language="zh")
    await opened(desk, other, "housing-repairs")
    await expect(other.get_by_text("等候满 5 分钟后转到")).to_be_visible()
    await other.get_by_label("为其保留").fill("3")
    await page.get_by_label("Keep it for them").fill("20")
    await saved(page)
    await expect(other.get_by_text("其间有人更改过。")).to_be_visible()
    await keep_picture(other, "queues-passed-1280-dark-zh")
    await other.get_by_role("button", name="看对方的").click()
    await expect(other.get_by_label("为其保留")).to_have_value("20")
    assert desk.complaints == []


async def test_the_aims_are_set_and_the_board_names_them_and_their_variant_at_once(desk: Desk) -> None:
    board = await desk.sign_in("supervisor")
    await board.goto(f"{desk.service.url}/console/live")
    await expect(board.get_by_text("Live contacts answered within 20 s")).to_be_visible()
    page = await desk.sign_in("admin", width=320, theme="dark")
    await opened(desk, page)
    await page.get_by_label("Answered within", exact=True).fill("30")
    await page.get_by_label("Longest wait", exact=True).fill("0.2")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("The longest wait cannot be shorter than the aim.")).to_be_visible()
    await page.get_by_label("Longest wait", exact=True).fill("4")
    await page.get_by_label("SL2").check()
    await saved(page)
    assert await barriers(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await keep_picture(page, "aims-320-dark-en")
    await expect(board.get_by_text("Live contacts answered within 30 s")).to_be_visible()
    await expect(board.get_by_text("SL2: of those answered only")).to_be_visible()
    assert desk.complaints == []
