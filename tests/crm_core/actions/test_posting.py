"""A letter on its way out: until it is printed its author may take it back; each step of the paper is on record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crm_core.actions import delivery, importing, posting, reply, waiting
from crm_core.actions.housekeeping import take_lease
from crm_core.actions.reply import Draft
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound
from crm_core.model.ids import InboxId, MessageId, TicketId
from crm_core.model.inbox import Capabilities, Inbox
from crm_core.model.message import Delivery, Inbound, Message, Receipt
from crm_core.queries import posting as letters
from tests.world import ANNA, BEN, IMPORTER, PARKING, START, SUE, World

LETTERS = InboxId("i-letters")
HOME = Address("post", "12 Elm Row\nLarkhaven, LK 04431")
SENDER = Actor.worker("sender")


@pytest.fixture
async def mailroom(world: World) -> World:
    paper = Capabilities(files=False, threads=True, entered=True, posted=True)
    inbox = Inbox(LETTERS, "letter", "Mailroom", PARKING, None, {}, active=True, created_at=START)
    await world.desk.do(IMPORTER, importing.import_values, [inbox])
    world.house = replace(
        world.house,
        inboxes=world.house.inboxes | {LETTERS: inbox},
        can={**world.house.can, "letter": paper},
        schemes={**world.house.schemes, "letter": "post"},
    )
    return world


async def answered(mailroom: World, number: int = 1) -> tuple[TicketId, MessageId]:
    """Somebody wrote a letter, and Anna's answer lies before the printer."""
    came = await mailroom.receive(
        Inbound(
            f"scan:{number}", replace(HOME, value=f"{number} {HOME.value}"), "Margaret Doyle", "My income changed."
        ),
        inbox=LETTERS,
    )
    sent: Message = await mailroom.do(
        ANNA, reply.reply, came.ticket, Draft(text="Dear Mrs Doyle, …"), house=mailroom.house
    )
    assert sent.channel == "letter", "where they wrote last is where the answer goes"
    lease = await mailroom.desk.do(SENDER, take_lease, "sender", holder="tests", seconds=60)
    assert lease is not None
    [parcel] = await mailroom.desk.do(SENDER, delivery.claim, lease=lease, house=mailroom.house)
    await mailroom.desk.do(
        SENDER, delivery.record, parcel.outbound.message, Receipt(Delivery.TO_PRINT), house=mailroom.house
    )
    return came.ticket, sent.id


async def stands(mailroom: World, id: MessageId) -> Delivery:
    async def read(tx: Any) -> Delivery:
        found: Message = await tx.get(Message, id)
        return found.delivery

    found: Delivery = await mailroom.desk.ask(IMPORTER, read)
    return found


async def page(mailroom: World, who: Any = ANNA, limit: int = 50, cursor: str | None = None) -> letters.Page:
    found: letters.Page = await mailroom.ask(
        who, letters.waiting, LETTERS, house=mailroom.house, limit=limit, cursor=cursor
    )
    return found


async def test_it_is_printed_posted_and_gone_from_the_list(mailroom: World) -> None:
    ticket, id = await answered(mailroom)
    [waits] = (await page(mailroom)).items
    assert (waits.outbound.to_name, waits.outbound.to.value.splitlines()[1]) == (
        "Margaret Doyle",
        "Larkhaven, LK 04431",
    )
    assert waits.outbound.reply_token
    [sheet] = await mailroom.ask(ANNA, letters.sheets, [id], house=mailroom.house)
    assert sheet == waits.outbound
    await mailroom.do(ANNA, posting.print_letters, (id,))
    await mailroom.do(ANNA, posting.print_letters, (id,))
    assert await stands(mailroom, id) is Delivery.PRINTED
    await mailroom.do(ANNA, posting.spoil_letters, (id,))
    assert await stands(mailroom, id) is Delivery.TO_PRINT
    await mailroom.do(ANNA, posting.print_letters, (id,))
    await mailroom.do(ANNA, posting.post_letters, (id,))
    assert await stands(mailroom, id) is Delivery.SENT
    assert (await page(mailroom)).items == ()
    told = [event.facts["delivery"] for event in await mailroom.events() if event.type == "message.delivery"]
    assert told == ["sending", "to_print", "printed", "to_print", "printed", "sent"]
    with pytest.raises(NotAllowedNow):
        await mailroom.ask(ANNA, letters.sheets, [id], house=mailroom.house)
    assert (await mailroom.ticket(ticket)).awaiting_since is None


async def test_until_it_is_printed_it_can_be_taken_back_and_they_wait_for_our_word_again(mailroom: World) -> None:
    ticket, id = await answered(mailroom)
    await mailroom.do(ANNA, waiting.withdraw, id, house=mailroom.house)
    assert await stands(mailroom, id) is Delivery.WITHDRAWN
    assert (await mailroom.ticket(ticket)).awaiting_since is not None
    with pytest.raises(NotAllowedNow):
        await mailroom.do(ANNA, posting.print_letters, (id,))
    _, other = await answered(mailroom, 2)
    await mailroom.do(ANNA, posting.print_letters, (other,))
    with pytest.raises(NotAllowedNow):
        await mailroom.do(ANNA, waiting.withdraw, other, house=mailroom.house)


async def test_a_batch_is_all_or_none_and_nobody_prints_what_they_may_not_see(mailroom: World) -> None:
    ids = [(await answered(mailroom, number))[1] for number in (1, 2, 3)]
    await mailroom.do(SUE, posting.print_letters, (ids[0],))
    with pytest.raises(NotAllowedNow):
        await mailroom.do(ANNA, posting.post_letters, (ids[0], ids[1]))
    assert await stands(mailroom, ids[0]) is Delivery.PRINTED
    for wrong, refused in ((tuple(ids), NotFound), ((), BadInput)):
        with pytest.raises(refused):
            await mailroom.do(BEN, posting.print_letters, wrong)
    with pytest.raises(NotFound):
        await mailroom.ask(BEN, letters.sheets, [ids[1]], house=mailroom.house)
    assert (await page(mailroom, BEN)).items == ()
    first = await page(mailroom, limit=2)
    rest = await page(mailroom, limit=2, cursor=first.next)
    assert [one.message.id for one in (*first.items, *rest.items)] == ids
    assert rest.next is None
