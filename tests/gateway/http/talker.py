"""A chat on the small house, with a sender, and visitors in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.workers.sender import Sender
from tests.gateway.http.site import Site
from tests.gateway.http.visitor import Page, Talk, fresh_id, line
from tests.world import ADA

__all__ = ["Page", "Talk", "chat_on", "fresh_id", "sending", "talk"]

SETTINGS = {"title": "City of Larkhaven", "title_zh": "拉克港市政府", "origins": "https://www.larkhaven.example"}


async def chat_on(site: Site) -> str:
    """A chat inbox, made by an admin; its id."""
    ada = await site.person(ADA)
    made = await ada.post("inboxes", {"channel": "chat", "name": "Chat", "queue": "parking", "settings": SETTINGS})
    assert made.status == 201, made.body
    await site.settled()
    return str(made.body["id"])


@asynccontextmanager
async def sending(site: Site) -> AsyncIterator[None]:
    """A sender works meanwhile."""
    sender = Sender(site.desk, site.keeper, files=site.files, holder="tests")
    site.stream.listen(sender.hear)
    task = asyncio.create_task(sender.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def talk(site: Site, inbox: str, page: Page | None = None, **headers: str) -> AsyncIterator[Talk]:
    """A visitor's line to this site."""
    browser = await site.nobody()
    async with line(browser.http, f"/w/{inbox}/line", page or Page(), **headers) as found:
        yield found
