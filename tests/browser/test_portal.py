"""The citizens' pages in a real Chromium: with and without script, small and large, light and dark."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from tests.browser.console import keep_picture
from tests.gateway.portal.town import Town, town_at
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser

FORM = "/s/resident-permit/form"
PAGES = (
    "/",
    "/?q=parking",
    "/s",
    "/s/resident-permit",
    f"{FORM}/1",
    "/s/certificates/form/2",
    "/s/general/form/1",
    "/s/nowhere",
)


@pytest_asyncio.fixture(loop_scope="session")
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with town_at(tmp_path) as built:
        yield built


@pytest_asyncio.fixture(loop_scope="session")
async def base(town: Town) -> AsyncIterator[str]:
    """The address of a running portal."""
    runner = web.AppRunner(town.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def fill_in(page: Page, base: str, *, name: str = "Wei Zhang") -> None:
    """A resident's permit, up to the page that checks the answers."""
    await page.goto(f"{base}{FORM}/1")
    await page.get_by_label("Renewal").check()
    if not await page.locator("#q-current_permit").is_visible():  # without script it comes with the next page
        await page.click(".foot button")
    await page.fill("#q-current_permit", "RP-71154")
    await page.click(".foot button")
    await page.fill("#q-plate", "LKH 4471")
    await page.click(".foot button")
    await page.fill("#q-address", "12 Mill Road")
    await page.click(".foot button")
    bill = {"name": "电费单 bill.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 bill"}
    await page.set_input_files("#q-proof", bill)  # type: ignore[arg-type]
    await page.click(".foot button")
    await page.fill("#q-your_phone", "+1 555 0142")
    await page.fill("#q-your_name", name)
    await page.click(".foot button")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_a_form_is_sent_and_gets_a_number(browser: Browser, town: Town, base: str, script: bool) -> None:
    context = await browser.new_context(java_script_enabled=script, viewport={"width": 390, "height": 844})
    page = await context.new_page()
    await page.goto(base)
    await page.fill("#q", "renew my parking permit")
    await page.press("#q", "Enter")
    await page.get_by_role("link", name="Resident parking permit").first.click()
    await page.get_by_role("link", name="Start now").click()
    await fill_in(page, base)
    assert "电费单 bill.pdf" in await page.inner_text(".answers")
    town.clock.pass_(seconds=10)
    await page.get_by_role("button", name="Send").click()
    [ticket] = await town.tickets()
    assert await page.inner_text(".no") == ticket.number
    [message] = await town.messages()
    assert [file.name for file in message.attachments] == ["电费单 bill.pdf"]
    await context.close()


async def test_back_and_send_again_is_still_one_ticket(page: Page, town: Town, base: str) -> None:
    await fill_in(page, base)
    town.clock.pass_(seconds=10)
    await page.get_by_role("button", name="Send").dblclick()
    await page.wait_for_url("**/done/*")
    number = await page.inner_text(".no")
    await page.go_back(wait_until="commit")
    await page.get_by_role("button", name="Send").or_(page.get_by_text("no longer here")).wait_for()
    if await page.get_by_role("button", name="Send").is_visible():
        await page.get_by_role("button", name="Send").click()
        await page.wait_for_url("**/done/*")
    await page.goto(f"{base}/done/{number}")
    assert await page.inner_text(".no") == number
    await page.reload()
    assert len(await town.tickets()) == 1


async def test_results_come_while_one_types(page: Page, base: str) -> None:
    await page.goto(base)
    await page.locator("#q").press_sequentially("my parking perm")
    await page.get_by_text("services match").wait_for()
    assert await page.locator("#below mark").first.inner_text() == "parking perm"[:7]
    await page.fill("#q", "")
    await page.locator("#ask-title").wait_for()


async def test_an_error_is_named_and_leads_to_its_field(page: Page, base: str) -> None:
    await page.goto(f"{base}{FORM}/1")
    await page.click(".foot button")
    assert (await page.title()).startswith("Error: ")
    await expect(page.locator("#problem")).to_be_focused()
    await page.get_by_role("link", name="Choose one: Is this a new permit").click()
    assert await page.evaluate("document.activeElement.id") == "q-kind_permit"
    assert await barriers(page) == []


async def test_a_question_appears_and_vanishes_with_the_answer_that_brings_it_up(page: Page, base: str) -> None:
    await page.goto(f"{base}{FORM}/1")
    number, said = page.get_by_label("current permit"), page.locator("#more")
    await expect(number).to_be_hidden()
    await page.get_by_label("New permit").focus()
    await page.keyboard.press("ArrowDown")
    await expect(number).to_be_visible()
    await expect(said).to_have_text("One more question: What is the number of your current permit?")
    assert await page.evaluate("document.activeElement.id") == "q-kind_permit-2"
    assert await barriers(page) == []
    await page.keyboard.press("Tab")
    await expect(number).to_be_focused()
    await page.keyboard.type("RP-71154")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("ArrowUp")
    await expect(number).to_be_hidden()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Continue")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{base}{FORM}/2")
    await page.go_back()
    await page.get_by_label("Renewal").check()
    await number.fill("RP-71155")
    await page.click(".foot button")
    await expect(page).to_have_url(f"{base}{FORM}/2")


async def test_what_an_answer_brings_up_is_asked_for_and_its_mistake_leads_to_it(page: Page, base: str) -> None:
    await page.goto(f"{base}{FORM}/1")
    await page.get_by_label("Renewal").check()
    await page.click(".foot button")
    await page.get_by_role("link", name="Answer this question: What is the number").click()
    assert await page.evaluate("document.activeElement.id") == "q-current_permit"
    assert await barriers(page) == []
    await page.goto(f"{base}{FORM}/1?more=1#q-current_permit")  # as it comes where no script showed it before
    await expect(page.get_by_text("Because of your answer")).to_be_visible()
    assert await barriers(page) == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_without_script_the_question_comes_with_the_page_and_is_where_one_reads_on(
    browser: Browser, base: str, theme: str, language: str
) -> None:
    context = await browser.new_context(
        java_script_enabled=False,
        color_scheme="dark" if theme == "dark" else "light",
        viewport={"width": 390, "height": 844},
    )
    page = await context.new_page()
    await page.goto(f"{base}{FORM}/1?lang={language}")
    await expect(page.locator("#ask-current_permit")).to_be_hidden()
    await page.locator("#q-kind_permit-2").check()
    await page.click(".foot button")
    await expect(page).to_have_url(f"{base}{FORM}/1?more=1#q-current_permit")
    number = page.locator("#q-current_permit")
    await expect(number).to_be_focused()
    await expect(number).to_have_accessible_description(re.compile("^(Because of your answer|根据您的回答)"))
    await expect(page.locator("#q-kind_permit-2")).to_be_checked()
    await keep_picture(page, f"portal-more-{theme}-{language}")
    await number.fill("RP-71154")
    await page.click(".foot button")
    await expect(page).to_have_url(f"{base}{FORM}/2")
    await context.close()


async def test_hostile_words_start_no_script_and_load_nothing(page: Page, town: Town, base: str) -> None:
    dialogs: list[str] = []
    asked: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    await fill_in(page, base, name="<img src=//evil.example/x onerror=alert(1)><svg onload=alert(2)>")
    await page.goto(f"{base}/?q=%3Cimg%20src%3D//evil.example/x%20onerror%3Dalert(1)%3E&lang=zh")
    assert dialogs == []
    assert [url for url in asked if not url.startswith(base)] == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_nothing_keeps_anybody_out(browser: Browser, base: str, path: str, theme: str) -> None:
    context = await browser.new_context(
        color_scheme="dark" if theme == "dark" else "light", viewport={"width": 390, "height": 844}, bypass_csp=True
    )
    page = await context.new_page()
    await page.goto(base + path)
    assert await barriers(page) == []
    await context.close()


async def test_nothing_keeps_anybody_out_of_the_last_pages(page: Page, town: Town, base: str) -> None:
    await fill_in(page, base)
    assert await barriers(page) == []
    town.clock.pass_(seconds=10)
    await page.get_by_role("button", name="Send").click()
    await page.wait_for_url("**/done/*")
    assert await barriers(page) == []
    await page.goto(f"{base}/?lang=zh")
    assert await barriers(page) == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
async def test_pages_fit_their_width_and_fingers_fit_their_targets(browser: Browser, base: str, width: int) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 844})
    page = await context.new_page()
    for path in (*PAGES, "/?lang=zh"):
        await page.goto(base + path)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} at {width}"
        assert await page.evaluate(TOO_SMALL) == [], f"{path} at {width}"
    await context.close()


TOO_SMALL = """
[...document.querySelectorAll('a, button, input:not([type=hidden]), textarea')]
  .filter((one) => !one.closest('.skip, .away, [role=alert]') && one.checkVisibility() && one.type !== 'radio')
  .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 && box.height > 1)
  .map(([html, box]) => `${Math.round(box.height)}: ${html}`)
"""


async def test_a_page_is_read_by_keys_from_its_top(page: Page, base: str) -> None:
    await page.goto(base)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.id") == "q"
