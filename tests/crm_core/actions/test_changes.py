"""What an action changes stands as a whole or not at all, however few statements it leaves in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from crm_core.actions import housekeeping, offers
from crm_core.model.actor import Actor
from crm_core.model.agent import Agent
from crm_core.model.errors import Conflict
from crm_core.model.event import TicketRenamed
from crm_core.model.ids import OfferId, TeamId
from crm_core.model.queue import Team
from crm_core.model.ticket import Ticket
from crm_core.store.tables import tickets
from crm_core.store.tx import Tx
from tests.crm_core.actions.test_offers import ROUTER, arrived
from tests.world import ANNA, IMPORTER, World

_BY_ID = sa.select(tickets.c.subject, tickets.c.version).where(tickets.c.id == sa.bindparam("id", type_=sa.Text))


def renamed(ticket: Ticket, subject: str) -> Ticket:
    return replace(ticket, subject=subject, version=ticket.version + 1)


async def subject_of(world: World, ticket: str) -> str:
    async def read(tx: Any) -> str:
        row = await tx.one(_BY_ID, id=ticket)
        return str(row["subject"])

    return await world.desk.ask(IMPORTER, read)


async def test_a_row_that_is_changed_twice_stands_as_it_was_said_last(world: World) -> None:
    received = await world.mail()

    async def twice(tx: Tx) -> None:
        ticket = await tx.save(renamed(await tx.get(Ticket, received.ticket), "One"))
        await tx.save(renamed(ticket, "Two"))

    await world.desk.do(IMPORTER, twice)
    assert await subject_of(world, received.ticket) == "Two"


async def test_a_row_that_is_added_and_changed_in_one_action_stands_as_changed(world: World) -> None:
    async def both(tx: Tx) -> None:
        team = Team(TeamId("t-new"), "Before")
        tx.add(team)
        await tx.save(replace(team, name="After"))

    async def named(tx: Any) -> str:
        return str((await tx.get(Team, "t-new")).name)

    await world.desk.do(IMPORTER, both)
    assert await world.desk.ask(IMPORTER, named) == "After"


async def test_a_read_sees_what_the_same_action_changed_before_it(world: World) -> None:
    received = await world.mail()

    async def seen(tx: Tx) -> str:
        await tx.save(renamed(await tx.get(Ticket, received.ticket), "Seen"))
        (row,) = await tx.all(_BY_ID, id=received.ticket)
        return str(row["subject"])

    assert await world.desk.do(IMPORTER, seen) == "Seen"


async def test_where_one_of_two_rows_moved_meanwhile_nothing_of_the_action_stands(world: World) -> None:
    """On its first run the other row is not as it was read; the second run reads again."""
    one, two = await world.mail("one"), await world.mail("two")
    runs: list[int] = []

    async def both(tx: Tx) -> None:
        runs.append(len(runs))
        first, second = await tx.get(Ticket, one.ticket), await tx.get(Ticket, two.ticket)
        if len(runs) == 1:
            tx._known[Ticket, second.id] = replace(second, version=second.version + 7)
        changed = await tx.save(renamed(first, f"run {len(runs)}"))
        tx.emit(TicketRenamed(ticket=changed, before=first))
        await tx.save(renamed(second, "second"))

    before = len(await world.events())
    await world.desk.do(IMPORTER, both)
    assert await subject_of(world, one.ticket) == f"run {len(runs)}"
    assert len(runs) >= 2
    assert [event.type for event in (await world.events())[before:]] == ["ticket.renamed"]


async def test_what_always_moved_is_told_and_nothing_of_it_stands(world: World) -> None:
    received = await world.mail()

    async def late(tx: Tx) -> None:
        ticket = await tx.get(Ticket, received.ticket)
        tx.add(Team(TeamId("t-late"), "Never"))
        tx._known[Ticket, ticket.id] = replace(ticket, version=ticket.version + 7)
        await tx.save(renamed(ticket, "never"))

    async def teams(tx: Any) -> Any:
        return await tx.find(Team, "t-late")

    with pytest.raises(Conflict):
        await world.desk.do(IMPORTER, late)
    assert await world.desk.ask(IMPORTER, teams) is None


async def test_who_asks_may_be_changed_by_what_they_ask(world: World) -> None:
    async def renames_themselves(tx: Tx) -> None:
        agent = await tx.permit(to="take")
        assert agent is not None
        await tx.save(replace(agent, name="Anna Anew", version=agent.version + 1))

    async def name(tx: Any) -> str:
        return str((await tx.get(Agent, ANNA)).name)

    await world.do(ANNA, renames_themselves)
    assert await world.desk.ask(IMPORTER, name) == "Anna Anew"


async def test_an_offer_and_its_acceptance_keep_within_their_statement_budget(world: World) -> None:
    work, until = await arrived(world), world.clock() + timedelta(seconds=60)
    made: list[str] = []

    async def offer(tx: Tx) -> None:
        _, held_out = await offers.make_offer(tx, work.id, to=ANNA, until=until, why="You are free.")
        made.append(held_out.id)

    async def accept(tx: Tx) -> None:
        await offers.accept(tx, OfferId(made[-1]))

    assert await statements_of(world, ROUTER, offer) <= (7 if world.database == "sqlite" else 4)
    assert await statements_of(world, Actor.agent(ANNA), accept) <= (9 if world.database == "sqlite" else 3)


async def test_numbering_is_one_look_and_one_statement_that_commits(world: World) -> None:
    if world.database == "sqlite":
        return  # the writer numbers as it inserts
    lease = await world.desk.do(ROUTER, housekeeping.take_lease, "relay", holder="tests", seconds=60)
    assert lease is not None
    await world.mail()
    while await world.desk.do(ROUTER, housekeeping.number_events, lease):
        pass
    await world.mail()

    async def number(tx: Tx) -> None:
        assert await housekeeping.number_events(tx, lease)

    assert await statements_of(world, ROUTER, number) == 2


async def statements_of(world: World, who: Actor, action: Callable[[Tx], Awaitable[None]]) -> int:
    """How many statements an action takes; PostgreSQL's COMMIT, where it needs one, comes on top."""
    counts: list[int] = []

    async def counted(tx: Tx) -> None:
        driver: Any = tx.driver
        started = driver.statements
        await action(tx)
        await tx.finish()
        if world.database == "sqlite":
            driver.settle()  # as the desk does at the end of the group
        counts.append(driver.statements - started)

    await world.desk.do(who, counted)
    return counts[-1]
