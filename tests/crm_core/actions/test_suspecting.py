"""Spam is held where somebody looks, and never dropped."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm_core.actions import assign, lifecycle, suspecting
from crm_core.actions.suspecting import Wanted
from crm_core.model.errors import Forbidden, NotFound
from crm_core.model.queue import Queue
from crm_core.model.suspicion import ROOM, BlockKind, SuspicionState
from crm_core.model.ticket import Status
from crm_core.queries import setup, suspected
from tests.crm_core.actions.test_acknowledging import acknowledged, speaking
from tests.crm_core.actions.test_intake import token_of
from tests.world import ADA, ANNA, HOUSING, IMPORTER, PARKING, SUE, World

SPAM = "Win https://a.example https://b.example https://c.example"


@pytest.fixture
async def town(world: World) -> World:
    """A house that holds what looks like spam, as its admin chose."""
    await world.do(ADA, suspecting.choose_suspecting, threshold=2, calendar=next(iter(world.house.calendars)))
    await looked(world)
    return world


async def looked(world: World) -> None:
    """The house as its keeper reads it again."""
    found = await world.desk.ask(IMPORTER, setup.setup)
    queues = {one.id: one for one in found.queues}
    world.house = replace(world.house, queues=queues, suspecting=found.suspecting, blocks=found.blocks)


async def held(world: World, state: SuspicionState = SuspicionState.HELD) -> list[str]:
    found: list[Any] = await world.ask(SUE, suspected.page, state, at=1 << 62, last="~", limit=50)
    return [one.ticket.id for one in found]


async def work_of(world: World) -> list[str]:
    return [str(event.facts["work"]["queue"]) for event in await world.events() if event.type == "work.queued"]


async def test_what_looks_like_spam_is_held_unanswered_and_offered_to_nobody(town: World) -> None:
    speaking(town)
    spam = await town.mail(SPAM, sender="a@evil.example")
    fair = await town.mail("My permit ran out.", sender="b@example.org")
    assert await held(town) == [spam.ticket]
    assert (await town.ticket(spam.ticket)).queue == ROOM
    assert await work_of(town) == [PARKING]
    assert [one.ticket for one in await acknowledged(town)] == [fair.ticket]
    with pytest.raises(NotFound):
        await town.do(ANNA, lifecycle.close, spam.ticket)


async def test_released_it_is_as_old_as_it_is_and_its_promise_ran_all_the_while(town: World) -> None:
    first = await town.mail("My permit ran out.", sender="b@example.org")
    spam = await town.mail(SPAM, sender="a@evil.example")
    before = await town.ticket(spam.ticket)
    town.clock.pass_(hours=3)
    await town.do(SUE, suspecting.release, spam.ticket, house=town.house)
    ticket = await town.ticket(spam.ticket)
    assert (ticket.queue, ticket.status, ticket.created_at) == (PARKING, Status.NEW, before.created_at)
    due = (await town.ticket(first.ticket)).first_due_at
    assert due is not None
    assert ticket.first_due_at is not None
    assert ticket.first_due_at - due < timedelta(seconds=1)
    queued = [event.facts["work"] for event in await town.events() if event.type == "work.queued"]
    assert len(queued) == 2
    assert await held(town) == []


async def test_what_they_write_again_while_it_is_held_goes_with_it(town: World) -> None:
    spam = await town.mail(SPAM, sender="a@evil.example")
    token = await token_of(town, spam.ticket)
    await town.mail("Are you there?", sender="a@evil.example", tokens=(token,))
    await town.do(SUE, suspecting.release, spam.ticket, house=town.house)
    assert (await town.ticket(spam.ticket)).queue == PARKING
    assert (await work_of(town))[-1] == PARKING


async def test_an_agent_calls_it_spam_with_a_reason_and_it_can_be_taken_back(town: World) -> None:
    fair = await town.mail("My permit ran out.", sender="b@example.org")
    await town.do(ANNA, suspecting.call_spam, fair.ticket, why="sells pills")
    assert (await town.ticket(fair.ticket)).status is Status.CLOSED
    assert await held(town, SuspicionState.SPAM) == [fair.ticket]
    with pytest.raises(Forbidden):
        await town.do(ANNA, suspecting.release, fair.ticket, house=town.house)
    await town.do(SUE, suspecting.release, fair.ticket, house=town.house)
    ticket = await town.ticket(fair.ticket)
    assert (ticket.queue, ticket.status.active) == (PARKING, True)
    assert await work_of(town) == [PARKING, PARKING]


async def test_taken_back_it_stands_where_it_was_when_it_was_called_spam(town: World) -> None:
    spam = await town.mail(SPAM, sender="a@evil.example")
    await town.do(SUE, suspecting.release, spam.ticket, house=town.house)
    await town.do(SUE, assign.transfer, spam.ticket, to=HOUSING, house=town.house)
    await town.do(SUE, suspecting.call_spam, spam.ticket, why="sells pills")
    await town.do(SUE, suspecting.release, spam.ticket, house=town.house)
    assert (await town.ticket(spam.ticket)).queue == HOUSING


async def test_a_block_holds_until_it_is_over_or_lifted_and_says_whose_it_is(town: World) -> None:
    with pytest.raises(Forbidden):
        await town.do(ANNA, suspecting.add_block, Wanted(BlockKind.DOMAIN, "evil.example", "floods us", 7))
    block = await town.do(SUE, suspecting.add_block, Wanted(BlockKind.DOMAIN, "evil.example", "floods us", 7))
    assert (block.by, block.until - block.at) == (SUE, timedelta(days=7))
    await looked(town)
    first = await town.mail("Hello", sender="a@evil.example")
    assert await held(town) == [first.ticket]
    town.clock.pass_(days=8)
    await town.mail("Hello again", sender="b@evil.example")
    assert await held(town) == [first.ticket]
    again = await town.do(SUE, suspecting.add_block, Wanted(BlockKind.DOMAIN, "evil.example", "again", 7))
    await town.do(SUE, suspecting.lift_block, again.id)
    assert await town.ask(SUE, suspected.standing, at=town.clock()) == []


async def test_where_nobody_chose_it_nothing_is_held(world: World) -> None:
    spam = await world.mail(SPAM, sender="a@evil.example")
    assert (await world.ticket(spam.ticket)).queue == PARKING


async def test_the_room_is_made_once(town: World) -> None:
    await town.do(ADA, suspecting.choose_suspecting, threshold=None, calendar=next(iter(town.house.calendars)))
    await town.do(ADA, suspecting.choose_suspecting, threshold=4, calendar=next(iter(town.house.calendars)))
    await looked(town)
    assert isinstance(town.house.queues[ROOM], Queue)
    assert town.house.suspecting == 4
