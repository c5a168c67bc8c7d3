"""The desk: durable before the answer, one faulty action never harms its neighbours."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from crm_core.actions import desk as desk_module
from crm_core.actions import desk_sqlite
from crm_core.actions.desk_sqlite import SqliteDesk
from crm_core.model.actor import Actor
from crm_core.model.errors import ActionSuspended, Busy, Conflict, NotFound
from crm_core.model.queue import Team
from crm_core.store import schema, tables
from crm_core.store.tx import Moved, Read, Tx
from tests.world import Clock, World

SOMEBODY = Actor.worker("gateway")
COUNT = sa.select(sa.func.count()).select_from(tables.teams).where(tables.teams.c.name == "new")


async def add_team(tx: Tx, name: str) -> str:
    tx.add(Team(name, "new"))  # type: ignore[arg-type]
    return name


async def explode(tx: Tx, name: str) -> None:
    await add_team(tx, name)
    raise ZeroDivisionError(name)


async def count(read: Read) -> int:
    row = await read.one(COUNT)
    assert row is not None
    return int(row[0])


async def test_what_was_done_is_seen_by_the_next_question(world: World) -> None:
    await world.desk.do(SOMEBODY, add_team, "one")
    assert await world.desk.ask(SOMEBODY, count) == 1


async def test_eight_faulty_actions_among_sixty_four_lose_only_themselves(world: World) -> None:
    actions = [(explode if number % 8 == 0 else add_team, f"t{number}") for number in range(64)]
    answers = await asyncio.gather(
        *(world.desk.do(SOMEBODY, action, name) for action, name in actions), return_exceptions=True
    )
    failed = [answer for answer in answers if isinstance(answer, ZeroDivisionError)]
    assert len(failed) == 8
    assert await world.desk.ask(SOMEBODY, count) == 56


async def test_a_cancelled_caller_does_not_cancel_the_action(world: World) -> None:
    waiting = asyncio.ensure_future(world.desk.do(SOMEBODY, add_team, "kept"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    for _ in range(100):
        if await world.desk.ask(SOMEBODY, count) == 1:
            return
        await asyncio.sleep(0.02)
    pytest.fail("the action was cancelled with its caller")


async def test_a_race_is_run_again_and_given_up_as_a_conflict(world: World) -> None:
    tries = []

    async def always_late(tx: Tx) -> None:
        tries.append(1)
        raise Moved

    with pytest.raises(Conflict):
        await world.desk.do(SOMEBODY, always_late)
    assert len(tries) == desk_module.TRIES


async def test_the_same_key_twice_is_a_race_that_reads_again(world: World) -> None:
    async def add_once(tx: Tx) -> str:
        if await tx.find(Team, "one") is not None:
            return "there already"
        return await add_team(tx, "one")

    answers = await asyncio.gather(*(world.desk.do(SOMEBODY, add_once) for _ in range(8)))
    assert sorted(answers) == ["one"] + ["there already"] * 7


async def test_an_action_that_awaits_anything_else_is_refused_by_name(sqlite_desk: SqliteDesk) -> None:
    async def sleepy(tx: Tx) -> None:
        await add_team(tx, "never")
        await asyncio.sleep(0)

    with pytest.raises(ActionSuspended, match=r"_act|sleepy"):
        await sqlite_desk.do(SOMEBODY, sleepy)
    assert await sqlite_desk.ask(SOMEBODY, count) == 0


async def test_the_writer_lives_on_after_the_worst(sqlite_desk: SqliteDesk) -> None:
    async def fatal(tx: Tx) -> None:
        raise SystemExit

    with pytest.raises(BaseException):  # noqa: B017, PT011 - whatever it is, the caller hears of it
        await sqlite_desk.do(SOMEBODY, fatal)
    await sqlite_desk.do(SOMEBODY, add_team, "after")
    assert await sqlite_desk.ask(SOMEBODY, count) == 1


async def test_live_work_goes_before_bulk_work(sqlite_desk: SqliteDesk) -> None:
    order: list[str] = []
    writes, all_are_there = threading.Event(), threading.Event()

    async def hold(tx: Tx) -> None:
        writes.set()
        all_are_there.wait(20)

    async def note(tx: Tx, who: str) -> None:
        order.append(who)

    held = asyncio.ensure_future(sqlite_desk.do(SOMEBODY, hold))
    await asyncio.to_thread(writes.wait, 20)
    bulk = [asyncio.ensure_future(sqlite_desk.do(Actor.importer("x"), note, "bulk")) for _ in range(40)]
    live = [asyncio.ensure_future(sqlite_desk.do(SOMEBODY, note, "live")) for _ in range(40)]
    await asyncio.sleep(0)
    all_are_there.set()
    await asyncio.gather(held, *bulk, *live)
    assert order == ["live"] * 40 + ["bulk"] * 40


async def test_more_than_the_queue_holds_is_told_to_come_back(
    sqlite_desk: SqliteDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_sqlite, "WAITING_AT_MOST", 3)
    tasks = [asyncio.ensure_future(sqlite_desk.do(SOMEBODY, add_team, f"t{n}")) for n in range(200)]
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Busy)]
    assert refused
    assert await sqlite_desk.ask(SOMEBODY, count) == 200 - len(refused)


async def test_where_nothing_fails_each_action_runs_once_and_where_one_does_the_others_once_more(
    sqlite_desk: SqliteDesk,
) -> None:
    runs: Counter[str] = Counter()

    async def counted(tx: Tx, name: str) -> None:
        runs[name] += 1
        if name == "poison":
            raise NotFound
        await add_team(tx, name)

    sound = [f"t{n}" for n in range(8)]
    await asyncio.gather(*(sqlite_desk.do(SOMEBODY, counted, name) for name in sound))
    assert set(runs.values()) == {1}
    runs.clear()
    mixed = ["u0", "poison", "u1"]
    answers = await asyncio.gather(*(sqlite_desk.do(SOMEBODY, counted, n) for n in mixed), return_exceptions=True)
    assert [type(answer) for answer in answers] == [type(None), NotFound, type(None)]
    assert runs["poison"] == 2
    assert await sqlite_desk.ask(SOMEBODY, count) == 10


async def test_sixty_four_actions_share_one_commit(sqlite_desk: SqliteDesk, tmp_path: Path) -> None:
    before = sqlite_desk.commits
    await asyncio.gather(*(sqlite_desk.do(SOMEBODY, add_team, f"t{n}") for n in range(64)))
    assert sqlite_desk.commits - before <= 8


async def test_the_commit_is_synced_and_the_log_is_a_wal(sqlite_desk: SqliteDesk) -> None:
    raw: sqlite3.Connection = sqlite_desk._driver.raw
    assert raw.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert raw.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


@pytest.fixture
async def sqlite_desk(tmp_path: Path):  # type: ignore[no-untyped-def]
    path = tmp_path / "desk.db"
    schema.migrate_sqlite(path)
    made = SqliteDesk(path, clock=Clock())
    yield made
    await made.close()
