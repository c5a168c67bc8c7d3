"""Spam is held where somebody looks, and never dropped."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm_core.actions import assign, lifecycle, reply, suspecting
from crm_core.actions.suspecting import Wanted
from crm_core.model.actor import Actor
from crm_core.model.errors import BadInput, Forbidden, NotAllowedNow, NotFound
from crm_core.model.ids import ServiceId, TicketId
from crm_core.model.parity import Scope
from crm_core.model.queue import Queue
from crm_core.model.service import Publicity
from crm_core.model.suspicion import ROOM, BlockKind, SuspicionState
from crm_core.model.ticket import Status
from crm_core.queries import counts, customer, inbox_list, past, people, published, setup, suspected
from crm_core.queries.published import Seen
from crm_core.queries.reports import parity
from crm_core.queries.ticket import whole
from tests.crm_core.actions.test_acknowledging import acknowledged, speaking
from tests.crm_core.actions.test_intake import token_of
from tests.crm_core.queries.test_search import Reader
from tests.world import ADA, ANNA, FORM, HOUSING, IMPORTER, PARKING, START, SUE, World, inbound

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
    await town.do(ANNA, suspecting.release, fair.ticket, house=town.house)
    ticket = await town.ticket(fair.ticket)
    assert (ticket.queue, ticket.status.active) == (PARKING, True)
    assert await work_of(town) == [PARKING, PARKING]


async def test_what_a_colleague_called_spam_only_a_supervisor_takes_back(town: World) -> None:
    fair = await town.mail("My permit ran out.", sender="b@example.org")
    await town.do(SUE, suspecting.call_spam, fair.ticket, why="sells pills")
    with pytest.raises(Forbidden):
        await town.do(ANNA, suspecting.release, fair.ticket, house=town.house)
    await town.do(ADA, suspecting.release, fair.ticket, house=town.house)
    with pytest.raises(Forbidden):
        await town.do(ANNA, suspecting.release, fair.ticket, house=town.house)


async def test_taken_back_it_stands_where_it_was_when_it_was_called_spam(town: World) -> None:
    spam = await town.mail(SPAM, sender="a@evil.example")
    await town.do(SUE, suspecting.release, spam.ticket, house=town.house)
    await town.do(SUE, assign.transfer, spam.ticket, to=HOUSING, house=town.house)
    await town.do(SUE, suspecting.call_spam, spam.ticket, why="sells pills")
    await town.do(SUE, suspecting.release, spam.ticket, house=town.house)
    assert (await town.ticket(spam.ticket)).queue == HOUSING


async def test_what_is_held_stands_in_no_list_count_or_report_and_leaves_its_room_only_by_being_released(
    town: World,
) -> None:
    fair = await town.mail("My permit ran out.", sender="b@example.org")
    spam = await town.mail(SPAM, sender="a@evil.example")
    called = await town.mail("Pills", sender="c@example.org")
    await town.do(ANNA, suspecting.call_spam, called.ticket, why="sells pills")
    active = tuple(status for status in Status if status.active)
    for sort in ("due", "-created_at"):
        page = await town.ask(SUE, inbox_list.page, inbox_list.Wanted(statuses=active, sort=sort))
        assert [one.id for one in page.items] == [fair.ticket]
    counted = await town.ask(SUE, counts.counts)
    assert (ROOM in counted.queues, counted.queues[PARKING]) == (False, 1)
    today = Scope(START - timedelta(days=1), START + timedelta(days=1))
    found = await town.ask(SUE, parity.matters, today)
    behind = await town.ask(SUE, parity.behind, today, channel="email", limit=9, cursor=None)
    assert (len(found.matters), [one.id for one in behind.items]) == (1, [fair.ticket])

    house = town.house
    for refused in (
        town.do(SUE, assign.transfer, spam.ticket, to=HOUSING, house=house),
        town.do(SUE, assign.assign, spam.ticket, to=ANNA, house=house),
        town.do(SUE, lifecycle.classify, spam.ticket, service=ServiceId("s-repair"), house=house),
        town.do(SUE, lifecycle.merge, spam.ticket, into=fair.ticket, house=house),
        town.do(SUE, reply.reply, spam.ticket, reply.Draft(text="No, thank you."), house=house),
    ):
        with pytest.raises(NotAllowedNow, match="held as suspected spam"):
            await refused
    with pytest.raises(BadInput):
        await town.do(SUE, assign.transfer, fair.ticket, to=ROOM, house=house)
    await town.do(SUE, suspecting.release, spam.ticket, house=house)
    await town.do(SUE, assign.transfer, spam.ticket, to=HOUSING, house=house)


async def test_what_everybody_could_see_is_shown_again_when_it_is_released_as_its_service_says_then(
    town: World,
) -> None:
    open_door = replace(town.house.can["web_form"], public=True)
    services = {id: replace(one, publicity=Publicity.WORDS) for id, one in town.house.services.items()}
    town.house = replace(town.house, can={**town.house.can, "web_form": open_door}, services=services)
    shown = Seen(inbox=FORM, since=START, groups={})

    async def seen(id: TicketId) -> list[str]:
        number = (await town.ticket(id)).number
        found = await town.desk.ask(Actor.inbox(FORM), published.named, [number], seen=shown, house=town.house)
        return [one.words for one in found.items]

    spam = await town.receive(inbound(SPAM, number=90, sender="a@evil.example"), inbox=FORM)
    assert (spam.ticket in await held(town), await seen(spam.ticket)) == (True, [])
    await town.do(SUE, suspecting.release, spam.ticket, house=town.house)
    assert await seen(spam.ticket) == ["Win […] […] […]"]
    await town.do(SUE, suspecting.call_spam, spam.ticket, why="sells pills")
    assert await seen(spam.ticket) == []
    private = {id: replace(one, publicity=Publicity.PRIVATE) for id, one in services.items()}
    await town.do(SUE, suspecting.release, spam.ticket, house=replace(town.house, services=private))
    assert await seen(spam.ticket) == []


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


async def test_what_is_held_is_found_by_nobody_and_in_nobodys_past_until_it_is_released(town: World) -> None:
    reader = Reader(town)
    fair = await town.mail("My permit ran out.", sender="b@example.org", sender_name="Bo Lind")
    ours = await town.ticket(fair.ticket)
    town.clock.pass_(seconds=1)
    spam = await town.mail(f"Casino {SPAM}", sender="b@example.org", sender_name="Bo Lind")
    alone = await town.mail(f"Roulette {SPAM}", sender="c@evil.example", sender_name="Bo Lind", subject="Luck")
    theirs, stranger = await town.ticket(spam.ticket), await town.ticket(alone.ticket)
    assert (theirs.customer, theirs.queue, stranger.queue) == (ours.customer, ROOM, ROOM)
    await reader.index()

    async def shown() -> dict[str, bool]:
        history = await town.ask(SUE, past.history, ours.customer, limit=50, cursor=None)
        panel = await town.ask(SUE, inbox_list.page, inbox_list.Wanted(customer=ours.customer))
        suggested = await town.ask(SUE, customer.suggestions, ours.customer)
        people_found = await town.ask(SUE, people.find, "Bo Lind")
        return {
            "words": bool(await reader.find("casino", by=SUE)),
            "number": bool(await reader.find(theirs.number, by=SUE)),
            "stranger": "customer" in {one.kind for one in await reader.find("evil.example", by=SUE)},
            "history": any(getattr(one, "ticket", "") == spam.ticket for one in history.items),
            "panel": spam.ticket in {one.id for one in panel.items},
            "suggested": bool(suggested),
            "people": len(people_found.items) == 2,
        }

    assert not any((await shown()).values()), await shown()
    assert set(await held(town)) == {spam.ticket, alone.ticket}
    assert (await town.ask(SUE, whole, spam.ticket)).customer.customer.id == ours.customer, (
        "opened from where it stands"
    )
    for one in (spam, alone):
        await town.do(SUE, suspecting.release, one.ticket, house=town.house)
    assert all((await shown()).values()), "the index has known it all the while"
