"""What happens in the state proof with answers that wait, stop, or go another way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from crm_core.actions import (
    acknowledging,
    addresses,
    checking,
    clock,
    consenting,
    delivery,
    forms,
    handouts,
    intake,
    lifecycle,
    pictures,
    reply,
    suspecting,
    tracking,
    waiting,
)
from crm_core.actions.suspecting import Wanted
from crm_core.actions.tracking import Asked
from crm_core.actions.uploads import upload
from crm_core.model.acknowledging import Acknowledging, Whom
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.blob import Blob, digest
from crm_core.model.check import Health, Judged, Verdict
from crm_core.model.consent import Wish
from crm_core.model.errors import Refusal
from crm_core.model.ids import AgentId, FileId, MessageId, ProofId, TicketId, fresh
from crm_core.model.message import Delivery, File, Message, Receipt, Returned, Returning
from crm_core.model.picture import named
from crm_core.model.queue import Queue
from crm_core.model.suspicion import ROOM, BlockKind
from crm_core.queries import timers
from crm_core.store.tables import files
from gateway.workers.clock import CLOCK
from tests.stories.proof.stage import GATEWAY, SENDER, Stage, act
from tests.world import ADA, FORM, MAIL, SUE, WINDOW, inbound

FAILED = Receipt(Delivery.FAILED, "no such mailbox")


async def _held(stage: Stage, who: AgentId, **when: float) -> Message:
    """An answer that is to leave later."""
    at = stage.house.clock() + timedelta(**when)
    held: Message = await stage.do(who, reply.reply, stage.any(), reply.Draft(text="Later.", at=at), house=stage.setup)
    return held


@act
async def acknowledged_until_it_pauses(stage: Stage, _: AgentId) -> None:
    """An inbox says what arrived by itself, until too much is asked for."""
    chosen = await stage.do(ADA, acknowledging.choose_acknowledging, MAIL, Acknowledging(Whom.EVERYBODY, most=1))
    stage.setup.inboxes[MAIL] = chosen
    for _again in range(3):
        await stage.receive("Is anybody there?", sender=f"nobody-{stage.fresh()}@example.org")
    silent = await stage.do(ADA, acknowledging.choose_acknowledging, MAIL, Acknowledging(Whom.NOBODY))
    stage.setup.inboxes[MAIL] = silent


@act
async def a_form_asks_to_confirm_and_who_only_claims_an_address_asks_for_a_code(stage: Stage, _: AgentId) -> None:
    await stage.do(ADA, forms.choose_forms, FORM, confirm=True, origins=["https://www.example.org"])
    await stage.do(ADA, forms.choose_forms, FORM, confirm=False, origins=[])
    sender = f"claims{stage.fresh()}@example.org"
    received = await stage.receive("Where is it?", door=FORM, sender=sender, proven=None)
    asked = Asked(received.number, Address.mail(sender))
    proof = fresh(ProofId, at=stage.house.clock())
    await stage.do(GATEWAY, tracking.ask_to_track, proof, asked, house=stage.setup)


@act
async def held_released_and_called_spam(stage: Stage, who: AgentId) -> None:
    """What looks like spam is held, goes on after all, is called spam, and is taken back."""
    await stage.do(ADA, suspecting.choose_suspecting, threshold=3, calendar=next(iter(stage.setup.calendars)))
    domain = f"x{stage.fresh()}.example"
    block = await stage.do(ADA, suspecting.add_block, Wanted(BlockKind.DOMAIN, domain, "floods us", 7))
    room = await stage.ask(ADA, _room)
    stage.setup.queues[ROOM] = room
    held = replace(stage.setup, suspecting=3, blocks=(block,))
    received = await stage.do(
        Actor.inbox(MAIL), intake.receive, intake.Contact(inbound("Buy", number=int(stage.fresh()), sender=f"a@{domain}"), (), None),
        inbox=stage.setup.inboxes[MAIL], house=held, reopen_window=WINDOW,
    )  # fmt: skip
    await stage.do(ADA, suspecting.release, received.ticket, house=stage.setup)
    await stage.do(ADA, suspecting.call_spam, received.ticket, why="it is")
    await stage.do(ADA, suspecting.release, received.ticket, house=stage.setup)
    await stage.do(ADA, suspecting.lift_block, block.id)


async def _room(read: Any) -> Queue:
    return await read.get(Queue, ROOM)  # type: ignore[no-any-return]


async def _comes_with_a_file(stage: Stage) -> Blob:
    """A mail to a ticket that is open somewhere brings a file that nobody has looked into."""
    words = f"a file {stage.fresh()}".encode()
    blob = Blob(digest(words), len(words), words, unchecked=True)
    sent = stage.one_of(message for message in stage.messages if message.ticket in stage.tickets[:5])
    came = inbound(
        "See the file.",
        number=int(stage.fresh()),
        sender=sent.address.value,
        references=(sent.wire_id,),
        files=(File("a.txt", "text/plain", words),),
    )
    await stage.do(
        Actor.inbox(MAIL), intake.receive, intake.Contact(came, (blob,), None),
        inbox=stage.setup.inboxes[MAIL], house=stage.setup, reopen_window=WINDOW,
    )  # fmt: skip
    return blob


async def _says(stage: Stage, blob: Blob, judged: Judged, found: str | None = None) -> None:
    await stage.do(EXAMINER, checking.keep_verdict, Verdict(blob.digest, judged, found), version="ClamAV")
    await stage.do(EXAMINER, checking.settle, blob.digest)


async def _held_with(stage: Stage, who: AgentId, blob: Blob) -> Message:
    """An answer that is to leave later, with a file that nobody has looked into."""
    mine = await stage.do(who, upload, blob, name="b.txt", type="text/plain")
    draft = reply.Draft(text="Later.", files=(mine.id,), at=stage.house.clock() + timedelta(days=1))
    where = stage.one_of(stage.tickets[:5])
    held: Message = await stage.do(who, reply.reply, where, draft, house=stage.setup)
    return held


@act
async def a_file_is_passed(stage: Stage, who: AgentId) -> None:
    """In a mail that came, and in answers that wait for it: one of them is taken back meanwhile."""
    blob = await _comes_with_a_file(stage)
    await _held_with(stage, who, blob)
    back = await _held_with(stage, who, blob)
    await stage.do(who, waiting.withdraw, back.id, house=stage.setup)
    await stage.do(EXAMINER, checking.look_later, blob.digest, tries=0)
    await _says(stage, blob, Judged.CLEAN)


@act
async def a_file_is_blocked(stage: Stage, who: AgentId) -> None:
    blob = await _comes_with_a_file(stage)
    await _held_with(stage, who, blob)
    await _says(stage, blob, Judged.BLOCKED, "Test.Signature")
    stage.blocked.append(blob)


@act
async def a_blocked_file_is_released(stage: Stage, _: AgentId) -> None:
    blob = stage.one_of(stage.blocked)
    stage.blocked.remove(blob)
    await stage.do(ADA, checking.release, await stage.ask(EXAMINER, _file_of, blob.digest))
    await stage.do(EXAMINER, checking.settle, blob.digest)


@act
async def nobody_looks_into_files_any_more(stage: Stage, who: AgentId) -> None:
    words = f"a file {stage.fresh()}".encode()
    blob = Blob(digest(words), len(words), words, unchecked=True)
    await stage.do(who, upload, blob, name="c.txt", type="text/plain")
    await stage.do(EXAMINER, checking.let_all)
    away = Health(since=stage.house.clock())
    await stage.do(EXAMINER, checking.note_scanner, away, was=Health())


async def _file_of(read: Any, digest: str) -> FileId:
    rows = await read.all(_FILES, digest=digest)
    return next(FileId(row["id"]) for row in reversed(rows) if row["message"] is not None)


_FILES = sa.select(files).where(files.c.digest == sa.bindparam("digest", type_=sa.Text)).order_by(files.c.id)
EXAMINER = Actor.worker("examiner")


@act
async def schedule_and_take_back(stage: Stage, who: AgentId) -> None:
    held = await _held(stage, who, days=1)
    await stage.do(who, waiting.withdraw, held.id, house=stage.setup)


@act
async def schedule_and_send_now(stage: Stage, who: AgentId) -> None:
    held = await _held(stage, who, days=1)
    await stage.do(who, waiting.postpone_to, held.id, at=stage.house.clock() + timedelta(days=2))
    stage.messages.append(await stage.do(who, waiting.send_now, held.id, house=stage.setup))


@act
async def they_write_before_it_leaves(stage: Stage, who: AgentId) -> None:
    sent = stage.one_of(message for message in stage.messages if message.ticket in stage.tickets[:5])
    at = stage.house.clock() + timedelta(days=1)
    await stage.do(who, reply.reply, sent.ticket, reply.Draft(text="Any news?", at=at), house=stage.setup)
    await stage.receive("Here it is.", sender=sent.address.value, references=(sent.wire_id,))


@act
async def they_write_again_about_what_was_solved(stage: Stage, _: AgentId) -> None:
    sender = f"again{stage.fresh()}@example.org"
    first = await stage.receive("It drips.", sender=sender, proven="dmarc")
    sent = await stage.do(SUE, reply.reply, first.ticket, reply.Draft(text="Mended."), house=stage.setup)
    await stage.do(SUE, lifecycle.solve, first.ticket, house=stage.setup)
    again = await stage.receive("It still does.", sender=sender, proven="dmarc", references=(sent.wire_id,))
    assert again.ticket == first.ticket, "it is another ticket"


@act
async def its_time_comes(stage: Stage, who: AgentId) -> None:
    held = await _held(stage, who, milliseconds=300)
    await asyncio.sleep(0.4)
    for timer in await stage.ask(CLOCK, timers.due, window=WINDOW):
        if timer.ticket == held.ticket:
            await stage.do(CLOCK, clock.ring, timer.id, house=stage.setup, window=WINDOW)


@act
async def it_does_not_arrive_and_somebody_looks(stage: Stage, who: AgentId) -> None:
    draft = reply.Draft(text="Never comes.")
    lost: Message = await stage.do(who, reply.reply, stage.one_of(stage.tickets[:5]), draft, house=stage.setup)
    going: MessageId | None = lost.id
    while going:  # by whatever other way it goes: it does not arrive there either
        lost = await stage.do(SENDER, delivery.record, going, FAILED, house=stage.setup)
        going = lost.plan.instead if lost.plan else None
    if lost.delivery is not Delivery.FAILED:
        raise Refusal("It waits for somebody's hours: nobody has lost it yet.")


@act
async def it_does_not_arrive_and_goes_another_way(stage: Stage, who: AgentId) -> None:
    ticket = stage.any()
    for _ in range(2):  # where one is in doubt already, the words go from there to the other
        await stage.do(who, _also_theirs, ticket, Address.mail(f"also{stage.fresh()}@example.org"))
    sent = await stage.do(who, reply.reply, ticket, reply.Draft(text="Comes twice round."), house=stage.setup)
    failed = await stage.do(SENDER, delivery.record, sent.id, FAILED, house=stage.setup)
    if failed.plan is None:
        raise Refusal("It was lost: other dice find another way.")


async def _also_theirs(tx: Any, ticket: TicketId, address: Address) -> None:
    """Another proven address of whoever it is about."""
    found = await tx.ticket(ticket, to="reply")
    await addresses.file_address(tx, await tx.person(found.customer, to="identify"), address, evidence="seen")


@act
async def files_go_as_a_link_and_it_is_shut(stage: Stage, who: AgentId) -> None:
    can = stage.setup.can
    poor = replace(stage.setup, can={name: replace(one, files=False) for name, one in can.items()})
    kept = await stage.do(who, upload, Blob("f" * 64, 1, b"x"), name="plan.pdf", type="application/pdf")
    draft = reply.Draft(text="The plan.", files=(kept.id,))
    sent = await stage.do(who, reply.reply, stage.one_of(stage.tickets[:5]), draft, house=poor)
    await stage.do(SENDER, delivery.record, sent.id, Receipt(Delivery.SENT), house=poor)
    await stage.do(GATEWAY, handouts.count_fetch, sent.id, lasts=stage.setup.files_last)
    await stage.do(who, handouts.shut, sent.id)


@act
async def somebody_has_the_pictures_of_a_message_fetched(stage: Stage, who: AgentId) -> None:
    said = await stage.do(who, reply.note, stage.any(), "A page.")
    file = File("1.png", "image/png", b"x", named("https://pictures.example/1.png"))
    await stage.do(who, pictures.keep, said.id, [file], [Blob("e" * 64, 1, b"x")])


@act
async def a_reader_complains_of_an_answer(stage: Stage, _: AgentId) -> None:
    """Of somebody who is nobody else's: they get no more mail there."""
    came = await stage.receive("Words", sender=f"unhappy{stage.fresh()}@example.org", proven="dmarc")
    sent = await stage.do(SUE, reply.reply, came.ticket, reply.Draft(text="Unwanted."), house=stage.setup)
    await stage.do(SENDER, delivery.record, sent.id, Receipt(Delivery.SENT), house=stage.setup)
    told = Returned((sent.wire_id or "",), (), "abuse", Returning.COMPLAINT)
    await stage.receive("A report.", sender="feedback@provider.example", automatic="complaint", returned=told)


@act
async def an_answer_comes_back(stage: Stage, who: AgentId) -> None:
    sent = await stage.do(who, reply.reply, stage.any(), reply.Draft(text="Comes back."), house=stage.setup)
    await stage.do(SENDER, delivery.record, sent.id, Receipt(Delivery.SENT), house=stage.setup)
    told = Returned((sent.wire_id or "",), (sent.address or Address("", ""),), "550 5.1.1 User unknown")
    await stage.receive("Not delivered.", sender="daemon@mx.example.org", automatic="bounce", returned=told)


@act
async def they_want_no_more_and_then_more_again(stage: Stage, who: AgentId) -> None:
    sender = Address.mail(f"quiet{stage.fresh()}@example.org")
    await stage.receive("Hello.", sender=sender, proven="dmarc")
    for wish in (Wish.STOP, Wish.START):
        word = inbound(wish.value, number=int(stage.fresh()), sender=sender, proven="dmarc", wish=wish)
        contact = intake.Contact(word, (), None)
        await stage.do(Actor.inbox(MAIL), consenting.hear, contact, inbox=stage.setup.inboxes[MAIL])


@act
async def a_provider_tells_that_they_want_no_more(stage: Stage, who: AgentId) -> None:
    sender = f"silent{stage.fresh()}@example.org"
    received = await stage.receive("Hello.", sender=sender, proven="dmarc")
    sent = await stage.do(who, reply.reply, received.ticket, reply.Draft(text="Here."), house=stage.setup)
    await stage.do(SENDER, delivery.record, sent.id, replace(FAILED, wish=Wish.STOP), house=stage.setup)


@act
async def a_provider_reports_that_it_arrived(stage: Stage, who: AgentId) -> None:
    sent = await stage.do(who, reply.reply, stage.any(), reply.Draft(text="Arrives."), house=stage.setup)
    assert sent.inbox is not None
    for state in (Delivery.SENT, Delivery.DELIVERED):
        report = Receipt(state, wire_id=sent.wire_id)
        await stage.do(Actor.inbox(sent.inbox), delivery.reported, report, house=stage.setup)
