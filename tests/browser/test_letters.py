"""A letter is scanned, read and registered; what it says, when it came and where it belongs is seen before."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from channels.shared.paper import reading
from tests.browser.console import Desk
from tests.channels.letter.paper import printed
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("ONESTOP_SHOTS", "")
WORDS = "Dear City Hall,\nplease renew my resident parking permit. It ran out last week.\nYours, Halima Osei"
MORE = "Enclosed: my proof of address.\nThe electricity bill of October."


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.wait_for_timeout(400)
        await page.screenshot(path=f"{SHOTS}/{name}.png")


def scans(folder: Path) -> list[str]:
    """A letter in two files, as a scanner without a feeder makes them."""
    files = {"letter.pdf": printed(WORDS), "sheet-2.pdf": printed(MORE)}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [str(folder / name) for name in files]


async def register(desk: Desk, page: Page, folder: Path) -> str:
    """A letter of two scans from somebody new; its number."""
    await page.goto(f"{desk.service.url}/console/letters")
    await expect(page.get_by_text("Nothing to register.")).to_be_visible()
    await page.locator("input[type=file]").set_input_files(scans(folder))
    await expect(page.get_by_text("2 letters to register")).to_be_visible()
    await page.get_by_role("button", name="Put together with the one above").click()
    await expect(page.get_by_text("1 letter to register")).to_be_visible()
    words = page.get_by_role("textbox", name="What it says")
    assert "parking permit" in await words.input_value()
    assert "electricity bill" in await words.input_value()
    await expect(page.get_by_role("combobox", name="Service")).not_to_have_value("")
    who = page.get_by_role("combobox", name="Who wrote")
    await expect(who).to_be_focused()
    await page.keyboard.type("Halima Osei")
    await page.keyboard.press("Enter")
    await page.get_by_role("textbox", name="Street and number").fill("12 Elm Row")
    await page.get_by_role("textbox", name="Postcode and town").fill("Larkhaven 04431")
    came = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    await page.get_by_label("It came on").fill(came)
    await shot(page, "letters")
    assert await barriers(page) == []
    await page.keyboard.press("Control+Enter")
    told = page.locator(".num", has_text="Registered as ON-")
    await expect(told).to_be_visible()
    number = (await told.inner_text()).split()[-1]
    await expect(page.get_by_text("Nothing to register.")).to_be_visible()
    return number


async def answer(desk: Desk, page: Page, number: str) -> None:
    """It goes where the letter came from, and the page is seen before."""
    await page.goto(f"{desk.service.url}/console/inbox?t={number}")
    await page.locator(".composer textarea").fill("Dear Ms Osei,\n\nyour permit is renewed until November 2027.")
    await expect(page.locator(".preview .pages img")).to_be_visible()
    await shot(page, "letter-composer")
    assert await barriers(page) == []
    await page.keyboard.press("Control+Enter")
    last = page.locator("[role=feed] article.card").last
    await expect(last).to_contain_text("Waiting to be printed")
    await shot(page, "letter-waits")


async def print_and_post(desk: Desk, page: Page) -> bytes:
    """One PDF for the printer; what it says is what the page showed."""
    await page.goto(f"{desk.service.url}/console/letters/out")
    link = page.get_by_role("link", name="Print 1 letter")
    await expect(link).to_be_visible()
    await shot(page, "letters-out")
    assert await barriers(page) == []
    sheet = await (await page.request.get(f"{desk.service.url}{await link.get_attribute('href')}")).body()
    [printed_words] = reading.words(sheet, most=9)
    assert "Halima Osei\n12 Elm Row\nLarkhaven 04431" in printed_words
    assert "renewed until November 2027" in printed_words
    await link.click()
    await page.get_by_role("button", name="1 is in the post").click()
    await expect(page.get_by_text("No letter waits.")).to_be_visible()
    return sheet


async def test_a_letter_is_registered_answered_printed_posted_and_our_sheet_leads_the_reply_back(
    desk: Desk, tmp_path: Path
) -> None:
    page = await desk.sign_in("agent")
    number = await register(desk, page, tmp_path)
    await answer(desk, page, number)
    sheet = await print_and_post(desk, page)
    (tmp_path / "reply.pdf").write_bytes(sheet)
    await page.get_by_role("button", name="Came in").click()
    await page.locator("input[type=file]").set_input_files(str(tmp_path / "reply.pdf"))
    await expect(page.get_by_role("radio", name=f"{number}, by the code of our letter")).to_be_checked()
    await shot(page, "letter-back")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".num", has_text=f"Registered as {number}")).to_be_visible()
    assert desk.complaints == []


async def test_of_a_scan_from_the_folder_whoever_reads_it_says_whose_it_is(desk: Desk, tmp_path: Path) -> None:
    """Beside the ticket, in Chinese and dark too."""
    folder = tmp_path / "scanner"
    folder.mkdir()
    admin = await desk.sign_in("admin", theme="dark", language="zh")
    made = """async ([drop]) => {
        const csrf = (await (await fetch("/api/v1/session")).json()).csrf;
        return (await fetch("/api/v1/inboxes", {
            method: "POST", headers: {"Content-Type": "application/json", "X-CSRF-Token": csrf},
            body: JSON.stringify({channel: "letter", name: "Scanner", settings: {drop}}),
        })).status;
    }"""
    await admin.goto(f"{desk.service.url}/console/letters")
    assert await admin.evaluate(made, [str(folder)]) == 201
    (folder / "scan.pdf").write_bytes(printed("Dear City Hall, the lamp in Elm Row is out."))
    async with asyncio.timeout(60):  # the folder is looked into now and then, and a search shows what was there
        while not await admin.get_by_text("the lamp in Elm Row is out").count():
            await admin.goto(f"{desk.service.url}/console/search?q=lamp%20elm%20row")
            await admin.locator(".search li, .search .empty").first.wait_for()
    await admin.get_by_text("the lamp in Elm Row is out").first.click()
    await admin.get_by_role("button", name="登记写信人").click()
    dialog = admin.get_by_role("dialog")
    await dialog.get_by_role("combobox").fill("Halima Lind")
    await admin.keyboard.press("Enter")
    assert await barriers(admin) == []
    await shot(admin, "whose-dark-zh")
    await dialog.get_by_role("button", name="确认写信人").click()
    await expect(admin.get_by_role("heading", name="Halima Lind")).to_be_visible()
    await expect(admin.get_by_role("button", name="登记写信人")).to_have_count(0)
    await shot(admin, "whose-done-dark-zh")


@pytest.mark.parametrize(("theme", "language", "width"), [("dark", "zh", 1024)])
async def test_letters_stand_in_nobodys_way(desk: Desk, tmp_path: Path, theme: str, language: str, width: int) -> None:
    page = await desk.sign_in("agent", theme=theme, language=language, width=width)
    await page.goto(f"{desk.service.url}/console/letters")
    await page.locator("input[type=file]").set_input_files(scans(tmp_path))
    await expect(page.get_by_text("待登记 2 封")).to_be_visible()
    await page.keyboard.press("Control+Enter")
    await shot(page, "letters-dark")
    assert await barriers(page) == []
    assert desk.complaints == []
