"""The room for what looks like spam, and what inboxes say by themselves, as a supervisor and an admin meet them."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.console import CITIZEN, Desk, keep_picture, open_ticket
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser

REPAIRS = "repairs@larkhaven.example"


async def test_spam_is_held_looked_at_by_keys_and_acknowledgements_are_a_quiet_line(desk: Desk) -> None:
    admin = await desk.sign_in("admin")
    await hold_what_comes_from_there(desk, admin)
    await desk.mail("Cheap lifts for your house", "Look at our lifts.", to=REPAIRS)
    row = admin.locator("tr[tabindex]", has_text="Cheap lifts")
    await expect(row).to_be_visible()
    assert await barriers(admin) == []
    await keep_picture(admin, "suspected-light-en")
    await expect(admin.locator("nav").get_by_role("link", name="Suspected")).to_have_count(1)  # the page, and no queue
    await row.focus()
    await admin.keyboard.press("s")
    await admin.get_by_role("dialog").get_by_label("Why").fill("Sells lifts")
    await admin.get_by_role("dialog").get_by_role("button", name="Spam").click()
    await expect(row).to_have_count(0)
    await admin.get_by_role("button", name="Called spam").click()
    await expect(row).to_contain_text("Sells lifts")
    await row.focus()
    await admin.keyboard.press("n")
    await expect(row).to_have_count(0)
    await admin.get_by_role("button", name="Lift: homeline.example").click()
    await expect(admin.get_by_text("Nobody is blocked.")).to_be_visible()

    await desk.mail("Lift stuck again", "It is stuck on the second floor.", to=REPAIRS)
    await called_spam_in_the_thread(admin)
    await admin.goto(f"{desk.service.url}/console/admin/acknowledgements")
    await expect(admin.get_by_role("row", name="Larkhaven Housing Repairs").get_by_text("1 of 200")).to_be_visible()
    assert await barriers(admin) == []
    await keep_picture(admin, "acknowledgements-light-en")
    await admin.get_by_role("button", name="Change: Larkhaven Housing Repairs").click()
    await admin.get_by_role("dialog").get_by_label("Who hears from it").select_option("nobody")
    await keep_picture(admin, "acknowledge-form-light-en")
    await admin.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(admin.get_by_role("row", name="Larkhaven Housing Repairs").get_by_text("Off")).to_be_visible()
    await admin.get_by_role("button", name="Forms: Larkhaven services online").click()
    await expect(admin.get_by_role("dialog").get_by_label("The line for their page")).to_be_visible()
    assert await barriers(admin) == []
    await keep_picture(admin, "forms-elsewhere-light-en")
    await admin.keyboard.press("Escape")
    assert desk.complaints == []


async def test_what_is_held_is_shown_by_pages(desk: Desk) -> None:
    admin = await desk.sign_in("admin")
    await admin.route("**/api/v1/suspected?*", lambda route: route.continue_(url=f"{route.request.url}&limit=1"))
    await hold_what_comes_from_there(desk, admin)
    rows, more = admin.locator("tr[tabindex]"), admin.get_by_role("button", name="Show more")
    for number in range(3):
        await desk.mail(f"Cheap lifts {number}", "Look at our lifts.", to=REPAIRS)
        await expect(rows).to_contain_text(f"Cheap lifts {number}")
    for shown in (2, 3):
        await more.click()
        await expect(rows).to_have_count(shown)
    await expect(more).to_have_count(0)
    assert desk.complaints == []


async def hold_what_comes_from_there(desk: Desk, admin: Page) -> None:
    """What looks like spam is held, and the citizen's whole domain is blocked."""
    await admin.goto(f"{desk.service.url}/console/suspected")
    await admin.get_by_role("button", name="Hold what looks like spam").click()
    await expect(admin.get_by_text("Held from 3 points on.")).to_be_visible()
    await admin.get_by_label("Address, domain or network").fill(CITIZEN.partition("@")[2])
    await admin.get_by_label("Why", exact=True).fill("Floods us")
    await admin.get_by_role("button", name="Block", exact=True).click()
    await expect(admin.get_by_role("cell", name="Domain homeline.example")).to_be_visible()


async def called_spam_in_the_thread(page: Page) -> None:
    """By one key, with what comes from there held too; and taken back."""
    await page.get_by_role("link", name="Unassigned").click()
    await open_ticket(page, "Lift stuck again")
    await page.keyboard.press("!")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Hold what comes from").select_option("address")
    assert await barriers(page) == []
    await keep_picture(page, "spam-from-the-thread-light-en")
    await dialog.get_by_role("button", name="Spam").click()
    solve = page.get_by_role("button", name="Solve", exact=True)
    await expect(solve).to_have_count(0)
    number = page.url.rpartition("=")[2]
    await page.locator(".toast", has_text=number).get_by_role("button", name="Undo").click()
    await expect(solve).to_be_visible()
