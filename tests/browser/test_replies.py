"""An agent answers by another way, sees what will arrive, takes it back, sends it later; and the person writes first."""

from __future__ import annotations

import asyncio
import os
import smtplib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from playwright.async_api import Browser, Page, expect

from config.settings import load
from crm_core.actions import addresses, inboxes
from crm_core.actions.people import Profile, change_person
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.handout import HANDED_OUT
from crm_core.model.ids import CustomerId, MessageId, QueueId
from crm_core.model.preferences import Need
from crm_core.queries.accounts import agent_by_email
from crm_core.rules import handouts
from crm_core.store.tables import messages, queues, tickets
from gateway import keys
from gateway.wiring import open_record
from tests.browser.console import Desk, open_ticket, staffed
from tests.channels.email.bounces import report
from tests.channels.toy.channel import PIGEON, SCHEME
from tests.peers.chromium import barriers
from tests.stories.larkhaven import Loaded

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("ONESTOP_SHOTS", "")
LOFT = Address(SCHEME, "12")
SUBJECT = "The blue bin on Elm Row"
HELLO = "hello@larkhaven.example"

_QUEUE = sa.select(queues.c.id).order_by(queues.c.order).limit(1)
_HANDED_OUT = sa.select(messages.c.id).where(messages.c.flags == f'["{HANDED_OUT}"]')
_CUSTOMER = sa.select(tickets.c.customer).where(tickets.c.subject == SUBJECT)


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.wait_for_timeout(500)
        await page.screenshot(path=f"{SHOTS}/{name}.png")


@pytest_asyncio.fixture(loop_scope="session")
async def desk(tmp_path: Path, browser: Browser, city: Loaded) -> AsyncIterator[Desk]:
    """A city with pigeons, and Nadia, whose loft is known; she needs large print."""
    async with staffed(tmp_path, browser, city=city, program="tests.channels.toy.serve") as running:
        await running.mail(SUBJECT, "It was not emptied.", to=HELLO)
        await lofts(running)
        yield running


async def lofts(desk: Desk) -> None:
    """What an admin and an agent did before."""
    operator = Actor.worker("operator")
    async with open_record(load(desk.service.environment)) as record:
        admin = await record.ask(operator, agent_by_email, "admin@larkhaven.example")
        assert admin is not None
        me = Actor.agent(admin.id)
        customer = await record.ask(operator, _nadia)
        await record.do(me, _seen, customer)
        await record.do(me, change_person, customer, Profile(needs=(Need("large_print"),)))
        queue = await record.ask(operator, _queue)
        await record.do(
            me, inboxes.add_inbox, channel=PIGEON.name, name="Lofts", queue=queue, address=None, settings={}
        )


async def _nadia(read: Any) -> CustomerId:
    return CustomerId((await read.one(_CUSTOMER))[0])


async def _queue(read: Any) -> QueueId:
    return QueueId((await read.one(_QUEUE))[0])


async def _seen(tx: Any, customer: CustomerId) -> None:
    await addresses.file_address(tx, await tx.person(customer, to="identify"), LOFT, evidence="seen")


def editor(page: Page) -> Any:
    return page.locator(".composer textarea")


@pytest.mark.parametrize(("theme", "language", "width"), [("light", "en", 1440), ("dark", "zh", 1024)])
async def test_an_answer_goes_by_any_way_and_is_seen_before_it_leaves(
    desk: Desk, theme: str, language: str, width: int
) -> None:
    page = await desk.sign_in("admin", theme=theme, language=language, width=width)
    await open_ticket(page, SUBJECT)
    number = (await page.locator("button.number").first.inner_text()).strip()
    await editor(page).fill("We emptied it this morning, and the crew comes by again on Friday before noon.")
    await _note_is_within_reach(page)
    preview = page.locator(".composer .preview")
    await expect(preview).to_contain_text(number)
    await expect(preview).to_contain_text("Large print" if language == "en" else "大号字体")
    await shot(page, f"mail-{theme}")
    await preview.locator("button.via").click()
    await shot(page, f"via-{theme}")
    assert await barriers(page) == []
    await page.get_by_role("option", name="· 12").click()
    await expect(preview.locator(".bubble")).to_have_count(2)
    await expect(preview.locator(".bubble").last).to_contain_text(number)
    await shot(page, f"bird-{theme}")
    assert await barriers(page) == []
    await page.keyboard.press("Control+Enter")
    last = page.locator("[role=feed] article.card").last
    await expect(last).to_contain_text("Pigeon" if language == "en" else "信鸽")
    assert desk.complaints == []


async def _note_is_within_reach(page: Page) -> None:
    """Also where seven channels stand before it."""
    tabs = page.locator(".composer .tabs")
    await tabs.evaluate("(one) => { one.style.width = '160px' }")
    note, all_of_them = await tabs.locator(".tab").last.bounding_box(), await tabs.bounding_box()
    assert note is not None
    assert all_of_them is not None
    assert note["x"] + note["width"] <= all_of_them["x"] + all_of_them["width"]
    await tabs.evaluate("(one) => { one.style.width = '' }")


async def test_what_was_just_sent_is_taken_back_by_a_key_and_its_words_are_in_the_box_again(desk: Desk) -> None:
    page = await desk.sign_in("admin")
    await open_ticket(page, SUBJECT)
    await editor(page).fill("Too soon.")
    await page.keyboard.press("Control+Enter")
    strip = page.locator(".composer .undo")
    await expect(strip).to_be_visible()
    await shot(page, "undo")
    assert await barriers(page) == []
    await page.keyboard.press("Control+z")
    await expect(editor(page)).to_have_value("Too soon.")
    await expect(strip).to_be_hidden()
    await expect(page.get_by_text("Not sent: taken back").first).to_be_visible()
    await page.keyboard.press("Control+Enter")
    await strip.get_by_role("button", name="Send now").focus()
    await expect(strip).to_contain_text("It has left.", timeout=30_000)
    await expect(strip).to_be_visible()
    await editor(page).focus()
    await expect(strip).to_be_hidden()
    [mail] = await desk.sink.wait_for(1, seconds=20)
    assert "Too soon." in mail.parsed.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has one
    assert desk.complaints == []


async def test_a_scheduled_answer_is_seen_moved_and_stops_when_she_writes_first(desk: Desk) -> None:
    page = await desk.sign_in("admin")
    await open_ticket(page, SUBJECT)
    number = (await page.locator("button.number").first.inner_text()).strip()
    await editor(page).fill("Is it emptied now?")
    await page.get_by_role("button", name="More ways to send").click()
    await shot(page, "later")
    await page.get_by_role("menuitem", name="Pick a time").click()
    await shot(page, "time")
    await page.locator("dialog button.primary").click()
    held = page.locator("[role=feed] article.card").last
    await expect(held).to_contain_text("Stops if they write first")
    await shot(page, "held")
    assert await barriers(page) == []
    await desk.mail(f"Re: {number}", f"It is empty now, {number}.", to=HELLO)
    await expect(page.get_by_text("Not sent: they wrote first").first).to_be_visible()
    await expect(page.locator(".toast")).to_contain_text("your scheduled reply was stopped")
    await shot(page, "stopped")
    await page.get_by_role("button", name="Write it anew").click()
    await expect(editor(page)).to_have_value("Is it emptied now?")
    assert await barriers(page) == []
    assert desk.complaints == []


@pytest.mark.parametrize(("theme", "language", "width"), [("light", "en", 1440), ("dark", "zh", 1024)])
async def test_files_that_a_way_cannot_carry_go_as_a_link_that_is_counted_and_shut(
    desk: Desk, tmp_path: Path, theme: str, language: str, width: int
) -> None:
    page = await desk.sign_in("admin", theme=theme, language=language, width=width)
    await open_ticket(page, SUBJECT)
    plan = tmp_path / "plan 计划.txt"
    plan.write_text("the plan", encoding="utf-8")
    await page.locator(".composer input[type=file]").set_input_files(str(plan))
    await editor(page).fill("Here is the plan.")
    preview = page.locator(".composer .preview")
    await preview.locator("button.via").click()
    await page.get_by_role("option", name="· 12").click()
    hint = {"en": "Files go as a link", "zh": "文件将以链接发送"}[language]
    await expect(page.locator(".composer li.hint")).to_contain_text(hint)
    await expect(preview).to_contain_text("/files/")
    await shot(page, f"link-preview-{theme}")
    assert await barriers(page) == []
    await page.keyboard.press("Control+Enter")
    link = page.locator("[role=feed] article.card").last.locator(".handout")
    await expect(link.get_by_role("button")).to_be_visible()
    await shot(page, f"link-sent-{theme}")
    assert await barriers(page) == []
    citizen = await desk.page(width=width, theme=theme, language=language)
    settings = load(desk.service.environment)
    async with open_record(settings) as record:
        message = await record.ask(Actor.worker("operator"), _newest)
    signing = keys.load(settings.secret_key, data_dir=settings.data_dir, must_be_given=False).of("reply")[0]
    path = handouts.url("", key=signing, message=message)
    await citizen.goto(f"{desk.service.url}{path}?lang={language}")
    await expect(citizen.locator(".files a")).to_have_text("plan 计划.txt")
    await shot(citizen, f"link-page-{theme}")
    assert await barriers(citizen) == []
    async with citizen.expect_download() as begun:
        await citizen.locator(".files a").click()
    assert (await begun.value).suggested_filename == "plan 计划.txt"
    await expect(link).to_contain_text({"en": "fetched 1 time", "zh": "已下载 1 次"}[language])
    await link.get_by_role("button").click()
    await expect(link).to_contain_text({"en": "The link to the files was shut", "zh": "文件链接已关闭"}[language])
    await citizen.reload()
    assert await barriers(citizen) == []
    await expect(citizen.locator(".files")).to_have_count(0)


async def _newest(read: Any) -> MessageId:
    return MessageId((await read.one(_HANDED_OUT))[0])


@pytest.mark.parametrize(("theme", "language", "width"), [("light", "en", 1440), ("dark", "zh", 1024)])
async def test_an_answer_that_comes_back_as_a_mail_shows_its_failure_and_the_report(
    desk: Desk, theme: str, language: str, width: int
) -> None:
    page = await desk.sign_in("admin", theme=theme, language=language, width=width)
    await open_ticket(page, SUBJECT)
    await editor(page).fill("It is emptied.")
    await page.keyboard.press("Control+Enter")
    [mail] = await desk.sink.wait_for(1, seconds=60)
    told = report(id=mail.parsed["Message-ID"].strip(), who="nadia.karim@homeline.example", to=mail.sender)
    await asyncio.to_thread(_bounce, desk.service.smtp_port, told, mail.sender)
    came_back = page.locator("article.card", has_text={"en": "Came back", "zh": "退信"}[language])
    await expect(came_back).to_have_count(1)
    await expect(page.locator("article.card", has_text="550 5.1.1 User unknown").first).to_be_visible()
    await expect(page.locator("article.card", has_text="It is emptied.").last).to_contain_text(
        "Pigeon" if language == "en" else "信鸽"
    )
    await came_back.scroll_into_view_if_needed()
    await shot(page, f"came-back-{theme}")
    assert await barriers(page) == []


def _bounce(port: int, words: str, to: str) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.sendmail("", [to], words.encode())
