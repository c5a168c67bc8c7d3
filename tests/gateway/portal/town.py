"""The portal on a real desk with Larkhaven's own catalogue, for tests with and without a browser."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.contract import ChannelType
from channels.web_form.channel import CHANNEL
from config import settings as configuration
from config.settings import Settings
from crm_core.actions import importing
from crm_core.actions.desk_sqlite import SqliteDesk
from crm_core.model.actor import Actor
from crm_core.model.feedback import Asks
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Message
from crm_core.model.ticket import Ticket
from crm_core.store import schema, tables
from gateway.bus import Bus, LocalBus
from gateway.city.books import ChannelSample, books, sample_of
from gateway.city.house import build_house
from gateway.files import FileStore
from gateway.house import HouseKeeper
from gateway.http.app import make_app
from gateway.http.portal import add_portal
from gateway.intake import Reception
from gateway.keys import Keys
from gateway.workers.relay import Stream
from tests.gateway.portal.visitor import Visitor
from tests.world import Clock

MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 10:00 in Larkhaven
TESTS = Actor.importer("tests")


class Letterbox:
    """A mailbox that only stands there: the portal shows where else to write."""

    def __init__(self, opening: Any) -> None:
        self.opening = opening


@dataclass(frozen=True)
class NoSettings:
    """Nothing to decide."""


MAILBOX = ChannelType(
    name="letterbox",
    title={"en": "Mail"},
    capabilities=Capabilities(asks=Asks.LINK),
    settings=NoSettings,
    opener=cast(Any, Letterbox),
    address_scheme="mailto",
)
MAILBOXES = ChannelSample(
    "letterbox",
    "mailto",
    Capabilities(),
    {
        "inbox": [
            {"name": "City", "address": "hello", "queue": "city-hall-desk"},
            {"name": "Parking", "address": "parking", "queue": "parking"},
        ]
    },
)


@dataclass
class Town:
    """What the portal needs, and short words for what tests look at."""

    desk: SqliteDesk
    bus: Bus
    stream: Stream
    keeper: HouseKeeper
    reception: Reception
    settings: Settings
    keys: Keys
    clock: Clock
    files: FileStore
    types: dict[str, ChannelType]
    waiting_for: set[str] = field(default_factory=set)

    def app(self) -> web.Application:
        """The whole web, as `serve` makes it: the portal behind the same middlewares."""
        return make_app(self, more=[add_portal])

    async def tickets(self) -> list[Ticket]:
        """All tickets, oldest first."""
        return await self.desk.ask(TESTS, _all, Ticket, tables.tickets)

    async def messages(self) -> list[Message]:
        """All messages, oldest first."""
        return await self.desk.ask(TESTS, _all, Message, tables.messages)


async def _all(read: Any, kind: Any, table: sa.Table) -> list[Any]:
    found: list[Any] = await read.values(kind, sa.select(table).order_by(table.c.created_at, table.c.id))
    return found


@asynccontextmanager
async def town_at(folder: Path, **environment: str) -> AsyncIterator[Town]:
    """Larkhaven in a folder."""
    path = folder / "onestop.db"
    clock = Clock(MONDAY)
    environ = {"ONESTOP_DATA_DIR": str(folder), "ONESTOP_PUBLIC_URL": "http://larkhaven.example", **environment}
    settings = configuration.load(environ)
    await asyncio.to_thread(_settled, path)
    desk = SqliteDesk(path, clock=clock)
    keys = Keys((b"secret" * 8,))
    types = {CHANNEL.name: CHANNEL, MAILBOX.name: MAILBOX}
    keeper = HouseKeeper(desk, types=types, keys=keys, settings=settings, relay="")
    await keeper.refresh()
    bus = LocalBus()
    stream = Stream(desk, bus)
    await stream.start()
    files = FileStore(folder / "files")
    reception = Reception(desk, keeper, files=files, reopen_window=timedelta(days=14))
    yield Town(desk, bus, stream, keeper, reception, settings, keys, clock, files, types)
    await desk.close()


def _settled(path: Path) -> None:
    """The town's record in a file, with everybody and everything in it that was there before the first visitor."""
    path.write_bytes(_first_town())


@cache
def _first_town() -> bytes:
    """Made once: migrating and importing take longer than most tests here."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "onestop.db"
        schema.migrate_sqlite(path)
        asyncio.run(_import_city(path))
        return path.read_bytes()


async def _import_city(path: Path) -> None:
    form = sample_of(CHANNEL)
    assert form is not None
    city = build_house(books(), [form, MAILBOXES], now=MONDAY, seed=1)
    desk = SqliteDesk(path, clock=Clock(MONDAY))
    await desk.do(TESTS, importing.import_values, city.values())
    await desk.close()


@asynccontextmanager
async def visitor(town: Town, app: web.Application | None = None) -> AsyncIterator[Citizen]:
    """Somebody with a browser without script."""
    async with TestClient(TestServer(app or town.app())) as client:
        yield Citizen(client, town=town)


@dataclass(kw_only=True)
class Citizen(Visitor):
    """A visitor of a town whose clock we can move."""

    town: Town

    async def fill_in(self, slug: str, *pages: dict[str, str]) -> str:
        """All pages of a form, up to the one that checks the answers."""
        await self.open(f"/s/{slug}/form/1")
        for answers in pages:
            await self.post(answers)
        self.town.clock.pass_(seconds=30)
        return self.page
