"""A visitor and an agent talk: the widget on a page of another site, the agent at the console."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, Frame, Page, expect

from tests.browser.console import Desk, open_ticket, staffed
from tests.peers.chromium import barriers
from tests.peers.kept import free_port
from tests.stories.face import Api, token_for
from tests.stories.larkhaven import Loaded

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("ONESTOP_SHOTS", "")
ASKED = "The lamp before the library hums all night"
ALWAYS = json.dumps([{"weekday": day, "opens": 0, "closes": 24 * 60} for day in range(7)])
SKILLS = ("parking", "benefits", "streets", "housing", "chinese", "tax", "records", "desk")
SITE = "<!doctype html><html lang='{language}' dir='{direction}'><title>A site</title><h1>Somebody else's page</h1>"
EMBEDDED = '<script src="{url}/widget.js" data-inbox="{inbox}" async></script>'


@dataclass(frozen=True, slots=True)
class AlwaysOpen:
    """The sample city as it is within its hours, whenever this runs; Anna alone is on duty, for everything."""

    var: Path
    template: str = ""

    def into(self, folder: Path) -> None:
        Loaded(self.var, self.template).into(folder)
        with sqlite3.connect(folder / "var" / "onestop.db") as record:
            record.execute("UPDATE calendars SET windows = ?, exceptions = '{}'", (ALWAYS,))
            teams = json.dumps(sorted(row[0] for row in record.execute("SELECT id FROM teams")))
            record.execute("UPDATE work SET state = 'done'")  # nothing else is held out to her meanwhile
            record.execute("UPDATE agents SET duty = 'offline'")
            able = json.dumps(dict.fromkeys(SKILLS, 5))
            hers = "UPDATE agents SET duty = 'available', teams = ?, skills = ? WHERE email = 'agent@larkhaven.example'"
            record.execute(hers, (teams, able))


@asynccontextmanager
async def another_site(page: str) -> AsyncIterator[str]:
    """Where a page of somebody else's stands."""

    async def show(_: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    app, port = web.Application(), free_port()
    app.router.add_get("/", show)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def inbox_of(desk: Desk) -> str:
    token = await token_for(desk.service, "admin@larkhaven.example")
    async with Api.open(desk.service, token) as api:
        found = await api.get("/inboxes")
    return next(str(one["id"]) for one in found["items"] if one["channel"] == "chat")


async def let_in(desk: Desk, inbox: str, *origins: str) -> None:
    token = await token_for(desk.service, "admin@larkhaven.example")
    async with Api.open(desk.service, token) as api:
        body = {"settings": {"origins": ", ".join(origins)}}
        async with api.http.patch(f"{api.url}/api/v1/inboxes/{inbox}", json=body) as answer:
            assert answer.status == 200, await answer.text()


async def visitor(desk: Desk, *, theme: str, language: str, width: int = 1280, height: int = 900) -> Page:
    """Somebody's browser."""
    room = await desk.browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        locale="zh-CN" if language == "zh" else "en-GB",
        reduced_motion="reduce",
    )
    desk.rooms.append(room)
    page = await room.new_page()
    page.on("pageerror", lambda error: desk.complaints.append(str(error)))
    return page


async def opened(page: Page, where: str) -> Frame:
    """The frame, after the button was pressed."""
    async with page.expect_event("framenavigated", lambda frame: "?host=" in frame.url):
        assert await pressed(page, where) == 200
    return next(frame for frame in page.frames if "?host=" in frame.url)


async def pressed(page: Page, where: str) -> int:
    """Reach the button with the keyboard and press it; what our server says to the frame."""
    async with page.expect_response(lambda answer: "/widget.js" in answer.url):
        await page.goto(where)
    await page.wait_for_function("document.body.lastElementChild.tagName === 'DIV'")
    await page.keyboard.press("Tab")
    async with page.expect_response(lambda answer: "?host=" in answer.url) as asked:
        await page.keyboard.press("Enter")
    return (await asked.value).status


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.wait_for_timeout(400)
        await page.screenshot(path=f"{SHOTS}/{name}.png")


async def test_a_visitor_on_another_site_and_an_agent_talk(tmp_path: Path, browser: Browser, city: Loaded) -> None:
    async with staffed(tmp_path, browser, city=AlwaysOpen(city.var)) as desk:  # type: ignore[arg-type]
        inbox = await inbox_of(desk)
        embedded = EMBEDDED.format(url=desk.service.url, inbox=inbox)
        here = SITE.format(language="en", direction="ltr") + embedded
        async with another_site(here) as site, another_site(here) as stranger:
            await let_in(desk, inbox, site)
            await asyncio.sleep(0.5)
            await talked(desk, site)
            await refused(desk, stranger)
        await reads_from_right_to_left_and_large(desk, embedded, inbox)
        assert desk.complaints == []


async def talked(desk: Desk, site: str) -> None:
    page, anna = await visitor(desk, theme="light", language="en"), await desk.sign_in("agent")
    frame = await opened(page, site)
    await expect(frame.get_by_text("A person answers here now.")).to_be_visible()
    await shot(page, "chat-1-start")
    assert await barriers(frame) == []  # type: ignore[arg-type]
    box = frame.locator("#words")
    await box.fill(ASKED)
    await box.press("Enter")
    await expect(frame.get_by_text("You are next.")).to_be_visible()
    await anna.get_by_role("button", name="Accept").click()
    await expect(frame.get_by_text("Anna joined at")).to_be_visible()
    await open_ticket(anna, ASKED)
    await expect(anna.get_by_text("Here now")).to_be_visible()
    await expect(frame.get_by_text("Read", exact=True)).to_be_visible()
    await box.press_sequentially("Also")
    await expect(anna.get_by_role("img", name="Typing")).to_be_visible()
    await anna.locator(".composer textarea").fill("Thank you, we send somebody.")
    await expect(frame.get_by_role("img", name="Anna is typing")).to_be_visible()
    await anna.keyboard.press("Control+Enter")
    await expect(frame.get_by_text("Thank you, we send somebody.")).to_be_visible()
    await expect(anna.locator(".bubbles .read")).to_be_visible()
    await shot(page, "chat-2-talk")
    await shot(anna, "chat-2-console")
    assert await barriers(frame) == []  # type: ignore[arg-type]
    assert await barriers(anna) == []
    await page.reload()
    frame = await opened(page, site)
    await expect(frame.get_by_text("Thank you, we send somebody.")).to_be_visible()
    await anna.get_by_role("button", name="End chat").click()
    await expect(frame.get_by_text("This chat has ended.")).to_be_visible()
    await expect(anna.get_by_text("Chat ended").first).to_be_visible()
    await frame.get_by_role("button", name="4, Satisfied").click()
    await expect(anna.get_by_text("4 of 5, satisfied")).to_be_visible()
    await shot(page, "chat-3-rated")
    assert await barriers(frame) == []  # type: ignore[arg-type]
    await frame.locator("#words").focus()
    await page.keyboard.press("Escape")
    await (await frame.frame_element()).wait_for_element_state("hidden")


async def refused(desk: Desk, stranger: str) -> None:
    """The page of a site that nobody named shows nothing of ours."""
    page = await visitor(desk, theme="light", language="en")
    assert await pressed(page, stranger) == 403


async def reads_from_right_to_left_and_large(desk: Desk, embedded: str, inbox: str) -> None:
    """In Chinese and dark, from right to left, at 400 %: 320 pixels are left of 1280, and everything can be reached."""
    async with another_site(SITE.format(language="zh", direction="rtl") + embedded) as site:
        await let_in(desk, inbox, site)
        await asyncio.sleep(0.5)
        page = await visitor(desk, theme="dark", language="zh")
        frame = await opened(page, site)
        await expect(frame.get_by_text("现在有工作人员在线。")).to_be_visible()
        left = await (await frame.frame_element()).bounding_box()
        assert left is not None
        assert left["x"] < 100, "it stands at the end of the line, which is on the left"
        await frame.get_by_role("button", name="房屋维修").click()
        await frame.get_by_role("button", name="开始").click()
        await expect(frame.locator(".wrong").first).to_be_visible()
        await shot(page, "chat-3-questions-zh-dark")
        assert await barriers(frame) == []  # type: ignore[arg-type]
        await page.set_viewport_size({"width": 320, "height": 256})
        await expect(frame.locator("[aria-invalid=true]").first).to_be_focused()
        wide = await frame.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320
        await frame.get_by_role("button", name="返回").click()
        await frame.locator("#words").scroll_into_view_if_needed()
        await frame.locator("#words").fill("您好")
        await frame.locator("#words").press("Enter")
        await expect(frame.get_by_text("您的编号")).to_be_visible()
        await shot(page, "chat-4-large")
