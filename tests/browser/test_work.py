"""An agent's working day at the console, by keys: offers, breaks, notes, handing on, opening again; on small screens too."""

from __future__ import annotations

import itertools
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from crm_core.actions import importing
from crm_core.actions.desk_sqlite import SqliteDesk
from crm_core.model.actor import Actor
from crm_core.model.ids import TicketId
from crm_core.model.ticket import Ticket, fresh_number
from crm_core.store.tx import Read
from gateway.wiring import utc_now
from tests.browser.console import Desk, keep_picture, late, open_ticket, queue
from tests.peers.chromium import barriers
from tests.peers.smtp_sink import Die, Step
from tests.stories.service import ROOT

pytestmark = pytest.mark.browser

SUBJECT = "Lift stuck on the second floor"
PARKING = "parking@larkhaven.example"
PASSWORD = "a long sentence that nobody guesses"
PAGES = re.findall(r'\{ path: "([^"]+)"', (ROOT / "web/src/console/shell/pages.ts").read_text(encoding="utf-8"))
LISTS = ("/inbox", "/view/live", "/view/snoozed", "/view/drafts", "/view/due", "/view/solved", "/queue/parking")
MENUS = ("owner", "queue", "priority", "snooze", "status", "service", "more", "sort", "duty", "me", "send")
DIALOGS = ("palette", "keys", "transfer", "mergeInto", "password")


async def test_an_offer_appears_counts_down_and_is_declined_and_accepted_by_a_key(desk: Desk) -> None:
    anna = await desk.sign_in("agent")
    await anna.keyboard.press("Shift+A")
    offer = anna.get_by_role("alertdialog")
    await expect(offer).to_be_visible()
    assert await barriers(anna) == []
    await keep_picture(anna, "offer-light-en")
    left = offer.get_by_role("timer").locator("b")
    first = int(await left.inner_text())
    await expect(left).not_to_have_text(str(first))
    assert int(await left.inner_text()) < first
    declined = await offer.locator(".t2").first.inner_text()
    await anna.keyboard.press("Shift+F8")
    await expect(offer.locator(".t2").first).not_to_have_text(declined)
    accepted = await offer.locator(".t2").first.inner_text()
    await anna.keyboard.press("F8")
    await expect(anna.locator("#ticket h2").first).to_contain_text(accepted)
    await expect(_property(anna, "owner")).to_contain_text("You")
    assert desk.complaints == []


async def test_who_takes_a_break_gets_no_offers_until_they_are_back(desk: Desk) -> None:
    anna = await desk.sign_in("agent")
    await anna.route("**/refusals", late(0.5))  # a break that overtook it would take back what is being declined
    await anna.keyboard.press("Shift+A")
    await expect(anna.get_by_role("alertdialog")).to_be_visible()
    await anna.keyboard.press("Shift+F8")
    await anna.keyboard.press("Shift+B")
    await expect(anna.locator(".work")).to_contain_text("Break")
    await expect(anna.locator(".duty").first).to_contain_text("Break")
    assert await barriers(anna) == []
    async with anna.expect_response("**/state"):
        await anna.locator(".work").get_by_role("button", name="I am ready").click()
    await expect(anna.locator(".duty").first).to_contain_text("Available")
    await anna.reload()
    await expect(anna.locator(".duty").first).to_contain_text("Available")
    assert desk.complaints == []


async def test_a_note_stays_in_the_house_and_a_colleague_sees_it_at_once(desk: Desk) -> None:
    anna, helen = await _two_at_one_ticket(desk)
    await anna.keyboard.press("n")
    await anna.keyboard.type("She was here twice before.")
    await anna.keyboard.press("Control+Enter")
    for page in (anna, helen):
        note = page.get_by_role("article", name="Internal note")
        await expect(note).to_contain_text("She was here twice before.")
    assert desk.sink.mails == []
    assert await barriers(helen) == []
    assert desk.complaints == []


async def test_it_is_given_to_somebody_else_and_solved_and_opened_again_while_they_watch(desk: Desk) -> None:
    anna, helen = await _two_at_one_ticket(desk)
    await anna.keyboard.press("a")
    menu = anna.locator(".popup:popover-open")
    await menu.get_by_role("combobox").fill("Helen")
    await expect(menu.get_by_role("option")).to_have_count(1)
    await anna.keyboard.press("Enter")
    await expect(_property(anna, "owner")).to_contain_text("Helen")
    await expect(_property(helen, "owner")).to_contain_text("You")
    await helen.locator("#ticket").focus()
    await helen.keyboard.press("e")
    for page in (anna, helen):
        await expect(_property(page, "status")).to_have_text("Solved")
    await anna.locator("#ticket").focus()
    await anna.keyboard.press("Shift+E")
    for page in (anna, helen):
        await expect(_property(page, "status")).to_have_text("Open")
    assert desk.complaints == []


async def test_what_may_have_arrived_is_sent_again_only_where_a_person_says_so(desk: Desk) -> None:
    desk.sink.fail(Step.DOT, Die(), times=1)
    anna, helen = await _two_at_one_ticket(desk)
    await anna.keyboard.press("r")
    await anna.keyboard.type("We come at noon.")
    await anna.keyboard.press("Control+Enter")
    for page in (anna, helen):
        state = page.locator("[role=feed] .state").last
        await expect(state).to_contain_text("It may have arrived, or not", timeout=20_000)
    await keep_picture(anna, "unknown-light-en")
    assert len(desk.sink.mails) == 1
    await helen.get_by_role("button", name="Send again").click()
    first, second = await desk.sink.wait_for(2, seconds=20)
    assert first.parsed["Message-ID"] == second.parsed["Message-ID"], "a mailbox can see that it is the same"
    for page in (anna, helen):
        await expect(page.locator("[role=feed] .state").last).to_have_text("Sent")
    assert desk.complaints == []


async def test_who_is_on_the_line_stands_above_what_can_wait(desk: Desk) -> None:
    anna = await desk.sign_in("agent")
    await anna.goto(f"{desk.service.url}/console/queue/parking")
    await expect(anna.get_by_role("option").first).to_be_visible()
    assert await anna.locator(".list .head[role=presentation]").count() == 0, (
        "no channel is live yet, so there is nothing to part"
    )
    live = await _somebody_is_on_the_line(desk)
    await anna.reload()
    heads = anna.locator(".list .head[role=presentation]")
    await expect(heads.first).to_contain_text("Live now")
    await expect(heads.nth(1)).to_contain_text("Up next")
    await expect(anna.get_by_role("option").first).to_contain_text(live)
    await keep_picture(anna, "groups-light-en")
    assert await barriers(anna) == []
    assert desk.complaints == []


async def test_a_whole_matter_without_a_mouse(desk: Desk) -> None:
    """Log in, find, take, reply, close: only keys, the focus is always somewhere, and keys may be faster than the line."""
    await _has_password(desk)
    await desk.mail(SUBJECT, "Nobody can get out.", to=PARKING)
    page = await desk.page()
    await page.route(re.compile("/(assignments|replies)$"), late(0.5))
    await page.goto(f"{desk.service.url}/console")
    await expect(page.get_by_label("Password")).to_be_visible()
    await page.keyboard.type("agent@larkhaven.example")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator(".list")).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.keyboard.type(SUBJECT.lower())
    await expect(page.locator("dialog").get_by_role("option", name=SUBJECT).first).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator("[role=feed] article").first).to_be_visible()
    await page.keyboard.press("m")
    await expect(_property(page, "owner")).to_contain_text("You")
    await page.keyboard.press("r")
    await page.keyboard.type("Dear citizen, it is done.")
    await page.keyboard.press("Control+Enter")
    await page.keyboard.press("Escape")
    await page.keyboard.press("e")
    await expect(page.locator("[role=feed]")).to_contain_text("it is done")
    await expect(_property(page, "status")).to_have_text("Solved")
    await desk.sink.wait_for(1, seconds=20)
    await page.wait_for_timeout(700)  # whatever was still on its way
    await expect(_property(page, "status")).to_have_text("Solved")
    lost = await page.evaluate("document.activeElement === null || !document.activeElement.checkVisibility()")
    assert not lost
    assert [words for words in desk.complaints if "401" not in words] == []


async def test_who_has_a_part_says_what_it_came_to_and_cannot_answer_past_the_owner_of_the_whole(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    with closing(sqlite3.connect(desk.service.folder / "var" / "onestop.db")) as record:  # in whichever language
        [part] = record.execute("SELECT number FROM tickets WHERE parent IS NOT NULL LIMIT 1").fetchone()
    await page.route("**/Known-*.js", late(0.5))
    await page.goto(f"{desk.service.url}/console/t/{part}")
    composer = page.locator(".composer")
    await expect(composer.get_by_role("tab")).to_have_count(1)
    await expect(composer.get_by_role("tab", name="Note")).to_be_visible()
    await page.keyboard.press("r")
    await expect(page.get_by_label("What it came to")).to_be_focused()
    await page.keyboard.type("Emptied this morning.")
    await page.keyboard.press("Enter")
    await expect(_property(page, "status")).to_have_text("Solved")
    await expect(page.locator("[role=feed]")).to_contain_text("Emptied this morning.")
    assert desk.sink.mails == []
    assert desk.complaints == []


async def test_what_is_typed_right_after_the_palette_is_for_what_was_chosen_there(desk: Desk) -> None:
    """Also before the browser has told that its dialog closed: else "r" were lost, and the words behind it were commands."""
    page = await desk.sign_in("agent")
    await page.keyboard.press("Control+k")
    field = page.locator("dialog").get_by_role("combobox")
    await field.fill("Resident permit renewal, Zone C")
    await expect(page.locator("dialog").get_by_role("option").first).to_contain_text("Resident permit renewal, Zone C")
    assert await field.evaluate(
        """async (field) => {
            const press = (on, key) => on.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
            press(field, "Enter");
            for (let turn = 0; turn < 200; turn += 1) await null; // no task of the browser's comes between
            press(document.activeElement, "r");
            for (let turn = 0; turn < 200; turn += 1) await null;
            return document.activeElement.matches(".composer textarea");
        }"""
    )


@pytest.mark.parametrize(("width", "scale"), [(720, 2), (1024, 1)], ids=["200 % zoom", "1024 wide"])
async def test_everything_is_in_reach_on_a_small_screen(desk: Desk, width: int, scale: int) -> None:
    """720 CSS pixels are what a window of 1440 has left at 200 %."""
    page = await desk.sign_in("agent", width=width, scale=scale)
    await page.keyboard.press("Shift+A")
    await expect(page.get_by_role("alertdialog")).to_be_visible()
    await page.keyboard.press("F8")
    await expect(page.locator("[role=feed] article").first).to_be_visible()
    await open_ticket(page, "Resident permit renewal, Zone C")
    await page.keyboard.press("r")
    await page.keyboard.type("Dear citizen,")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for part in (page.locator("textarea"), page.locator(".foot .primary").first, page.locator("#ticket h2").first):
        assert await _is_in_sight(part), await part.evaluate("(part) => part.outerHTML.slice(0, 80)")
    thread = await page.locator("[role=feed]").locator("xpath=..").bounding_box()
    assert thread is not None
    assert thread["height"] >= 72, "what they wrote stays in sight above what one writes"
    assert await barriers(page) == []
    await keep_picture(page, f"small-{width}-light-en")
    for _ in range(40):
        await page.keyboard.press("Tab")
        covered = await page.evaluate(COVERED)
        assert covered is None, f"the focus is behind something: {covered}"
    assert desk.complaints == []


COVERED = """() => {
    const one = document.activeElement;
    if (!one || one === document.body || one.tagName === "IFRAME") return null;
    const box = one.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) return null;
    const points = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]];
    const seen = points.some(([x, y]) => {
        const top = document.elementFromPoint(box.x + box.width * x, box.y + box.height * y);
        return top && (one.contains(top) || top.contains(one) || top.closest("label")?.contains(one));
    });
    return seen ? null : `${one.outerHTML.slice(0, 160)} at ${JSON.stringify(box)}`;
}"""
"""WCAG 2.4.11: what has the focus is not wholly hidden."""


def every_look(*, daily: tuple[str, str]) -> list[Any]:
    """All four take minutes; in the everyday run pages and menus share the themes and languages between them."""
    looks = itertools.product(("light", "dark"), ("en", "zh"))
    return [pytest.param(*look, marks=[] if look == daily else pytest.mark.long) for look in looks]


@pytest.mark.parametrize(("theme", "language"), every_look(daily=("dark", "zh")))
async def test_no_page_keeps_anybody_out(desk: Desk, theme: str, language: str) -> None:
    page = await desk.page(theme=theme, language=language)
    await page.goto(f"{desk.service.url}/console/sign-in")
    await expect(page.locator("input[name=password]")).to_be_visible()
    assert await barriers(page) == [], "sign-in"
    page = await desk.sign_in("admin", theme=theme, language=language)
    for path in (*LISTS, *PAGES, "/admin/services/resident-permit"):
        await page.goto(f"{desk.service.url}/console{path}")
        await expect(page.locator("h1, .list").first).to_be_visible()
        await page.wait_for_load_state("networkidle")
        assert await barriers(page) == [], path
        await keep_picture(page, f"page{path.replace('/', '-')}-{theme}-{language}")
    assert [words for words in desk.complaints if "401" not in words] == []


@pytest.mark.parametrize(("theme", "language"), every_look(daily=("light", "en")))
async def test_no_menu_and_no_dialog_keeps_anybody_out(desk: Desk, theme: str, language: str) -> None:
    page = await desk.sign_in("admin", theme=theme, language=language)
    await page.goto(f"{desk.service.url}/console/queue/parking")
    await page.get_by_role("option").first.click()
    await expect(page.locator("[role=feed] article").first).to_be_visible()
    await page.keyboard.press("r")
    await page.keyboard.type("x")
    await expect(page.locator(".foot .primary").first).to_be_enabled()
    for name in MENUS:
        await page.locator(f"[data-menu={name}]:visible").first.click()
        await expect(page.locator(".popup:popover-open")).to_be_visible()
        assert await barriers(page) == [], name
        await keep_picture(page, f"menu-{name}-{theme}-{language}")
        await page.keyboard.press("Escape")
        await expect(page.locator(".popup:popover-open")).to_have_count(0)
    for name in DIALOGS:
        await _open_dialog(page, name)
        await expect(page.locator("dialog[open]")).to_be_visible()
        assert await barriers(page) == [], name
        await keep_picture(page, f"dialog-{name}-{theme}-{language}")
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog[open]")).to_have_count(0)
    assert desk.complaints == []


async def _open_dialog(page: Page, name: str) -> None:
    """As people do: by its key, by the menu it stands in."""
    keys = {"palette": "Control+k", "keys": "?", "transfer": "t"}
    if name in keys:
        await page.locator("#ticket").focus()
        await page.keyboard.press(keys[name])
        return
    menu, icon = {"service": ("more", "swap"), "mergeInto": ("more", "merge"), "password": ("me", "lock")}[name]
    await page.locator(f"[data-menu={menu}]:visible").first.click()
    await (
        page.locator(".popup:popover-open [role^=menuitem]").filter(has=page.locator(f"use[href='#i-{icon}']")).click()
    )


async def _two_at_one_ticket(desk: Desk) -> tuple[Page, Page]:
    """Anna and Helen have the mail open that came a moment ago."""
    anna, helen = await desk.sign_in("agent"), await desk.sign_in("supervisor")
    await desk.mail(SUBJECT, "Nobody can get out.", to=PARKING)
    for page in (anna, helen):
        await queue(page, desk, "parking")
        await page.get_by_role("option", name=SUBJECT).click()
        await expect(page.locator("[role=feed] .text")).to_have_text("Nobody can get out.")
    await anna.locator("#ticket").focus()
    return anna, helen


def _property(page: Page, name: str) -> Locator:
    """One of the buttons under the subject."""
    return page.locator(f"header [data-menu={name}]")


async def _is_in_sight(part: Locator) -> bool:
    return bool(
        await part.evaluate(
            "(part) => { const box = part.getBoundingClientRect();"
            " return box.width > 0 && box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight }"
        )
    )


async def _has_password(desk: Desk) -> None:
    """They came by a link once, and set one."""
    page = await desk.sign_in("agent")
    said = await page.evaluate(
        """async (password) => {
            const { csrf } = await fetch("/api/v1/session").then((answer) => answer.json());
            const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
            const answer = await fetch("/api/v1/session/password", { method: "PUT", headers, body: JSON.stringify({ password }) });
            return answer.status;
        }""",
        PASSWORD,
    )
    assert said == 204


async def _somebody_is_on_the_line(desk: Desk) -> str:
    """A matter that happens now, written beside the running server: no channel of today brings one. Its subject."""
    path = desk.service.folder / "var" / "onestop.db"
    with closing(sqlite3.connect(path)) as rows:
        [(known,)] = rows.execute(
            "SELECT t.id FROM tickets t JOIN queues q ON q.id = t.queue WHERE q.slug = 'parking' AND t.status = 'open' LIMIT 1"
        )
    record = SqliteDesk(path, clock=utc_now)
    importer = Actor.importer("tests")
    like = await record.ask(importer, _ticket, TicketId(known))
    live = replace(
        like, id=TicketId(f"{known[:-4]}live"), number=fresh_number(), subject="On the line now", live=True, version=1
    )
    await record.do(importer, importing.import_values, [live])
    await record.close()
    return live.subject


async def _ticket(read: Read, id: TicketId) -> Ticket:
    return await read.get(Ticket, id)
