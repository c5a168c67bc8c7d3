"""The live board at the screen: its numbers move by themselves, each opens what is behind it, and people are set to a state."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from playwright.async_api import Page, expect

from tests.browser.console import Desk, keep_picture
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser

MAIL = ".board td button[data-channel='email']"


async def shown(desk: Desk, page: Page) -> None:
    await page.goto(f"{desk.service.url}/console/live")
    await expect(page.locator(".board tbody tr").first).to_be_visible()


async def waiting(page: Page) -> int:
    """All who wait by mail, over all queues."""
    cells = await page.locator(f"{MAIL} b").all_inner_texts()
    return sum(int(one) for one in cells)


async def test_the_numbers_move_by_themselves_and_each_opens_who_is_behind_it(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await shown(desk, page)
    assert await barriers(page) == []
    before = await waiting(page)
    await desk.mail("A bin that nobody empties", "It stands there since Monday.", to="hello@larkhaven.example")
    async with asyncio.timeout(20):
        while await waiting(page) != before + 1:
            await page.wait_for_timeout(100)
    await keep_picture(page, "board-1440-light-en")
    cell = page.locator(MAIL).first
    await cell.focus()
    await page.keyboard.press("Enter")
    first = page.get_by_role("dialog").locator("li").first
    await expect(first.locator("a")).to_be_visible()
    assert await barriers(page) == []
    await keep_picture(page, "board-behind")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


INSIDE = """() => [...document.querySelectorAll(".board td button")].every((cell) => {
    const around = cell.closest("td").getBoundingClientRect();
    return [...cell.querySelectorAll("b, small")].every((one) => {
        const box = one.getBoundingClientRect();
        return box.left >= around.left && box.right <= around.right && box.top >= around.top && box.bottom <= around.bottom;
    });
})"""


async def test_who_is_gone_before_anybody_was_there_stands_below_those_who_wait_and_nothing_is_cut_off(
    desk: Desk,
) -> None:
    """As many as a bad day brings, at each width of screen."""
    page = await desk.sign_in("supervisor", width=1280, theme="dark", language="en")
    _calls(desk)
    for width in (1280, 1440, 1920):
        await page.set_viewport_size({"width": width, "height": 900})
        await shown(desk, page)
        await expect(page.locator(".board .gone").first).to_be_visible()
        assert await page.evaluate(INSIDE), f"at {width}"
    await expect(page.get_by_text("+ missed, to be called back or answered")).to_be_visible()
    await keep_picture(page, "board-missed-dark-en")


def _calls(desk: Desk) -> None:
    """In one queue a hundred and more who hung up, and as many who still write, by each of many channels."""
    with sqlite3.connect(desk.service.folder / "var" / "onestop.db") as record:
        columns = [row[1] for row in record.execute("PRAGMA table_info(work)")]
        changed = {"id": "'more-' || n", "ticket": "'more-' || n", "came_live": "n / 5 % 2", "live": "0"}
        changed["channel"] = (
            "CASE n % 5 WHEN 0 THEN 'voice' WHEN 1 THEN 'sms' WHEN 2 THEN 'whatsapp' WHEN 3 THEN 'telegram' ELSE channel END"
        )
        taken = ", ".join(changed.get(name, name) for name in columns)
        many = "WITH RECURSIVE few(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM few WHERE n < 1200)"
        one = "(SELECT * FROM work WHERE state = 'queued' AND channel = 'email' LIMIT 1)"
        record.execute(f"{many} INSERT INTO work ({', '.join(columns)}) SELECT {taken} FROM {one}, few")


CUT = """(tile) => [...tile.querySelectorAll(".has")].filter((one) => {
    const [box, around] = [one, one.parentElement].map((each) => each.getBoundingClientRect());
    return box.top < around.bottom - 1 && (box.left < around.left || box.right > around.right);
}).length"""


async def test_an_agent_who_can_take_nobody_more_reads_full_and_no_number_in_a_tile_is_cut(desk: Desk) -> None:
    """A call takes all of somebody; what they have on many channels is told with the call first, and the rest as a sum."""
    page = await desk.sign_in("supervisor", width=1280, theme="dark", language="en")
    _has(desk, "Tom Reyes", voice=1)
    _has(desk, "Jonas Keller", email=4, sms=3, whatsapp=2, chat=2, voice=1)
    _has(desk, "Leo Brandt", email=6)
    await shown(desk, page)
    tom, jonas, leo = (page.locator(".seat", has_text=name) for name in ("Tom Reyes", "Jonas Keller", "Leo Brandt"))
    await expect(tom.locator(".load")).to_have_text("full")
    await expect(leo.locator(".load")).to_have_text("6 of 6")
    assert await barriers(page) == []
    for width in (1440, 720, 400):
        await page.set_viewport_size({"width": width, "height": 900})
        await expect(jonas.locator(".load")).to_have_text("full")
        await expect(jonas.locator(".has > span[aria-hidden]")).to_have_text(["1", "2", "+9"])
        await expect(jonas.locator(".has").first).to_have_attribute("title", "1 × Phone")
        for seat in await page.locator(".seat").all():
            assert await seat.evaluate(CUT) == 0, f"at {width}"
        await keep_picture(page, f"board-full-{width}-dark-en")


def _has(desk: Desk, name: str, **channels: int) -> None:
    """Just this, in their hands. A call takes as much as a whole agent; whoever is on the line is there now."""
    with sqlite3.connect(desk.service.folder / "var" / "onestop.db") as record:
        columns = [row[1] for row in record.execute("PRAGMA table_info(work)")]
        one = dict(zip(columns, record.execute("SELECT * FROM work WHERE state = 'active'").fetchone(), strict=True))
        [agent] = record.execute("SELECT id FROM agents WHERE name = ?", [name]).fetchone()
        record.execute("DELETE FROM work WHERE state = 'active' AND agent = ?", [agent])
        for channel, many in channels.items():
            for at in range(many):
                id = f"more-{agent}-{channel}-{at}"
                more = {
                    "id": id,
                    "ticket": id,
                    "agent": agent,
                    "channel": channel,
                    "units": 12 if channel == "voice" else 1,
                }
                record.execute(
                    f"INSERT INTO work ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
                    [{**one, **more}[name] for name in columns],
                )


async def test_a_state_is_set_with_its_reason_and_told_to_whom_it_is_of(desk: Desk) -> None:
    theirs = await desk.sign_in("agent")
    await theirs.keyboard.press("Shift+A")
    page = await desk.sign_in("supervisor", width=1280, theme="dark", language="en")
    await shown(desk, page)
    seat = page.locator(".seat", has_text="Anna Kowal")
    await expect(seat).to_be_visible()
    await keep_picture(page, "board-1280-dark-en")
    await seat.focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name="Set to Break").click()
    await page.get_by_label("Reason").fill("The fire drill")
    await page.get_by_role("button", name="Set to Break").click()
    await expect(seat.locator("[data-tone='break']")).to_be_visible()
    await expect(theirs.get_by_text("set you to Break: The fire drill").first).to_be_visible()


async def test_an_agent_sees_no_board(desk: Desk) -> None:
    page = await desk.sign_in("agent")
    await page.goto(f"{desk.service.url}/console/live")
    await expect(page.get_by_text("Live board")).to_have_count(0)
    answered = await page.request.get(f"{desk.service.url}/api/v1/board")
    assert answered.status == 403


async def test_it_reads_in_both_languages_themes_and_directions_and_scrolls_within(desk: Desk) -> None:
    page = await desk.sign_in("supervisor", theme="dark", language="zh")
    await shown(desk, page)
    for width, to in ((1440, "ltr"), (1440, "rtl"), (720, "rtl"), (720, "ltr"), (320, "ltr")):
        await page.set_viewport_size({"width": width, "height": 900})
        await page.evaluate("(to) => (document.documentElement.dir = to)", to)
        assert await barriers(page) == []
        assert await page.evaluate(WIDER) == [], f"at {width} {to}"
        if width == 1440:  # the whole table, with all of the city's channels
            assert await page.locator(".roll").evaluate("(one) => one.scrollWidth <= one.clientWidth")
        await keep_picture(page, f"board-{width}-{to}-dark-zh")


WIDER = """() => [document.documentElement, document.querySelector(".page"), ...document.querySelectorAll(".board > *")]
  .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.className || one.tagName)"""


async def test_what_is_said_to_the_floor_stands_on_every_screen_until_it_is_read_or_taken_back(desk: Desk) -> None:
    theirs = await desk.sign_in("agent", language="zh")
    page = await desk.sign_in("supervisor")
    await shown(desk, page)
    for text, whom in (("The phones are back at noon.", "Everybody"), ("Registrar closes early.", "City Hall desk")):
        await page.get_by_role("button", name="Say to all").click()
        await page.get_by_label("What to say").fill(text)
        await page.get_by_label("To whom").select_option(label=whom)
        assert await barriers(page) == []
        await keep_picture(page, "board-say")
        await page.get_by_role("button", name="Say it").press("Enter")
        await expect(page.get_by_role("dialog")).to_have_count(0)
    bar = theirs.get_by_role("region", name="主管的话")
    await expect(bar.get_by_text("The phones are back at noon.")).to_be_visible()
    await expect(theirs.locator("[aria-live=polite]", has_text="The phones are back at noon.")).to_have_count(1)
    assert await barriers(theirs) == []
    await keep_picture(theirs, "said-1440-light-zh")
    await bar.get_by_role("button", name="知道了").press("Enter")
    await expect(theirs.get_by_text("The phones are back at noon.", exact=True)).to_have_count(0)
    await page.get_by_role("button", name="Say to all").click()
    first = page.get_by_role("dialog").locator("li", has_text="The phones are back at noon.")
    await expect(first).to_contain_text("read by 1")
    for one in ("The phones are back at noon.", "Registrar closes early."):
        await page.get_by_role("dialog").locator("li", has_text=one).get_by_role("button", name="Take back").click()
    await expect(page.get_by_role("dialog").locator("li")).to_have_count(0)
    await expect(bar).to_have_count(0)
    await theirs.reload()
    await expect(theirs.locator(".list")).to_be_visible()
    await expect(bar).to_have_count(0)


async def _newest(desk: Desk, page: Page) -> str:
    found = await page.request.get(f"{desk.service.url}/api/v1/tickets?sort=-created_at&limit=1")
    return await found.text()


async def test_keys_walk_the_board_move_people_and_hold_it_still(desk: Desk) -> None:
    theirs = await desk.sign_in("agent")
    await theirs.keyboard.press("Shift+A")
    page = await desk.sign_in("supervisor")
    await shown(desk, page)
    names = await page.locator(".board tbody th button").all_inner_texts()
    await page.locator(".board tbody th button").first.focus()
    await page.keyboard.press("ArrowDown")
    assert await page.evaluate("document.activeElement.innerText") == names[1]
    await page.keyboard.press("ArrowUp")
    while await page.evaluate("document.activeElement.dataset.channel ?? null") is None:
        await page.keyboard.press("ArrowRight")
    seat = page.locator(".seat", has_text="Anna Kowal")
    await seat.focus()
    await page.keyboard.press("d")
    await expect(page.get_by_role("menuitem", name="Move to Registrar")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(seat).to_be_focused()
    await page.locator(".board h1").click()
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
    before = await waiting(page)
    await desk.mail("A bench without a seat", "In the park behind the school.", to="hello@larkhaven.example")
    async with asyncio.timeout(20):
        while "A bench without a seat" not in await _newest(desk, page):
            await page.wait_for_timeout(100)
    await page.wait_for_timeout(600)  # the line has told it, and a board that moves would have been painted
    assert await waiting(page) == before, "it stands still while somebody reads"
    await page.locator(".board h1").click()
    await page.keyboard.press("Space")
    async with asyncio.timeout(20):
        while await waiting(page) != before + 1:
            await page.wait_for_timeout(100)
    assert await barriers(page) == []
