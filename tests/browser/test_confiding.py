"""A matter for named people only: a supervisor says so at its ticket, others lose it at once, and get it back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.console import keep_picture, open_ticket, staffed
from tests.peers.chromium import barriers
from tests.stories.larkhaven import Loaded

pytestmark = pytest.mark.browser
SECRET = "What my foreman does"
ASKED = "() => fetch(`/api/v1/tickets/${location.search.slice(3)}`).then((answer) => answer.status)"


async def test_a_supervisor_says_who_sees_a_ticket_and_opens_it_again(
    tmp_path: Path, browser: Browser, city: Loaded
) -> None:
    async with staffed(tmp_path, browser, city=city) as desk:
        anna = await desk.sign_in("agent")
        helen = await desk.sign_in("supervisor", theme="dark", language="zh")
        await desk.mail(SECRET, "Please tell nobody that it was me.", to="parking@larkhaven.example")
        await open_ticket(anna, SECRET)
        await expect(anna.locator("[data-menu=more]")).to_be_visible()
        await _asked(helen)
        dialog = helen.locator("dialog[open]")
        await expect(dialog.get_by_role("checkbox").first).to_be_disabled()
        await dialog.get_by_label("查找同事").fill("Toni")
        await _fits(helen, dialog, "confide-dark-zh")
        await dialog.get_by_role("checkbox").nth(1).check()
        await dialog.get_by_role("button", name="设为保密").click()
        await expect(helen.locator("header .chip", has_text="保密")).to_be_visible()
        line = helen.locator("article.line", has_text="设为保密，Toni Okoye 也可查看")
        await expect(line).to_be_visible()
        await keep_picture(helen, "confided-dark-zh")
        await expect(anna.get_by_role("main").get_by_role("button", name="Back to the list")).to_be_visible()
        assert await anna.evaluate(ASKED) == 404
        await _asked(helen)
        await helen.set_viewport_size({"width": 360, "height": 640})
        await _fits(helen, dialog, "confide-narrow-dark-zh")
        await dialog.get_by_role("button", name="重新向队列公开").click()
        await expect(helen.locator("header .chip", has_text="保密")).to_have_count(0)
        await expect(anna.get_by_role("feed")).to_contain_text("Please tell nobody")  # back where she had it open
        await anna.get_by_role("button", name="3 changes").click()
        await expect(anna.locator("article.line", has_text="Not confidential any more")).to_be_visible()
        await anna.locator("[data-menu=more]").click()
        await expect(anna.get_by_role("menuitem", name="Who sees this ticket…")).to_have_count(0)
        assert [one for one in desk.complaints if "404 (Not Found)" not in one] == []  # what Anna may not see


async def _asked(helen: Page) -> None:
    await open_ticket(helen, SECRET)
    await helen.locator("[data-menu=more]").click()
    await helen.get_by_role("menuitem", name="谁可以查看此工单…").click()


async def _fits(page: Page, dialog: Locator, picture: str) -> None:
    await expect(dialog).to_be_visible()
    assert await dialog.evaluate("(box) => box.scrollWidth <= box.clientWidth")
    assert await barriers(page) == []
    await keep_picture(page, picture)
