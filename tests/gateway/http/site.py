"""The web on the small house: a real server, a real desk, and people signed in at real browsers (cookies and all)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType, web
from aiohttp.test_utils import TestServer

from channels.chat.channel import CHANNEL as CHAT
from channels.contract import (
    ChannelType,
    Forged,
    Opening,
    Outcome,
    Reading,
    Rendering,
    Response,
    Secret,
    Unreadable,
    Wire,
)
from channels.counter.channel import CHANNEL as COUNTER
from channels.letter.channel import CHANNEL as LETTER
from channels.web_form.channel import CHANNEL as WEB_FORM
from config import settings as configuration
from config.settings import Settings
from crm_core.actions import accounts
from crm_core.actions.accounts import NewSession, NewToken
from crm_core.actions.desk_postgres import PostgresDesk
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.ids import AgentId
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Delivery, Inbound, Outbound, Receipt
from gateway.bus import FRESH, NUMBERED, Bus, LocalBus
from gateway.files import FileStore
from gateway.house import GATEWAY, HouseKeeper
from gateway.http import who
from gateway.http.app import make_app
from gateway.http.parts import PARTS
from gateway.http.portal.drafts import Drafts
from gateway.http.portal.front import VISITOR
from gateway.intake import Reception
from gateway.keys import Keys
from gateway.serve import PAGES
from gateway.sockets import Hub
from gateway.workers.relay import Numberer, Stream
from tests.world import World

OPERATOR = Actor.worker("operator")


@dataclass(frozen=True, slots=True)
class PostSettings:
    """What our made-up channel asks for."""

    number: str = ""
    key: Secret = field(default=Secret(""))
    loud: bool = False


class Post:
    """A channel for tests: a wire is `signature|sender|words`."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening

    def read(self, wire: Wire) -> Reading:
        signature, _, rest = wire.body.decode().partition("|")
        if signature != "good":
            raise Forged
        sender, mark, words = rest.partition("|")
        if not mark:
            raise Unreadable("no words")
        return Reading((Inbound(f"post:{words}", Address.mail(sender), "Somebody", words, subject="By hook"),))

    def answer(self, reading: Reading, outcomes: Any) -> Response:
        numbers = [outcome.number for outcome in outcomes if isinstance(outcome, Outcome)]
        return Response(200, str(numbers).encode())

    def render(self, message: Outbound) -> Rendering:
        return Rendering(parts=(message.text,), used=len(message.text))

    async def send(self, message: Outbound) -> Receipt:
        return Receipt(Delivery.SENT)


def channel(name: str, capabilities: Capabilities, *, mounts: tuple[str, ...] = ()) -> ChannelType:
    return ChannelType(name, {"en": name.title()}, capabilities, PostSettings, Post, mounts, "mailto")


TYPES = {
    "email": channel("email", Capabilities(html=True, files=True, subject=True, threads=True)),
    "web_form": WEB_FORM,
    "chat": CHAT,
    "counter": COUNTER,
    "letter": LETTER,
    "post": channel("post", Capabilities(), mounts=("/hooks/post",)),
}


@dataclass
class Site:
    """Everything behind the web, as `wiring.House` holds it, and the people in front of it."""

    world: World
    settings: Settings
    keys: Keys
    desk: Any
    bus: Bus
    stream: Stream
    keeper: HouseKeeper
    reception: Reception
    files: FileStore
    types: dict[str, ChannelType]
    clock: Any
    waiting_for: set[str] = field(default_factory=set)
    visitors: dict[str, str] = field(default_factory=dict)
    server: TestServer = field(init=False)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def hub(self) -> Hub:
        return self.server.app[PARTS].hub

    async def nobody(self) -> Person:
        """A browser where nobody is signed in."""
        session = ClientSession(self.server.make_url("/"), cookie_jar=CookieJar(unsafe=True))
        return Person(self, await self.stack.enter_async_context(session))

    async def person(self, id: AgentId) -> Person:
        """Somebody at a browser, signed in."""
        browser = await self.nobody()
        secret, csrf = who.secret(), who.secret()
        await self.desk.do(GATEWAY, accounts.open_session, id, NewSession(who.digest(secret), csrf))
        browser.http.cookie_jar.update_cookies({who.cookie_name(self.settings): secret}, self.server.make_url("/"))
        browser.headers["X-CSRF-Token"] = csrf
        return browser

    async def program(self, owner: AgentId, *scopes: str, lasts: timedelta | None = None) -> Person:
        """A program with a token of somebody."""
        browser = await self.nobody()
        secret = who.TOKEN_PREFIX + who.secret()
        new = NewToken(digest=who.digest(secret), agent=owner, name="tests", scopes=frozenset(scopes), lasts=lasts)
        await self.desk.do(OPERATOR, accounts.make_token, new)
        browser.headers["Authorization"] = f"Bearer {secret}"
        return browser

    async def visitor(self, role: str) -> Person:
        """A citizen's browser, with the cookie that opens what this citizen typed."""
        browser = await self.nobody()
        token = self.visitors.setdefault(role, Drafts.new_token())
        browser.http.cookie_jar.update_cookies({VISITOR: token}, self.server.make_url("/"))
        return browser

    async def settled(self) -> None:
        """Every committed event has been told to everybody who listens."""
        await self.world.number()
        top = max((event.position for event in await self.world.events()), default=0)
        self.stream.wake()
        async with asyncio.timeout(5):
            while self.stream.position < top:
                await asyncio.sleep(0.005)


@dataclass
class Said:
    """An answer: its status, what it holds, its headers."""

    status: int
    body: Any
    headers: Any
    raw: bytes


@dataclass
class Person:
    """A browser or a program in front of the web."""

    site: Site
    http: ClientSession
    headers: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Said:
        """A request; paths without a leading slash stand under /api/v1."""
        where = path if path.startswith("/") else f"/api/v1/{path}"
        headers = {**self.headers, **more.pop("headers", {})}
        given = {"json": body} if body is not None else {}
        async with self.http.request(method, where, headers=headers, allow_redirects=False, **given, **more) as answer:
            raw = await answer.read()
            kind = answer.content_type
            parsed = (
                await answer.json(content_type=None)
                if raw and kind.endswith(("/json", "+json"))
                else raw.decode("utf-8", "replace")
            )
            return Said(answer.status, parsed, answer.headers, raw)

    async def get(self, path: str, **more: Any) -> Said:
        return await self.ask("GET", path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> Said:
        return await self.ask("POST", path, {} if body is None else body, **more)

    async def put(self, path: str, body: Any, **more: Any) -> Said:
        return await self.ask("PUT", path, body, **more)

    async def delete(self, path: str, **more: Any) -> Said:
        return await self.ask("DELETE", path, **more)

    @asynccontextmanager
    async def line(self, *, after: int | None = None, headers: dict[str, str] | None = None) -> AsyncIterator[Line]:
        """A socket to the server."""
        where = "/api/v1/events" + ("" if after is None else f"?after={after}")
        async with self.http.ws_connect(where, headers={**self.headers, **(headers or {})}, autoclose=True) as ws:
            line = Line(ws)
            assert (await line.frame())["hello"] is not None
            yield line


@dataclass
class Line:
    """A screen's socket."""

    ws: ClientWebSocketResponse

    async def frame(self, *, within: float = 5.0) -> dict[str, Any]:
        """The next frame."""
        message = await self.ws.receive(timeout=within)
        assert message.type is WSMsgType.TEXT, message
        found: dict[str, Any] = message.json()
        return found

    async def until(self, kind: str) -> dict[str, Any]:
        """The next frame of this kind; others are passed over."""
        while True:
            frame = await self.frame()
            if kind in frame:
                return frame

    async def events(self, count: int) -> list[dict[str, Any]]:
        """The next so many events."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            found += (await self.until("events"))["events"]
        return found

    async def silent(self, *, for_: float = 0.15) -> bool:
        """Whether nothing comes for a moment."""
        with suppress(TimeoutError):
            await self.ws.receive(timeout=for_)
            return False
        return True

    async def rest(self, *, for_: float = 0.2) -> list[dict[str, Any]]:
        """All frames until nothing comes for a moment."""
        found: list[dict[str, Any]] = []
        with suppress(TimeoutError):
            while True:
                found.append(await self.frame(within=for_))
        return found

    async def closed(self) -> int:
        """The code by which it is closed."""
        while True:
            message = await self.ws.receive(timeout=5)
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING):
                return int(message.data) if message.type is WSMsgType.CLOSE else self.ws.close_code or 0

    async def say(self, **words: Any) -> None:
        await self.ws.send_json(words)


@asynccontextmanager
async def site_on(world: World, folder: Path, *, bus: Bus | None = None, **changes: Any) -> AsyncIterator[Site]:
    """The web on this world, listening on a port of its own."""
    settings = configuration.load({"ONESTOP_DATA_DIR": str(folder), "ONESTOP_SMTP": "", "ONESTOP_LOG_FORMAT": "json"})
    settings = replace(settings, **changes)
    bus = bus or LocalBus()
    told = bus.tell
    keys, files = Keys((b"a secret for tests",)), FileStore(folder / "files")
    stream = Stream(world.desk, bus)
    postgres = isinstance(world.desk, PostgresDesk)
    world.desk.committed = lambda: told(FRESH if postgres else NUMBERED)
    keeper = HouseKeeper(world.desk, types=TYPES, keys=keys, settings=settings, relay="")
    await keeper.refresh()
    stream.listen(keeper.hear)
    reception = Reception(world.desk, keeper, files=files, reopen_window=timedelta(days=14))
    site = Site(world, settings, keys, world.desk, bus, stream, keeper, reception, files, dict(TYPES), world.clock)
    await world.number()
    await stream.start()
    tasks = [asyncio.create_task(stream.run())]
    if postgres:
        tasks.append(asyncio.create_task(Numberer(world.desk, bus, holder="tests").run()))
    site.server = TestServer(make_app(site, more=PAGES))
    await site.server.start_server()
    site.hub.scribe.busy = lambda: False  # tests are, and that is another test
    try:
        async with site.stack:
            yield site
    finally:
        await site.server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def app_of(site: Site) -> web.Application:
    return site.server.app
