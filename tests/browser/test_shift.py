"""The hard moments of a day: declined in one's own words, the end of a shift, taken back, and given above what somebody can carry."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.console import Desk, keep_picture, open_ticket, staffed
from tests.browser.test_chat import AlwaysOpen
from tests.peers.chromium import barriers
from tests.stories.larkhaven import Loaded

pytestmark = pytest.mark.browser
INBOX = "parking@larkhaven.example"
FIRST, SECOND = "The gate squeaks", "The bench is broken"


@dataclass(frozen=True, slots=True)
class OneAtATime(AlwaysOpen):
    """Anna carries one thing at a time, has nothing yet, and is in every team but one."""

    def into(self, folder: Path) -> None:
        super(OneAtATime, self).into(folder)
        with sqlite3.connect(folder / "var" / "onestop.db") as record:
            record.execute("UPDATE tickets SET assignee = NULL")
            hers = "UPDATE agents SET capacity = ? WHERE email = 'agent@larkhaven.example'"
            record.execute(hers, (json.dumps({"total": 1, "by_channel": {}}),))
            most = "SELECT json_group_array(id) FROM teams WHERE name NOT LIKE '%Property tax%'"
            record.execute(f"UPDATE agents SET teams = ({most}) WHERE email = 'agent@larkhaven.example'")


async def test_work_is_declined_in_words_handed_over_and_taken_back_and_given_above_capacity(
    tmp_path: Path, browser: Browser, city: Loaded
) -> None:
    async with staffed(tmp_path, browser, city=OneAtATime(city.var)) as desk:  # type: ignore[arg-type]
        anna, helen = await desk.sign_in("agent"), await desk.sign_in("supervisor", theme="dark", language="zh")
        await _declined(desk, anna)
        await _handed_over(anna)
        await _moved_out_of_sight(anna)
        await _overloaded(desk, helen)
        await _narrow_and_in_chinese(helen)
        asked = (
            "409 (Conflict)",
            "404 (Not Found)",
        )  # the browser's own lines: what Helen is asked about, what Anna may not see
        assert [one for one in desk.complaints if not any(line in one for line in asked)] == []


async def _declined(desk: Desk, anna: Page) -> None:
    await desk.mail(FIRST, "Every night.", to=INBOX)
    offer = anna.get_by_role("alertdialog")
    await expect(offer).to_be_visible()
    await offer.get_by_role("button", name="Decline").click()
    await anna.get_by_role("menuitem", name="In my own words").click()
    dialog = anna.locator("dialog[open]")
    await dialog.get_by_label("Reason").select_option("skill")
    await dialog.get_by_label("In your own words").fill("Gates are the carpenters' matter.")
    await _fits(anna, dialog, "decline-in-words-light-en")
    await dialog.get_by_role("button", name="Decline").click()
    await expect(offer).to_have_count(0)


async def _handed_over(anna: Page) -> None:
    """What she has goes back to its queue, and comes back to her."""
    await open_ticket(anna, FIRST)
    line = anna.locator("article.line", has_text="Declined by you: Not my field · Gates are the carpenters' matter.")
    await expect(line).to_be_visible()
    await keep_picture(anna, "declined-line-light-en")
    await anna.keyboard.press("m")
    await expect(anna.get_by_text("is with you").first).to_be_visible()
    await anna.locator("[data-menu=duty]").click()
    await anna.get_by_role("option", name="End shift").click()
    dialog = anna.locator("dialog[open]")
    await expect(dialog.get_by_role("checkbox", name=FIRST)).to_be_checked()
    await _fits(anna, dialog, "shift-light-en")
    await dialog.get_by_role("button", name="Hand over 1 and go offline").click()
    toast = anna.locator(".toast", has_text="1 handed over, you are offline")
    await expect(toast).to_be_visible()
    await keep_picture(anna, "shift-handed-light-en")
    await toast.get_by_role("button", name="Undo").click()
    await expect(anna.locator(".toast", has_text="All 1 are yours again")).to_be_visible()
    await expect(anna.locator("[data-menu=duty]")).to_contain_text("Available")


async def _moved_out_of_sight(anna: Page) -> None:
    """To a team that she is not in, by mistake: she sees it no more, and undoes it all the same. Nothing new comes meanwhile."""
    await anna.locator("[data-menu=duty]").click()
    await anna.get_by_role("option", name="Away").click()
    await open_ticket(anna, FIRST)
    await anna.locator("[data-menu=queue]").click()
    await anna.get_by_role("option", name="Property tax").click()
    toast = anna.locator(".toast", has_text="moved to Property tax")
    await expect(toast).to_be_visible()
    await keep_picture(anna, "moved-light-en")
    asked = "() => fetch(`/api/v1/tickets/${location.search.slice(3)}`).then((answer) => answer.status)"
    assert await anna.evaluate(asked) == 404
    await expect(anna.get_by_role("main").get_by_role("button", name="Back to the list")).to_be_visible()
    await toast.get_by_role("button", name="Undo").click()
    await expect(anna.locator(".toast", has_text="is as it was")).to_be_visible()
    await open_ticket(anna, FIRST)
    await expect(anna.locator("[data-menu=owner]")).to_contain_text("You")
    await keep_picture(anna, "undone-light-en")


async def _overloaded(desk: Desk, helen: Page) -> None:
    """Anna has one and gets another: Helen is asked once more, and says so."""
    await desk.mail(SECOND, "Since the storm.", to=INBOX)
    await open_ticket(helen, SECOND)
    await helen.locator("[data-menu=owner]").click()
    await helen.get_by_role("option", name="Anna Kowal").click()
    again = helen.locator(".toast").get_by_role("button", name="仍然分配")
    await expect(again).to_be_visible()
    await keep_picture(helen, "override-dark-zh")
    assert await barriers(helen) == []
    await helen.set_viewport_size({"width": 320, "height": 640})
    await expect(again).to_be_in_viewport()
    await keep_picture(helen, "override-320-zh")
    await helen.set_viewport_size({"width": 1440, "height": 900})
    await again.click()
    await expect(helen.locator(".toast", has_text="超出其容量")).to_be_visible()


async def _narrow_and_in_chinese(helen: Page) -> None:
    """She holds nothing: her shift ends at once, also where little room is."""
    await helen.locator("[data-menu=duty]").click()
    await helen.get_by_role("option", name="结束班次").click()
    dialog = helen.locator("dialog[open]")
    await _fits(helen, dialog, "shift-dark-zh")
    await dialog.get_by_role("button", name="离线").click()
    await expect(helen.locator("[data-menu=duty]")).to_contain_text("离线")


async def _fits(page: Page, dialog: Locator, name: str) -> None:
    """Nothing bars anybody, and at 320 pixels all of it can be reached."""
    await expect(dialog).to_be_visible()
    await keep_picture(page, name)
    assert await barriers(page) == []
    await page.set_viewport_size({"width": 320, "height": 640})
    await keep_picture(page, f"{name}-320")
    assert await dialog.locator("form").evaluate("box => box.scrollWidth <= box.clientWidth && box.clientWidth <= 320")
    await page.set_viewport_size({"width": 1440, "height": 900})
