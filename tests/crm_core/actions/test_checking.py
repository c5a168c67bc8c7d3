"""What the virus scanner says, and what becomes of files and of answers that carry them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm_core.actions import checking, delivery, housekeeping, intake, reply, uploads, waiting
from crm_core.actions.reply import Draft
from crm_core.model.actor import Actor
from crm_core.model.blob import Blob, digest
from crm_core.model.check import TOO_LARGE, Check, Health, Judged, Verdict
from crm_core.model.errors import BadInput, FileHeld, Forbidden, NotAllowedNow
from crm_core.model.ids import FileId, MessageId
from crm_core.model.message import Attachment, Delivery, File, Message
from crm_core.model.ticket import Status
from crm_core.queries import checks, contents
from tests.world import ADA, ANNA, MAIL, SUE, WINDOW, World, _get, inbound

EXAMINER = Actor.worker("examiner")
SENDER = Actor.worker("sender")
WORDS = b"%PDF-1.7 a permit"
NAME = "Win.Test.EICAR_HDB-1"


def unchecked(content: bytes = WORDS) -> Blob:
    return Blob(digest(content), len(content), content, unchecked=True)


async def mailed(world: World, *, number: int = 1, content: bytes = WORDS, blob: Blob | None = None) -> intake.Received:
    """A mail with one file comes in."""
    file = File("permit.pdf", "application/pdf", content)
    return await world.desk.do(
        Actor.inbox(MAIL),
        intake.receive,
        intake.Contact(inbound("See the file.", number=number, files=(file,)), (blob or unchecked(content),), None),
        inbox=world.house.inboxes[MAIL],
        house=world.house,
        reopen_window=WINDOW,
    )


async def judged(
    world: World, judged: Judged = Judged.CLEAN, found: str | None = None, *, content: bytes = WORDS
) -> int:
    """The scanner answers about these bytes, and every file that waited is settled; how many."""
    name = digest(content)
    await world.desk.do(EXAMINER, checking.keep_verdict, Verdict(name, judged, found), version="ClamAV 1")
    return await settled(world, content)


async def settled(world: World, content: bytes = WORDS) -> int:
    count = 0
    while some := await world.desk.do(EXAMINER, checking.settle, digest(content)):
        count += some
    return count


async def file_of(world: World, message: MessageId) -> Attachment:
    found: Message = await world.desk.ask(EXAMINER, _get, Message, message)
    return found.attachments[0]


async def opens(world: World, content: bytes = WORDS) -> bool:
    try:
        return bool(await world.ask(ANNA, contents.content, digest(content)) == content)
    except FileHeld:
        return False


async def kinds(world: World) -> list[str]:
    return [event.type for event in await world.events() if event.type.startswith(("file.", "upload.", "scanner."))]


async def test_where_no_scanner_is_set_nothing_is_kept_of_it(world: World) -> None:
    received = await mailed(world, blob=Blob(digest(WORDS), len(WORDS), WORDS))
    assert (await file_of(world, received.message)).check is None
    assert await opens(world)
    assert await world.desk.ask(EXAMINER, checks.due, limit=9) == []


async def test_a_file_stays_shut_until_the_scanner_has_passed_it(world: World) -> None:
    received = await mailed(world)
    assert (await file_of(world, received.message)).check is Check.CHECKING
    assert not await opens(world)
    assert [one.digest for one in await world.desk.ask(EXAMINER, checks.due, limit=9)] == [digest(WORDS)]
    assert await judged(world) == 1
    assert (await file_of(world, received.message)).check is None
    assert await opens(world)
    assert await kinds(world) == ["file.checked"]
    assert await world.desk.ask(EXAMINER, checks.due, limit=9) == []


async def test_what_is_found_blocks_the_bytes_wherever_they_stand(world: World) -> None:
    """Also where they came before scanning was switched on."""
    old = await mailed(world, number=1, blob=Blob(digest(WORDS), len(WORDS), WORDS))
    new = await mailed(world, number=2)
    assert await judged(world, Judged.BLOCKED, NAME) == 2
    for received in (old, new):
        file = await file_of(world, received.message)
        assert (file.check, file.found) == (Check.BLOCKED, NAME)
    assert not await opens(world)
    again = await mailed(world, number=3)
    [due] = await world.desk.ask(EXAMINER, checks.due, limit=9)
    assert due.known, "the same bytes are looked into once"
    assert await settled(world) == 1
    assert (await file_of(world, again.message)).check is Check.BLOCKED


async def test_only_an_admin_answers_for_a_blocked_file_and_it_opens_everywhere(world: World) -> None:
    first, second = await mailed(world, number=1), await mailed(world, number=2)
    await judged(world, Judged.BLOCKED, TOO_LARGE)
    id = FileId((await file_of(world, first.message)).id)
    for who in (ANNA, SUE):
        with pytest.raises(Forbidden):
            await world.do(who, checking.release, id)
    assert (await world.do(ADA, checking.release, id)).check is None
    assert await opens(world)
    assert await settled(world) == 1, "its own is settled already"
    assert (await file_of(world, second.message)).check is None
    [released] = [event for event in await world.events() if event.type == "file.released"]
    assert (released.actor.id, released.facts["was"], released.facts["check"]) == (ADA, TOO_LARGE, None)
    assert not released.facts["early"], "it was looked into"
    with pytest.raises(NotAllowedNow):
        await world.do(ADA, checking.release, id)
    await judged(world, Judged.BLOCKED, NAME)
    assert await opens(world), "whom an admin vouched for stays open"


async def test_what_is_still_being_checked_an_admin_may_answer_for_as_well_whatever_the_scanner_says_later(
    world: World,
) -> None:
    received = await mailed(world)
    id = FileId((await file_of(world, received.message)).id)
    with pytest.raises(Forbidden):
        await world.do(SUE, checking.release, id)
    assert (await world.do(ADA, checking.release, id)).check is None
    assert await opens(world)
    [released] = [event for event in await world.events() if event.type == "file.released"]
    assert (released.actor.id, released.facts["early"], released.facts["was"]) == (ADA, True, None)
    await judged(world, Judged.BLOCKED, NAME)
    assert (await file_of(world, received.message)).check is None
    assert await opens(world)


async def test_an_answer_waits_for_the_scanner_and_then_leaves_by_itself(world: World) -> None:
    answer = await answered(world, content=b"a form")
    assert await claimed(world) == []
    waits: Message = await world.desk.ask(SENDER, _get, Message, answer.id)
    assert (waits.delivery, waits.delivery_reason) == (Delivery.QUEUED, "a file of it is being checked for viruses")
    await judged(world, content=b"a form")
    assert await claimed(world) == [answer.id]


async def test_an_answer_with_a_blocked_file_is_its_authors_again(world: World) -> None:
    answer = await answered(world, content=b"a form")
    assert await claimed(world) == []
    await judged(world, Judged.BLOCKED, NAME, content=b"a form")
    assert await claimed(world) == []
    stopped: Message = await world.desk.ask(SENDER, _get, Message, answer.id)
    assert stopped.delivery is Delivery.WITHDRAWN
    assert stopped.delivery_reason == f"its file form.pdf is blocked: the virus scanner found {NAME}"
    ticket = await world.ticket(answer.ticket)
    assert ticket.status is Status.NEW or ticket.awaiting_since is not None, "the person waits for an answer again"
    with pytest.raises(BadInput, match=NAME):
        await world.do(
            ANNA, reply.reply, answer.ticket, Draft(text="Again", files=(answer.attachments[0].id,)), house=world.house
        )


async def test_an_upload_tells_its_owner_alone(world: World) -> None:
    kept = await world.do(ANNA, uploads.upload, unchecked(b"a form"), name="form.pdf", type="application/pdf")
    assert kept.check is Check.CHECKING
    await judged(world, Judged.BLOCKED, NAME, content=b"a form")
    [told] = [event for event in await world.events() if event.type == "upload.checked"]
    assert told.audience == frozenset({f"a:{ANNA}"})
    assert told.facts == {"file": kept.id, "check": "blocked", "found": NAME}


async def test_an_answer_that_was_taken_back_shows_nothing_as_being_checked(world: World) -> None:
    """Its file is its author's again, and goes with the next."""
    received = await mailed(world, blob=Blob(digest(WORDS), len(WORDS), WORDS))
    kept = await world.do(ANNA, uploads.upload, unchecked(b"a form"), name="form.pdf", type="application/pdf")
    draft = Draft(text="Here", files=(kept.id,), at=world.clock() + timedelta(hours=1))
    held: Message = await world.do(ANNA, reply.reply, received.ticket, draft, house=world.house)

    await world.do(ANNA, waiting.withdraw, held.id, house=world.house)
    assert (await file_of(world, held.id)).check is None
    again: Message = await world.do(ANNA, reply.reply, received.ticket, replace(draft, at=None), house=world.house)
    assert again.attachments[0].check is Check.CHECKING
    await judged(world, content=b"a form")
    assert await claimed(world) == [again.id]


async def test_what_the_scanner_does_not_get_through_is_asked_later_each_time(world: World) -> None:
    await mailed(world)
    for tries in range(3):
        [due] = await world.desk.ask(EXAMINER, checks.due, limit=9)
        assert due.tries == tries
        await world.desk.do(EXAMINER, checking.look_later, due.digest, tries=due.tries)
        assert await world.desk.ask(EXAMINER, checks.due, limit=9) == []
        world.clock.pass_(seconds=2 * 2**tries + 1)


async def test_scanning_switched_off_lets_go_what_waits_and_nothing_that_is_blocked(world: World) -> None:
    bad, good = await mailed(world, number=1, content=b"bad"), await mailed(world, number=2)
    await judged(world, Judged.BLOCKED, NAME, content=b"bad")
    assert await world.desk.do(EXAMINER, checking.let_all) == 1
    assert await world.desk.do(EXAMINER, checking.let_all) == 0
    assert (await file_of(world, good.message)).check is None
    assert (await file_of(world, bad.message)).check is Check.BLOCKED
    assert await opens(world)
    assert not await opens(world, b"bad")


async def test_admins_are_told_when_the_scanner_goes_and_when_it_is_back(world: World) -> None:
    well = Health(world.clock(), None, "ClamAV 1")
    away = replace(well, since=world.clock())
    await world.desk.do(EXAMINER, checking.note_scanner, away, was=well)
    await world.desk.do(EXAMINER, checking.note_scanner, replace(away, heard_at=None), was=away)
    assert (await world.ask(ADA, checks.standing)).health.since == away.since
    await world.desk.do(EXAMINER, checking.note_scanner, well, was=away)
    assert await kinds(world) == ["scanner.moved", "scanner.moved"]
    with pytest.raises(Forbidden):
        await world.ask(SUE, checks.standing)


async def answered(world: World, *, content: bytes) -> Message:
    """Anna answers a mail, with a file that the scanner has not seen."""
    received = await mailed(world, blob=Blob(digest(WORDS), len(WORDS), WORDS))
    kept = await world.do(ANNA, uploads.upload, unchecked(content), name="form.pdf", type="application/pdf")
    draft = Draft(text="Here is the form.", files=(kept.id,))
    made: Message = await world.do(ANNA, reply.reply, received.ticket, draft, house=world.house)
    assert made.attachments[0].check is Check.CHECKING
    return made


async def claimed(world: World) -> list[Any]:
    """What a sender may take in hand now."""
    lease = await world.desk.do(SENDER, housekeeping.take_lease, "sender", holder="tests", seconds=60)
    assert lease is not None
    return [one.outbound.message for one in await world.desk.do(SENDER, delivery.claim, lease=lease, house=world.house)]
