"""An agent sees what a text takes, why one failed, and that only an approved text goes after the window; then sends it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from playwright.async_api import Browser, Page, expect

from channels.shared.twilio.simulator.app import Simulator
from channels.shared.twilio.simulator.carrier import Number
from config.settings import load
from crm_core.model.actor import Actor
from crm_core.queries.accounts import agent_by_email
from crm_core.store.tables import conversations
from gateway.wiring import open_record
from tests.browser.console import Desk, open_ticket, staffed
from tests.channels.shared.twilio.provider import ACCOUNT, TEMPLATES, TEXT, TOKEN, WEI, WHATSAPP, provider
from tests.peers.chromium import barriers
from tests.stories.face import Api, token_for
from tests.stories.larkhaven import Loaded

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("ONESTOP_SHOTS", "")
BIN, LANDLINE, LATE = "The bin on Elm Row was left full", "Which day is paper day", "Is my permit ready"

_LONG_AGO = (
    sa.update(conversations)
    .where(conversations.c.address == sa.bindparam("key_address", type_=sa.Text))
    .values(last_inbound_at=conversations.c.last_inbound_at - 25 * 3600 * 1_000_000)
)


@dataclass
class Room:
    """The city with a number for texts and one for WhatsApp."""

    desk: Desk
    provider: Simulator


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.wait_for_timeout(500)
        await page.screenshot(path=f"{SHOTS}/{name}.png")


@pytest_asyncio.fixture(loop_scope="session")
async def room(tmp_path: Path, browser: Browser, city: Loaded) -> AsyncIterator[Room]:
    """Three people have texted; the one on WhatsApp more than a day ago."""
    async with provider() as simulator, staffed(tmp_path, browser, city=city) as running:
        token = await token_for(running.service, "admin@larkhaven.example")
        async with Api.open(running.service, token) as api:
            for channel, number in (("sms", TEXT), ("whatsapp", WHATSAPP)):
                simulator.carrier.numbers[number] = Number(
                    number, await _made(api, simulator, channel, number), TOKEN, TEMPLATES
                )
        simulator.write(WEI, to=TEXT, body=BIN)
        simulator.write("+15550130006", to=TEXT, body=LANDLINE)
        simulator.write("whatsapp:+15550142002", to=WHATSAPP, body=LATE)
        await simulator.settle()
        async with open_record(load(running.service.environment)) as record:
            admin = await record.ask(Actor.worker("operator"), agent_by_email, "admin@larkhaven.example")
            assert admin is not None
            await record.do(Actor.agent(admin.id), _long_ago)
        yield Room(running, simulator)


async def _made(api: Api, simulator: Simulator, channel: str, number: str) -> str:
    plain = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "number": number.removeprefix("whatsapp:"),
        "api": simulator.url,
    }
    lines = "\n".join(f"{id} | en | News | {text}" for id, text in TEMPLATES.items())
    more = {"templates": lines} if channel == "whatsapp" else {}
    made = await api.post("/inboxes", {"channel": channel, "name": channel.title(), "settings": {**plain, **more}})
    return str(made["hook_url"])


async def _long_ago(tx: Any) -> None:
    await tx.change(_LONG_AGO, key_address="tel:+15550142002")


@pytest.mark.parametrize(("theme", "language", "width"), [("light", "en", 1440), ("dark", "zh", 1024)])
async def test_what_a_text_takes_why_it_failed_and_what_still_goes(
    room: Room, theme: str, language: str, width: int
) -> None:
    english = language == "en"
    page = await room.desk.sign_in("admin", theme=theme, language=language, width=width)
    foot, last = page.locator(".composer .foot"), page.locator("[role=feed] article.card").last

    await open_ticket(page, BIN)
    await page.locator(".composer textarea").fill("We come tomorrow before noon.")
    await expect(foot).to_contain_text("42 of 1530" if english else "42 / 1530")
    await page.locator(".composer textarea").fill("您好，我们明天上午来收。")
    await expect(foot).to_contain_text("“您” makes it dearer" if english else "“您”使其分段更多")
    await shot(page, f"text-{theme}")
    assert await barriers(page) == []

    await open_ticket(page, LANDLINE)
    await page.locator(".composer textarea").fill("Thursday.")
    await page.keyboard.press("Control+Enter")
    await expect(last).to_contain_text("30006: This is a landline" if english else "30006: 此号码是固定电话")
    await shot(page, f"text-failed-{theme}")

    await open_ticket(page, LATE)
    await page.get_by_role("tab", name="WhatsApp").click()
    gap = page.locator(".composer .approved input")
    await expect(page.locator(".composer textarea")).to_have_count(0)
    send = foot.locator("button.primary").first
    await expect(send).to_have_attribute("aria-disabled", "true")
    await gap.fill("your permit")
    await expect(page.locator(".composer .said")).to_have_text("About your permit: we have news. Answer here.")
    await shot(page, f"approved-{theme}")
    assert await barriers(page) == []
    await send.click()
    await expect(last).to_contain_text("About your permit: we have news. Answer here.")
    await expect(last).to_contain_text("Read" if english else "已读")
    await shot(page, f"approved-sent-{theme}")
    assert room.desk.complaints == []
