"""PostgreSQL or Redis go away under load and come back: nothing lost, nothing final said, and soon all is well again.

Mail and contacts come in by two doors while a screen watches (THREATS §4, rows 4 and 5).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from tests.peers.kept import Kept
from tests.peers.postgres import PrivatePostgres
from tests.peers.redis import RedisServer
from tests.scale import LONG, grows
from tests.stories.asking import Asker
from tests.stories.conftest import Install, Say
from tests.stories.face import Api, Screen, allowed, until
from tests.stories.fleet import Fleet, all_numbered, doubled, launch, texts
from tests.stories.pushing import Pusher
from tests.world import _apart, _build_postgres

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

FROZEN = 30.0 if LONG else 5.0
"""Seconds; longer than a lease, and than a session may idle in a transaction."""

PROBLEM = "application/problem+json"


def killed(server: Kept) -> None:
    """A power cut."""
    server.kill()
    time.sleep(0.5)
    server.start()


def restarted(server: Kept) -> None:
    """As an operator does it: `pg_ctl restart -m fast`, or Redis by SIGTERM."""
    server.stop()
    server.start()


def frozen(server: Kept) -> None:
    """It hangs; every connection stays open."""
    server.pause()
    time.sleep(FROZEN)
    server.resume()


@dataclass
class Load:
    """Mail at the first door, contacts at the second, a screen at the second."""

    fleet: Fleet
    pusher: Pusher
    asker: Asker
    screen: Screen
    anna: Api

    @property
    def acknowledged(self) -> set[str]:
        return self.pusher.acknowledged | self.asker.acknowledged

    async def goes_on(self) -> float:
        """Seconds until mail, contacts and the screen all go on."""
        began = time.monotonic()
        mails, contacts = len(self.pusher.acknowledged), len(self.asker.acknowledged)
        position = self.position
        await until(lambda: len(self.pusher.acknowledged) > mails, seconds=60, why="no mail comes in")
        await until(lambda: len(self.asker.acknowledged) > contacts, seconds=60, why="no contact comes in")
        await until(lambda: self.position > position, seconds=60, why="the screen stands still")
        return time.monotonic() - began

    @property
    def position(self) -> int:
        return int(self.screen.events[-1]["position"]) if self.screen.events else 0

    async def ends_well(self) -> None:
        """Everything that was acknowledged is there once, numbered, and was on the screen once."""
        taken = Counter(str(ticket["subject"]) for ticket in await self.anna.tickets())
        assert taken == Counter(self.acknowledged), "lost or doubled"
        await all_numbered(self.fleet.worker.database_url)
        await until(lambda: texts(self.screen) == len(self.acknowledged), why="the screen missed something")
        assert doubled(self.screen) == []
        assert {line[:1] for line in self.pusher.refused} <= {"4"}, sorted(set(self.pusher.refused))
        assert set(self.asker.refused) <= {(503, PROBLEM)}, self.asker.refused


@pytest.mark.parametrize("trouble", [killed, restarted, frozen])
@grows
async def test_postgres_goes_away_under_load_and_nothing_is_lost(
    trouble: Callable[[Kept], None],
    install: Install,
    redis_server: RedisServer,
    private_postgres: PrivatePostgres,
    record_property: Say,
) -> None:
    service = install(empty=True, ONESTOP_REDIS_URL=redis_server.url)
    template = private_postgres.postgres.template("world", lambda url: _apart(lambda: _build_postgres(url)))
    service.database_url = private_postgres.postgres.fresh(template)
    async with _load(await launch(service)) as load:
        await _shaken(load, private_postgres.server, trouble, say=record_property)


@pytest.mark.parametrize("trouble", [killed, frozen])
@grows
async def test_redis_goes_away_under_load_and_nobody_waits_for_it(
    trouble: Callable[[Kept], None], install: Install, redis_server: RedisServer, record_property: Say
) -> None:
    fleet = await launch(install("postgres", ONESTOP_REDIS_URL=redis_server.url))
    async with _load(fleet) as load:
        began = asyncio.create_task(asyncio.to_thread(trouble, redis_server.server))
        await load.goes_on()  # also while it is away
        await began
        await _shaken(load, redis_server.server, trouble, say=record_property)
        assert load.pusher.refused == []
        assert load.asker.refused == {}


async def _shaken(load: Load, server: Kept, trouble: Callable[[Kept], None], *, say: Say) -> None:
    recovered = []
    for _ in range(2):
        await asyncio.to_thread(trouble, server)
        recovered.append(await load.goes_on())
        await asyncio.sleep(1)
    load.pusher.stop()
    load.asker.stop()
    say("recovered after s", ", ".join(f"{seconds:.1f}" for seconds in recovered))
    say("acknowledged", len(load.acknowledged))
    say("refused for now", len(load.pusher.refused) + load.asker.refused.total())
    assert max(recovered) < allowed(5)


@asynccontextmanager
async def _load(fleet: Fleet) -> AsyncIterator[Load]:
    """The load runs within; at the end everything that was begun is finished and looked for."""
    pusher, asker = Pusher(fleet.doors[0].smtp_port), Asker(fleet.doors[1].url)
    running: list[asyncio.Task[None]] = []
    try:
        async with Api.open(fleet.doors[1], fleet.token) as anna, anna.screen() as screen:
            running += [asyncio.create_task(pusher.run()), asyncio.create_task(asker.run())]
            load = Load(fleet, pusher, asker, screen, anna)
            await until(lambda: len(pusher.acknowledged) > 20 and len(asker.acknowledged) > 5)
            yield load
            await asyncio.wait_for(asyncio.gather(*running), 120)
            await load.ends_well()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for one in (*fleet.doors, fleet.worker):
            one.end()
