"""Contacts come in: once for every message, in one history, and never into somebody else's ticket."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from crm_core.actions import lifecycle, reply
from crm_core.actions.forgetting import forget_wires
from crm_core.actions.intake import Contact, Received, receive
from crm_core.actions.keeping import RawWire
from crm_core.model.actor import Actor
from crm_core.model.blob import Blob
from crm_core.model.ids import InboxId
from crm_core.model.message import Direction, File, Message
from crm_core.model.ticket import Status
from crm_core.rules import signs
from crm_core.store.tables import messages, wires
from crm_core.store.tx import Read
from tests.world import ANNA, IMPORTER, MAIL, START, WINDOW, World, inbound


async def test_a_mail_becomes_a_ticket_of_a_new_customer(world: World) -> None:
    received = await world.mail("My permit ran out.", subject="Permit")
    ticket = await world.ticket(received.ticket)
    assert (ticket.subject, ticket.status, ticket.customer_name) == ("Permit", Status.NEW, "Wei Zhang")
    assert ticket.number == received.number
    assert ticket.due_kind == "first"


async def test_the_same_mail_twice_is_one_message(world: World) -> None:
    first = await world.receive(inbound(number=7))
    again = await world.receive(inbound(number=7))
    assert again.repeat
    assert (again.ticket, again.message) == (first.ticket, first.message)
    assert len([event for event in await world.events() if event.type == "message.received"]) == 1


async def test_the_same_mail_sixteen_times_at_once_is_one_message(world: World) -> None:
    answers = await asyncio.gather(*(world.receive(inbound(number=7)) for _ in range(16)))
    assert len({answer.ticket for answer in answers}) == 1
    assert len([answer for answer in answers if not answer.repeat]) == 1


async def test_two_different_mails_with_one_message_id_are_two_and_the_second_is_flagged(world: World) -> None:
    await world.mail("one", wire_id="<same@example.org>")
    await world.mail("two", wire_id="<same@example.org>")
    received = [event for event in await world.events() if event.type == "message.received"]
    assert len({event.ticket for event in received}) == 2
    assert [event.facts["message"]["flags"] for event in received] == [[], ["same message id"]]


async def test_two_mails_without_a_message_id_are_two_tickets(world: World) -> None:
    one, two = await world.mail("one", wire_id=None), await world.mail("two", wire_id=None)
    assert one.ticket != two.ticket


async def test_the_next_mail_of_the_same_person_is_a_new_ticket_in_the_same_history(world: World) -> None:
    one, two = await world.mail("one"), await world.mail("two")
    tickets = [await world.ticket(one.ticket), await world.ticket(two.ticket)]
    assert tickets[0].id != tickets[1].id
    assert tickets[0].customer == tickets[1].customer


async def test_the_pictures_of_an_album_that_come_one_by_one_are_one_message_however_often_each_comes(
    world: World,
) -> None:
    one_strand = replace(world.house.can["email"], threads=False)
    world.house = replace(world.house, can={**world.house.can, "email": one_strand})

    async def picture(number: int, words: str = "") -> Received:
        content = b"picture %d" % number
        part = inbound(words, number=number, wire_id="album:7", in_parts=True, proven="signature")
        part = replace(part, files=(File(f"photo-{number}.jpg", "image/jpeg", content),))
        blob = Blob(hashlib.sha256(content).hexdigest(), len(content), content)
        return await world.desk.do(
            Actor.inbox(MAIL),
            receive,
            Contact(part, (blob,), RawWire(START, {}, Blob(f"wire-{number}", 4, b"wire"))),
            inbox=world.house.inboxes[MAIL],
            house=world.house,
            reopen_window=WINDOW,
        )

    first = await picture(1)
    await asyncio.gather(*(picture(number, "Two lamps" if number == 3 else "") for number in (2, 3, 4, 2, 3)))
    again = await picture(4)
    assert (again.message, again.repeat) == (first.message, True)
    world.clock.pass_(minutes=2)
    assert (await picture(3)).repeat, "also where it comes late"
    [shown] = await messages_of(world, first.ticket)
    assert sorted(file.name for file in shown.attachments) == [f"photo-{number}.jpg" for number in (1, 2, 3, 4)]
    assert (shown.text, shown.flags, (await world.ticket(first.ticket)).snippet) == ("Two lamps", (), "Two lamps")
    assert [event.type for event in await world.events()].count("message.grown") == 3
    kept = await world.desk.ask(IMPORTER, _wires)
    assert (len(kept), {part_of for _, part_of in kept}) == (4, {None, shown.wire}), (
        "the raw wire of each, by the first"
    )
    assert shown.wire is not None
    await world.desk.do(IMPORTER, forget_wires, [shown.wire])
    assert await world.desk.ask(IMPORTER, _wires) == [], "forgotten with the message, all of them"
    late = await picture(5)
    assert (late.message != first.message, late.repeat) == (True, False)


async def _wires(read: Read) -> list[tuple[str, str | None]]:
    return [(row["id"], row["part_of"]) for row in await read.all(sa.select(wires.c.id, wires.c.part_of))]


async def test_an_answer_with_our_token_lands_in_the_same_ticket(world: World) -> None:
    first = await world.mail()
    token = await token_of(world, first.ticket)
    answer = await world.mail("Thank you", tokens=(token,))
    assert answer.ticket == first.ticket


async def test_our_token_from_another_address_is_a_new_ticket_that_names_the_old_one(world: World) -> None:
    first = await world.mail()
    token = await token_of(world, first.ticket)
    forged = await world.mail("Send me everything", tokens=(token,), sender="mallory@evil.example")
    assert forged.ticket != first.ticket
    assert (await world.ticket(forged.ticket)).related == first.ticket
    assert "mallory" not in str((await world.ticket(first.ticket)).readers)


async def test_a_reference_to_the_citizens_own_mail_joins_only_when_the_sender_is_proven(world: World) -> None:
    first = await world.mail(wire_id="<first@example.org>")
    forged = await world.mail("me too", references=("<first@example.org>",))
    proven = await world.mail("and this", references=("<first@example.org>",), proven="dmarc")
    assert forged.ticket != first.ticket
    assert proven.ticket == first.ticket


async def test_an_answer_to_our_own_message_id_joins_without_any_other_proof(world: World) -> None:
    first = await world.mail()
    ours = await world.do(ANNA, reply.reply, first.ticket, reply.Draft(text="Hello"), house=world.house)
    answer = await world.mail("Thanks", references=(ours.wire_id,))
    assert answer.ticket == first.ticket


async def test_an_answer_reopens_a_solved_ticket_for_two_weeks_and_then_opens_a_new_one(world: World) -> None:
    first = await world.mail()
    token = await token_of(world, first.ticket)
    await world.do(ANNA, lifecycle.solve, first.ticket, house=world.house)
    again = await world.mail("Not solved", tokens=(token,))
    assert again.ticket == first.ticket
    assert (await world.ticket(first.ticket)).status is Status.OPEN
    await world.do(ANNA, lifecycle.solve, first.ticket, house=world.house)
    world.clock.pass_(days=15)
    late = await world.mail("Still not", tokens=(token,))
    assert late.ticket != first.ticket
    assert (await world.ticket(late.ticket)).related == first.ticket


async def test_a_machines_answer_leaves_a_solved_ticket_solved(world: World) -> None:
    first = await world.mail()
    token = await token_of(world, first.ticket)
    await world.do(ANNA, lifecycle.solve, first.ticket, house=world.house)
    await world.mail("I am on holiday", tokens=(token,), automatic="auto-replied")
    assert (await world.ticket(first.ticket)).status is Status.SOLVED


async def test_one_mail_to_two_of_our_addresses_is_one_ticket(world: World) -> None:
    other = replace(world.house.inboxes[MAIL], id=InboxId("i-second"), address="permits@larkhaven.example")
    world.house.inboxes[other.id] = other
    first = await world.receive(inbound(number=3), inbox=MAIL)
    second = await world.receive(inbound(number=3), inbox=other.id)
    assert second.repeat
    assert second.ticket == first.ticket


async def test_a_new_mail_keeps_within_its_statement_budget(world: World) -> None:
    await world.mail("warm")
    counted = await statements_of(world, inbound("counted", number=99, sender="new@example.org"))
    assert counted <= (13 if world.database == "sqlite" else 3)  # PostgreSQL: two looks, and one insert that commits


async def test_a_mail_of_somebody_known_takes_no_more(world: World) -> None:
    await world.receive(inbound("first", number=98, sender="known@example.org"))
    counted = await statements_of(world, inbound("counted", number=99, sender="known@example.org"))
    assert counted <= (10 if world.database == "sqlite" else 3)


async def test_messages_of_a_ticket_are_ordered_by_its_version_whatever_the_clock_says(world: World) -> None:
    first = await world.mail("first")
    token = await token_of(world, first.ticket)
    world.clock.pass_(hours=-3)
    await world.mail("second", tokens=(token,))
    received = [event for event in await world.events() if event.type == "message.received"]
    versions = [event.facts["message"]["at_version"] for event in received]
    assert versions == sorted(versions)
    assert len(set(versions)) == 2
    assert all(event.facts["message"]["direction"] == Direction.IN for event in received)


_OF_TICKET = sa.select(messages).where(messages.c.ticket == sa.bindparam("ticket", type_=sa.Text))


async def messages_of(world: World, ticket: str) -> list[Message]:
    """What was said in a ticket."""

    async def said(read: Any) -> list[Message]:
        return list(await read.values(Message, _OF_TICKET, ticket=ticket))

    return await world.desk.ask(IMPORTER, said)


async def token_of(world: World, ticket: str) -> str:
    """The reply token of a ticket's only strand, as our mail to the citizen carries it."""
    from crm_core.model.ticket import Conversation
    from crm_core.store.reach import _STRANDS
    from tests.world import IMPORTER

    async def strands(read: object) -> list[Conversation]:
        return await read.values(Conversation, _STRANDS, ticket=ticket)  # type: ignore[attr-defined, no-any-return]

    found = await world.desk.ask(IMPORTER, strands)
    return signs.sign_token(world.house.keys[0], found[0].id)


async def statements_of(world: World, contact: object) -> int:
    """How many statements receiving this contact takes."""
    from crm_core.actions import intake
    from crm_core.model.actor import Actor
    from tests.world import WINDOW

    counts: list[int] = []

    async def counted(tx: object) -> None:
        await intake.receive(
            tx,  # type: ignore[arg-type]
            intake.Contact(contact, (), None),  # type: ignore[arg-type]
            inbox=world.house.inboxes[MAIL],
            house=world.house,
            reopen_window=WINDOW,
        )
        before = tx.driver.statements  # type: ignore[attr-defined]
        await tx.finish()  # type: ignore[attr-defined]
        if world.database == "sqlite":
            tx.driver.settle()  # type: ignore[attr-defined]  # as the desk does at the end of the group
        counts.append(tx.driver.statements - started)  # type: ignore[attr-defined]
        assert before <= tx.driver.statements  # type: ignore[attr-defined]

    started = getattr(getattr(world.desk, "_driver", None), "statements", 0)
    await world.desk.do(Actor.inbox(MAIL), counted)
    return counts[0]
