"""What is queued is judged again when a sender takes it: days may lie between, on both databases."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from crm_core.actions import addresses, answers, delivery, people, relations
from crm_core.actions.people import Profile
from crm_core.model.address import Address
from crm_core.model.customer import Identity
from crm_core.model.errors import NotAllowedNow
from crm_core.model.ids import CustomerId
from crm_core.model.message import Delivery, Inbound, Message, Receipt
from crm_core.model.preferences import Contacting, DoNot
from crm_core.model.relation import RelationKind
from crm_core.model.ticket import Status
from crm_core.model.view import instant
from crm_core.store.tables import identities
from crm_core.store.tx import Tx
from tests.channels.toy.channel import PIGEON
from tests.crm_core.actions.test_any_channel import (
    BIRDS,
    LOFT,
    SENDER,
    answer,
    claimed,
    message,
    said,
    wei_with_a_loft,
    whose,
    with_birds,
)
from tests.crm_core.actions.test_citing import TEXT, change, cited
from tests.world import ADA, ANNA, MAIL, START, World


async def they_want_no_messages(world: World) -> Message:
    ticket = await wei_with_a_loft(world)
    queued = await answer(world, ticket, status=Status.WAITING)
    wish = DoNot(Contacting.WRITING)
    await world.do(ANNA, people.change_person, await whose(world, ticket), Profile(do_not=(wish,)))
    return queued


async def the_address_is_not_theirs_any_more(world: World) -> Message:
    ticket = await wei_with_a_loft(world)
    queued = await answer(world, ticket, channel=PIGEON.name)
    await world.do(ANNA, _gone, await whose(world, ticket))
    return queued


async def _gone(tx: Tx, id: CustomerId) -> None:
    """The link between the loft and its person is undone."""
    [loft] = await tx.values(Identity, sa.select(identities).where(identities.c.address == str(LOFT)))
    await addresses.remove_address(tx, id, loft.id)


async def consent_to_speak_for_them_ended(world: World) -> Message:
    first = await world.mail(proven="dmarc")
    mother = await whose(world, first.ticket)
    daughter = await whose(world, (await world.mail(sender="li@example.org", proven="dmarc")).ticket)
    tie = relations.Tie(kind=RelationKind.ACTS_FOR, other=mother, role="daughter", consent="form", consented_at=START)
    made = await world.do(ANNA, relations.relate, daughter, tie)
    queued = await answer(world, first.ticket, address=Address.mail("li@example.org"))
    await world.do(ANNA, relations.end_relation, daughter, made.id)
    world.clock.pass_(seconds=1)
    return queued


async def a_fact_changed(world: World) -> Message:
    ticket, cite = await cited(world)
    queued = await answer(world, ticket, TEXT, cites=(cite,))
    await change(world, cite.answer)
    return queued


async def the_answer_was_retired(world: World) -> Message:
    ticket, cite = await cited(world)
    queued = await answer(world, ticket, TEXT, cites=(cite,))
    await world.do(ADA, answers.retire, cite.answer)
    return queued


REASONS: dict[Callable[[World], Awaitable[Message]], tuple[str, str]] = {
    they_want_no_messages: ("barred", "asked for no messages"),
    the_address_is_not_theirs_any_more: ("barred", "nobody has shown that it is theirs"),
    consent_to_speak_for_them_ended: ("barred", "may not speak for them"),
    a_fact_changed: ("outdated", "cost: $48 a year → $52 a year"),
    the_answer_was_retired: ("outdated", "Cost → –"),
}


@pytest.mark.parametrize("change", REASONS, ids=lambda one: one.__name__)
async def test_what_was_queued_does_not_leave_any_more_and_its_author_hears_why(
    world: World, change: Callable[[World], Awaitable[Message]]
) -> None:
    with_birds(world)
    queued = await change(world)
    assert queued.delivery is Delivery.QUEUED
    kind, why = REASONS[change]
    assert await claimed(world) == []
    back = await message(world, queued.id)
    assert back.delivery is Delivery.WITHDRAWN
    assert why in (back.delivery_reason or "")
    assert [(told["why"], told["author"]) for told in await said(world, "reply.withdrawn")] == [(kind, ANNA)]
    waits = await world.ticket(queued.ticket)
    assert (waits.status, waits.awaiting_since is not None, waits.assignee) == (Status.OPEN, True, ANNA)
    assert (await said(world, "work.taken"))[-1]["work"]["agent"] == ANNA
    assert await claimed(world) == []


async def test_that_an_answer_came_back_is_told_with_the_ticket_as_it_is_then(world: World) -> None:
    """Also where nothing else of it changes: somebody had written again, and the ticket waits for an agent already."""
    ticket = await wei_with_a_loft(with_birds(world))
    queued = await answer(world, ticket, channel=PIGEON.name)
    more = Inbound("bird:1", LOFT, "", "One thing more.", proven="signature")
    assert (await world.receive(more, inbox=BIRDS)).ticket == ticket
    await world.do(ANNA, people.change_person, await whose(world, ticket), Profile(do_not=(DoNot(Contacting.WRITING),)))
    assert await claimed(world) == []
    assert (await message(world, queued.id)).delivery is Delivery.WITHDRAWN
    told = (await said(world, "reply.withdrawn"))[-1]["row"]
    now = await world.ticket(ticket)
    assert now.awaiting_since is not None
    assert (told["version"], told["awaiting_since"]) == (now.version, instant(now.awaiting_since))


async def test_what_could_not_be_delivered_for_hours_waits_on_for_the_hours_they_asked_for(world: World) -> None:
    ticket = await wei_with_a_loft(with_birds(world))
    queued = await answer(world, ticket)
    await claimed(world)
    await world.desk.do(SENDER, delivery.postpone, queued.id, why="server down", house=world.house)
    evening = DoNot(Contacting.WRITING, before=8 * 60, after=18 * 60)
    await world.do(ANNA, people.change_person, await whose(world, ticket), Profile(do_not=(evening,)))
    world.clock.pass_(hours=12)
    assert await claimed(world) == [], "it is 21 o'clock"
    waits = await message(world, queued.id)
    assert (waits.delivery, waits.send_at) == (Delivery.QUEUED, START.replace(hour=8) + timedelta(days=1))
    world.clock.pass_(hours=12)
    assert await claimed(world) == ["Come on Monday."]


async def test_an_inbox_that_is_switched_off_for_an_hour_gives_nothing_back(world: World) -> None:
    ticket = (await world.mail(proven="dmarc")).ticket
    await answer(world, ticket)
    mail = world.house.inboxes[MAIL]
    world.house = replace(world.house, inboxes={**world.house.inboxes, MAIL: replace(mail, active=False)})
    assert await claimed(world) == ["Come on Monday."], "its sender finds the door shut, and waits"
    assert await said(world, "reply.withdrawn") == []


async def test_nothing_is_sent_again_that_would_not_be_sent_anew(world: World) -> None:
    ticket = (await world.mail(proven="dmarc")).ticket
    sent = await answer(world, ticket)
    await claimed(world)
    unknown = Receipt(Delivery.UNKNOWN, "We lost them after the dot.")
    await world.desk.do(SENDER, delivery.record, sent.id, unknown, house=world.house)
    await world.do(ANNA, people.change_person, await whose(world, ticket), Profile(do_not=(DoNot(Contacting.ANY),)))
    with pytest.raises(NotAllowedNow, match="may not be sent any more: they asked for no messages"):
        await world.do(ANNA, delivery.choose, sent.id, choice="resend", house=world.house)
