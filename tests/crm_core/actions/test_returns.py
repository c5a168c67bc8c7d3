"""An answer comes back as a message: it failed, another way is taken, and nobody who cannot show our signature does that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crm_core.actions import consents, delivery
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.consent import Wish
from crm_core.model.errors import NotAllowedNow
from crm_core.model.ids import MessageId, TicketId
from crm_core.model.message import Delivery, Direction, Inbound, Message, Receipt, Returned, Returning
from crm_core.model.ticket import Status
from crm_core.queries import ways
from crm_core.rules import signs
from crm_core.rules.ways import Bar
from tests.channels.toy.channel import PIGEON
from tests.crm_core.actions.test_any_channel import answer, claimed, message, ring, said, wei_with_a_loft, with_birds
from tests.world import ANNA, World, inbound

SENDER = Actor.worker("sender")
WEI = Address.mail("wei@example.org")


@pytest.fixture
def world(world: World) -> World:
    return with_birds(world)


async def sent_by_mail(world: World, *, loft: bool = True) -> tuple[TicketId, Message]:
    """Anna's answer left by mail, and its relay took it."""
    ticket = await wei_with_a_loft(world) if loft else (await world.mail(proven="dmarc")).ticket
    made = await answer(world, ticket, channel="email", status=Status.WAITING)
    world.clock.pass_(seconds=11)
    await ring(world)
    await claimed(world)
    sent = await world.desk.do(SENDER, delivery.record, made.id, Receipt(Delivery.SENT), house=world.house)
    assert sent.delivery is Delivery.SENT
    return ticket, sent


def report(*, about: str, who: Address = WEI, number: int = 90, **hints: object) -> Inbound:
    """A report as the channel reads it."""
    back = Returned((about,), (who,), "550 5.1.1 User unknown")
    made = inbound("It could not be delivered.", number=number, sender="mailer-daemon@mx.example.org")
    return replace(made, sender_name="Mail Delivery System", automatic="bounce", returned=back, **hints)  # type: ignore[arg-type]


async def test_an_answer_that_came_back_failed_and_goes_another_way(world: World) -> None:
    ticket, sent = await sent_by_mail(world)
    assert sent.wire_id
    received = await world.receive(report(about=sent.wire_id))
    assert received.ticket == ticket
    failed = await message(world, sent.id)
    assert (failed.delivery, failed.delivery_reason) == (Delivery.FAILED, "550 5.1.1 User unknown")
    assert failed.plan
    assert failed.plan.instead
    instead = await message(world, failed.plan.instead)
    assert (instead.channel, instead.text) == (PIGEON.name, sent.text)
    assert [told["failed"] for told in await said(world, "reply.instead")] == [sent.id]


async def test_the_report_stands_as_a_note_beside_it_and_makes_nobody_a_customer(world: World) -> None:
    _, sent = await sent_by_mail(world)
    before = len(await said(world, "customer.created"))
    received = await world.receive(report(about=sent.wire_id or ""))
    note = await message(world, received.message)
    assert (note.direction, note.sender, note.conversation) == (Direction.NOTE, "Mail Delivery System", None)
    assert note.flags == ("returned",)
    assert len(await said(world, "customer.created")) == before
    assert len(await said(world, "ticket.opened")) == 1


async def test_where_there_is_no_other_way_the_ticket_is_open_again_for_its_agent(world: World) -> None:
    ticket, sent = await sent_by_mail(world, loft=False)
    assert (await world.ticket(ticket)).status is Status.WAITING
    await world.receive(report(about=sent.wire_id or ""))
    opened = await world.ticket(ticket)
    assert (opened.status, opened.assignee) == (Status.OPEN, ANNA)
    assert [told["why"] for told in await said(world, "reply.lost")] == ["no_other_way"]


async def test_the_token_of_the_way_back_is_evidence_where_the_report_names_no_mail(world: World) -> None:
    ticket, sent = await sent_by_mail(world)
    assert sent.conversation
    token = signs.sign_token(world.house.keys[0], sent.conversation)
    received = await world.receive(report(about="<lost@example.org>", tokens=(token,)))
    assert received.ticket == ticket
    assert (await message(world, sent.id)).delivery is Delivery.FAILED


async def test_a_stop_that_they_tell_us_after_a_complaint_is_kept_and_holds_whatever_they_write(world: World) -> None:
    ticket, sent = await sent_by_mail(world)
    await world.receive(complaint(about=sent.wire_id or ""))
    assert sent.address
    assert sent.inbox
    told = consents.Said(address=sent.address, inbox=sent.inbox, wish=Wish.STOP, reason="On the telephone.")
    whose = (await world.ticket(ticket)).customer
    world.clock.pass_(minutes=1)
    await world.do(ANNA, consents.write_down, whose, told, house=world.house)
    world.clock.pass_(minutes=1)
    await world.mail("And one thing more.", proven="dmarc", references=(sent.wire_id or "",))
    assert (await bars(world, ticket))["email"] is Bar.OPTED_OUT
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, consents.write_down, whose, told, house=world.house)


@pytest.mark.parametrize("forged", ["no signature", "another message", "another person", "another token"])
async def test_a_forged_report_silences_nobody(world: World, forged: str) -> None:
    ticket, sent = await sent_by_mail(world)
    assert sent.wire_id
    other = signs.message_id(b"x" * 32, MessageId(sent.id), domain="larkhaven.example")
    tricks = {
        "no signature": report(about=other),
        "another message": report(about="<mail-1@example.org>"),
        "another person": report(about=sent.wire_id, who=Address.mail("ana@example.org")),
        "another token": report(about="<lost@example.org>", tokens=(signs.sign_token(b"x" * 32, sent.conversation),)),  # type: ignore[arg-type]
    }
    received = await world.receive(tricks[forged])
    assert received.ticket != ticket, "it is a contact like any other, for a person to look at"
    assert (await message(world, sent.id)).delivery is Delivery.SENT
    assert await said(world, "reply.instead") == await said(world, "reply.lost") == []


async def test_a_report_that_comes_twice_or_in_other_words_sends_nothing_again(world: World) -> None:
    ticket, sent = await sent_by_mail(world)
    first = report(about=sent.wire_id or "")
    once, again = await world.receive(first), await world.receive(first)
    assert again.repeat
    assert again.message == once.message
    later = await world.receive(report(about=sent.wire_id or "", number=91))
    assert later.ticket == ticket
    assert len(await said(world, "reply.instead")) == 1


async def test_what_is_on_its_way_anew_is_not_stopped_by_an_older_report(world: World) -> None:
    _, sent = await sent_by_mail(world, loft=False)
    await world.receive(report(about=sent.wire_id or ""))
    await world.do(ANNA, delivery.choose, sent.id, choice="resend", house=world.house)
    await world.receive(report(about=sent.wire_id or "", number=91))
    assert (await message(world, sent.id)).delivery is Delivery.QUEUED


# ---------------------------------------------------------------- complaints


def complaint(*, about: str, who: tuple[Address, ...] = (), number: int = 92) -> Inbound:
    """A report that somebody marked a message as spam, as the channel reads it."""
    made = report(about=about, number=number)
    return replace(made, automatic="complaint", returned=Returned((about,), who, "abuse", Returning.COMPLAINT))


async def bars(world: World, ticket: TicketId) -> dict[str, object]:
    found = await world.ask(ANNA, ways.offered, ticket, house=world.house)
    return {way.inbox.channel: way.bar for way in found.ways}


async def test_a_complaint_stands_beside_the_message_and_its_reader_gets_no_more_of_them(world: World) -> None:
    ticket, sent = await sent_by_mail(world)
    received = await world.receive(complaint(about=sent.wire_id or ""))
    note = await message(world, received.message)
    assert (received.ticket, note.direction, note.flags) == (ticket, Direction.NOTE, ("complaint: abuse",))
    assert (await message(world, sent.id)).delivery is Delivery.SENT, "it did arrive"
    assert await said(world, "reply.instead") == await said(world, "reply.lost") == []
    assert len(await said(world, "consent.stopped")) == 1
    assert len(await said(world, "ticket.opened")) == 1
    assert (await bars(world, ticket))["email"] is Bar.OPTED_OUT


async def test_a_second_complaint_is_noted_and_says_no_more(world: World) -> None:
    _, sent = await sent_by_mail(world)
    for number in (92, 93):
        await world.receive(complaint(about=sent.wire_id or "", number=number))
    assert len(await said(world, "consent.stopped")) == 1
    assert len(await said(world, "note.added")) == 2


async def test_whoever_writes_again_after_a_complaint_is_answered(world: World) -> None:
    ticket, sent = await sent_by_mail(world)
    await world.receive(complaint(about=sent.wire_id or ""))
    world.clock.pass_(minutes=1)
    again = await world.mail("And one thing more.", proven="dmarc", references=(sent.wire_id or "",))
    assert again.ticket == ticket
    assert (await bars(world, ticket))["email"] is None


@pytest.mark.parametrize("forged", ["no signature", "another person", "only the conversation"])
async def test_a_complaint_without_our_signature_is_a_contact_and_silences_nobody(world: World, forged: str) -> None:
    ticket, sent = await sent_by_mail(world)
    assert sent.conversation
    token = signs.sign_token(world.house.keys[0], sent.conversation)
    tricks = {
        "no signature": complaint(about=signs.message_id(b"x" * 32, MessageId(sent.id), domain="larkhaven.example")),
        "another person": complaint(about=sent.wire_id or "", who=(Address.mail("ana@example.org"),)),
        "only the conversation": replace(complaint(about="<lost@example.org>"), tokens=(token,)),
    }
    await world.receive(tricks[forged])
    assert await said(world, "consent.stopped") == []
    assert (await bars(world, ticket))["email"] is None


@pytest.mark.parametrize(
    "hidden", ["redacted@example.net", "redacted-address@yahoo.example", f"{'4f' * 20}@feedback.example"]
)
async def test_a_provider_that_hides_who_complained_is_believed_by_the_message_s_own_id(
    world: World, hidden: str
) -> None:
    _, sent = await sent_by_mail(world)
    await world.receive(complaint(about=sent.wire_id or "", who=(Address.mail(hidden),)))
    assert len(await said(world, "consent.stopped")) == 1
