"""Somebody on the line between colleagues: declined with a reason, asked in, taken over, wrapped up, and then a break."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.console import Desk, keep_picture, staffed
from tests.browser.test_chat import AlwaysOpen, another_site, inbox_of, let_in, opened, visitor
from tests.peers.chromium import barriers
from tests.stories.larkhaven import Loaded

pytestmark = pytest.mark.browser
PAGE = "<!doctype html><html lang='en'><title>A site</title><h1>A page</h1><script src='{url}/widget.js' data-inbox='{inbox}' async></script>"
NOTED = """
    window.shown = [];
    window.Notification = class {
        static permission = "granted";
        constructor(title, more) { window.shown.push([title, more.body]); }
        close() {}
    };
"""
"""Chromium without a head refuses notifications, whatever is granted: this stands where the system would draw them."""

ASKED = "Two lamps are dark at the school"


async def test_a_visitor_is_passed_from_colleague_to_colleague_and_waits_for_nobody(
    tmp_path: Path, browser: Browser, city: Loaded
) -> None:
    async with staffed(tmp_path, browser, city=AlwaysOpen(city.var)) as desk:  # type: ignore[arg-type]
        inbox = await inbox_of(desk)
        async with another_site(PAGE.format(url=desk.service.url, inbox=inbox)) as site:
            await let_in(desk, inbox, site)
            await _passed(desk, site)
        assert desk.complaints == []


async def _passed(desk: Desk, site: str) -> None:
    page = await visitor(desk, theme="light", language="en")
    anna, helen = await desk.sign_in("agent"), await desk.sign_in("supervisor", theme="dark", language="zh")
    await helen.keyboard.press("Shift+A")
    await _looks_at_her_wishes(helen)
    await _looks_elsewhere(desk, anna)
    frame = await opened(page, site)
    await frame.locator("#words").fill(ASKED)
    await frame.locator("#words").press("Enter")

    offer = anna.get_by_role("alertdialog")
    await expect(offer).to_be_visible()
    ((title, body),) = await anna.evaluate("window.shown")
    assert title == "Somebody waits for you"
    assert body.startswith("ON-")
    assert ASKED not in body, "no words of a citizen's lie on a locked screen unless somebody said so"
    await offer.get_by_role("button", name="Decline").click()
    await expect(anna.get_by_role("menuitem", name="I know this person")).to_be_visible()
    await keep_picture(anna, "decline-light-en")
    assert await barriers(anna) == []
    await anna.keyboard.press("Escape")
    await offer.get_by_role("button", name="Accept").click()
    await expect(anna.locator("#ticket h2").first).to_contain_text(ASKED)

    await anna.locator("#ticket").focus()
    await anna.keyboard.press("t")
    dialog = anna.locator("dialog[open]")
    await dialog.get_by_label("A colleague").check()
    helens = dialog.locator("select")
    await helens.select_option(value=await helens.locator("option", has_text="Helen").get_attribute("value"))
    await keep_picture(anna, "transfer-light-en")
    assert await barriers(anna) == []
    await dialog.get_by_role("button", name="Ask in first").click()
    await expect(anna.locator(".work")).to_contain_text("is asked to join")

    await expect(helen.locator(".work")).to_contain_text("请您加入")
    await keep_picture(helen, "consult-dark-zh")
    assert await barriers(helen) == []
    await helen.get_by_role("button", name="加入", exact=True).click()
    await expect(helen.locator("#ticket h2").first).to_contain_text(ASKED)
    await expect(anna.locator(".work")).to_contain_text("has joined")
    await keep_picture(anna, "consult-light-en")
    await helen.get_by_role("button", name="接手").click()
    await expect(anna.locator(".work")).not_to_contain_text("has joined")

    await helen.locator("[data-menu=duty]").click()
    rests = helen.get_by_role("option", name="休息")
    await expect(rests).to_have_count(2)  # at once, and after this contact: her own screen knows that she has it
    await rests.last.click()
    await expect(helen.locator(".work")).to_contain_text("本次联系结束后")
    await keep_picture(helen, "next-dark-zh")
    await helen.locator(".composer textarea").fill("We come today.")
    await helen.keyboard.press("Control+Enter")
    await expect(frame.get_by_text("We come today.")).to_be_visible()
    await helen.locator("article .now button").click()
    await expect(helen.locator(".work")).to_contain_text("话后整理")
    await keep_picture(helen, "wrap-up-dark-zh")
    assert await barriers(helen) == []
    await helen.locator(".work").get_by_role("button", name="完成").click()
    await expect(helen.locator(".work")).to_contain_text("休息：不会向您派单")


async def _looks_at_her_wishes(helen: Page) -> None:
    """The same in Chinese and dark, and where little room is."""
    await helen.locator("[data-menu=me]").click()
    await helen.get_by_role("menuitem", name="通知").click()
    dialog = helen.locator("dialog[open]")
    await expect(dialog).to_contain_text("尚不会向")
    await keep_picture(helen, "notifications-dark-zh")
    assert await barriers(helen) == []
    await helen.set_viewport_size({"width": 320, "height": 640})
    await keep_picture(helen, "notifications-320-zh")
    assert await dialog.evaluate("box => box.scrollWidth <= box.clientWidth && box.clientWidth <= 320")
    await helen.set_viewport_size({"width": 1440, "height": 900})
    await helen.keyboard.press("Escape")


async def _looks_elsewhere(desk: Desk, anna: Page) -> None:
    """She has allowed notifications and wants mails, and another window is before this one; what the browser then shows is noted."""
    await anna.add_init_script(NOTED)
    await anna.reload()
    await anna.locator("[data-menu=me]").click()
    await anna.get_by_role("menuitem", name="Notifications").click()
    dialog = anna.locator("dialog[open]")
    await expect(dialog).to_contain_text("This browser allows it")
    await dialog.get_by_label("Notes that name me: Mail").check()
    await dialog.get_by_role("button", name="Send me a code").click()
    [mail] = await desk.sink.wait_for(1, seconds=20)
    assert mail.recipients == ("agent@larkhaven.example",)
    await keep_picture(anna, "notifications-light-en")
    assert await barriers(anna) == []
    await dialog.get_by_label("Code from the mail").fill("000 000")
    await dialog.get_by_role("button", name="Check the code").click()
    await expect(dialog).to_contain_text("This is not the code")
    found = re.search(r"\d{6}", str(mail.parsed.get_content()))
    assert found
    await dialog.get_by_label("Code from the mail").fill(found[0])
    await dialog.get_by_role("button", name="Check the code").click()
    await expect(dialog).to_contain_text("Mails go to agent@larkhaven.example.")
    await anna.get_by_role("button", name="Save").click()
    await anna.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
