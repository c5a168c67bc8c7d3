"""We answer: kept before it is sent, never sent twice by us, and its fate is seen."""

from __future__ import annotations

import pytest

from crm_core.actions import assign, delivery, housekeeping, lifecycle, reply
from crm_core.model.actor import Actor
from crm_core.model.errors import BadInput, Forbidden, NotAllowedNow, NotFound, Stale
from crm_core.model.message import Delivery, Message, Receipt
from crm_core.model.ticket import Status
from crm_core.rules import signs
from tests.world import ANNA, BEN, FORM, HOUSING, IMPORTER, SUE, World, inbound

SENDER = Actor.worker("sender")


async def answer(world: World, ticket: str, words: str = "We look into it.", **more: object) -> Message:
    draft = reply.Draft(text=words, **more)  # type: ignore[arg-type]
    return await world.do(ANNA, reply.reply, ticket, draft, house=world.house)  # type: ignore[no-any-return]


async def claimed(world: World) -> list[delivery.Parcel]:
    lease = await world.desk.do(SENDER, housekeeping.take_lease, "sender", holder="me", seconds=60)
    assert lease is not None
    return await world.desk.do(SENDER, delivery.claim, lease=lease, house=world.house)


async def message(world: World, id: str) -> Message:
    async def get(read):  # type: ignore[no-untyped-def]
        return await read.get(Message, id)

    return await world.desk.ask(IMPORTER, get)


async def test_an_answer_goes_back_the_way_the_citizen_wrote_with_ids_that_lead_back(world: World) -> None:
    received = await world.mail("Hello", subject="Permit", wire_id="<first@example.org>")
    queued = await answer(world, received.ticket)
    (parcel,) = await claimed(world)
    out = parcel.outbound
    assert (str(out.to), out.subject) == ("mailto:wei@example.org", "Re: Permit")
    assert (out.in_reply_to, out.references) == ("<first@example.org>", ("<first@example.org>",))
    assert signs.read_message_id(world.house.keys, out.wire_id) == queued.id
    assert signs.read_token(world.house.keys, out.reply_token) == queued.conversation


async def test_who_answers_first_has_the_ticket_and_its_work_is_done(world: World) -> None:
    received = await world.mail()
    await answer(world, received.ticket, status=Status.WAITING)
    ticket = await world.ticket(received.ticket)
    assert (ticket.assignee, ticket.status, ticket.awaiting_since) == (ANNA, Status.WAITING, None)
    assert "work.done" in [event.type for event in await world.events()]


async def test_an_answer_to_a_form_goes_by_mail_to_the_address_they_gave(world: World) -> None:
    received = await world.receive(inbound(number=5), inbox=FORM)
    queued = await answer(world, received.ticket)
    assert (queued.channel, str(queued.address)) == ("email", "mailto:wei@example.org")


async def test_a_decision_made_on_an_old_screen_is_refused_with_the_version_it_has_now(world: World) -> None:
    received = await world.mail()
    await answer(world, received.ticket)
    with pytest.raises(Stale) as refused:
        await world.do(ANNA, reply.reply, received.ticket, reply.Draft(text="x"), house=world.house, seen_version=1)
    assert refused.value.version == (await world.ticket(received.ticket)).version


async def test_somebody_of_another_team_gets_the_same_answer_as_for_a_ticket_that_does_not_exist(world: World) -> None:
    received = await world.mail()
    for id in (received.ticket, "nothing"):
        with pytest.raises(NotFound) as refused:
            await world.do(BEN, reply.reply, id, reply.Draft(text="x"), house=world.house)
        assert refused.value.why == NotFound().why


async def test_a_mention_lets_a_colleague_of_another_team_see_and_answer(world: World) -> None:
    received = await world.mail()
    await world.do(ANNA, reply.note, received.ticket, "@Ben, yours?", mentions=frozenset({BEN}))
    await world.do(BEN, reply.note, received.ticket, "Yes.")
    assert (await world.ticket(received.ticket)).readers == {BEN}


async def test_a_message_is_claimed_once_and_its_delivery_only_moves_forward(world: World) -> None:
    received = await world.mail()
    queued = await answer(world, received.ticket)
    assert len(await claimed(world)) == 1
    assert await claimed(world) == []
    await world.desk.do(SENDER, delivery.record, queued.id, Receipt(Delivery.SENT), house=world.house)
    await world.desk.do(SENDER, delivery.record, queued.id, Receipt(Delivery.SENDING), house=world.house)
    assert (await message(world, queued.id)).delivery is Delivery.SENT


async def test_a_sender_that_lost_its_lease_claims_nothing(world: World) -> None:
    received = await world.mail()
    await answer(world, received.ticket)
    old = await world.desk.do(SENDER, housekeeping.take_lease, "sender", holder="old", seconds=1)
    world.clock.pass_(seconds=5)
    await world.desk.do(SENDER, housekeeping.take_lease, "sender", holder="new", seconds=60)
    assert old is not None
    assert await world.desk.do(SENDER, delivery.claim, lease=old, house=world.house) == []


async def test_what_was_being_sent_when_we_died_is_unknown_and_an_agent_chooses(world: World) -> None:
    received = await world.mail()
    queued = await answer(world, received.ticket)
    await claimed(world)
    assert await world.desk.do(SENDER, delivery.recover) == 1
    assert (await message(world, queued.id)).delivery is Delivery.UNKNOWN
    assert await claimed(world) == []
    again = await world.do(ANNA, delivery.choose, queued.id, choice="resend", house=world.house)
    (parcel,) = await claimed(world)
    assert parcel.outbound.wire_id == queued.wire_id == again.wire_id


async def test_a_message_that_could_not_leave_is_tried_later_and_failed_after_days(world: World) -> None:
    received = await world.mail()
    queued = await answer(world, received.ticket)
    await claimed(world)
    await world.desk.do(SENDER, delivery.postpone, queued.id, why="refused", house=world.house)
    assert await claimed(world) == []
    world.clock.pass_(minutes=5)
    assert len(await claimed(world)) == 1
    world.clock.pass_(days=6)
    await world.desk.do(SENDER, delivery.postpone, queued.id, why="refused", house=world.house)
    assert (await message(world, queued.id)).delivery is Delivery.FAILED


async def test_without_a_way_out_a_message_waits_and_leaves_when_there_is_one(world: World) -> None:
    received = await world.mail()
    queued = await answer(world, received.ticket)
    await claimed(world)
    await world.desk.do(SENDER, delivery.park, queued.id)
    assert (await message(world, queued.id)).delivery is Delivery.NO_RELAY
    assert await world.desk.do(SENDER, delivery.unpark) == 1
    assert len(await claimed(world)) == 1


async def test_an_empty_answer_and_somebody_elses_file_are_refused(world: World) -> None:
    received = await world.mail()
    with pytest.raises(BadInput):
        await answer(world, received.ticket, "  ")
    with pytest.raises(BadInput):
        await answer(world, received.ticket, "see file", files=("not-mine",))


async def test_a_transferred_ticket_keeps_its_age_and_leaves_the_team_that_had_it(world: World) -> None:
    received = await world.mail()
    waited_since = (await world.ticket(received.ticket)).awaiting_since
    await world.do(ANNA, assign.transfer, received.ticket, to=HOUSING, house=world.house, words="Yours")
    moved = await world.ticket(received.ticket)
    assert (moved.queue, moved.assignee, moved.awaiting_since) == (HOUSING, None, waited_since)
    with pytest.raises(NotFound):
        await world.do(ANNA, reply.note, received.ticket, "still here?")
    await world.do(BEN, assign.assign, received.ticket, to=BEN, house=world.house)
    queued = [event for event in await world.events() if event.type == "work.queued"]
    assert queued[0].facts["work"]["virtual_start"] == queued[-1].facts["work"]["virtual_start"]


async def test_merging_moves_messages_and_strands_and_closes_the_other(world: World) -> None:
    one, two = await world.mail("one"), await world.mail("two")
    await world.do(ANNA, lifecycle.merge, two.ticket, into=one.ticket, house=world.house)
    assert (await message(world, two.message)).ticket == one.ticket
    closed = await world.ticket(two.ticket)
    assert (closed.status, closed.related) == (Status.CLOSED, one.ticket)


async def test_a_closed_ticket_is_reopened_before_it_is_answered(world: World) -> None:
    received = await world.mail()
    await world.do(ANNA, lifecycle.close, received.ticket)
    with pytest.raises(NotAllowedNow):
        await answer(world, received.ticket)
    await world.do(ANNA, lifecycle.reopen, received.ticket, house=world.house)
    await answer(world, received.ticket)


async def test_a_worker_may_do_only_what_its_table_names(world: World) -> None:
    received = await world.mail()
    with pytest.raises(Forbidden):
        await world.desk.do(Actor.worker("relay"), reply.note, received.ticket, "x")
    with pytest.raises(Forbidden):
        await world.desk.do(Actor.worker("relay"), delivery.recover)
    await world.do(SUE, reply.note, received.ticket, "A supervisor sees every queue.")
