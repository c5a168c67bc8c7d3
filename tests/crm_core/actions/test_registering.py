"""What staff enter at a counter or for a letter: one step, one ticket, the same promise as at any other door."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from crm_core.actions import importing, lifecycle, registering, uploads
from crm_core.actions.intake import Contact, Received
from crm_core.actions.people import Profile
from crm_core.actions.registering import Behalf, Entry
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.blob import Blob
from crm_core.model.errors import BadInput, Forbidden, NotAllowedNow, NotFound
from crm_core.model.ids import CustomerId, InboxId, TicketId
from crm_core.model.inbox import Capabilities, Inbox
from crm_core.model.message import Delivery, Direction, Inbound, Message
from crm_core.model.preferences import Need
from crm_core.model.ticket import Priority, Status
from crm_core.queries import customer, past, ticket, ways
from crm_core.rules import signs
from crm_core.store import tables
from tests.world import ANNA, BEN, IMPORTER, MAIL, PARKING, START, SUE, World

COUNTER, LETTERS, TEXTS = InboxId("i-counter"), InboxId("i-letters"), InboxId("i-texts")
PHONE = Address.phone("+15550142")


@pytest.fixture
async def hall(world: World) -> World:
    """The house with a counter and a mailroom."""
    person = Capabilities(files=True, threads=True, starts=False, replies=False, entered=True)
    inboxes = [
        Inbox(COUNTER, "counter", "City Hall", PARKING, None, {}, active=True, created_at=START),
        Inbox(LETTERS, "letter", "Mailroom", PARKING, None, {}, active=True, created_at=START),
    ]
    await world.desk.do(IMPORTER, importing.import_values, inboxes)
    world.house = replace(
        world.house,
        inboxes=world.house.inboxes | {one.id: one for one in inboxes},
        can={**world.house.can, "counter": person, "letter": replace(person, posted=True)},
        schemes={**world.house.schemes, "counter": "", "letter": "post"},
    )
    return world


async def enter(hall: World, entry: Entry, *, by: Any = ANNA, inbox: InboxId = COUNTER, **said: Any) -> Received:
    """Somebody enters it; `said` are fields of what was said."""
    words = {"text": "My permit ran out.", "external_id": "entry:0123456789abcdef", **said}
    inbound = Inbound(sender=Address("visit", words["external_id"]), sender_name="", **words)
    received: Received = await hall.do(
        by, registering.register, Contact(inbound, (), None), entry, inbox=inbox, house=hall.house
    )
    return received


WEI = Entry(profile=Profile(name="Wei Zhang"))


async def test_whoever_came_has_a_ticket_with_the_promise_that_a_mail_has(hall: World) -> None:
    mailed = await hall.ticket((await hall.mail()).ticket)
    came = await hall.ticket((await enter(hall, WEI)).ticket)
    assert (came.service, came.queue, came.priority, came.status) == (
        mailed.service,
        mailed.queue,
        mailed.priority,
        Status.NEW,
    )
    assert came.due_kind == mailed.due_kind == "first"
    assert came.resolution_due_at is not None
    assert mailed.resolution_due_at is not None
    assert abs(came.resolution_due_at - mailed.resolution_due_at).total_seconds() < 1


async def test_nobody_has_to_say_a_name_and_the_number_given_is_where_the_answer_goes(hall: World) -> None:
    received = await enter(hall, Entry(profile=Profile(), addresses=(PHONE,)))
    whole = await hall.ask(ANNA, ticket.whole, received.ticket)
    assert whole.customer.customer.name == ""
    assert [strand.address for strand in whole.strands] == [PHONE]
    [identity] = whole.customer.identities
    assert (identity.address, identity.proven) == (PHONE, False)


async def test_a_postal_address_that_was_given_at_the_counter_can_be_answered_by_letter_and_the_number_comes_first(
    hall: World,
) -> None:
    letters = replace(hall.house.can["letter"], starts=True, replies=True)
    texts = Capabilities(length=160)
    hall.house = replace(
        hall.house,
        inboxes={**hall.house.inboxes, TEXTS: Inbox(TEXTS, "text", "Texts", PARKING, None, {}, True, START)},
        can={**hall.house.can, "letter": letters, "text": texts},
        schemes={**hall.house.schemes, "text": "tel"},
    )
    box = Address("post", "4 Elm Row\nLarkhaven 70112")
    made = await enter(hall, replace(WEI, addresses=(PHONE, box)))
    found = await hall.ask(ANNA, ways.offered, made.ticket, house=hall.house)
    assert {(one.inbox.channel, one.address): one.open for one in found.ways} == {
        ("text", PHONE): True,
        ("letter", box): True,
    }
    assert found.usual is not None
    assert found.usual.address == PHONE


async def test_papers_that_were_seen_prove_the_number(hall: World) -> None:
    received = await enter(hall, replace(WEI, addresses=(PHONE,), papers=True))
    [identity] = (await hall.ask(ANNA, ticket.whole, received.ticket)).customer.identities
    assert (identity.proven, identity.evidence) == (True, "seen")


async def test_somebody_known_keeps_their_history_and_what_they_need_is_noted(hall: World) -> None:
    known = await hall.ticket((await hall.mail()).ticket)
    entry = Entry(customer=known.customer, profile=Profile(needs=(Need("large_print"),)))
    came = await hall.ticket((await enter(hall, entry)).ticket)
    assert came.customer == known.customer
    assert (await hall.ask(ANNA, customer.customer, known.customer)).wishes.needs == (Need("large_print"),)
    said = await hall.ask(ANNA, past.history, known.customer, limit=10, cursor=None)
    assert {one.channel for one in said.items} == {"email", "counter"}


async def test_a_number_that_another_holds_is_a_claim_beside_theirs_and_their_matters_stay_apart(hall: World) -> None:
    first = await enter(hall, replace(WEI, addresses=(PHONE,)), external_id="entry:first-0123456789")
    other = Entry(profile=Profile(name="Somebody Else"), addresses=(PHONE,))
    second = await enter(hall, other, external_id="entry:second-0123456789")
    customers = {(await hall.ticket(one.ticket)).customer for one in (first, second)}
    assert len(customers) == 2
    found = await hall.ask(ANNA, ways.offered, second.ticket, house=hall.house)
    assert [way for way in found.ways if way.open and way.address == PHONE] == []


async def test_pressed_twice_it_is_one_matter_of_one_person_with_its_file(hall: World) -> None:
    kept = await hall.do(ANNA, uploads.upload, Blob("d" * 64, 3, b"abc"), name="bill.pdf", type="application/pdf")
    entry = replace(WEI, files=(kept.id,))
    first, again = await enter(hall, entry), await enter(hall, entry)
    assert (first.ticket, first.repeat, again.repeat) == (again.ticket, False, True)

    async def people(read: Any) -> int:
        return len(await read.all(sa.select(tables.customers)))

    assert await hall.desk.ask(IMPORTER, people) == 1


async def test_solved_at_the_counter_it_waits_for_nobody_and_the_answer_stands_in_the_timeline(hall: World) -> None:
    received = await enter(hall, replace(WEI, solved="Renewed and paid. Here is your card."))
    solved = await hall.ticket(received.ticket)
    assert (solved.status, solved.assignee, solved.awaiting_since) == (Status.SOLVED, ANNA, None)
    assert solved.first_answered_at is not None
    told = await said_in(hall, received.ticket)
    assert [(one.direction, one.delivery) for one in told] == [
        (Direction.IN, Delivery.RECEIVED),
        (Direction.OUT, Delivery.DELIVERED),
    ]


async def test_whoever_speaks_for_another_says_how_that_one_agreed(hall: World) -> None:
    mother = await hall.ticket((await hall.mail()).ticket)
    unasked = replace(WEI, behalf=Behalf(other=mother.customer, role="daughter"))
    with pytest.raises(BadInput) as refused:
        await enter(hall, unasked)
    assert refused.value.problems[0].field == "consent"
    agreed = replace(WEI, behalf=Behalf(other=mother.customer, role="daughter", consent="signed form"))
    came = await hall.ticket((await enter(hall, agreed)).ticket)
    assert came.customer == mother.customer
    [(tie, daughter)] = (await hall.ask(ANNA, customer.customer, mother.customer)).relations
    assert (daughter.name, tie.consent, tie.holds(hall.clock())) == ("Wei Zhang", "signed form", True)


async def test_who_agreed_once_need_not_agree_again(hall: World) -> None:
    mother = await hall.ticket((await hall.mail()).ticket)
    agreed = replace(WEI, behalf=Behalf(other=mother.customer, consent="signed form"))
    await enter(hall, agreed)
    [(tie, _)] = (await hall.ask(ANNA, customer.customer, mother.customer)).relations
    again = Entry(customer=tie.customer, behalf=Behalf(other=mother.customer))
    await enter(hall, again, external_id="entry:another-day-0001")
    assert len((await hall.ask(ANNA, customer.customer, mother.customer)).relations) == 1


async def test_whoever_enters_it_sees_it_wherever_it_is_filed_and_others_of_their_team_do_not(hall: World) -> None:
    received = await enter(hall, WEI, by=BEN)  # Ben serves housing; this is parking's
    assert (await hall.ask(BEN, ticket.whole, received.ticket)).ticket.queue == PARKING
    mine = await enter(hall, WEI, text="Roof leaks", service="s-repair", external_id="entry:roof-0123456789")
    assert BEN not in (await hall.ticket(mine.ticket)).readers


async def test_files_that_were_uploaded_come_with_it_once(hall: World) -> None:
    kept = await hall.do(ANNA, uploads.upload, Blob("d" * 64, 3, b"abc"), name="bill.pdf", type="application/pdf")
    received = await enter(hall, replace(WEI, files=(kept.id,)))
    [came] = await said_in(hall, received.ticket)
    assert [file.name for file in came.attachments] == ["bill.pdf"]
    assert (await hall.ask(ANNA, ticket.file, kept.id)).name == "bill.pdf"
    with pytest.raises(BadInput):
        await enter(hall, replace(WEI, files=(kept.id,)), external_id="entry:second-0123456789")
    with pytest.raises(BadInput):
        await enter(hall, replace(WEI, files=(kept.id,)), by=SUE, external_id="entry:third-01234567890")


async def test_how_much_it_presses_is_said_at_once(hall: World) -> None:
    urgent = await hall.ticket((await enter(hall, replace(WEI, priority=Priority.URGENT))).ticket)
    assert urgent.priority is Priority.URGENT


async def test_a_letters_promise_runs_from_the_day_it_came(hall: World) -> None:
    friday = replace(WEI, received=date(2026, 11, 20))  # the world begins on Monday the 23rd
    came = await hall.ticket((await enter(hall, friday, inbox=LETTERS)).ticket)
    mailed = await hall.ticket((await hall.mail()).ticket)
    flags = [event.facts["message"]["flags"] for event in await hall.events() if event.type == "message.received"]
    assert flags[0] == ["received: 2026-11-20"], "its card says so"
    assert came.created_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert came.due_at == datetime(2026, 11, 20, 16, tzinfo=UTC)
    assert mailed.due_at is not None
    assert came.due_at < mailed.due_at
    with pytest.raises(BadInput):
        await enter(hall, friday, external_id="entry:who-stands-here-came-now")


async def test_a_letter_joins_the_matter_that_its_writer_found(hall: World) -> None:
    known = await hall.ticket((await hall.mail()).ticket)
    await hall.do(ANNA, lifecycle.solve, known.id, house=hall.house)
    entry = Entry(customer=known.customer, joins=known.id, received=date(2026, 11, 23))
    received = await enter(hall, entry, inbox=LETTERS)
    again = await hall.ticket(known.id)
    assert (received.ticket, again.status, again.channel) == (known.id, Status.OPEN, "letter")


async def test_the_code_on_our_letter_leads_a_letter_back_also_where_its_reader_may_not_look(hall: World) -> None:
    mailed = await hall.mail()
    [strand] = (await hall.ask(ANNA, ticket.whole, mailed.ticket)).strands
    code = signs.sign_token(hall.house.keys[0], strand.id)
    received = await enter(hall, Entry(code=code), by=BEN, inbox=LETTERS)
    assert received.ticket == mailed.ticket
    *_, came = await said_in(hall, mailed.ticket)
    assert (came.sender, came.proven, came.address) == ("Wei Zhang", True, strand.address)
    with pytest.raises(NotFound):
        await hall.ask(BEN, ticket.whole, mailed.ticket)
    forged = code[:-1] + ("1" if code.endswith("0") else "0")
    with pytest.raises(BadInput) as refused:
        await enter(hall, Entry(code=forged), by=BEN, inbox=LETTERS, external_id="entry:forged-0123456789")
    assert refused.value.problems[0].field == "code"


async def test_nobody_enters_into_what_they_cannot_see_and_nothing_where_nobody_stands(hall: World) -> None:
    known = await hall.ticket((await hall.mail()).ticket)
    with pytest.raises(NotFound):
        await enter(hall, Entry(customer=known.customer), by=BEN)
    with pytest.raises(NotFound):
        await enter(hall, replace(WEI, joins=known.id), by=BEN, inbox=LETTERS)
    with pytest.raises(NotFound):
        await enter(hall, WEI, inbox=MAIL)
    with pytest.raises(NotFound):
        await enter(hall, Entry(customer=CustomerId("nobody")))
    contact = Contact(Inbound("x", Address("visit", "x"), "", "x"), (), None)
    with pytest.raises(Forbidden):
        await hall.desk.do(Actor.inbox(COUNTER), registering.register, contact, WEI, inbox=COUNTER, house=hall.house)


async def test_a_counter_that_is_closed_takes_nothing(hall: World) -> None:
    shut = replace(hall.house.inboxes[COUNTER], active=False)
    hall.house = replace(hall.house, inboxes=hall.house.inboxes | {COUNTER: shut})
    with pytest.raises(NotAllowedNow):
        await enter(hall, WEI)


async def said_in(hall: World, id: TicketId) -> list[Message]:
    shown = await hall.ask(ANNA, ticket.timeline, id, before=1 << 60, limit=50)
    return [one for one in shown.items if isinstance(one, Message)]
