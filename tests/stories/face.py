"""The product as outsiders meet it: its API, its live line, and its mail port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import make_msgid
from typing import Any

import aiohttp

from config.settings import load
from crm_core.actions import accounts
from crm_core.actions.accounts import NewToken
from crm_core.model.actor import Actor
from crm_core.queries.accounts import agent_by_email
from gateway.http.who import TOKEN_PREFIX, digest
from gateway.serve import Plan, serving
from gateway.wiring import House, open_record
from tests.stories.service import Service

Json = dict[str, Any]
HELLO = "hello@larkhaven.example"


@asynccontextmanager
async def inside(service: Service, plan: Plan | None = None) -> AsyncIterator[House]:
    """The installation served by this process."""
    async with serving(load(service.environment), plan or Plan()) as house:
        yield house


async def token_for(service: Service, email: str = "anna@larkhaven.example") -> str:
    """What `onestop token` would print."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    operator = Actor.worker("operator")
    async with open_record(load(service.environment)) as desk:
        agent = await desk.ask(operator, agent_by_email, email)
        assert agent is not None
        await desk.do(operator, accounts.make_token, NewToken(digest=digest(secret), agent=agent.id, name="tests"))
    return secret


@dataclass
class Api:
    """A program with a token."""

    url: str
    token: str
    http: aiohttp.ClientSession

    @classmethod
    @asynccontextmanager
    async def open(cls, service: Service, token: str) -> AsyncIterator[Api]:
        many = aiohttp.TCPConnector(limit=0)  # a screen keeps its connection
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}, connector=many) as http:
            yield cls(service.url, token, http)

    async def get(self, path: str, **parameters: Any) -> Any:
        """The answer; anything but 200 fails."""
        async with self.http.get(f"{self.url}/api/v1{path}", params=parameters) as answer:
            assert answer.status == 200, f"GET {path}: {answer.status} {await answer.text()}"
            return await answer.json()

    async def post(self, path: str, body: Json) -> Any:
        """The answer; anything but 2xx fails."""
        async with self.http.post(f"{self.url}/api/v1{path}", json=body) as answer:
            assert answer.status < 300, f"POST {path}: {answer.status} {await answer.text()}"
            return await answer.json()

    async def put(self, path: str, body: Json) -> None:
        """Anything but 2xx fails."""
        async with self.http.put(f"{self.url}/api/v1{path}", json=body) as answer:
            assert answer.status < 300, f"PUT {path}: {answer.status} {await answer.text()}"

    async def tickets(self) -> list[Json]:
        """All tickets, newest first."""
        found: list[Json] = []
        cursor: Json = {}
        while True:
            page = await self.get("/tickets", sort="-created_at", limit=100, **cursor)
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}

    async def messages(self, ticket: str) -> list[Json]:
        """What was said in a ticket, oldest first."""
        page = await self.get(f"/tickets/{ticket}/timeline", limit=100)
        said = [item for item in page["items"] if item["type"] == "message"]
        return sorted(said, key=lambda item: int(item["at_version"]))

    async def reply(self, ticket: str, text: str) -> Json:
        """An answer to the citizen."""
        made: Json = await self.post(f"/tickets/{ticket}/replies", {"text": text})
        return made

    async def state(self, message: str) -> str:
        """How far a message got."""
        return str((await self.get(f"/messages/{message}"))["delivery"])

    async def reaches(self, message: str, *states: str, seconds: float = 20) -> Json:
        """The message, as soon as it is in one of these states."""
        shown: Json = {}
        try:
            async with asyncio.timeout(seconds):
                while shown.get("delivery") not in states:
                    await asyncio.sleep(0.05)
                    shown = await self.get(f"/messages/{message}")
        except TimeoutError:
            words = f"{shown.get('delivery')} ({shown.get('delivery_reason')}), not {' or '.join(states)}"
            raise AssertionError(words) from None
        return shown

    @asynccontextmanager
    async def screen(self, *, after: int | None = None) -> AsyncIterator[Screen]:
        """The live line, from a position on; it was greeted, so nothing that comes now is missed."""
        parameters = {} if after is None else {"after": str(after)}
        async with self.http.ws_connect(f"{self.url}/api/v1/events", params=parameters) as line:
            screen = Screen(line)
            await line.send_json({"topics": ["tickets", "agents"]})
            watching = asyncio.create_task(screen.watch())
            try:
                await until(lambda: bool(screen.frames), why="nobody said hello")
                yield screen
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)


@dataclass
class Screen:
    """What was pushed to one screen, in its order."""

    line: aiohttp.ClientWebSocketResponse
    events: list[Json] = field(default_factory=list)
    frames: list[Json] = field(default_factory=list)

    async def watch(self) -> None:
        """Until the line ends."""
        async for said in self.line:
            frame = said.json()
            self.frames.append(frame)
            self.events += frame.get("events", [])

    async def sees(self, what: Callable[[Json], bool], *, seconds: float = 20) -> Json:
        """The first event like this, as soon as it was pushed."""
        async with asyncio.timeout(seconds):
            while True:
                for event in self.events:
                    if what(event):
                        return event
                await asyncio.sleep(0.01)


def letter(
    text: str = "My permit ran out.",
    *,
    sender: str = "Wei Zhang <wei@example.org>",
    subject: str = "Permit",
    **headers: str | None,
) -> bytes:
    """A mail, byte by byte as a citizen's program writes it; more headers by name (`In_Reply_To=…`), None: without."""
    usual = {
        "From": sender,
        "To": HELLO,
        "Subject": subject,
        "Date": "Mon, 23 Nov 2026 09:00:00 +0000",
        "Message-ID": make_msgid(domain="example.org"),
    }
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in {**usual, **more}.items() if value is not None]
    return "\r\n".join([*lines, "", *text.splitlines(), ""]).encode()


async def post(service: Service, *mails: bytes, to: str = HELLO, by: str = "wei@example.org") -> None:
    """Hand mails in by SMTP, over one connection; raises what smtplib raises when one is not taken."""

    def hand_in() -> None:
        with smtplib.SMTP("127.0.0.1", service.smtp_port, local_hostname="tests.example", timeout=30) as smtp:
            for mail in mails:
                smtp.sendmail(by, [to], mail)

    await asyncio.to_thread(hand_in)


def allowed(seconds: float) -> float:
    """So many seconds on a machine of our own; where others want its processors too, as much more as they take."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


async def until(true: Callable[[], bool], *, seconds: float = 30, why: str = "it did not come about") -> None:
    """Wait for it. Raises AssertionError with `why`."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.02)
            return
    raise AssertionError(why)
