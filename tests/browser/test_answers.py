"""The library at the screen: found, changed in one place, said with `/`, and never sent with an empty field."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.console import Desk, keep_picture, late, open_ticket
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser

LOOKS = [("light", "en", 1440), ("dark", "zh", 1024)]


@pytest.mark.parametrize(("theme", "language", "width"), LOOKS)
async def test_the_library_is_open_to_everybody_in_each_dress(
    desk: Desk, theme: str, language: str, width: int
) -> None:
    page = await desk.sign_in("supervisor", theme=theme, language=language, width=width)
    await page.locator("body").press("g")
    await page.locator("body").press("a")
    title = {"en": "What a resident parking permit costs", "zh": "住户停车证收费"}[language]
    row = page.locator("nav.shelf a", has_text=title)
    await expect(row).to_be_visible()
    assert await barriers(page) == []
    await row.click()
    await expect(page.locator("h2", has_text=title)).to_be_visible()
    await expect(page.locator("article.behind")).to_have_count(1)
    await expect(page.locator("article").first).to_contain_text({"en": "$48 a year", "zh": "48"}[language])
    assert await barriers(page) == []
    await keep_picture(page, f"answer-{theme}-{language}-{width}")
    await page.goto(f"{desk.service.url}/console/answers/macros")
    await expect(page.locator(".sheet li")).to_have_count(2)
    assert await barriers(page) == []
    await keep_picture(page, f"macros-{theme}-{language}-{width}")
    assert desk.complaints == []


async def test_a_fact_is_changed_once_and_stands_in_every_wording_and_on_the_page(desk: Desk) -> None:
    page = await desk.sign_in("admin")
    await page.goto(f"{desk.service.url}/console/answers")
    await page.locator("nav.shelf a", has_text="What a resident parking permit costs").click()
    await page.get_by_role("button", name="Change cost").click()
    await page.locator("section form").get_by_label("English").fill("$52 a year")
    await page.get_by_role("button", name="Change it everywhere").click()
    for manner in ("Mail", "Short message", "Chat", "Spoken", "Letter", "Public page"):
        await expect(page.get_by_role("article", name=f"{manner}, English")).to_contain_text("$52 a year")
    await page.goto(f"{desk.service.url}/s/resident-permit/answers/permit-cost?lang=en")
    await expect(page.locator("article")).to_contain_text("$52 a year")
    assert await barriers(page) == []
    await page.get_by_role("button", name="Yes").click()
    await expect(page.locator(".rate")).to_have_text("Thank you for telling us.")


async def test_a_slash_says_an_answer_and_an_empty_field_holds_the_reply_back(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await desk.mail("Renew my permit", "I want to renew my parking permit.", to="parking@larkhaven.example")
    await page.goto(f"{desk.service.url}/console/queue/parking")
    await open_ticket(page, "Renew my permit")
    await page.locator("#ticket").focus()
    await page.keyboard.press("r")
    text = page.locator(".composer textarea")
    await expect(text).to_be_focused()
    await page.keyboard.type("/renew")
    options = page.locator("#slash [role=option]")
    await expect(options.first).to_contain_text("Renewing a permit")
    assert await barriers(page) == []
    await keep_picture(page, "slash")
    await page.keyboard.press("Enter")
    await expect(page.locator(".warn")).to_contain_text("Fill in first: missing.")
    await expect(page.get_by_role("button", name="Send and wait")).to_have_attribute("aria-disabled", "true")
    said = await text.input_value()
    assert "Dear Nadia Karim" in said
    assert "⟦missing⟧" in said
    assert await barriers(page) == []
    await keep_picture(page, "unfilled")
    await page.keyboard.press("Control+Enter")
    await expect(text).to_have_value(said)
    await page.keyboard.type("your number plate")  # the field is selected
    await expect(page.locator(".warn")).to_have_count(0)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("[role=feed]")).to_contain_text("Answer used: Renewing a permit")
    await expect(page.locator("[role=feed]")).to_contain_text("We still need: your number plate.")
    assert desk.complaints == []


async def test_a_macro_stands_in_the_same_list_and_in_the_palette(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await desk.mail("Permit again", "I want to renew my parking permit.", to="parking@larkhaven.example")
    await page.goto(f"{desk.service.url}/console/queue/parking")
    await open_ticket(page, "Permit again")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("/papers")
    await page.locator("dialog").get_by_role("option", name="Ask for papers, then wait").click()
    await expect(page.locator(".composer")).to_contain_text("Ask for papers, then wait")
    await page.keyboard.type("proof of address")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("[role=feed]")).to_contain_text("Macro run: Ask for papers, then wait")
    await expect(page.locator("[role=feed]")).to_contain_text("proof of address")


async def test_a_fact_that_changed_in_between_holds_the_reply_back_and_one_key_mends_it(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await desk.mail("What is the fee", "What does a permit cost?", to="parking@larkhaven.example")
    await page.goto(f"{desk.service.url}/console/queue/parking")
    await open_ticket(page, "What is the fee")
    await page.locator("#ticket").focus()
    await page.keyboard.press("r")
    text = page.locator(".composer textarea")
    await page.keyboard.type("/permit costs")
    await expect(page.locator("#slash [role=option]").first).to_contain_text("What a resident parking permit costs")
    await page.keyboard.press("Enter")
    await expect(text).to_have_value(re.compile(r"\$\d+ a year"))
    was = re.findall(r"\$\d+ a year", await text.input_value())[0]
    admin = await desk.sign_in("admin")
    await admin.goto(f"{desk.service.url}/console/answers")
    await admin.locator("nav.shelf a", has_text="What a resident parking permit costs").click()
    await admin.get_by_role("button", name="Change cost").click()
    await admin.locator("section form").get_by_label("English").fill("$97 a year")
    await admin.get_by_role("button", name="Change it everywhere").click()
    await expect(admin.get_by_role("article", name="Mail, English")).to_contain_text("$97 a year")
    await text.focus()
    await page.keyboard.press("Control+Enter")
    bar = page.locator(".outdated")
    await expect(bar).to_contain_text("$97 a year")
    await expect(bar.locator("del")).to_have_text(was)
    assert await barriers(page) == []
    await keep_picture(page, "outdated")
    await page.keyboard.press("Enter")
    await expect(bar).to_have_count(0)
    await expect(text).to_have_value(re.compile(r"\$97 a year"))
    await expect(text).to_be_focused()
    await page.keyboard.press("Control+Enter")
    await expect(text).to_have_value("")
    await expect(page.locator("#ticket article.card", has_text="$97 a year")).to_have_count(1)


async def test_a_macro_that_was_chosen_is_there_after_a_reload(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await desk.mail("Where is the form", "I cannot find it.", to="parking@larkhaven.example")
    await page.goto(f"{desk.service.url}/console/queue/parking")
    await open_ticket(page, "Where is the form")
    await page.locator("#ticket").focus()
    await page.keyboard.press("r")
    await page.keyboard.type("Here it is.\n/")
    options = page.locator("#slash [role=option]")
    macro = options.filter(has=page.locator(".icon")).last
    await expect(macro).to_be_visible()
    wide = await page.locator(".popover:has(#slash)").bounding_box()
    body = await page.locator(".composer .body").bounding_box()
    assert wide
    assert body
    assert wide["width"] > min(body["width"], 760) - 20, "as wide as the composer, not as the column that is written in"
    await keep_picture(page, "slash-wide")
    await macro.click()
    line = page.locator(".composer .line").first
    await expect(line).to_contain_text(":")
    said = await line.inner_text()
    await page.reload()
    await expect(page.locator(".composer .line").first).to_have_text(said.strip(), use_inner_text=True)
    await page.get_by_role("button", name="Without the macro").click()
    await page.reload()
    await expect(page.locator(".composer textarea")).to_have_value(re.compile("Here it is"))
    await expect(page.get_by_role("button", name="Without the macro")).to_have_count(0)


async def test_what_was_chosen_in_one_ticket_does_not_fall_into_the_next_that_is_opened_meanwhile(desk: Desk) -> None:
    """The words of a macro come a moment after it was chosen: whoever is quick stands elsewhere by then."""
    page = await desk.sign_in("supervisor")
    await desk.mail("Which papers", "What must I bring?", to="parking@larkhaven.example")
    await desk.mail("Another matter", "The meter is broken.", to="parking@larkhaven.example")
    await page.goto(f"{desk.service.url}/console/queue/parking")
    await open_ticket(page, "Another matter")
    there = page.url
    await open_ticket(page, "Which papers")
    await page.route(re.compile(r"/tickets/[^/]+/answers\?answer="), late(1))
    await page.locator("#ticket").focus()
    await page.keyboard.press("r")
    await page.keyboard.type("/papers")
    await page.locator("#slash [role=option]", has_text="Ask for papers, then wait").click()
    await open_ticket(page, "Another matter")
    await page.wait_for_timeout(1500)
    await page.reload()
    assert page.url == there
    await expect(page.locator(".composer textarea")).to_have_value("")
    await expect(page.locator(".composer .line")).to_have_count(0)
    assert desk.complaints == []


async def test_on_a_narrow_screen_one_side_stands_in_the_page_and_leads_back(desk: Desk) -> None:
    page = await desk.sign_in("agent", width=420)
    await page.goto(f"{desk.service.url}/console/answers")
    row = page.locator("nav.shelf a", has_text="What a resident parking permit costs")
    await expect(row).to_be_visible()
    shelf, rail = await page.locator("nav.shelf").bounding_box(), await page.locator("nav.nav").bounding_box()
    assert shelf is not None
    assert rail is not None
    assert abs(shelf["x"] - rail["x"] - rail["width"]) < 2, "beside the rail, not below it"
    assert abs(shelf["x"] + shelf["width"] - 420) < 2
    await row.click()
    await expect(page.locator("article").first).to_be_visible()
    await expect(row).to_be_hidden()
    assert await barriers(page) == []
    await page.locator("nav.shelf h1 a").click()
    await expect(row).to_be_visible()
    assert desk.complaints == []
