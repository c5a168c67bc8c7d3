"""One ticket, many strands: answers go by any proven way, wait, are taken back, stop and go another way, on both databases."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm_core.actions import addresses, clock, delivery, lifecycle, people, reply, waiting
from crm_core.actions.housekeeping import Lease, take_lease
from crm_core.actions.people import Profile
from crm_core.actions.reply import Draft
from crm_core.actions.uploads import upload
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.blob import Blob
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound
from crm_core.model.ids import CustomerId, InboxId, MessageId, TicketId
from crm_core.model.inbox import Inbox
from crm_core.model.message import Delivery, Inbound, Message, Receipt
from crm_core.model.preferences import Contacting, DoNot
from crm_core.model.ticket import Conversation, Status
from crm_core.queries import timers, ways
from crm_core.store.reach import _STRANDS
from gateway.workers.clock import CLOCK
from tests.channels.toy.channel import CAN, LIVE, PERCH, PIGEON, SCHEME
from tests.world import ANNA, BEN, PARKING, START, SUE, WINDOW, World

SENDER = Actor.worker("sender")
BIRDS, NOW = InboxId("i-birds"), InboxId("i-perch")
LOFT = Address(SCHEME, "12")
WEI = Address.mail("wei@example.org")


@pytest.fixture
def world(world: World) -> World:
    return with_birds(world)


def with_birds(world: World) -> World:
    """The small house with an inbox for pigeons, and mail that can be taken back for ten seconds."""
    house = world.house
    birds = Inbox(BIRDS, PIGEON.name, "Lofts", PARKING, None, {}, active=True, created_at=START)
    mail = replace(house.can["email"], undo=timedelta(seconds=10))
    world.house = replace(
        house,
        inboxes={**house.inboxes, BIRDS: birds, NOW: replace(birds, id=NOW, channel=PERCH.name)},
        can={**house.can, "email": mail, PIGEON.name: CAN, PERCH.name: LIVE},
        schemes={**house.schemes, PIGEON.name: SCHEME, PERCH.name: SCHEME},
    )
    return world


async def whose(world: World, ticket: TicketId) -> CustomerId:
    return (await world.ticket(ticket)).customer


async def wei_with_a_loft(world: World, *, proven: bool = True) -> TicketId:
    """Wei wrote by mail, proven; and has a loft, proven by a bird of it."""
    first = await world.mail(proven="dmarc")
    id = await whose(world, first.ticket)
    if proven:
        await world.do(ANNA, seen, id)
    else:
        await world.do(ANNA, addresses.claim_address, id, LOFT)
    return first.ticket


async def seen(tx: Any, id: CustomerId) -> None:
    """An agent saw their papers, and the loft in them."""
    person = await tx.person(id, to="identify")
    await addresses.file_address(tx, person, LOFT, evidence="seen")


async def answer(world: World, ticket: TicketId, text: str = "Come on Monday.", **how: Any) -> Message:
    made: Message = await world.do(ANNA, reply.reply, ticket, Draft(text=text, **how), house=world.house)
    return made


async def message(world: World, id: MessageId) -> Message:
    async def get(read: Any) -> Message:
        found: Message = await read.get(Message, id)
        return found

    return await world.desk.ask(CLOCK, get)


async def strands(world: World, ticket: TicketId) -> list[Conversation]:
    async def get(read: Any) -> list[Conversation]:
        return list(await read.values(Conversation, _STRANDS, ticket=ticket))

    return await world.desk.ask(CLOCK, get)


async def ring(world: World) -> int:
    """What the clock does when it wakes."""
    due = await world.desk.ask(CLOCK, timers.due, window=WINDOW)
    for timer in due:
        await world.desk.do(CLOCK, clock.ring, timer.id, house=world.house, window=WINDOW)
    return len(due)


async def claimed(world: World) -> list[str]:
    """The texts that a sender takes in hand now."""
    parcels = await world.desk.do(SENDER, delivery.claim, lease=await lease(world), house=world.house)
    return [parcel.outbound.text for parcel in parcels]


async def lease(world: World) -> Lease:
    found = await world.desk.do(SENDER, take_lease, "sender", holder="tests", seconds=60)
    assert found is not None
    return found


async def fail(world: World, id: MessageId, why: str = "no such mailbox") -> None:
    await claimed(world)
    await world.desk.do(SENDER, delivery.record, id, Receipt(Delivery.FAILED, why), house=world.house)


async def said(world: World, kind: str) -> list[dict[str, Any]]:
    return [dict(event.facts) for event in await world.events() if event.type == kind]


# ---------------------------------------------------------------- by any way


async def test_an_answer_by_another_channel_begins_a_strand_and_what_comes_back_there_is_the_same_ticket(
    world: World,
) -> None:
    ticket = await wei_with_a_loft(world)
    sent = await answer(world, ticket, channel=PIGEON.name)
    assert (sent.channel, sent.address, sent.inbox) == (PIGEON.name, LOFT, BIRDS)
    back = await world.receive(Inbound("bird:1", LOFT, "", "Thank you", proven="signature"), inbox=BIRDS)
    assert back.ticket == ticket
    assert {strand.inbox for strand in await strands(world, ticket)} == {"i-mail", BIRDS}
    again = await answer(world, ticket)
    assert again.channel == PIGEON.name, "an answer goes where they wrote last"
    assert again.conversation == sent.conversation


async def test_what_they_prefer_is_chosen_by_itself_once_it_is_proven(world: World) -> None:
    ticket = await wei_with_a_loft(world, proven=False)
    id = await whose(world, ticket)
    await world.do(ANNA, people.change_person, id, Profile(channel=PIGEON.name))
    assert (await answer(world, ticket)).channel == "email"
    await world.do(ANNA, seen, id)
    assert (await answer(world, ticket)).channel == PIGEON.name


async def test_nothing_goes_to_an_address_that_is_only_claimed_and_it_says_what_to_do(world: World) -> None:
    ticket = await wei_with_a_loft(world, proven=False)
    with pytest.raises(NotAllowedNow, match="send a code or link there first"):
        await answer(world, ticket, channel=PIGEON.name)


async def test_what_a_way_cannot_carry_is_refused_before_it_is_sent(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    with pytest.raises(BadInput, match="Too long for this way, by"):
        await answer(world, ticket, "x" * 180, channel=PIGEON.name)


async def test_what_would_arrive_is_made_as_for_the_sender(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    words = ways.Words(text="Come on Monday.", channel=PIGEON.name)
    foreseen = await world.ask(ANNA, ways.foreseen, ticket, words, house=world.house)
    await answer(world, ticket, channel=PIGEON.name)
    parcels = await world.desk.do(SENDER, delivery.claim, lease=await lease(world), house=world.house)
    [sent] = [parcel.outbound for parcel in parcels]
    same = replace(
        foreseen.outbound,
        message=sent.message,
        wire_id=sent.wire_id,
        created_at=sent.created_at,
        reply_token=sent.reply_token,
    )
    assert same == sent


async def test_a_number_named_by_somebody_proven_who_takes_part_finds_its_ticket_at_any_door(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    number = (await world.ticket(ticket)).number
    words = f"About {number.lower().replace('-', ' ')}: it is done."
    bird = Inbound("bird:1", LOFT, "", words, proven="signature")
    assert (await world.receive(bird, inbox=BIRDS)).ticket == ticket
    forged = replace(bird, external_id="bird:2", proven=None)
    assert (await world.receive(forged, inbox=BIRDS)).ticket != ticket
    stranger = Inbound("bird:3", Address(SCHEME, "99"), "", words, proven="signature")
    assert (await world.receive(stranger, inbox=BIRDS)).ticket != ticket


async def test_where_two_tickets_share_a_loft_an_answer_belongs_to_the_one_we_wrote_about_last(world: World) -> None:
    older, newer = await wei_with_a_loft(world), (await world.mail(proven="dmarc")).ticket
    for ticket in (older, newer, older):
        await answer(world, ticket, channel=PIGEON.name)
    back = await world.receive(Inbound("bird:1", LOFT, "", "Thank you", proven="signature"), inbox=BIRDS)
    assert back.ticket == older


async def test_who_talks_with_us_now_is_answered_there_and_not_an_hour_later(world: World) -> None:
    perched = Inbound("perch:1", LOFT, "", "Are you there?", proven="signature")
    ticket = (await world.receive(perched, inbox=NOW)).ticket
    assert (await answer(world, ticket)).channel == PERCH.name
    world.clock.pass_(minutes=61)
    assert (await answer(world, ticket)).channel == PIGEON.name, "the same loft, by a bird that may begin"
    with pytest.raises(NotAllowedNow, match="too long ago"):
        await answer(world, ticket, channel=PERCH.name)


async def test_a_window_to_answer_is_of_the_loft_and_the_inbox_and_counts_in_each_of_their_tickets(
    world: World,
) -> None:
    ticket = await wei_with_a_loft(world)
    day = replace(world.house.can[PIGEON.name], starts=False, window=timedelta(hours=24))
    world.house = replace(world.house, can={**world.house.can, PIGEON.name: day})
    with pytest.raises(NotAllowedNow, match="we cannot begin"):
        await answer(world, ticket, channel=PIGEON.name)
    other = await world.receive(Inbound("bird:1", LOFT, "", "A cat is in our tree", proven="signature"), inbox=BIRDS)
    assert other.ticket != ticket
    assert (await answer(world, ticket, channel=PIGEON.name)).inbox == BIRDS
    world.clock.pass_(hours=23)
    assert (await answer(world, ticket, "And on Tuesday.", channel=PIGEON.name)).inbox == BIRDS
    world.clock.pass_(hours=1, minutes=1)
    with pytest.raises(NotAllowedNow, match="we cannot begin"):
        await answer(world, ticket, "And on Friday.", channel=PIGEON.name)


async def test_files_of_words_that_never_left_go_with_the_next(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    plan = await world.do(ANNA, upload, Blob("d" * 64, 1, b"x"), name="plan.pdf", type="application/pdf")
    held = await answer(world, ticket, at=START + timedelta(hours=3), files=(plan.id,))
    with pytest.raises(BadInput, match="was sent already"):
        await answer(world, ticket, files=(plan.id,))
    await world.do(ANNA, waiting.withdraw, held.id, house=world.house)
    assert (await answer(world, ticket, files=(plan.id,))).attachments == (plan,)


# ---------------------------------------------------------------- later, or not at all


async def test_a_scheduled_answer_waits_unseen_by_every_sender_and_counts_when_it_leaves(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    held = await answer(world, ticket, at=START + timedelta(hours=3), status=Status.WAITING)
    assert held.delivery is Delivery.SCHEDULED
    waits = await world.ticket(ticket)
    assert (waits.status, waits.first_answered_at) == (Status.NEW, None), "nobody has our word yet"
    world.clock.pass_(hours=2)
    assert await ring(world) == 0
    assert await claimed(world) == []
    world.clock.pass_(hours=1, seconds=1)
    assert await ring(world) >= 1
    assert await claimed(world) == ["Come on Monday."]
    answered = await world.ticket(ticket)
    assert answered.status is Status.WAITING
    assert answered.first_answered_at is not None
    assert answered.first_answered_at >= START + timedelta(hours=3)


async def test_a_scheduled_answer_stops_when_the_person_writes_first(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    held = await answer(world, ticket, at=START + timedelta(hours=3), status=Status.SOLVED)
    number = (await world.ticket(ticket)).number
    assert (await world.mail(f"Wait, about {number}", proven="dmarc")).ticket == ticket
    assert (await message(world, held.id)).delivery is Delivery.WITHDRAWN
    [told] = await said(world, "reply.withdrawn")
    assert (told["why"], told["author"]) == ("they_wrote", ANNA)
    world.clock.pass_(hours=4)
    await ring(world)
    assert await claimed(world) == []
    assert (await world.ticket(ticket)).status is not Status.SOLVED


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_nothing_scheduled_leaves_after_they_wrote_again(seed: int, world: World) -> None:
    dice = random.Random(seed)
    ticket = await wei_with_a_loft(world)
    number = (await world.ticket(ticket)).number
    pending: dict[str, MessageId] = {}
    over: set[str] = set()
    left = 0
    for step in range(40):
        match dice.choice(["schedule", "schedule", "they write", "time passes", "take back", "a sender looks"]):
            case "schedule":
                at = world.clock() + timedelta(minutes=dice.randint(1, 90))
                pending[f"words {step}"] = (await answer(world, ticket, f"words {step}", at=at)).id
            case "they write":
                await world.mail(f"Again, {number}", proven="dmarc")
                over |= pending.keys()
                pending = {}
            case "time passes":
                world.clock.pass_(minutes=dice.randint(10, 60))
                await ring(world)
            case "take back" if pending:
                words = dice.choice(sorted(pending))
                with suppress(NotAllowedNow):
                    await world.do(ANNA, waiting.withdraw, pending[words], house=world.house)
                    over.add(words)
                    del pending[words]
            case _:
                gone = set(await claimed(world))
                assert gone & over == set()
                left += len(gone)
                pending = {words: id for words, id in pending.items() if words not in gone}
    assert left + len(over), "nothing happened"


async def test_a_machine_that_writes_first_stops_nothing(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    held = await answer(world, ticket, at=START + timedelta(hours=3))
    number = (await world.ticket(ticket)).number
    await world.mail(f"I am away. {number}", proven="dmarc", automatic="auto-replied")
    assert (await message(world, held.id)).delivery is Delivery.SCHEDULED


async def test_an_answer_can_be_taken_back_for_some_seconds_and_never_leaves_then(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    held = await answer(world, ticket, undo=timedelta(seconds=10), status=Status.SOLVED)
    assert (held.delivery, held.hold) == (Delivery.SCHEDULED, "undo")
    taken = await world.do(ANNA, waiting.withdraw, held.id, house=world.house)
    assert taken.delivery is Delivery.WITHDRAWN
    world.clock.pass_(seconds=11)
    await ring(world)
    assert await claimed(world) == []
    back = await world.ticket(ticket)
    assert (back.status, back.first_answered_at) == (Status.NEW, None)
    with pytest.raises(NotAllowedNow, match="not waiting any more"):
        await world.do(ANNA, waiting.withdraw, held.id, house=world.house)


@pytest.mark.parametrize("after", ["solved", "on_hold"])
async def test_an_answer_that_leaves_later_undoes_nothing_that_was_done_to_its_ticket_meanwhile(
    after: str, world: World
) -> None:
    """Send and wait, then solve: the later wish counts, whenever the answer leaves."""
    house, ticket = world.house, await wei_with_a_loft(world)
    await answer(world, ticket, undo=timedelta(seconds=10), status=Status.WAITING)
    if after == "solved":
        await world.do(ANNA, lifecycle.solve, ticket, house=house)
    else:
        await world.do(ANNA, lifecycle.set_status, ticket, to=Status.ON_HOLD, house=house)
    world.clock.pass_(seconds=11)
    await ring(world)
    assert await claimed(world) == ["Come on Monday."]
    left = await world.ticket(ticket)
    assert (left.status, left.awaiting_since) == (Status(after), None)


async def test_of_two_answers_that_leave_later_the_one_that_was_written_last_says_where_the_ticket_stands(
    world: World,
) -> None:
    ticket = await wei_with_a_loft(world)
    await answer(world, ticket, at=START + timedelta(hours=3), status=Status.ON_HOLD)
    await answer(world, ticket, undo=timedelta(seconds=10), status=Status.WAITING)
    await answer(world, ticket, undo=timedelta(seconds=10), status=Status.SOLVED)
    world.clock.pass_(seconds=11)
    await ring(world)
    assert (await world.ticket(ticket)).status is Status.SOLVED
    world.clock.pass_(hours=4)
    await ring(world)
    assert len(await claimed(world)) == 3
    assert (await world.ticket(ticket)).status is Status.SOLVED, "the eldest wish, though it leaves last"


async def test_a_way_whose_words_are_gone_at_once_holds_none_back(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    assert (await answer(world, ticket, channel=PIGEON.name, undo=timedelta(seconds=10))).delivery is Delivery.QUEUED


async def test_another_time_or_at_once(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    held = await answer(world, ticket, at=START + timedelta(hours=3))
    await world.do(ANNA, waiting.postpone_to, held.id, at=START + timedelta(hours=5))
    world.clock.pass_(hours=4)
    await ring(world)
    assert await claimed(world) == []
    await world.do(ANNA, waiting.send_now, held.id, house=world.house)
    assert await claimed(world) == ["Come on Monday."]


async def test_nobody_outside_the_ticket_touches_an_answer_that_waits(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    held = await answer(world, ticket, at=START + timedelta(hours=3))
    deeds: list[Callable[[], Awaitable[Any]]] = [
        lambda: world.do(BEN, waiting.withdraw, held.id, house=world.house),
        lambda: world.do(BEN, waiting.send_now, held.id, house=world.house),
        lambda: world.do(BEN, waiting.postpone_to, held.id, at=START + timedelta(hours=5)),
    ]
    for deed in deeds:
        with pytest.raises(NotFound):
            await deed()


async def test_their_hours_are_asked_again_when_its_time_has_come(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    held = await answer(world, ticket, at=START + timedelta(hours=3))
    evening = Profile(do_not=(DoNot(Contacting.WRITING, before=20 * 60),))
    await world.do(ANNA, people.change_person, await whose(world, ticket), evening)
    world.clock.pass_(hours=3, seconds=1)
    await ring(world)
    assert await claimed(world) == []
    assert (await message(world, held.id)).send_at == START.replace(hour=20)
    world.clock.pass_(hours=8)
    await ring(world)
    assert await claimed(world) == ["Come on Monday."]


async def test_who_asks_for_nothing_meanwhile_gets_nothing_and_an_agent_is_told(world: World) -> None:
    ticket = await wei_with_a_loft(world)
    held = await answer(world, ticket, at=START + timedelta(hours=3))
    none = Profile(do_not=(DoNot(Contacting.ANY),))
    await world.do(ANNA, people.change_person, await whose(world, ticket), none)
    world.clock.pass_(hours=3, seconds=1)
    await ring(world)
    assert (await message(world, held.id)).delivery is Delivery.WITHDRAWN
    assert [told["why"] for told in await said(world, "reply.withdrawn")] == ["barred"]


async def test_what_waited_in_a_ticket_that_was_merged_or_closed_never_leaves(world: World) -> None:
    ticket, other = await wei_with_a_loft(world), (await world.mail(proven="dmarc")).ticket
    await answer(world, ticket, at=START + timedelta(hours=3))
    await world.do(SUE, lifecycle.merge, ticket, into=other, house=world.house)
    await answer(world, other, at=START + timedelta(hours=3))
    await world.do(SUE, lifecycle.close, other)
    world.clock.pass_(hours=4)
    await ring(world)
    assert await claimed(world) == []
    assert [told["why"] for told in await said(world, "reply.withdrawn")] == ["merged", "closed"]
