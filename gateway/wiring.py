"""The composition root: everything is built here, in order, once.

settings → keys → schema → desk → bus → stream → house → reception → workers → web →
listeners. Tests call the same `build`. Nothing finds its parts by itself.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from channels import registry
from channels.contract import ChannelType
from channels.shared.heavy import HeavyReader
from config.settings import Settings
from crm_core.actions.desk_postgres import PostgresDesk
from crm_core.actions.desk_sqlite import SqliteDesk
from crm_core.model.event import Stamped
from crm_core.store import compact as compaction
from crm_core.store import schema
from gateway import keys as keyring
from gateway.bus import FRESH, NUMBERED, Bus, LocalBus, RedisBus
from gateway.clamd import Scanner
from gateway.examining import anything, readable
from gateway.files import FileStore
from gateway.house import HouseKeeper
from gateway.intake import Reception
from gateway.keys import Keys
from gateway.lock import make_folder
from gateway.workers import warden
from gateway.workers.archivist import Archivist
from gateway.workers.caller import Caller
from gateway.workers.clock import Clock as TicketClock
from gateway.workers.examiner import Examiner
from gateway.workers.herald import Herald
from gateway.workers.importer import Importer
from gateway.workers.indexer import Indexer
from gateway.workers.listeners import Listeners
from gateway.workers.lookout import Lookout
from gateway.workers.recompute import Recompute
from gateway.workers.relay import Numberer, Stream
from gateway.workers.router import Router
from gateway.workers.sender import Sender
from gateway.workers.steward import Steward
from gateway.workers.teller import Teller

AnyDesk = SqliteDesk | PostgresDesk
SchemaNewer = schema.SchemaNewer
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of the house."""
    return datetime.now(UTC)


@dataclass(slots=True)
class House:
    """The parts of a running house. `ready` names what readiness still waits for."""

    settings: Settings
    keys: Keys
    desk: AnyDesk
    bus: Bus
    stream: Stream
    keeper: HouseKeeper
    reception: Reception
    files: FileStore
    types: Mapping[str, ChannelType]
    clock: Clock
    holder: str
    waiting_for: set[str] = field(default_factory=set)


@asynccontextmanager
async def open_record(settings: Settings, *, clock: Clock = utc_now) -> AsyncIterator[AnyDesk]:
    """The record alone, migrated: all that the command line beside a running server needs."""
    desk = await _desk(settings, clock=clock)
    try:
        yield desk
    finally:
        await desk.close()


@asynccontextmanager
async def build(
    settings: Settings,
    *,
    relay: str | None = None,
    clock: Clock = utc_now,
    types: Mapping[str, ChannelType] | None = None,
) -> AsyncIterator[House]:
    """A house without its workers and listeners; leaving it closes everything in reverse.

    `relay` stands in for the setting (the sample city's own mailbox).
    """
    async with AsyncExitStack() as stack:
        keys = keyring.load(settings.secret_key, data_dir=settings.data_dir, must_be_given=settings.sqlite_path is None)
        desk = await stack.enter_async_context(open_record(settings, clock=clock))
        holder = _holder()
        bus = await _bus(settings, stack, holder=holder)
        desk.committed = lambda: bus.tell(NUMBERED if settings.sqlite_path is not None else FRESH)
        stream = Stream(desk, bus)
        files = FileStore(settings.data_dir / "files", scanned=settings.clamd is not None)
        found = registry.find() if types is None else types
        keeper = HouseKeeper(
            desk, types=found, keys=keys, settings=settings, relay=settings.smtp_relay if relay is None else relay
        )
        await keeper.refresh()
        stream.listen(keeper.hear)
        heavy = HeavyReader()
        stack.push_async_callback(heavy.close)
        window = timedelta(days=settings.reopen_days)
        may = anything if settings.clamd is None else readable(desk, Scanner(settings.clamd))
        reception = Reception(desk, keeper, files=files, reopen_window=window, heavy=heavy, readable=may)
        await stream.start()
        yield House(settings, keys, desk, bus, stream, keeper, reception, files, found, clock, holder)


@asynccontextmanager
async def running(house: House, *, workers: bool = True) -> AsyncIterator[None]:
    """The stream and, where wanted, the workers run until this is left."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(house.stream.run(), name="stream")]
        if workers:
            tasks += _start_workers(house, group)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


def _start_workers(house: House, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
    """Each of them seeks its own lease: with several processes, one of each works."""
    workers = _workers(house)
    for worker in workers.values():
        house.stream.listen(worker.hear)
    tasks = [group.create_task(worker.run(), name=name) for name, worker in workers.items()]
    if house.settings.sqlite_path is None:
        numberer = Numberer(house.desk, house.bus, holder=house.holder)
        tasks.append(group.create_task(numberer.run(), name="numberer"))
        tasks.append(group.create_task(warden.watch(house.desk), name="warden"))
    return tasks


class _Worker(Protocol):
    """Hears of everything that happens, and works until it is cancelled."""

    async def hear(self, events: list[Stamped]) -> None: ...
    async def run(self) -> None: ...


def _workers(house: House) -> dict[str, _Worker]:
    settings, desk, keeper, files, holder = house.settings, house.desk, house.keeper, house.files, house.holder
    scanner = None if settings.clamd is None else Scanner(settings.clamd)
    closes_after = timedelta(days=settings.reopen_days) if settings.close_solved else None
    return {
        "sender": Sender(desk, keeper, files=files, holder=holder),
        "listeners": Listeners(desk, keeper, house.reception, holder=holder, now=house.clock),
        "caller": Caller(desk, keeper, house.reception, holder=holder, clock=house.clock),
        "router": Router(desk, keeper, holder=holder, clock=house.clock),
        "indexer": Indexer(desk, holder=holder),
        "clock": TicketClock(desk, keeper, holder=holder, now=house.clock, window=closes_after),
        "recompute": Recompute(desk, holder=holder),
        "lookout": Lookout(desk, keeper, house.bus, holder=holder, now=house.clock),
        "steward": Steward(desk, keeper, holder=holder, now=house.clock),
        "archivist": Archivist(desk, files=files, holder=holder, now=house.clock),
        "teller": Teller(desk, files=files, folder=settings.data_dir, holder=holder),
        "herald": Herald(desk, keeper, holder=holder, now=house.clock),
        "examiner": Examiner(desk, scanner, files=files, holder=holder, now=house.clock),
        "importer": Importer(desk, keeper, files=files, country=settings.country, holder=holder),
    }


async def migrate(settings: Settings) -> str:
    """Bring the record's schema up to this version; the version reached. Raises SchemaNewer, StoreDown."""
    path = settings.sqlite_path
    if path is None:
        return await schema.migrate_postgres(settings.database_url)
    make_folder(path.parent)
    return await asyncio.to_thread(schema.migrate_sqlite, path)


async def compact(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Write the record anew, so that its bytes hold nothing that was deleted. Raises Busy, StoreDown."""
    path = settings.sqlite_path
    if path is None:
        await compaction.compact_postgres(settings.database_url, say=say)
    else:
        await asyncio.to_thread(compaction.compact_sqlite, path, say=say)


def _holder() -> str:
    """A name that no other house has: in containers of one host network all are called host/1."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


async def _desk(settings: Settings, *, clock: Clock) -> AnyDesk:
    await migrate(settings)
    path = settings.sqlite_path
    if path is None:
        return await PostgresDesk.open(settings.database_url, clock=clock)
    return SqliteDesk(path, clock=clock)


async def _bus(settings: Settings, stack: AsyncExitStack, *, holder: str) -> Bus:
    if not settings.redis_url:
        return LocalBus()
    bus = RedisBus(settings.redis_url, name=holder)
    bus.start()
    stack.push_async_callback(bus.close)
    return bus
