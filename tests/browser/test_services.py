"""The catalogue at the screen: a service is written, published and found; a ticket at the wrong desk goes on by one key."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from tests.browser.console import Desk, keep_picture, open_ticket
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser

PERMIT = "/console/admin/services/resident-permit"


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


async def test_what_is_written_while_it_is_being_saved_is_not_written_over(desk: Desk) -> None:
    page = await desk.sign_in("admin")
    await page.goto(f"{desk.service.url}/console/admin/services/pothole")
    await page.get_by_role("tab", name="Details").click()
    goes_on = asyncio.Event()

    async def late(route: Route) -> None:
        if route.request.method == "GET":
            answer = await route.fetch()
            await goes_on.wait()
            await route.fulfill(response=answer)
        else:
            await route.continue_()

    await page.route(re.compile(r"/api/v1/catalogue/[^/?]+$"), late)
    name = page.get_by_label("Name, 简体中文")
    await name.fill("道路")
    await expect(page.locator("header [role=status]")).to_contain_text("Saved")
    await name.fill("道路坑洞")
    goes_on.set()
    await page.wait_for_load_state("networkidle")
    async with page.expect_response(lambda answer: "Holes" in (answer.request.post_data or "")):
        await page.get_by_label("Name, English").fill("Holes in a road")
    await page.unroute_all()
    await page.reload()
    await page.get_by_role("tab", name="Details").click()
    await expect(page.get_by_label("Name, 简体中文")).to_have_value("道路坑洞")
    assert desk.complaints == []


async def test_a_question_is_asked_only_if_an_earlier_one_was_answered_so(desk: Desk) -> None:
    page = await desk.sign_in("admin")
    await page.goto(f"{desk.service.url}{PERMIT}")
    current = page.locator("#question-current_permit")
    await expect(current.locator(".chip")).to_have_text("if Renewal")
    await page.locator("#question-vehicle").press("Enter")
    only_if = page.get_by_label("Ask only if")
    await only_if.focus()
    await only_if.press("i")  # a select is chosen from by its first letter
    await expect(page.get_by_text("Asked only if “Is this a new permit or a renewal?” is New permit.")).to_be_visible()
    answers = page.get_by_role("group", name="One of these answers")
    await answers.get_by_label("Renewal").press("Space")
    await answers.get_by_label("New permit").press("Space")
    await expect(answers.get_by_label("New permit")).not_to_be_checked()
    await answers.get_by_label("Renewal").press("Space")
    await expect(answers.get_by_label("Renewal")).to_be_checked()
    await expect(page.locator("#question-vehicle .chip")).to_have_text("if Renewal")
    doors = page.get_by_label("This question, on every channel")
    for words in ("Appears once", "Ask only if", "Only if"):
        await expect(
            doors.get_by_text(f"{words} “Is this a new permit or a renewal?” is Renewal").first
        ).to_be_visible()
    await doors.get_by_role("button", name="中文").click()
    await expect(doors.get_by_text("“这是新办还是续期？”为“续期”后出现。")).to_be_visible()
    assert await barriers(page) == []
    await keep_picture(page, "conditions-editor-light-en")
    await expect(page.locator("header .chip").first).to_have_text("Draft, 1 change")
    await page.get_by_role("button", name="See changes").click()
    row = page.get_by_role("dialog").get_by_role("row", name="fields.vehicle")
    await expect(row.locator(".gone")).to_have_text("Ask only if: Always")
    await expect(row.locator(".new")).to_have_text("Asked only if “Is this a new permit or a renewal?” is Renewal.")
    assert await barriers(page) == []
    await keep_picture(page, "conditions-changes-light-en")
    await page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    await expect(page.locator("header .chip").first).to_have_text("Published")
    assert desk.complaints == []


async def test_what_others_hang_on_is_not_taken_away_and_a_new_name_is_followed(desk: Desk) -> None:
    page = await desk.sign_in("admin")
    await page.goto(f"{desk.service.url}{PERMIT}")
    order = page.locator("[id^=question-]")
    refused = page.locator(".panel").get_by_role("alert")
    await page.locator("#question-current_permit").press("Alt+ArrowUp")
    await expect(refused).to_have_text(
        "Not moved: it is asked because of “Is this a new permit or a renewal?”, and stays after it."
    )
    await expect(order.first).to_have_attribute("id", "question-kind_permit")
    hangs = "Not changed: “What is the number of your current permit?” is asked because of it. Change that first."
    kind = page.locator("#question-kind_permit")
    if await kind.get_attribute("aria-expanded") == "false":
        await kind.press("Enter")
    await page.get_by_role("button", name="Remove question").click()
    await expect(refused).to_have_text(hangs)
    await page.get_by_label("Kind of answer").select_option(label="Short text")
    await expect(refused).to_have_text(hangs)
    await expect(page.get_by_label("Kind of answer")).to_have_value("choice")
    choices = page.get_by_label("Choices, one a line, English")
    await choices.fill("New permit")
    await choices.blur()
    await expect(refused).to_have_text(hangs)
    await expect(choices).to_have_value("New permit\nRenewal")
    assert await barriers(page) == []
    await keep_picture(page, "conditions-refused-light-en")
    await choices.fill("New permit\nI renew mine")
    await choices.blur()
    await expect(refused).to_have_count(0)
    await expect(page.locator("#question-current_permit .chip")).to_have_text("if I renew mine")
    await expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    await page.get_by_role("button", name="Publish").click()
    await page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    await expect(page.locator("header .chip").first).to_have_text("Published")
    await page.goto(f"{desk.service.url}/s/resident-permit/form/1?lang=en")
    await page.get_by_label("I renew mine").check()
    await expect(page.get_by_label("current permit")).to_be_visible()


@pytest.mark.parametrize(
    ("theme", "language", "width"),
    [("dark", "zh", 1440), ("light", "zh", 1024), ("dark", "en", 1024)],
)
async def test_conditions_keep_nobody_out(desk: Desk, theme: str, language: str, width: int) -> None:
    page = await desk.sign_in("admin", theme=theme, language=language, width=width)
    await page.goto(f"{desk.service.url}{PERMIT}")
    await page.locator("#question-current_permit").click()
    await expect(page.locator(".edit fieldset")).to_be_visible()
    await page.locator("#question-current_permit").press("Alt+ArrowUp")
    await expect(page.locator(".refused")).to_be_visible()
    assert await barriers(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await keep_picture(page, f"conditions-{theme}-{language}-{width}")
