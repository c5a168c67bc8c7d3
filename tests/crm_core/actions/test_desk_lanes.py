"""Two lanes on both databases: bulk never holds up contacts, and neither queue grows without end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from crm_core.actions import desk_postgres, desk_sqlite
from crm_core.actions.desk_postgres import BULK_WRITERS, PostgresDesk
from crm_core.model.actor import Actor
from crm_core.model.errors import Busy
from crm_core.model.queue import Team
from crm_core.store.tx import Tx
from tests.world import World

CITIZEN, IMPORT = Actor.worker("gateway"), Actor.importer("x")
HELD = 3


async def add_team(tx: Tx, name: str) -> str:
    tx.add(Team(name, "new"))  # type: ignore[arg-type]
    return name


@asynccontextmanager
async def held_up(world: World) -> AsyncIterator[None]:
    """Whatever writes bulk work is at work, until this is left: the one writer of SQLite, or PostgreSQL's bulk writers."""
    postgres = isinstance(world.desk, PostgresDesk)
    go: Any = asyncio.Event() if postgres else threading.Event()
    began = [threading.Event() for _ in range(BULK_WRITERS if postgres else 1)]

    async def hold(tx: Tx, number: int) -> None:
        began[number].set()
        await go.wait() if postgres else go.wait()

    holding = [asyncio.ensure_future(world.desk.do(IMPORT, hold, number)) for number in range(len(began))]
    while not all(one.is_set() for one in began):
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        go.set()
        await asyncio.gather(*holding)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that a test can fill."""
    for module in (desk_sqlite, desk_postgres):
        monkeypatch.setattr(module, "WAITING_AT_MOST", HELD)


def hand_in(world: World, actor: Actor, count: int, *, name: str) -> list[asyncio.Future[str]]:
    return [asyncio.ensure_future(world.desk.do(actor, add_team, f"{name}{number}")) for number in range(count)]


async def told_busy(futures: list[asyncio.Future[str]]) -> int:
    """How many of them are refused at once, while the others wait."""
    for _ in range(20):
        await asyncio.sleep(0)
    return sum(one.done() and isinstance(one.exception(), Busy) for one in futures)


@pytest.mark.usefixtures("narrow")
async def test_a_full_bulk_lane_refuses_bulk_and_still_takes_contacts(world: World) -> None:
    async with held_up(world):
        bulk = hand_in(world, IMPORT, 200, name="bulk")
        refused = await told_busy(bulk)
        assert refused >= 200 - HELD
        live = hand_in(world, CITIZEN, HELD, name="live")
        assert await told_busy(live) == 0
    assert await asyncio.gather(*live) == ["live0", "live1", "live2"]
    answers = await asyncio.gather(*bulk, return_exceptions=True)
    assert sum(isinstance(answer, str) for answer in answers) == 200 - refused
    assert await world.desk.do(IMPORT, add_team, "later") == "later"


@pytest.mark.usefixtures("narrow")
async def test_contacts_beyond_what_the_queue_holds_are_told_to_come_back_and_all_others_are_kept(world: World) -> None:
    live = hand_in(world, CITIZEN, 200, name="live")
    answers = await asyncio.gather(*live, return_exceptions=True)
    assert any(isinstance(answer, Busy) for answer in answers)
    for answer in answers:
        if isinstance(answer, str):
            assert await world.desk.ask(CITIZEN, _is_there, answer)


async def test_contacts_are_written_before_bulk_work_that_came_first(world: World) -> None:
    order: list[str] = []
    note: Callable[[asyncio.Future[str]], None] = lambda done: order.append(done.result()[:4])  # noqa: E731
    async with held_up(world):
        bulk, live = hand_in(world, IMPORT, 100, name="bulk"), hand_in(world, CITIZEN, 100, name="live")
        for one in (*bulk, *live):
            one.add_done_callback(note)
        await asyncio.sleep(0)
        if isinstance(world.desk, PostgresDesk):
            await asyncio.gather(*live)  # these need no writer of the bulk lane
            assert set(order) == {"live"}
    while len(order) < 200:
        await asyncio.sleep(0.01)
    assert order.index("bulk") >= desk_sqlite.GROUP - desk_sqlite.BULK_IN_A_GROUP
    assert order[-1] == "bulk"


async def _is_there(read: Any, name: str) -> bool:
    return await read.find(Team, name) is not None
