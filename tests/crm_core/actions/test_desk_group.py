"""A group on SQLite: what several actions insert leaves together, and none of them can tell."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from crm_core.actions import reply
from crm_core.actions.desk_sqlite import SqliteDesk
from crm_core.model.actor import Actor
from crm_core.model.errors import Conflict
from crm_core.model.event import Stamped
from crm_core.model.event_house import CityLoaded
from crm_core.model.ids import TeamId
from crm_core.model.queue import Team
from crm_core.queries import events
from crm_core.rules import audit
from crm_core.store import tables
from crm_core.store.tx import Read, Tx
from tests.crm_core.actions.test_events import links
from tests.world import ANNA, IMPORTER, Clock, World, inbound

SOMEBODY = Actor.worker("gateway")
_TEAMS = sa.select(sa.func.count()).select_from(tables.teams).where(tables.teams.c.name == "new")
_FORGET = sa.delete(tables.event_words).where(tables.event_words.c.event == sa.bindparam("key_event"))
pytestmark = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


async def in_one_group(world: World, *work: Coroutine[Any, Any, Any]) -> list[Any]:
    """Everything at once: the writer is held until all of it waits."""
    async with held(world):
        tasks = [asyncio.ensure_future(one) for one in work]
        await asyncio.sleep(0)
    return await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def held(world: World) -> AsyncIterator[None]:
    gate, there = threading.Event(), threading.Event()

    async def hold(_tx: Tx) -> None:
        there.set()
        gate.wait(10)

    holding = asyncio.ensure_future(world.desk.do(SOMEBODY, hold))
    await asyncio.to_thread(there.wait, 10)
    try:
        yield
    finally:
        gate.set()
    await holding


async def test_ten_mails_in_one_group_take_few_statements(world: World) -> None:
    assert isinstance(world.desk, SqliteDesk)
    before, commits = world.desk._driver.statements, world.desk.commits
    mails = [world.receive(inbound(number=n, sender=f"new-{n}@example.org")) for n in range(10)]
    answers = await in_one_group(world, *mails)
    assert len({answer.ticket for answer in answers}) == 10
    assert world.desk.commits - commits == 2  # theirs, and that of the action which held the writer
    each = 2 + 4  # two looks, and the inserts that the next one's looks must see
    assert world.desk._driver.statements - before <= 10 * each + 14


async def test_whoever_writes_twice_in_one_group_is_one_person_and_one_mail_one_message(world: World) -> None:
    first, again, other = await in_one_group(
        world,
        world.receive(inbound("first", number=1, sender="new@example.org")),
        world.receive(inbound("first", number=1, sender="new@example.org")),
        world.receive(inbound("other", number=2, sender="new@example.org")),
    )
    assert (again.ticket, again.repeat) == (first.ticket, True)
    assert (await world.ticket(other.ticket)).customer == (await world.ticket(first.ticket)).customer


async def add_team(tx: Tx, id: str) -> None:
    tx.add(Team(TeamId(id), "new"))


async def count_teams(read: Read) -> int:
    row = await read.one(_TEAMS)
    assert row is not None
    return int(row[0])


async def test_a_look_sees_what_its_own_action_and_those_before_it_in_the_group_inserted(world: World) -> None:
    async def add_and_count(tx: Tx, id: str) -> int:
        await add_team(tx, id)
        return await count_teams(tx)

    answers = await in_one_group(world, *(world.desk.do(SOMEBODY, add_and_count, id) for id in ("one", "two", "three")))
    assert answers == [1, 2, 3]


async def test_what_cannot_be_inserted_loses_only_itself_though_it_leaves_with_the_others(world: World) -> None:
    ids = ["one", "two", "one", "three"]
    answers = await in_one_group(world, *(world.desk.do(SOMEBODY, add_team, id) for id in ids))
    assert [type(answer) for answer in answers] == [type(None), type(None), Conflict, type(None)]
    assert await world.desk.ask(SOMEBODY, count_teams) == 3


async def test_the_chains_hold_where_one_group_tells_of_one_ticket_several_times(world: World) -> None:
    opened = await world.mail()
    notes = [world.do(ANNA, reply.note, opened.ticket, f"note {number}") for number in range(3)]
    mails = [world.receive(inbound(number=50 + number)) for number in range(2)]
    answers = await in_one_group(world, *notes, *mails, world.desk.do(SOMEBODY, add_team, "t"), fail(world))
    assert isinstance(answers[-1], ZeroDivisionError)
    answers = await in_one_group(world, world.do(ANNA, reply.note, opened.ticket, "last"))
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(audit.verify(await links(world)), audit.Sound)


async def fail(world: World) -> None:
    async def explode(_tx: Tx) -> None:
        raise ZeroDivisionError

    await world.desk.do(SOMEBODY, explode)


# ---------------------------------------------------------------- what the stream is told


async def heard(desk: Any, *, after: int) -> tuple[list[Stamped], list[Stamped]]:
    """What was just committed, and what the record says."""
    return desk.just_committed(after=after), await desk.ask(IMPORTER, events.after, position=after)


async def test_what_was_just_committed_is_what_the_record_says(world: World) -> None:
    await in_one_group(world, *(world.receive(inbound(number=n, sender=f"{n}@example.org")) for n in range(5)))
    told, stands = await heard(world.desk, after=0)
    assert told == stands
    assert len(told) == 20
    assert world.desk.just_committed(after=20) == []


async def test_who_is_further_behind_or_ahead_asks_the_record(world: World) -> None:
    await world.mail()
    assert world.desk.just_committed(after=2)[0].position == 3
    await world.mail()
    assert world.desk.just_committed(after=1) == []
    assert world.desk.just_committed(after=99) == []


async def test_after_another_process_wrote_the_record_is_asked_and_nothing_is_missed(
    world: World, tmp_path: Any
) -> None:
    other = SqliteDesk(tmp_path / "onestop.db", clock=Clock())
    seen: list[int] = []
    for number, desk in enumerate((world.desk, other, world.desk, other, other, world.desk)):
        await desk.do(IMPORTER, load)
        if number != 1:  # nobody looks in the second round: both processes have written by the third
            told, stands = await heard(world.desk, after=len(seen))
            assert not told or told == stands
            seen += [event.position for event in told or stands]
    await other.close()
    assert seen == [1, 2, 3, 4, 5, 6]


async def load(tx: Tx) -> None:
    tx.emit(CityLoaded(name="x"))


async def test_words_that_are_erased_are_not_told_from_memory(world: World) -> None:
    await world.mail()
    first = (await world.events())[0]

    async def forget(tx: Tx) -> None:
        await tx.change(_FORGET, key_event=first.id)

    await world.desk.do(SOMEBODY, forget)
    told, stands = await heard(world.desk, after=0)
    assert told == []
    assert stands[0].personal_text == "{}"
