"""`onestop serve`: everything runs until it is told to stop, and stops cleanly."""

import asyncio
import ctypes
import resource
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace

import structlog
from aiohttp import web

from config.settings import Settings
from gateway.city import mailbox, sample
from gateway.http.app import More, make_app
from gateway.http.doors import Site
from gateway.http.parts import PARTS
from gateway.http.portal import add_portal
from gateway.http.widget import embedded_door
from gateway.lock import only_one
from gateway.ports import PortTaken, open_ports
from gateway.wiring import House, build, running

log = structlog.get_logger()

ROLES = frozenset({"http", "smtp", "workers"})
DRAIN_SECONDS = 10.0
_M_MMAP_THRESHOLD = -3
_BIG_PIECE = 512 * 1024

PAGES: tuple[More, ...] = (add_portal,)
"""What the web shows beside the API. Tests that look at the whole of it take this list."""


class CannotServe(Exception):
    """The start is refused; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What this process does: its roles, and whether the sample city is wanted."""

    roles: frozenset[str] = ROLES
    sample: bool = False


async def serve(settings: Settings, plan: Plan) -> int:
    """Run until SIGTERM or SIGINT."""
    _open_as_many_files_as_allowed()
    _give_big_pieces_back()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(settings, plan) as house:
        await _greet(house, plan)
        await stop.wait()
        _say("Stopping: finishing what is under way.")
    return 0


def _open_as_many_files_as_allowed() -> None:
    """Each connection is one; shells begin with 1,024, and systemd and Docker allow many more."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _give_big_pieces_back() -> None:
    """A mail of megabytes leaves no hole behind: from this size on, memory goes back to the system when it is freed.

    Without it glibc raises the limit with the first big piece it frees (mallopt(3), M_MMAP_THRESHOLD), and keeps
    the following ones. Other C libraries have no such call, and no such habit.
    """
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        tune(_M_MMAP_THRESHOLD, _BIG_PIECE)


@asynccontextmanager
async def serving(settings: Settings, plan: Plan) -> AsyncIterator[House]:
    """A house with its workers, web and mail open; the one that `serve` and the stories run."""
    if settings.sqlite_path is not None and plan.roles != ROLES:
        raise CannotServe("--only needs PostgreSQL: SQLite has one writer, in one process. Leave --only away.")
    if plan.sample:
        settings = replace(settings, trust_private_peers=True)  # its citizens write from this machine
    async with AsyncExitStack() as stack:
        if settings.sqlite_path is not None:
            stack.enter_context(only_one(settings.data_dir))
        relay = await _sample_relay(settings, plan, stack)
        house = await stack.enter_async_context(build(settings, relay=relay))
        house.waiting_for |= plan.roles - {"workers"}
        if plan.sample:
            house.waiting_for.add("sample city")
        if "http" in plan.roles:
            await stack.enter_async_context(_web(house))
        await stack.enter_async_context(running(house, workers="workers" in plan.roles))
        if plan.sample:
            await sample.ensure(house)
            house.waiting_for.discard("sample city")
        if "smtp" in plan.roles:
            await stack.enter_async_context(_ports(house))
            house.waiting_for.discard("smtp")
        yield house


async def _sample_relay(settings: Settings, plan: Plan, stack: AsyncExitStack) -> str | None:
    """With the sample and no relay, answers go to the citizens' own mailbox; a relay that is set is used."""
    if not plan.sample or settings.smtp_relay:
        return None
    return await stack.enter_async_context(mailbox.citizens(settings.data_dir / "citizens"))


@asynccontextmanager
async def _web(house: House) -> AsyncIterator[None]:
    app = make_app(house, more=PAGES)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=DRAIN_SECONDS)
    await runner.setup()
    place = house.settings.http
    try:
        await Site(runner, app[PARTS].doors, host=place.host, port=place.port).start()
    except OSError as why:
        await runner.cleanup()
        raise CannotServe(
            f"ONESTOP_HTTP: {place} cannot be opened ({why.strerror}). Is it in use? Choose another."
        ) from why
    house.waiting_for.discard("http")
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _ports(house: House) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(open_ports(house))
        except PortTaken as why:
            raise CannotServe(str(why)) from why
        yield


async def _greet(house: House, plan: Plan) -> None:
    settings = house.settings
    _say(f"Onestop is ready: {settings.public_url}")
    if settings.smtp is not None and "smtp" in plan.roles:
        _say(f"Mail comes in at {settings.smtp}")
    if plan.sample and "http" in plan.roles:
        for line in await sample.links(house):
            _say(line)
        if embedded_door(house.keeper.doors.values()) is not None:
            _say(f"Chat with them as a citizen: {settings.public_url}/w/demo")


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
    sys.stderr.flush()
