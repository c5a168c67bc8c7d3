"""What becomes of words that did not arrive, and who may be written to for somebody else; on both databases."""

from __future__ import annotations

import pytest

from crm_core.actions import delivery, relations
from crm_core.model.address import Address
from crm_core.model.errors import NotAllowedNow
from crm_core.model.ids import MessageId
from crm_core.model.message import Delivery, Receipt
from crm_core.model.relation import RelationKind
from crm_core.model.ticket import Status
from tests.channels.toy.channel import PIGEON
from tests.crm_core.actions.test_any_channel import (
    SENDER,
    WEI,
    answer,
    claimed,
    fail,
    message,
    said,
    wei_with_a_loft,
    whose,
    with_birds,
)
from tests.world import ANNA, START, World


@pytest.fixture
def world(world: World) -> World:
    """The small house, with pigeons."""
    return with_birds(world)


async def test_words_that_did_not_arrive_go_another_way_once_and_say_so(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    first = await answer(world, ticket)
    await fail(world, first.id)
    assert await claimed(world) == ["Come on Monday."]
    [told] = await said(world, "reply.instead")
    assert (told["failed"], told["to_channel"]) == (first.id, PIGEON.name)
    failed = await message(world, first.id)
    assert failed.plan is not None
    assert failed.plan.instead == told["instead"]
    with pytest.raises(NotAllowedNow, match="another way already"):
        await world.do(ANNA, delivery.choose, first.id, choice="resend", house=world.house)
    second = Receipt(Delivery.FAILED, "no such loft")
    await world.desk.do(SENDER, delivery.record, MessageId(told["instead"]), second, house=world.house)
    assert len(await said(world, "reply.instead")) == 1, "words do not go round in circles"
    assert [lost["why"] for lost in await said(world, "reply.lost")] == ["no_other_way"]


async def test_what_nobody_knows_to_have_failed_goes_nowhere_by_itself(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    first = await answer(world, ticket)
    await claimed(world)
    unknown = Receipt(Delivery.UNKNOWN, "We lost them after the dot.")
    await world.desk.do(SENDER, delivery.record, first.id, unknown, house=world.house)
    assert await claimed(world) == []
    assert await said(world, "reply.instead") == []


async def test_without_another_way_the_ticket_is_open_again_and_whose_it_was_has_work(world: World) -> None:
    first = await world.mail(proven="dmarc")
    sent = await answer(world, first.ticket, status=Status.WAITING)
    await fail(world, sent.id)
    ticket = await world.ticket(first.ticket)
    assert (ticket.status, ticket.assignee) == (Status.OPEN, ANNA)
    assert [lost["why"] for lost in await said(world, "reply.lost")] == ["no_other_way"]
    assert (await said(world, "work.taken"))[-1]["work"]["agent"] == ANNA


async def test_who_speaks_for_another_is_answered_only_while_that_one_agrees(world: World) -> None:
    mother = await whose(world, (first := await world.mail(proven="dmarc")).ticket)
    daughter = await whose(world, (await world.mail(sender="li@example.org", proven="dmarc")).ticket)
    li = Address.mail("li@example.org")
    with pytest.raises(NotAllowedNow):
        await answer(world, first.ticket, address=li)
    tie = relations.Tie(
        kind=RelationKind.ACTS_FOR, other=mother, role="daughter", consent="signed form", consented_at=START
    )
    made = await world.do(ANNA, relations.relate, daughter, tie)
    assert (await answer(world, first.ticket, address=li)).address == li
    assert (await answer(world, first.ticket)).address == WEI, "never by itself"
    await world.do(ANNA, relations.end_relation, daughter, made.id)
    world.clock.pass_(seconds=1)
    with pytest.raises(NotAllowedNow, match="may not speak for them"):
        await answer(world, first.ticket, address=li)
