"""Two routers on one PostgreSQL and Redis: one leads, the other takes over in time, and whoever wakes late gives nothing twice."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from config.settings import load
from crm_core.actions import accounts
from crm_core.model.actor import Actor
from crm_core.model.ids import TeamId
from gateway.wiring import open_record
from tests.peers.redis import RedisServer
from tests.stories.conftest import Install, Say
from tests.stories.face import Api, Json, Screen, allowed, letter, post, token_for
from tests.stories.fleet import Fleet, all_numbered, doubled, launch
from tests.stories.folding import folded
from tests.stories.service import Service
from tests.world import BEN

pytestmark = [pytest.mark.postgres, pytest.mark.redis]
LETTERS = 8
SUES = "sue@larkhaven.example"


@pytest.fixture
async def fleet(install: Install, redis_server: RedisServer) -> AsyncIterator[Fleet]:
    service = install("postgres", ONESTOP_REDIS_URL=redis_server.url)
    await _ben_helps(service)
    made = await launch(service)
    yield made
    for one in (*made.doors, made.worker):
        one.end()


async def test_a_router_that_freezes_is_replaced_in_time_and_no_work_is_lost_or_has_two_agents(
    fleet: Fleet, redis_server: RedisServer, record_property: Say, tmp_path: Path
) -> None:
    other = await fleet.second_worker()
    try:
        async with AsyncExitStack() as stack:
            tokens = (fleet.token, await token_for(fleet.doors[0], "ben@larkhaven.example"))
            agents = [
                await stack.enter_async_context(Api.open(door, token))
                for door, token in zip(fleet.doors, tokens, strict=True)
            ]
            screens = [await stack.enter_async_context(api.screen()) for api in agents]
            sue = await stack.enter_async_context(Api.open(fleet.doors[1], await token_for(fleet.doors[1], SUES)))
            floor = await stack.enter_async_context(sue.screen())
            board = await sue.get("/board")
            await post(
                fleet.doors[0], *(letter(f"Number {number}", subject=f"N {number}") for number in range(LETTERS))
            )
            held = [await _offer_for(api) for api in agents]
            assert held[0]["work"] != held[1]["work"]
            began, woke = await _frozen_until_the_other_offers(fleet, agents)
            record_property("take-over s", f"{woke - began:.1f}")
            assert woke - began < allowed(5), "the lease lasts 4 s"
            assert fleet.worker.process
            os.kill(fleet.worker.process.pid, signal.SIGCONT)
            await asyncio.to_thread(redis_server.server.kill)  # what it knew is gone with it
            await post(fleet.doors[1], letter("Without Redis", subject="Redis"))
            await _take_all(agents, LETTERS + 1)
            await asyncio.to_thread(redis_server.server.start)
            await all_numbered(fleet.worker.database_url, seconds=30)
            recount = await sue.get("/board")
            for screen in (*screens, floor):
                await _heard(screen, until=recount["position"], all_of=LETTERS + 1)
            assert [doubled(screen) for screen in (*screens, floor)] == [[], [], []]
            assert _board_of(board, floor.events, until=recount["position"], folder=tmp_path) == _counted(recount)
            loads = [await api.get("/agents/me/state") for api in agents]
            assert sum(one["load"]["total"] for one in loads) == LETTERS + 1
    finally:
        other.end()
    await _nothing_twice(fleet.worker.database_url)


async def _ben_helps(service: Service) -> None:
    """Anna and Ben serve the same queue."""
    async with open_record(load(service.environment)) as desk:
        changes = accounts.Changes(teams=frozenset({TeamId("t-parking")}))
        await desk.do(Actor.worker("operator"), accounts.change_user, BEN, changes)


async def _offer_for(api: Api, *, seconds: float = 30) -> Json:
    async with asyncio.timeout(seconds):
        while not (found := (await api.get("/offers"))["items"]):
            await asyncio.sleep(0.05)
    return dict(found[0])


async def _frozen_until_the_other_offers(fleet: Fleet, agents: list[Api]) -> tuple[float, float]:
    """Whichever leads: it is asked for the next offer while it is frozen, and the other one makes it."""
    assert fleet.worker.process
    os.kill(fleet.worker.process.pid, signal.SIGSTOP)
    began = time.monotonic()
    for api in agents:
        offer = await _offer_for(api)
        await api.post(f"/offers/{offer['id']}/acceptances", {})
    for api in agents:
        await _offer_for(api)
    return began, time.monotonic()


async def _take_all(agents: list[Api], count: int) -> None:
    """Both accept what is held out to them until all is taken."""
    async with asyncio.timeout(allowed(40)):
        while True:
            offers = [(api, offer) for api in agents for offer in (await api.get("/offers"))["items"]]
            loads = [(await api.get("/agents/me/state"))["load"]["total"] for api in agents]
            if not offers and sum(loads) == count:
                return
            for api, offer in offers:
                async with api.http.post(f"{api.url}/api/v1/offers/{offer['id']}/acceptances", json={}):
                    pass  # it may be over by now
            await asyncio.sleep(0.05)


async def _heard(screen: Screen, *, until: int, all_of: int) -> None:
    """Everything up to there was pushed to it, 30 s after Redis is back at the latest."""
    try:
        async with asyncio.timeout(30):
            while len(_taken(screen.events)) < all_of or screen.events[-1]["position"] < until:
                await asyncio.sleep(0.05)
    except TimeoutError:
        others = [frame for frame in screen.frames if "events" not in frame]
        taken, last = len(_taken(screen.events)), screen.events[-1]["position"] if screen.events else None
        said = f"heard of {taken} taken, up to {last} of {until}; closed by {screen.line.close_code}; besides {others}"
        raise AssertionError(said) from None


def _board_of(snapshot: Json, events: list[Json], *, until: int, folder: Path) -> Json:
    """What a screen made of the board it began with and of what it heard since, by the browser's own fold."""
    since = [event for event in events if snapshot["position"] < event["position"] <= until]
    case = {"from": snapshot, "within": snapshot["aims"]["within"], "events": since}
    [made] = folded([case], folder)
    return _counted(made)


def _counted(board: Json) -> Json:
    return {name: board[name] for name in ("works", "tallies", "staff")}


def _taken(events: list[Json]) -> set[str]:
    """The works whose being taken a screen heard of."""
    return {str(event["facts"]["work"]["id"]) for event in events if event["type"] == "work.taken"}


async def _nothing_twice(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        twice = "SELECT work FROM offers WHERE state = 'accepted' GROUP BY work HAVING count(*) > 1"
        assert await connection.fetch(twice) == []
        states = await connection.fetch(
            "SELECT w.state, w.agent = t.assignee AS theirs FROM work w JOIN tickets t ON t.id = w.ticket"
        )
        assert len(states) == LETTERS + 1
        assert {(row["state"], row["theirs"]) for row in states} == {("active", True)}
    finally:
        await connection.close()
