"""A visitor's page as far as the protocol goes: what it knows, and its line to whichever server."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from crm_core.model.view import Json


def fresh_id() -> str:
    return secrets.token_urlsafe(16)


@dataclass
class Page:
    """What a visitor's page knows: applied like the widget does it, each message once by its id."""

    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    position: int | None = None
    number: str | None = None
    state: Json = field(default_factory=dict)
    messages: dict[str, Json] = field(default_factory=dict)
    heard: list[Json] = field(default_factory=list)
    told: int | None = None

    @property
    def hello(self) -> Json:
        seen = {} if self.number is None else {"after": self.position, "number": self.number, "told": self.told}
        return {"secret": self.secret, **seen}

    @property
    def texts(self) -> list[str]:
        return [one["text"] for one in sorted(self.messages.values(), key=lambda one: one["order"])]

    def apply(self, frame: Json) -> None:
        self.heard.append(frame)
        news = frame.get("news")
        if news is None:
            return
        if news["whole"]:
            self.messages.clear()
        for message in news["messages"]:
            self.messages[message["id"]] = message
        self.position, self.number, self.state = news["position"], news["number"], news
        self.told = news["step"]


@dataclass
class Talk:
    """A page's open line."""

    page: Page
    ws: ClientWebSocketResponse

    async def say(self, text: str, **more: Any) -> Json:
        """Say something and wait for what became of it."""
        said = {"id": fresh_id(), "text": text, **more}
        await self.ws.send_json({"say": said})
        return await self.until(lambda: any(key in self.page.heard[-1] for key in ("taken", "refused", "later")))

    async def until(self, holds: Any) -> Json:
        """Hear until something holds; the last frame."""
        async with asyncio.timeout(10):
            while True:
                message = await self.ws.receive()
                assert message.type is WSMsgType.TEXT, message
                self.page.apply(message.json())
                if holds():
                    return self.page.heard[-1]

    async def silent(self, seconds: float = 0.2) -> bool:
        try:
            message = await self.ws.receive(timeout=seconds)
        except TimeoutError:
            return True
        return bool(message.type is not WSMsgType.TEXT)


@asynccontextmanager
async def line(http: ClientSession, where: str, page: Page, **headers: str) -> AsyncIterator[Talk]:
    """A page's line; open when the first news are there."""
    async with http.ws_connect(where, headers=headers) as ws:
        await ws.send_json({"hello": page.hello})
        found, heard = Talk(page, ws), len(page.heard)
        await found.until(lambda: any("news" in frame for frame in page.heard[heard:]))
        yield found
