"""An answer changed between its insertion and its way out: the reply is refused, or comes back to its author, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.actions import answers, waiting
from crm_core.model.answer import Cited, Wording
from crm_core.model.errors import Moved, Outdated
from crm_core.model.ids import AnswerId, ServiceId, TicketId
from crm_core.model.message import Delivery
from crm_core.model.ticket import Status
from tests.crm_core.actions.test_any_channel import answer, claimed, message, ring, said
from tests.world import ADA, ANNA, START, World

TEXT = "It costs $48 a year."
WORDS = Wording({"en": "Cost"}, {"en": "It costs {cost}."}, {}, {"cost": {"en": "$48 a year"}})
HOURS = timedelta(hours=3)


async def cited(world: World) -> tuple[TicketId, Cited]:
    """A ticket, and what the library's answer said when it was inserted there."""
    ticket = (await world.mail(proven="dmarc")).ticket
    made = await world.do(ADA, answers.add_answer, slug="cost", service=ServiceId("s-permit"), wording=WORDS)
    await world.do(ADA, answers.approve, made.id)
    return ticket, Cited(made.id, "en", {"cost": "$48 a year"})


async def change(world: World, id: AnswerId, to: str = "$52 a year") -> None:
    await world.do(ADA, answers.change_fact, id, "cost", {"en": to})


async def test_an_old_fact_is_refused_with_its_name_and_both_values(world: World) -> None:
    ticket, cite = await cited(world)
    await change(world, cite.answer)
    with pytest.raises(Outdated, match=r"cost is \$52 a year now, not \$48 a year") as refused:
        await answer(world, ticket, TEXT, answers=(cite.answer,), cites=(cite,))
    assert refused.value.facts == (Moved(cite.answer, "cost", "$48 a year", "$52 a year"),)
    assert await claimed(world) == []
    sent = await answer(world, ticket, TEXT.replace("48", "52"), answers=(cite.answer,), cites=(cite,))
    assert sent.delivery is Delivery.QUEUED, "mended words say it no more"


async def test_a_scheduled_answer_is_judged_again_and_waits_for_its_author(world: World) -> None:
    ticket, cite = await cited(world)
    held = await answer(world, ticket, TEXT, cites=(cite,), at=START + HOURS, status=Status.SOLVED)
    await change(world, cite.answer)
    world.clock.pass_(hours=4)
    await ring(world)
    assert await claimed(world) == []
    back = await message(world, held.id)
    assert (back.delivery, back.delivery_reason) == (Delivery.WITHDRAWN, "cost: $48 a year → $52 a year")
    assert [told["why"] for told in await said(world, "reply.withdrawn")] == ["outdated"]
    waits = await world.ticket(ticket)
    assert (waits.status.active, waits.assignee, waits.awaiting_since is not None) == (True, ANNA, True)


async def test_an_answer_that_nobody_is_told_any_more_does_not_leave_out_of_a_schedule(world: World) -> None:
    ticket, cite = await cited(world)
    held = await answer(world, ticket, TEXT, cites=(cite,), at=START + HOURS)
    await world.do(ADA, answers.retire, cite.answer)
    world.clock.pass_(hours=4)
    await ring(world)
    back = await message(world, held.id)
    assert (back.delivery, back.delivery_reason) == (Delivery.WITHDRAWN, "Cost → –")


async def test_a_fact_that_is_as_it_was_again_lets_it_go(world: World) -> None:
    ticket, cite = await cited(world)
    await answer(world, ticket, TEXT, cites=(cite,), at=START + HOURS)
    await change(world, cite.answer)
    await change(world, cite.answer, "$48 a year")
    world.clock.pass_(hours=4)
    await ring(world)
    assert await claimed(world) == [TEXT]


async def test_neither_the_seconds_to_take_back_nor_sending_it_now_lets_an_old_fact_out(world: World) -> None:
    ticket, cite = await cited(world)
    can = world.house.can
    world.house = replace(world.house, can={**can, "email": replace(can["email"], undo=timedelta(seconds=10))})
    undo = await answer(world, ticket, TEXT, cites=(cite,), undo=timedelta(seconds=10))
    later = await answer(world, ticket, TEXT, cites=(cite,), at=START + HOURS)
    await change(world, cite.answer)
    await world.do(ANNA, waiting.send_now, later.id, house=world.house)
    world.clock.pass_(seconds=11)
    await ring(world)
    assert await claimed(world) == []
    for one in (undo, later):
        assert (await message(world, one.id)).delivery is Delivery.WITHDRAWN
