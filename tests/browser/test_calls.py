"""A call in the console: it rings, is answered by a key, held, passed on to a colleague's browser, wrapped up, and stands in the ticket.

The gateway is the real one and so are the pages; the exchange is the simulator, to which each page is a phone.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from channels.shared.twilio.simulator.app import Simulator
from channels.shared.twilio.simulator.callers import Answering, Callers, Person
from channels.shared.twilio.simulator.carrier import Carrier, Number
from channels.shared.twilio.simulator.faults import Odds
from channels.shared.twilio.simulator.lines import Line
from config.settings import load
from crm_core.model.actor import Actor
from crm_core.model.sla import Calendar, Window
from crm_core.store import tables
from gateway.wiring import open_record
from tests.browser.console import Desk, keep_picture, staffed
from tests.channels.shared.twilio.provider import ACCOUNT, TOKEN
from tests.peers.chromium import barriers
from tests.stories.face import Api, token_for
from tests.stories.larkhaven import Loaded

pytestmark = pytest.mark.browser

OURS, CALLER, OUTSIDE = "+15550140977", "+15550142001", "+15550199001"
ANNA, HELEN = "agent@larkhaven.example", "supervisor@larkhaven.example"
WISHES = {"recorded": "asked"}
DAY_AND_NIGHT = tuple(Window(day, 0, 1440) for day in range(7))


@dataclass
class Office:
    """The city with a telephone number, open day and night, and the exchange it is at."""

    desk: Desk
    exchange: Simulator

    async def rings(
        self, *, number: str = CALLER, patience: float = 600, talks: float = 600
    ) -> tuple[Line, asyncio.Task[Line]]:
        """Somebody calls."""
        callers = Callers(self.exchange.exchange, Random(1))
        call = asyncio.ensure_future(callers.call(Person(number, patience=patience, talks=talks, agrees="1"), to=OURS))
        while not callers.placed:
            await asyncio.sleep(0.01)
        return callers.placed[0][0], call


@pytest_asyncio.fixture(loop_scope="session")
async def office(tmp_path: Path, browser: Browser, city: Loaded) -> AsyncIterator[Office]:
    async with _exchange() as exchange, staffed(tmp_path, browser, city=city) as running:
        async with open_record(load(running.service.environment)) as record:
            await record.do(Actor.worker("operator"), _open_day_and_night)
        token = await token_for(running.service, "admin@larkhaven.example")
        async with Api.open(running.service, token) as api:
            plain = {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": OURS, "api": exchange.url, **WISHES}
            asked = {"channel": "voice", "name": "City line", "queue": "parking", "settings": plain}
            made = await api.post("/inboxes", asked)
            exchange.carrier.numbers[OURS] = Number(OURS, str(made["hook_url"]), TOKEN, voice=True)
            await _only_for_calls(api)
            await _nothing_left_of_earlier(api)
        yield Office(running, exchange)


@asynccontextmanager
async def _exchange() -> AsyncIterator[Simulator]:
    simulator = Simulator(Carrier(ACCOUNT, TOKEN, []), Odds(), scale=0.4, pace=0.01)
    await simulator.open()
    try:
        yield simulator
    finally:
        await simulator.close()


async def _open_day_and_night(tx: Any) -> None:
    for one in await tx.values(Calendar, tables.calendars.select()):
        await tx.save(replace(one, windows=DAY_AND_NIGHT, exceptions={}, version=one.version + 1))


async def _only_for_calls(api: Api) -> None:
    """Mail is not what these two are here for, and each is able to."""
    channels = {channel["name"]: 0 for channel in (await api.get("/bootstrap"))["channels"]}
    people = [one for one in (await api.get("/users"))["items"] if one["email"] in (ANNA, HELEN)]
    able = {
        "capacity": {"total": 400, "by_channel": {**channels, "voice": 12}},
        "skills": {"parking": 5, "desk": 5},
        "teams": sorted({team for one in people for team in one["teams"]}),
    }
    for one in people:
        async with api.http.patch(f"{api.url}/api/v1/users/{one['id']}", json=able) as said:
            assert said.status < 300, await said.text()


async def _nothing_left_of_earlier(api: Api) -> None:
    """Calls of the city's own history that still want somebody would be held out before ours."""
    for status in ("new", "open"):
        waiting = (await api.get("/tickets", status=status, sort="-created_at", limit=100))["items"]
        for one in (one for one in waiting if one["channel"] == "voice"):
            await api.post(f"/tickets/{one['id']}/closures", {})


async def test_a_call_is_answered_by_a_key_held_passed_on_warm_and_wrapped_up_and_where_none_can_be_that_is_said(
    office: Office,
) -> None:
    anna, helen = await office.desk.sign_in("agent"), await office.desk.sign_in("supervisor")
    await _is_ready(anna)
    line, _ = await office.rings()
    offer = anna.get_by_role("alertdialog")
    await expect(offer).to_contain_text("+1 555 014 2001")
    assert await barriers(anna) == []
    await keep_picture(anna, "call-rings-light-en")

    await anna.keyboard.press("F8")
    bar = anna.locator(".callbar")
    await expect(bar.get_by_role("button", name="Mute")).to_be_visible()
    await keep_picture(anna, "call-talking-light-en")
    await anna.keyboard.press("F9")
    await expect(bar).to_contain_text("You are muted")
    await anna.keyboard.press("F9")
    await anna.keyboard.press("Shift+F9")
    await expect(bar).to_contain_text("On hold")
    await keep_picture(anna, "call-held-light-en")
    await anna.keyboard.press("Shift+F9")
    await expect(bar.get_by_role("button", name="Hold")).to_be_visible()

    await _is_ready(helen)
    await bar.locator("[data-menu=call-transfer]").click()
    menu = anna.locator(".popup:popover-open")
    await menu.get_by_role("combobox").fill("Helen")
    await menu.get_by_role("option").first.click()
    asked = helen.get_by_role("alertdialog")
    await expect(asked).to_contain_text("asks you in")
    assert await barriers(helen) == []
    await keep_picture(helen, "call-asked-light-en")
    await helen.keyboard.press("F8")
    await expect(bar.get_by_role("button", name="Hand over")).to_be_visible()
    assert await barriers(anna) == []
    await bar.get_by_role("button", name="Hand over").click()
    await expect(helen.locator(".callbar").get_by_role("button", name="End")).to_be_visible()
    await helen.keyboard.press("F2")
    await expect(helen.locator("#ticket h2").first).to_be_visible()

    office.exchange.exchange.hang_up(line)
    done = helen.locator(".callbar")
    await expect(done).to_contain_text("Wrap-up")
    await keep_picture(helen, "call-wrap-up-light-en")
    await done.get_by_role("button", name="Done").focus()
    await helen.keyboard.press("2")
    await expect(done).to_contain_text("Call back")
    await done.get_by_role("button", name="Done").click()
    await expect(done).to_have_count(0)
    record = helen.get_by_role("article", name=re.compile("Phone call"))
    await expect(record).to_contain_text("with Helen")
    await expect(record).to_contain_text("agreed to be recorded")
    assert await barriers(helen) == []
    await keep_picture(helen, "call-record-light-en")
    await _falls_silent(office, takes=anna, waits=helen)
    assert _words(office) == []


async def test_a_tab_that_takes_over_in_a_call_has_the_caller_back(office: Office) -> None:
    anna = await office.desk.sign_in("agent")
    await _is_ready(anna)
    await office.rings()
    await expect(anna.get_by_role("alertdialog")).to_be_visible()
    await anna.keyboard.press("F8")
    mute = anna.locator(".callbar").get_by_role("button", name="Mute")
    await expect(mute).to_be_visible()
    second = await anna.context.new_page()
    await second.goto(f"{office.desk.service.url}/console/inbox")
    await expect(second.locator(".callbar")).to_contain_text("Your phone is in another tab")
    await anna.close()
    await expect(second.locator(".callbar").get_by_role("button", name="Keypad")).to_be_visible()
    assert _words(office) == []


async def test_from_the_board_a_supervisor_listens_whispers_and_joins_while_tones_are_sent_and_the_tape_rests(
    office: Office,
) -> None:
    anna = await office.desk.sign_in("agent")
    helen = await office.desk.sign_in("supervisor", theme="dark", language="zh")
    await helen.goto(f"{office.desk.service.url}/console/live")
    await _is_ready(anna)
    line, _ = await office.rings()
    await expect(anna.get_by_role("alertdialog")).to_be_visible()
    await anna.keyboard.press("F8")
    bar = anna.locator(".callbar")
    await expect(bar.get_by_role("button", name="Hold")).to_be_visible()

    seat = helen.locator("li", has=helen.locator(".seat", has_text="Anna Kowal"))
    await seat.get_by_role("button", name="旁听").focus()
    await helen.keyboard.press("Enter")
    await expect(helen.locator(".callbar")).to_contain_text("您正在旁听")
    [room] = [one for one in office.exchange.exchange.rooms.values() if not one.over]
    await _until(lambda: len(room.seats) == 3)
    [listens] = [one for one in room.seats if one.line.direction == "outbound-api" and one.muted]
    await expect(seat.get_by_role("button", name="旁听")).to_have_attribute("aria-pressed", "true")
    assert await barriers(helen) == []
    await keep_picture(helen, "board-listens-dark-zh")
    await _next(helen)
    await expect(seat.get_by_role("button", name="耳语")).to_have_attribute("aria-pressed", "true")
    await _until(lambda: listens.coaching and not listens.muted)
    await expect(bar).to_contain_text("Helen speaks to you alone")
    await _next(helen)
    await expect(seat.get_by_role("button", name="加入")).to_have_attribute("aria-pressed", "true")
    await _until(lambda: not listens.coaching and not listens.muted)
    await expect(bar).to_contain_text("Helen is in the call")
    await expect(helen.locator(".callbar")).to_contain_text("您已加入通话")
    await keep_picture(helen, "board-joins-dark-zh")
    await seat.get_by_role("button", name="离开").click()
    await expect(helen.locator(".callbar")).to_have_count(0)
    assert not line.over, "the call goes on without her"

    await bar.get_by_role("button", name="Pause the recording").click()
    [tape] = office.exchange.exchange.tapes.values()
    await _until(lambda: tape.status == "paused")
    await expect(bar).to_contain_text("recording paused")
    await bar.get_by_role("button", name="Go on recording").click()
    await _until(lambda: tape.status == "in-progress")
    await bar.get_by_role("button", name="Hold").focus()
    await anna.keyboard.type("4#")
    [hers] = [one.line for one in room.seats if one.line.direction == "outbound-api"]
    await _until(lambda: hers.pressed == "4#")

    office.exchange.exchange.hang_up(line)
    await expect(bar).to_contain_text("Wrap-up")
    await bar.get_by_role("button", name="60 s more").click()
    await expect(bar.get_by_role("button", name="60 s more")).to_have_count(0)
    await bar.get_by_role("textbox").fill("Wants a permit for zone C")
    assert await barriers(anna) == []
    await keep_picture(anna, "call-wrap-up-line-light-en")
    await anna.keyboard.press("Enter")
    await expect(bar).to_have_count(0)
    await expect(anna.locator("#ticket")).to_contain_text("Wants a permit for zone C")
    assert _words(office) == []


async def test_somebody_outside_joins_the_talk_then_has_the_caller_and_who_called_is_called_again(
    office: Office,
) -> None:
    exchange = office.exchange.exchange
    exchange.phones[OUTSIDE] = outside = Answering(exchange)
    exchange.phones[CALLER] = theirs = Answering(exchange)
    anna = await office.desk.sign_in("agent")
    await _is_ready(anna)
    line, _ = await office.rings()
    await expect(anna.get_by_role("alertdialog")).to_be_visible()
    await anna.keyboard.press("F8")
    bar = anna.locator(".callbar")
    await expect(bar.get_by_role("button", name="Hold")).to_be_visible()

    await _to_outside(anna, "Ask first")
    await bar.get_by_role("button", name="Join all three").click()
    await expect(bar).to_contain_text("Everybody hears everybody")
    [room] = [one for one in exchange.rooms.values() if not one.over]
    await _until(lambda: len(room.talking()) == 3)
    assert await barriers(anna) == []
    await keep_picture(anna, "call-conference-light-en")
    await bar.get_by_role("button", name="Back to the caller").click()
    await _until(lambda: len(room.talking()) == 2)

    await _to_outside(anna, "Hand over now")
    done = anna.locator(".work").get_by_role("button", name="Done")
    await expect(done).to_be_visible()
    await _until(lambda: room.talking() == {line.sid, outside.on[0].sid})
    await anna.keyboard.press("F2")
    await done.click()
    exchange.hang_up(outside.on[0])
    await asyncio.wait_for(line.hung.wait(), 20)

    await anna.get_by_role("tab", name="Phone").click()
    await anna.get_by_role("button", name="Call +1 555 014 2001").click()
    await expect(bar.get_by_role("button", name="Hold")).to_be_visible()
    assert theirs.rang == 1
    await bar.get_by_role("button", name="End").click()
    await expect(bar).to_contain_text("Wrap-up")
    assert _words(office) == []


async def _falls_silent(office: Office, *, takes: Page, waits: Page) -> None:
    """One takes a call and gets nobody, which shows that the exchange is down; what is held out to the other is taken back."""
    for number in ("+15550142002", "+15550142003"):
        await office.rings(number=number)
    for page in (takes, waits):
        await expect(page.get_by_role("alertdialog")).to_be_visible()
    office.exchange.dice.odds = Odds(down=1)
    await takes.keyboard.press("F8")
    await expect(takes.locator(".callbar")).to_contain_text("You were not connected. The telephone exchange cannot be")
    await expect(waits.locator(".callbar")).to_contain_text("Taken back: the telephone exchange cannot be reached.")
    assert await barriers(waits) == []
    await keep_picture(waits, "call-taken-back-light-en")
    office.exchange.dice.odds = Odds()


async def _to_outside(page: Page, how: str) -> None:
    await page.locator(".callbar [data-menu=call-transfer]").click()
    await page.locator(".popup:popover-open").get_by_role("option", name="A phone number").click()
    await page.get_by_role("dialog").get_by_role("textbox").fill(OUTSIDE)
    await page.get_by_role("dialog").get_by_role("button", name=how).click()


async def _until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not what():
            await asyncio.sleep(0.05)


async def _next(page: Page) -> None:
    """The next of three ways to be in a call."""
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")


async def _is_ready(page: Page) -> None:
    await page.keyboard.press("Shift+A")
    await expect(page.locator(".duty").first).to_contain_text("Available")


def _words(office: Office) -> list[str]:
    """What pages complained of; that a machine without loudspeakers plays no ring is not their fault."""
    return [said for said in office.desk.complaints if "AudioContext" not in said]
