"""Events: one stream without a gap, chained so that a change shows, erasable where it is personal."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
import sqlalchemy as sa

from crm_core.actions import housekeeping
from crm_core.actions.desk_postgres import PostgresDesk
from crm_core.actions.housekeeping import LostLease
from crm_core.model.actor import Actor
from crm_core.model.event_house import CityLoaded
from crm_core.queries import chain, events
from crm_core.rules import audit
from crm_core.store.tables import event_words
from crm_core.store.tables import events as events_table
from crm_core.store.tx import Tx
from tests.world import World

RELAY, OPERATOR, IMPORTER = Actor.worker("relay"), Actor.worker("operator"), Actor.importer("tests")


_NOTHING = sa.delete(events_table).where(events_table.c.seq == -1)


async def emit(tx: Tx, number: int, *, seconds: float = 0) -> None:
    """An event in a transaction that stays open for a while after it was written (PostgreSQL)."""
    if seconds:
        await tx.change(_NOTHING)  # a transaction begins with its first write; without one, the insert is all of it
    tx.emit(CityLoaded(name=str(number)))
    await tx.finish()
    if seconds:
        await asyncio.sleep(seconds)


async def test_positions_have_no_gap_and_keep_the_order_of_commits(world: World) -> None:
    for number in range(20):
        await world.desk.do(IMPORTER, emit, number)
    found = await world.events()
    assert [event.position for event in found] == list(range(1, 21))
    assert [event.facts["name"] for event in found] == [str(number) for number in range(20)]


@pytest.mark.postgres
async def test_a_reader_of_numbered_events_loses_nothing_under_slow_transactions_where_a_naive_one_does(
    world: World,
) -> None:
    if not isinstance(world.desk, PostgresDesk):
        return  # one writer: there are no slow concurrent transactions
    lease = await world.desk.do(RELAY, housekeeping.take_lease, "relay", holder="me", seconds=60)
    assert lease is not None
    naive: set[str] = set()
    numbered: set[str] = set()
    done = asyncio.Event()

    async def read_naively() -> None:
        last = 0
        while not done.is_set():
            for row in await world.desk.ask(RELAY, after_seq, last):
                naive.add(row["facts"])
                last = max(last, row["seq"])
            await asyncio.sleep(0.005)

    async def read_numbered() -> None:
        last = 0
        while not done.is_set() or len(numbered) < 300:
            await world.desk.do(RELAY, housekeeping.number_events, lease)
            for event in await world.desk.ask(RELAY, events.after, position=last):
                assert event.position == last + 1
                numbered.add(event.facts["name"])
                last = event.position
            await asyncio.sleep(0.005)

    dice = random.Random(7)
    readers = [asyncio.create_task(read_naively()), asyncio.create_task(read_numbered())]
    writers = (
        world.desk.do(RELAY, emit, number, seconds=dice.uniform(0.2, 1.0) if dice.random() < 0.1 else 0.0)
        for number in range(300)
    )
    await asyncio.gather(*writers)
    done.set()
    await asyncio.wait_for(asyncio.gather(*readers), 20)
    assert len(numbered) == 300
    assert len(naive) < 300, "the naive reader lost nothing: this test proves nothing"


async def test_a_frozen_relay_that_wakes_numbers_nothing(world: World) -> None:
    if not isinstance(world.desk, PostgresDesk):
        return
    old = await world.desk.do(RELAY, housekeeping.take_lease, "relay", holder="old", seconds=1)
    assert old is not None
    world.clock.pass_(seconds=5)
    new = await world.desk.do(RELAY, housekeeping.take_lease, "relay", holder="new", seconds=60)
    assert new is not None
    assert new.epoch == old.epoch + 1
    await world.desk.do(RELAY, emit, 1)
    with pytest.raises(LostLease):
        await world.desk.do(RELAY, housekeeping.number_events, old)
    assert await world.desk.do(RELAY, housekeeping.number_events, new) == 1


async def test_a_lease_is_held_by_one_until_it_runs_out(world: World) -> None:
    held = await world.desk.do(RELAY, housekeeping.take_lease, "sender", holder="a", seconds=10)
    refused = await world.desk.do(RELAY, housekeeping.take_lease, "sender", holder="b", seconds=10)
    again = await world.desk.do(RELAY, housekeeping.take_lease, "sender", holder="a", seconds=10)
    assert (held, refused, again) == (held, None, held)


async def test_the_chain_verifies_and_names_the_first_event_that_was_changed(world: World) -> None:
    await three_mails(world)
    sound = audit.verify(await links(world))
    assert isinstance(sound, audit.Sound)
    await tamper(world, sa.update(events_table).where(events_table.c.position == 5).values(facts='{"row":{}}'))
    assert audit.verify(await links(world)) == audit.Broken(
        5, "its facts were changed, or one before it of the same ticket was removed"
    )


async def test_a_removed_event_shows(world: World) -> None:
    await three_mails(world)
    await tamper(world, sa.delete(events_table).where(events_table.c.position == 4))
    broken = audit.verify(await links(world))
    assert isinstance(broken, audit.Broken)
    assert broken.position == 5


async def test_a_cut_tail_shows_only_against_a_head_kept_elsewhere(world: World) -> None:
    await three_mails(world)
    sound = audit.verify(await links(world))
    assert isinstance(sound, audit.Sound)
    await tamper(world, sa.delete(events_table).where(events_table.c.position > 6))
    assert isinstance(audit.verify(await links(world)), audit.Sound)
    assert isinstance(audit.verify(await links(world), anchor=sound.head), audit.Broken)


async def test_words_can_be_erased_and_the_chain_still_holds_but_not_changed(world: World) -> None:
    await three_mails(world)
    await tamper(world, sa.delete(event_words))
    assert isinstance(audit.verify(await links(world)), audit.Sound)


async def test_changed_words_show(world: World) -> None:
    await three_mails(world)
    await tamper(world, sa.update(event_words).values(personal='{"row":{}}'))
    broken = audit.verify(await links(world))
    assert isinstance(broken, audit.Broken)
    assert broken.why == "its personal words were changed"


async def after_seq(read: Any, last: int) -> list[Any]:
    rows: list[Any] = await read.all(_NAIVE, last=last)
    return rows


_NAIVE = sa.select(events_table.c.seq, events_table.c.facts).where(
    events_table.c.seq > sa.bindparam("last", type_=sa.BigInteger)
)


async def three_mails(world: World) -> None:
    for _ in range(3):
        await world.mail()
    await world.number()


async def links(world: World) -> list[audit.Link]:
    return await world.desk.ask(OPERATOR, chain.links, after=0)


async def tamper(world: World, statement: Any) -> None:
    """Behind the desk's back, as somebody with the disk in hand would."""

    async def write(tx: Tx) -> None:
        await tx.change(statement)

    await world.desk.do(OPERATOR, write)
