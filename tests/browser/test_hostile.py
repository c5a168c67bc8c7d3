"""What strangers send, in the console's real Chromium: nothing runs, nothing loads, every word is only a word."""

from __future__ import annotations

import asyncio
import smtplib
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import make_msgid
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, expect

from crm_core.actions import keeping, unread
from crm_core.actions.desk_sqlite import SqliteDesk
from crm_core.model.actor import Actor
from crm_core.model.blob import Blob
from crm_core.model.ids import InboxId
from gateway.wiring import utc_now
from tests.browser import hostile
from tests.browser.console import Desk, queue
from tests.scale import LONG, grows

pytestmark = pytest.mark.browser

PARKING = "parking@larkhaven.example"
EACH = 3 if LONG else 27
"""Every how many-th of the tickets is opened in the thread; the bodies of all are shown in frames."""

AT_ONCE = 40
FRAMES = """async (ids) => {
    await Promise.all(ids.map((id) => new Promise((done) => {
        const frame = document.createElement("iframe");
        frame.onload = () => done();
        frame.src = `/api/v1/messages/${id}/html`;
        document.body.append(frame);
    })));
    await new Promise((done) => setTimeout(done, 300));
    document.querySelectorAll("body > iframe").forEach((frame) => frame.remove());
}"""
"""Without the sandbox that the console's own frame adds: what was cleaned and its policy must hold alone."""

MESSAGES = """async () => {
    const ask = (path) => fetch(`/api/v1${path}`).then((answer) => answer.json());
    const found = [];
    for (let cursor = ""; cursor !== null; ) {
        const page = await ask(`/tickets?queue=parking&sort=-created_at&limit=100${cursor && `&cursor=${cursor}`}`);
        found.push(...page.items.filter((row) => row.subject.startsWith("Hostile")));
        cursor = page.next;
    }
    return Promise.all(found.map(async (row) => {
        const { items } = await ask(`/tickets/${row.id}/timeline`);
        return { ticket: row.number, message: items.find((item) => item.type === "message").id };
    }));
}"""
OPEN = """(number) => {
    history.replaceState({}, "", `/console/queue/parking?t=${number}`);
    dispatchEvent(new PopStateEvent("popstate"));
}"""


@dataclass
class Sink:
    """A host of the sender's: it counts who asks it for anything."""

    url: str = ""
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        """A picture, a script, a page: whatever was wanted."""
        self.asked.append(request.path_qs)
        return web.Response(text="alert('from the sink')", content_type="text/javascript")


@dataclass
class Watched:
    """A console page, and everything it did that nobody asked it to."""

    page: Page
    dialogs: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


@pytest_asyncio.fixture(loop_scope="session")
async def sink() -> AsyncIterator[Sink]:
    async with _sink() as listening:
        yield listening


@grows
async def test_what_strangers_send_runs_nothing_and_loads_nothing(desk: Desk, sink: Sink) -> None:
    bodies = hostile.bodies(sink=sink.url)
    assert len(bodies) >= 200
    await asyncio.to_thread(_push, desk, [*map(_mail, bodies), *map(_naughty, hostile.NAUGHTY)])
    watched = await _watch(desk, "agent")
    page = watched.page
    await queue(page, desk, "parking")
    await expect(page.get_by_role("option", name="Hostile").first).to_be_visible()
    found: list[dict[str, str]] = await page.evaluate(MESSAGES)
    assert len(found) == len(bodies) + len(hostile.NAUGHTY), "some of it was swallowed"
    for some in _portions([one["message"] for one in found], AT_ONCE):
        await page.evaluate(FRAMES, some)
    await _scroll_through(page)
    for one in found[::EACH]:
        await _read(page, one["ticket"])
    for words in (*bodies[::EACH], *hostile.NAUGHTY[::EACH]):
        await _search(page, words)
    _nothing_happened(watched, desk, sink)


async def test_a_mail_that_would_tell_its_sender_who_reads_it_tells_nothing(desk: Desk, sink: Sink) -> None:
    bodies = [body.format(sink=sink.url) for body in hostile.REMOTE]
    assert len(bodies) == 6
    await asyncio.to_thread(_push, desk, map(_mail, bodies))
    watched = await _watch(desk, "agent")
    await queue(watched.page, desk, "parking")
    await expect(watched.page.get_by_role("option", name="Hostile").first).to_be_visible()
    found: list[dict[str, str]] = await watched.page.evaluate(MESSAGES)
    assert len(found) == 6
    shown = [await _read(watched.page, one["ticket"]) for one in found]
    assert sum(shown) >= 3, "hardly a formatted body was shown"
    await watched.page.wait_for_timeout(300)
    _nothing_happened(watched, desk, sink)


async def test_pictures_stand_in_their_place_and_those_from_elsewhere_are_asked_for_by_us_alone(
    desk: Desk, sink: Sink
) -> None:
    """The sink is near us, so that even we do not ask it: the words say that it could not be had."""
    page_of_theirs = f"<p>Our lamp: <img src='cid:lamp@x' alt='Lamp'></p><img src='{sink.url}/loaded'>"
    await asyncio.to_thread(_push, desk, [_illustrated("Hostile picture", page_of_theirs)])
    watched = await _watch(desk, "agent")
    page = watched.page
    await queue(page, desk, "parking")
    await expect(page.get_by_role("option", name="Hostile picture").first).to_be_visible()
    [found] = [one for one in await page.evaluate(MESSAGES) if one["ticket"]][:1]
    assert await _read(page, found["ticket"])
    lamp = page.locator("[role=feed] iframe").content_frame.get_by_alt_text("Lamp")
    await expect(lamp).to_have_js_property("naturalWidth", 1)
    said = page.locator("[role=feed]").get_by_role("status")
    await expect(said).to_contain_text("1 picture from elsewhere not loaded")
    await said.get_by_role("button", name="Load pictures").click()
    await expect(said).to_contain_text("1 picture could not be loaded.")
    await expect(page.locator("[role=feed]")).to_contain_text("Tried to load pictures from elsewhere")
    _nothing_happened(watched, desk, sink)


async def test_what_could_not_be_read_hurts_no_admin(desk: Desk, sink: Sink) -> None:
    watched = await _watch(desk, "admin")
    page = watched.page
    [inbox, *_] = await page.evaluate("fetch('/api/v1/inboxes').then((said) => said.json()).then((said) => said.items)")
    whys = hostile.bodies(sink=sink.url)[::15]
    await _quarantine(desk, whys, inbox=inbox["id"])
    await page.goto(f"{desk.service.url}/console/admin/quarantine")
    await expect(page.locator("tbody tr").nth(len(whys) - 1)).to_be_visible()
    assert "<script" in await page.locator("tbody").inner_text(), "the reason is shown as what it is"
    _nothing_happened(watched, desk, sink)


def _nothing_happened(watched: Watched, desk: Desk, sink: Sink) -> None:
    """No dialog, no request to anybody else, and no policy that had to stop what was on its way."""
    assert watched.dialogs == []
    assert sink.asked == []
    assert watched.elsewhere == []
    assert desk.complaints == []


async def _watch(desk: Desk, who: str) -> Watched:
    page = await desk.sign_in(who)
    watched = Watched(page)

    async def shut(dialog: Any) -> None:
        watched.dialogs.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", shut)
    page.context.on(
        "request", lambda asked: None if _ours(asked.url, desk) else watched.elsewhere.append(asked.url)
    )  # fmt: skip
    page.context.on("page", lambda opened: watched.elsewhere.append(f"a window: {opened.url}"))
    return watched


def _ours(url: str, desk: Desk) -> bool:
    return url.startswith((desk.service.url, "data:image/", "blob:" + desk.service.url))


async def _scroll_through(page: Page) -> None:
    """Every row of the list is drawn once."""
    rows = page.get_by_role("option")
    await rows.first.click()
    await rows.first.focus()
    last = ""
    for _ in range(200):
        await page.mouse.wheel(0, 700)
        await page.wait_for_timeout(15)
        now = await rows.last.inner_text()
        if now == last:
            break
        last = now


async def _read(page: Page, number: str) -> bool:
    """Open the ticket: thread, properties, customer panel; then the formatted body, if any, in the console's own frame."""
    await page.evaluate(OPEN, number)
    await expect(page.locator("#ticket")).to_contain_text(number)
    await expect(page.locator("[role=feed] article").first).to_be_visible()
    formatted = page.locator("[role=feed] .folds button", has_text="Show as sent")
    if not await formatted.count():
        return False
    await formatted.first.click()
    frame = page.locator("[role=feed] iframe")
    await frame.scroll_into_view_if_needed()
    await expect(frame.content_frame.locator("body")).to_be_attached()
    return True


async def _search(page: Page, words: str) -> None:
    await page.keyboard.press("Control+k")
    box = page.locator("dialog").get_by_role("combobox")
    await box.fill(words[:120])
    await page.wait_for_timeout(60)
    await page.keyboard.press("Escape")
    if await box.is_visible():
        await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)


# ---------------------------------------------------------------- sending


def _mail(body: str) -> bytes:
    """The payload as the name, the subject, the file's name and the formatted body."""
    return _whole(body[:300], f'Content-Type: text/html; charset="utf-8"\r\n{_in_base64(body)}')


def _illustrated(words: str, html: str) -> bytes:
    """A page with a picture of a single dot that came with it."""
    dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    inner = f'Content-Type: text/html; charset="utf-8"\r\n{_in_base64(html)}'
    picture = f"Content-Type: image/png\r\nContent-ID: <lamp@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n{dot}\r\n"
    related = f'Content-Type: multipart/related; boundary="rr"\r\n\r\n--rr\r\n{inner}\r\n--rr\r\n{picture}--rr--\r\n'
    return _whole(words, related)


def _naughty(words: str) -> bytes:
    return _whole(words[:300], f'Content-Type: text/plain; charset="utf-8"\r\n{_in_base64(words)}')


def _whole(words: str, body: str) -> bytes:
    head = [
        f"From: {_word(words)} <{make_msgid(domain='x')[1:14].replace('.', '')}@homeline.example>",
        f"To: {PARKING}",
        f"Subject: Hostile {_word(words)}",
        f"Message-ID: {make_msgid(domain='homeline.example')}",
        "Date: Mon, 23 Nov 2026 09:00:00 +0000",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="=="',
    ]
    name = quote(f"{words[:80]}.html", safe="")
    file = f"Content-Type: text/html\r\nContent-Disposition: attachment; filename*=utf-8''{name}\r\n{_in_base64(words)}"
    return "\r\n".join([*head, "", "--==", body, "--==", file, "--==--", ""]).encode()


def _in_base64(words: str) -> str:
    coded = b64encode(words.encode("utf-8", "surrogatepass")).decode()
    lines = "\r\n".join(coded[at : at + 76] for at in range(0, len(coded), 76))
    return f"Content-Transfer-Encoding: base64\r\n\r\n{lines}\r\n"


def _word(words: str) -> str:
    """As encoded words of RFC 2047, so that every sign arrives."""
    parts = [b64encode(words[at : at + 10].encode()).decode() for at in range(0, len(words), 10)]
    return "\r\n ".join(f"=?utf-8?B?{part}?=" for part in parts)


def _push(desk: Desk, mails: Iterable[bytes]) -> None:
    with smtplib.SMTP("127.0.0.1", desk.service.smtp_port, timeout=60) as client:
        for mail in mails:
            client.sendmail("x@homeline.example", [PARKING], mail)


async def _quarantine(desk: Desk, whys: Sequence[str], *, inbox: str) -> None:
    """Beside the running server, as a reader that met what nobody can read."""
    record = SqliteDesk(desk.service.folder / "var" / "onestop.db", clock=utc_now)
    for why in whys:
        wire = keeping.RawWire(utc_now(), {}, Blob(sha256(why.encode()).hexdigest(), len(why.encode()), why.encode()))
        await record.do(
            Actor.inbox(InboxId(inbox)), unread.quarantine, wire, inbox=InboxId(inbox), why=why, found_by=()
        )
    await record.close()


def _portions(all_: Sequence[str], most: int) -> Iterable[Sequence[str]]:
    return (all_[at : at + most] for at in range(0, len(all_), most))


@asynccontextmanager
async def _sink() -> AsyncIterator[Sink]:
    sink = Sink()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", sink.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sink.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield sink
    finally:
        await runner.cleanup()
