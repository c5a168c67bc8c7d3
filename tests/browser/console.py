"""The console with real people at it: a sample city of its own, its mail going out to a sink."""

from __future__ import annotations

import asyncio
import os
import re
import smtplib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from tests.peers.smtp_sink import SmtpSink
from tests.stories.larkhaven import SAMPLE, Loaded
from tests.stories.service import Service

expect.set_options(timeout=20_000)  # how long a busy machine may take; nobody waits longer than it needs

LINK = re.compile(r"^\s+(admin|supervisor|agent)\s.*\?link=(\S+)$", re.MULTILINE)
NUMBER = re.compile(r"ON-\w{4}-\d{4}")
CITIZEN = "nadia.karim@homeline.example"


@dataclass
class Desk:
    """A running city, the far end of its mail, and a browser for each person who works there."""

    service: Service
    sink: SmtpSink
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    rooms: list[BrowserContext] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)

    async def sign_in(
        self, who: str, *, width: int = 1440, theme: str = "light", language: str = "en", scale: int = 1
    ) -> Page:
        """By the one-time link that `serve` printed."""
        page = await self.page(width=width, theme=theme, language=language, scale=scale)
        await page.goto(f"{self.service.url}/console/sign-in?link={self.links[who]}")
        await page.locator("form button.primary").click()
        await expect(page.locator(".list")).to_be_visible()
        return page

    async def page(self, *, width: int = 1440, theme: str = "light", language: str = "en", scale: int = 1) -> Page:
        """A page in a profile of its own; whatever it complains of in its console is kept."""
        height = {1440: 900, 1280: 800, 1024: 768, 720: 450}.get(width, 640)
        room = await self.browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=scale, reduced_motion="reduce"
        )
        self.rooms.append(room)
        wishes = f"localStorage.setItem('pref:theme', '{theme}'); localStorage.setItem('pref:language', '{language}')"
        await room.add_init_script(f"if (window === window.top) {{ {wishes} }}")
        page = await room.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        return page

    async def mail(self, subject: str, text: str, *, to: str, answers: EmailMessage | None = None) -> str:
        """A citizen's mail through our own SMTP port; its Message-ID."""
        message = EmailMessage()
        message["From"] = f"Nadia Karim <{CITIZEN}>"
        message["To"] = to
        message["Subject"] = subject
        message["Message-ID"] = make_msgid(domain="homeline.example")
        if answers is not None:
            message["In-Reply-To"] = str(answers["Message-ID"])
            message["References"] = " ".join(filter(None, (answers["References"], answers["Message-ID"])))
        message.set_content(text)
        await asyncio.to_thread(self._push, message, to)
        return str(message["Message-ID"])

    def _push(self, message: EmailMessage, to: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.service.smtp_port, timeout=20) as client:
            client.send_message(message, to_addrs=[to])


@asynccontextmanager
async def staffed(folder: Path, browser: Browser, *, city: Loaded, program: str = "gateway") -> AsyncIterator[Desk]:
    """Start a copy of the city; stop it and close every profile at the end. `program` may know one channel more."""
    await asyncio.to_thread(city.into, folder)
    async with SmtpSink() as sink:
        more = {"ONESTOP_SMTP_RELAY": sink.url}
        service = Service(folder, arguments=SAMPLE, more=more, program=program)
        await asyncio.to_thread(service.start)
        desk = Desk(service, sink, browser)
        try:
            desk.links = await _links(service)
            yield desk
        finally:
            for room in desk.rooms:
                await room.close()
            await asyncio.to_thread(service.end)


async def _links(service: Service) -> dict[str, str]:
    """They are printed a moment after the doors are open."""
    async with asyncio.timeout(20):
        while len(found := dict(LINK.findall(service.log()))) < 3:
            await asyncio.sleep(0.05)
    return found


async def keep_picture(page: Page, name: str) -> None:
    """For human eyes, where ONESTOP_PICTURES says; `python -m tests.browser.beside` puts mock-ups beside them."""
    if folder := os.environ.get("ONESTOP_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def queue(page: Page, desk: Desk, name: str) -> None:
    """A queue, newest first: where a new ticket stands by its due time hangs on the hour at which the test runs."""
    await page.goto(f"{desk.service.url}/console/queue/{name}")
    await page.locator("[data-menu=sort]").click()
    await page.get_by_role("option", name="Newest").click()


def late(seconds: float) -> Callable[[Route], Awaitable[None]]:
    """For `route`: what is asked there leaves so much later, after whoever is quick has gone on."""

    async def wait(route: Route) -> None:
        await asyncio.sleep(seconds)
        await route.continue_()

    return wait


async def open_ticket(page: Page, subject: str) -> None:
    """From wherever one is, by the palette."""
    await page.keyboard.press("Control+k")
    await page.locator("dialog").get_by_role("combobox").fill(subject)
    ticket = page.locator("dialog").get_by_role("option", name=subject).filter(has_text=NUMBER)
    await ticket.first.click()  # and not the way to all results, which bears its name as well
    await expect(page.locator("h2", has_text=subject)).to_be_visible()


async def said(page: Page) -> Sequence[str]:
    """What stands in the timeline of the open ticket, in order."""
    return await page.locator("[role=feed] .text").all_inner_texts()
