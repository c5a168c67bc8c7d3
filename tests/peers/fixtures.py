"""The real peers as pytest fixtures. `tests/conftest.py` brings them in; a missing program fails, it never skips."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.peers import certificates, chromium, clamav, dovecot, postgres, redis
from tests.peers.certificates import Certificate
from tests.peers.clamav import Clamd
from tests.peers.dovecot import MailStore
from tests.peers.postgres import Postgres, PrivatePostgres
from tests.peers.redis import RedisServer
from tests.peers.renewing import Lent
from tests.peers.smtp_sink import SmtpSink


@pytest.fixture(scope="session")
def room_of_the_run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    room = (base if worker_id == "master" else base.parent) / "shared"
    room.mkdir(exist_ok=True)
    return room


# ---------------------------------------------------------------- PostgreSQL


@pytest.fixture(scope="session", name="postgres")
def shared_postgres(room_of_the_run: Path) -> Postgres:
    """One server for the whole run, quick and careless (fsync off)."""
    return postgres.shared(room_of_the_run, name="postgres", settings=postgres.FAST)


@pytest.fixture(scope="session")
def durable_postgres(room_of_the_run: Path) -> Postgres:
    """One server for the whole run that keeps its word (fsync on)."""
    return postgres.shared(room_of_the_run, name="durable-postgres", settings=postgres.DURABLE)


@pytest.fixture
def private_postgres(room_of_the_run: Path) -> Iterator[PrivatePostgres]:
    """A server of this test's own, to kill and start again; fsync on."""
    own = postgres.private(room_of_the_run)
    yield own
    own.server.close()


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The database that `fresh_database` clones. Override it with `postgres.template("migrated", build=...)`."""
    return "template0"


@pytest.fixture
def fresh_database(postgres: Postgres, postgres_template: str) -> Iterator[Callable[[], str]]:
    """Call it for the address of a new database; it is dropped after the test."""
    made: list[str] = []

    def make() -> str:
        made.append(postgres.fresh(postgres_template))
        return made[-1]

    yield make
    for url in made:
        postgres.drop(url)


@pytest.fixture(scope="session")
def lent_databases(postgres: Postgres, postgres_template: str) -> Lent:
    """Databases to use again and again; for tests that change rows, and nothing else."""
    return Lent(postgres, postgres_template)


@pytest.fixture
def renewed_database(lent_databases: Lent) -> Iterator[str]:
    """The address of a database that is as new: for all who can do without one that nobody had before."""
    url = lent_databases.lend()
    yield url
    lent_databases.take_back(url)


# ---------------------------------------------------------------- Redis, mail


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    own = redis.launch()
    yield own
    own.server.close()


@pytest.fixture
def mailstore() -> Iterator[MailStore]:
    own = dovecot.launch()
    yield own
    own.server.close()


@pytest.fixture
def clamd() -> Iterator[Clamd]:
    own = clamav.launch()
    yield own
    own.server.close()


@pytest.fixture
async def smtp_sink() -> AsyncIterator[SmtpSink]:
    async with SmtpSink() as sink:
        yield sink


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """For TLS servers on localhost and 127.0.0.1."""
    return certificates.make(tmp_path_factory.mktemp("certificate"))


# ---------------------------------------------------------------- browser


@pytest.fixture(scope="session")
def chromium_address() -> Iterator[str]:
    """One Chromium per worker, spoken to over its debugging port."""
    server, address = chromium.launch()
    yield address
    server.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def driven_chromium(chromium_address: str) -> AsyncIterator[Browser]:
    """Playwright on the worker's Chromium: its driver takes a second to start, so all tests speak through one."""
    async with chromium.connected(chromium_address) as connected:
        yield connected


@pytest_asyncio.fixture(loop_scope="session")
async def browser(driven_chromium: Browser) -> AsyncIterator[Browser]:
    """Make profiles with `await browser.new_context(...)`; one that a test leaves open ends with it."""
    before = set(driven_chromium.contexts)
    yield driven_chromium
    for left in set(driven_chromium.contexts) - before:
        await left.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page in a profile of its own."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    yield await context.new_page()
    await context.close()
