"""Staff at their desks in a real Chromium: a mail becomes a solved ticket while two people watch."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.console import CITIZEN, Desk, keep_picture, open_ticket, queue, said
from tests.peers.chromium import barriers
from tests.peers.smtp_sink import Die, Step

pytestmark = pytest.mark.browser

SUBJECT = "Lift stuck on the second floor"
PARKING = "parking@larkhaven.example"
LAST_PAGE = re.compile(r"/api/v1/tickets\?status=.*cursor=")
NEWS = re.compile(r"\b1 new, held while you read")


async def test_a_mail_becomes_a_solved_ticket_while_two_watch(desk: Desk) -> None:
    anna, helen = await desk.sign_in("agent"), await desk.sign_in("supervisor")
    await desk.mail(SUBJECT, "Nobody can get out. Please come.", to=PARKING)
    for page in (anna, helen):
        await queue(page, desk, "parking")
        await expect(page.get_by_role("option", name=SUBJECT)).to_be_visible()
        await page.get_by_role("option", name=SUBJECT).click()
        await expect(page.locator("[role=feed] .text")).to_have_text("Nobody can get out. Please come.")
    await anna.locator("#ticket").focus()
    await anna.keyboard.press("m")
    await expect(helen.get_by_role("button", name="Anna Kowal")).to_be_visible()

    await anna.keyboard.press("r")
    await anna.keyboard.type("Dear Ms Karim, somebody is on the way.")
    await expect(helen.locator(".collision")).to_contain_text("Anna Kowal is replying")
    await anna.keyboard.press("Control+Enter")
    for page in (anna, helen):
        await expect(page.locator("[role=feed]")).to_contain_text("somebody is on the way")
        await expect(page.locator("[role=feed] .state").last).to_have_text("Sent")
    [mail] = await desk.sink.wait_for(1)
    assert mail.recipients == (CITIZEN,)
    assert mail.parsed["Subject"] == f"Re: {SUBJECT}"
    assert mail.parsed["In-Reply-To"]
    assert mail.parsed["References"]

    reply_to = str(mail.parsed["Reply-To"] or mail.parsed["From"])
    await desk.mail(f"Re: {SUBJECT}", "Thank you, it moves again.", to=_address(reply_to), answers=mail.parsed)
    for page in (anna, helen):
        await expect(page.locator("[role=feed]")).to_contain_text("it moves again")
    await anna.keyboard.press("Escape")
    await anna.keyboard.press("e")
    for page in (anna, helen):
        await expect(page.locator("header .prop").first).to_have_text("Solved")
    assert await said(anna) == await said(helen)
    assert desk.complaints == []


async def test_two_who_answer_at_once_are_told_before_the_second_goes_out(desk: Desk) -> None:
    anna, helen = await desk.sign_in("agent"), await desk.sign_in("supervisor")
    await desk.mail(SUBJECT, "Please come.", to=PARKING)
    for page in (anna, helen):
        await queue(page, desk, "parking")
        await page.get_by_role("option", name=SUBJECT).click()
        await expect(page.locator("[role=feed] .text")).to_have_text("Please come.")
        await page.keyboard.press("r")
        await page.keyboard.type(f"We come. {await page.title()}"[:40])
    await helen.keyboard.press("Control+Enter")
    await expect(anna.locator("[role=feed] .text")).to_have_count(2)
    await anna.keyboard.press("Control+Enter")
    await expect(anna.locator(".stop")).to_contain_text("Helen replied")
    assert len(desk.sink.mails) <= 1
    await anna.get_by_role("button", name="Show it").click()
    await anna.keyboard.press("r")
    await anna.keyboard.press("Control+Enter")
    await expect(anna.locator("[role=feed] .text")).to_have_count(3)


async def test_what_may_have_arrived_is_shown_and_a_person_chooses(desk: Desk) -> None:
    anna = await desk.sign_in("agent")
    desk.sink.fail(Step.DOT, Die())
    await desk.mail(SUBJECT, "Please come.", to=PARKING)
    await queue(anna, desk, "parking")
    await anna.get_by_role("option", name=SUBJECT).click()
    await expect(anna.locator("[role=feed] .text")).to_have_text("Please come.")
    await anna.keyboard.press("r")
    await anna.keyboard.type("We come at noon.")
    await anna.keyboard.press("Control+Enter")
    await expect(anna.locator("[role=feed] .state").last).to_contain_text("It may have arrived, or not", timeout=20_000)
    assert await barriers(anna) == []
    await anna.get_by_role("button", name="It arrived").click()
    await expect(anna.locator("[role=feed] .state").last).to_contain_text("Delivered")
    assert len(desk.sink.mails) == 1


async def test_the_list_does_not_move_while_somebody_reads_it(desk: Desk) -> None:
    anna = await desk.sign_in("agent")
    async with anna.expect_response(LAST_PAGE) as last:
        await queue(anna, desk, "parking")
    await (await last.value).finished()
    await anna.get_by_role("option").nth(3).hover()
    before = await anna.get_by_role("option").all_inner_texts()
    await desk.mail(SUBJECT, "Please come.", to=PARKING)
    await expect(anna.locator(".pill")).to_contain_text(NEWS)
    after = await anna.get_by_role("option").all_inner_texts()
    assert [row.split("\n")[0] for row in after] == [row.split("\n")[0] for row in before]
    await anna.keyboard.press(".")
    await expect(anna.get_by_role("option", name=SUBJECT)).to_be_visible()


async def test_what_loads_late_is_no_news_and_does_not_wait(desk: Desk) -> None:
    """Somebody who points at the first rows at once would find the rest held back as if they had just come."""
    anna = await desk.sign_in("agent")
    there = asyncio.Event()

    async def late(route: Route) -> None:
        await there.wait()
        await route.continue_()

    await anna.route(re.compile(r"/api/v1/tickets\?(status|queue)="), late)
    await anna.goto(f"{desk.service.url}/console/queue/parking")
    await anna.locator("section.list").hover()
    async with anna.expect_response(LAST_PAGE) as last:
        there.set()
    await (await last.value).finished()
    await expect(anna.get_by_role("option").nth(3)).to_be_visible()
    await desk.mail(SUBJECT, "Please come.", to=PARKING)
    await expect(anna.locator(".pill")).to_contain_text(NEWS)


async def test_what_the_pointer_rested_on_is_there_already_and_opens(desk: Desk) -> None:
    anna = await desk.sign_in("agent")
    row = anna.get_by_role("option").nth(2)
    async with anna.expect_response(lambda answer: "/timeline" in answer.url):
        await row.hover()
    await row.click()
    await expect(anna.locator("[role=feed] article").first).to_be_visible()
    assert desk.complaints == []


async def test_words_survive_a_reload_and_nothing_survives_signing_out(desk: Desk) -> None:
    anna = await desk.sign_in("agent")
    assert "link" not in anna.url
    await anna.get_by_role("option").first.click()
    await anna.keyboard.press("r")
    await anna.keyboard.type("half a sent")
    await anna.reload()
    await expect(anna.locator("textarea")).to_have_value("half a sent")
    await anna.get_by_role("button", name="Your account").click()
    await anna.get_by_role("menuitem", name="Sign out").click()
    await anna.wait_for_url("**/console/sign-in")
    await expect(anna.get_by_label("Password")).to_be_visible()
    kept = await anna.evaluate("Object.keys(localStorage)")
    assert [name for name in kept if not name.startswith("pref:")] == []
    assert await anna.evaluate("fetch('/api/v1/session').then((answer) => answer.status)") == 401


@pytest.mark.parametrize("width", [1440, 1280, 1024, 640, 320])
async def test_it_fits_on_every_screen(desk: Desk, width: int) -> None:
    page = await desk.sign_in("agent", width=width)
    await open_ticket(page, "Resident permit renewal")
    for theme, language in (("light", "en"), ("dark", "en"), ("light", "zh"), ("dark", "zh")):
        await _wear(page, theme=theme, language=language)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await keep_picture(page, f"console-{width}-{theme}-{language}")
    assert desk.complaints == []


async def _wear(page: Page, *, theme: str, language: str) -> None:
    await page.context.add_init_script(
        f"localStorage.setItem('pref:theme', '{theme}'); localStorage.setItem('pref:language', '{language}')"
    )
    await page.reload()
    await expect(page.locator("[role=feed] article").first).to_be_visible()


def _address(header: str) -> str:
    return header.rpartition("<")[2].rstrip(">")
