"""Calls in the core, on both databases: every piece of news once, every exit defined, and the lines follow the work."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from crm_core.actions import callbacks, calling, driving, duty, offers
from crm_core.actions.driving import Came
from crm_core.actions.housekeeping import take_lease
from crm_core.model.agent import NO_ANSWER, Duty
from crm_core.model.call import (
    CallEnding,
    CallState,
    CommandKind,
    CommandState,
    Hears,
    NewsKind,
    Part,
    Recording,
    TapeConsent,
    Taping,
)
from crm_core.model.errors import NotAllowedNow, NotFound
from crm_core.model.message import Message
from crm_core.model.work import Work, WorkState
from crm_core.queries import accounts
from crm_core.store import tables
from tests.crm_core.actions.exchange import CALLER, NUMBER, ROUTER, Exchange
from tests.world import ANNA, BEN, HOUSING, IMPORTER, SUE, World

RING, BRIDGE, DROP, LINE = CommandKind.RING, CommandKind.BRIDGE, CommandKind.DROP, CommandKind.LINE


async def test_a_caller_waits_is_put_through_talks_and_is_wrapped_up(world: World) -> None:
    line = await Exchange.of(world)
    waiting = await line.waiting()
    assert waiting.state is CallState.WAITING
    assert (await line.work(waiting)).live
    assert (await line.ticket(waiting)).subject == "Phone call"
    [entered] = await world.desk.ask(IMPORTER, _messages)
    assert not entered.subject, "the ticket's title is a name of ours: they wrote nothing"
    ringing = await line.accepted(waiting, ANNA)
    assert (ringing.state, ringing.agent) == (CallState.CONNECTING, ANNA)
    assert await line.drive() == [RING]
    await line.tell(NewsKind.LEG_IN, waiting.id, leg=line.leg(ringing, Part.AGENT))
    assert await line.drive() == [BRIDGE]
    assert (await line.tell(NewsKind.JOINS, waiting.id)).hears is Hears.TALK
    talking = await line.call(waiting.id)
    assert talking.state is CallState.TALKING
    assert (await line.ticket(talking)).awaiting_since is None
    await line.tell(NewsKind.CALLER_GONE, waiting.id, why="completed")
    over = await line.call(waiting.id)
    assert (over.state, over.ending) == (CallState.WRAPPING, CallEnding.CALLER)
    assert (await line.work(over)).state is WorkState.WRAPPING
    assert await line.drive() == [DROP]
    ended = await line.wish(ANNA, over, "wrap-up")
    assert ended.state is CallState.ENDED


async def test_each_piece_of_news_five_times_at_once_counts_once(world: World) -> None:
    line = await Exchange.of(world)

    async def told(kind: NewsKind, **more: object) -> set[object]:
        said = await asyncio.gather(*(line.tell(kind, **more) for _ in range(5)))  # type: ignore[arg-type]
        return {one.call for one in said}

    [id] = await told(NewsKind.ARRIVED, sid="CA1", number=NUMBER)
    await told(NewsKind.WAITS, call=id)
    call = await line.accepted(await line.call(id), ANNA)  # type: ignore[arg-type]
    await asyncio.gather(*(line.followed(call) for _ in range(5)))
    assert await line.drive() == [RING]
    await told(NewsKind.LEG_IN, call=id, leg=line.leg(call, Part.AGENT))
    assert await line.drive() == [BRIDGE]
    await told(NewsKind.JOINS, call=id)
    await told(NewsKind.CALLER_GONE, call=id)
    kinds = [event.type for event in await world.events()]
    assert kinds.count("ticket.opened") == kinds.count("work.wrapping") == 1


async def test_a_phone_that_nobody_answers_gives_the_caller_back_with_their_age(world: World) -> None:
    line = await Exchange.of(world)
    waiting = await line.waiting()
    age = (await line.work(waiting)).virtual_start
    ringing = await line.accepted(waiting, ANNA)
    await line.drive()
    await line.tell(NewsKind.LEG_OUT, waiting.id, leg=line.leg(ringing, Part.AGENT), why="no-answer")
    back, work = await line.call(waiting.id), await line.work(waiting)
    assert (back.state, back.agent, back.trouble) == (CallState.WAITING, None, "no-answer")
    assert (work.state, work.agent, work.virtual_start) == (WorkState.QUEUED, None, age)
    assert ANNA in work.excluded
    anna = await world.ask(SUE, accounts.agent, ANNA)
    assert (anna.duty, anna.duty_reason) == (Duty.AWAY, NO_ANSWER), "no other caller rings in vain (I8)"
    assert await line.drive() == [], "the caller never left the line"


async def test_who_hangs_up_in_line_takes_the_offer_along_and_short_ones_are_told_apart(world: World) -> None:
    line = await Exchange.of(world)
    ringing = await line.accepted(await line.waiting(), ANNA)
    await line.tell(NewsKind.LEFT_LINE, ringing.id, why="hangup")
    gone = await line.call(ringing.id)
    assert (gone.state, gone.ending, gone.short) == (CallState.ENDED, CallEnding.ABANDONED, True)
    assert await line.drive() == [RING, DROP], "the agent's phone stops ringing"
    kept = (await world.desk.ask(IMPORTER, _works, str(gone.ticket)))[0]
    assert kept.answered_at is None
    assert kept.left_at is not None, "the board counts them as given up"
    patient = await line.waiting("+15550140999")
    world.clock.pass_(seconds=30)
    await line.tell(NewsKind.CALLER_GONE, patient.id, why="completed")
    missed = await line.call(patient.id)
    assert not missed.short
    work = await line.work(missed)
    assert (work.state, work.live) == (WorkState.QUEUED, False), "somebody calls them back"


async def test_who_hangs_up_before_we_heard_that_they_call_is_counted_once_and_no_line_stays_open(world: World) -> None:
    line = await Exchange.of(world)
    for _ in range(2):
        await line.tell(NewsKind.CALLER_GONE, sid="CA-quick", number=NUMBER, why="completed")
    late = await line.tell(NewsKind.ARRIVED, sid="CA-quick", number=NUMBER)
    assert late.hears is Hears.GOODBYE
    assert late.call is not None
    gone = await line.call(late.call)
    assert (gone.state, gone.ending, gone.short, gone.ticket) == (CallState.ENDED, CallEnding.ABANDONED, True, None)


async def test_a_message_that_comes_after_the_news_that_they_hung_up_is_a_message_all_the_same(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.waiting()
    await line.tell(NewsKind.PRESSED, call.id, pressed="2")
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    assert (await line.call(call.id)).ending is CallEnding.ABANDONED
    await line.tell(NewsKind.RECORDED, call.id, recording="https://example.org/left.mp3", seconds=6)
    left = await line.call(call.id)
    assert (left.ending, left.short, left.state) == (CallEnding.VOICEMAIL, False, CallState.ENDED)


async def test_a_recording_that_is_never_to_be_had_is_asked_for_for_a_while_and_then_lost(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.waiting()
    await line.tell(NewsKind.PRESSED, call.id, pressed="2")
    await line.tell(NewsKind.RECORDED, call.id, recording="https://example.org/left.mp3", seconds=6)
    asked = []
    for _ in range(driving.FETCHES):
        assert (await line.call(call.id)).recording is Taping.COMING
        asked += await line.drive(came=Came(CommandState.QUEUED, why="Not now."))
        world.clock.pass_(seconds=3600)
    assert asked == [CommandKind.FETCH] * driving.FETCHES
    lost = await line.call(call.id)
    assert (lost.recording, lost.ending) == (Taping.LOST, CallEnding.VOICEMAIL)


async def test_withheld_numbers_are_nobody_and_never_the_same_nobody(world: World) -> None:
    line = await Exchange.of(world)
    first, second = await line.ticket(await line.waiting(None)), await line.ticket(await line.waiting(None))
    assert first.customer != second.customer
    known, again = await line.ticket(await line.waiting()), await line.ticket(await line.waiting())
    assert known.customer == again.customer, "one history"
    assert known.id != again.id, "one ticket for each call"


async def test_whose_screen_is_gone_keeps_the_caller_for_as_long_as_the_line_holds(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.talking(ANNA)
    work = await line.work(call)
    await world.do(ANNA, duty.set_duty, to=Duty.OFFLINE)
    with pytest.raises(NotAllowedNow, match="on the line"):
        await world.desk.do(ROUTER, offers.take_back, work.id, agent=ANNA)
    await line.tell(NewsKind.LEG_OUT, call.id, leg=line.leg(call, Part.AGENT), why="gone")
    await world.desk.do(ROUTER, offers.take_back, work.id, agent=ANNA)
    assert (await line.work(call)).state is WorkState.QUEUED


async def test_an_agent_whose_line_fell_away_has_ten_seconds(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.talking(ANNA)
    await line.tell(NewsKind.LEG_OUT, call.id, leg=line.leg(call, Part.AGENT), why="completed")
    lost = await line.call(call.id)
    assert lost.state is CallState.LOST
    assert await line.drive() == [CommandKind.HOLD, RING], "the caller hears that we are there"
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(lost, Part.AGENT))
    assert (await line.call(call.id)).state is CallState.TALKING
    assert await line.drive() == [CommandKind.RESUME]
    back = await line.call(call.id)
    await line.tell(NewsKind.LEG_OUT, call.id, leg=line.leg(back, Part.AGENT), why="completed")
    world.clock.pass_(seconds=11)
    waits = await line.followed(call)
    assert (waits.state, waits.agent) == (CallState.WAITING, None)
    assert (await line.work(call)).state is WorkState.QUEUED
    assert LINE in await line.drive()


async def test_hold_warm_transfer_and_conference(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.talking(ANNA)
    await line.wish(ANNA, call, "hold")
    with pytest.raises(NotAllowedNow):
        await line.wish(ANNA, call, "hold")
    await line.wish(ANNA, call, "resume")
    asked = await line.wish(ANNA, call, "consult", agent=BEN)
    assert await line.drive() == [CommandKind.HOLD, CommandKind.RESUME, CommandKind.HOLD, RING]
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(asked, Part.CONSULTED))
    await line.wish(ANNA, call, "conference")
    handed = await line.wish(ANNA, call, "complete-transfer")
    assert handed.agent == BEN
    assert (await line.ticket(call)).assignee == BEN
    assert (await line.work(call)).agent == BEN
    with pytest.raises(NotFound):
        await line.wish(ANNA, call, "hold")
    assert (await line.followed(call)).state is CallState.TALKING
    ended = await line.wish(BEN, call, "hang-up")
    assert (ended.state, ended.ending) == (CallState.WRAPPING, CallEnding.AGENT)
    assert CommandKind.HANG_UP in await line.drive()


async def test_who_is_asked_and_does_not_answer_brings_the_caller_back(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.talking(ANNA)
    asked = await line.wish(ANNA, call, "consult", number="+15550140888")
    await line.drive()
    await line.tell(NewsKind.LEG_OUT, call.id, leg=line.leg(asked, Part.CONSULTED), why="busy")
    assert await line.drive() == [CommandKind.RESUME]
    assert (await line.call(call.id)).trouble == "busy"


async def test_a_cold_transfer_keeps_the_age_and_rings_whoever_takes_it(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.talking(ANNA)
    age = (await line.work(call)).virtual_start
    moved = await line.wish(ANNA, call, "transfer", queue=HOUSING)
    assert moved.state is CallState.WAITING
    assert await line.drive() == [DROP, LINE]
    work = await line.work(call)
    assert (work.queue, work.virtual_start) == (HOUSING, age)
    ringing = await line.accepted(moved, BEN)
    assert (ringing.state, ringing.agent) == (CallState.CONNECTING, BEN)


async def test_a_supervisor_listens_whispers_joins_and_leaves(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.talking(ANNA)
    heard = await world.do(SUE, calling.overhear, call.id, "listen")
    leg = heard.leg(Part.SUPERVISOR)
    assert leg is not None
    assert leg.muted
    await line.tell(NewsKind.LEG_IN, call.id, leg=leg.id)
    await world.do(SUE, calling.overhear, call.id, "whisper")
    await world.do(SUE, calling.overhear, call.id, "join")
    await world.do(SUE, calling.overhear, call.id, "leave")
    assert await line.drive() == [RING, CommandKind.MODE, CommandKind.MODE, DROP]
    with pytest.raises(NotAllowedNow):
        await world.do(SUE, calling.overhear, call.id, "leave")


@pytest.mark.parametrize(
    ("manners", "hears"), [({"full": 0}, Hears.FULL), ({"full": 0, "voicemail": False}, Hears.FULL)]
)
async def test_who_cannot_wait_hears_why(world: World, manners: dict[str, object], hears: Hears) -> None:
    line = await Exchange.of(world, **manners)
    said = await line.tell(NewsKind.ARRIVED, sid="CA1", number=NUMBER)
    assert said.hears is hears
    call = await line.call(said.call)  # type: ignore[arg-type]
    assert (call.ending, call.ticket) == (CallEnding.FULL, None)
    world.clock.pass_(days=5)  # Saturday
    assert (await line.tell(NewsKind.ARRIVED, sid="CA2", number=NUMBER)).hears is Hears.CLOSED


async def test_a_callback_keeps_its_place_is_tried_and_then_is_a_task(world: World) -> None:
    line = await Exchange.of(world, tries=2)
    call = await line.waiting()
    age = (await line.work(call)).virtual_start
    assert (await line.tell(NewsKind.PRESSED, call.id, pressed="1")).hears is Hears.PROMISED
    await line.tell(NewsKind.CALLER_GONE, call.id)
    assert (await line.call(call.id)).state is CallState.PROMISED
    assert (await line.work(call)).state is WorkState.QUEUED
    for attempt in (1, 2):
        ringing = await line.accepted(call, SUE if attempt == 2 else ANNA)
        await line.drive()
        await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(ringing, Part.AGENT))
        dialling = await line.call(call.id)
        assert (dialling.state, dialling.attempts) == (CallState.DIALLING, attempt)
        await line.drive()
        await line.tell(NewsKind.LEG_OUT, call.id, leg=line.leg(dialling, Part.CALLER), why="no-answer")
        if attempt == 1:
            world.clock.pass_(minutes=6)
            await world.desk.do(CALLER, callbacks.try_again, call.id, house=line.house)
            assert (await line.work(call)).virtual_start == age
    over = await line.call(call.id)
    assert (over.state, over.ending) == (CallState.ENDED, CallEnding.CALLBACK)
    work = await line.work(call)
    assert (work.state, work.live) == (WorkState.QUEUED, False)


async def test_somebody_is_called_from_their_ticket(world: World) -> None:
    line = await Exchange.of(world)
    ticket = (await world.mail()).ticket
    call = await world.do(ANNA, calling.start_call, ticket, number=NUMBER, house=line.house)
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, calling.start_call, ticket, number=NUMBER, house=line.house)
    await line.drive()
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(call, Part.AGENT))
    assert await line.drive() == [RING]
    dialling = await line.call(call.id)
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(dialling, Part.CALLER))
    assert (await line.call(call.id)).state is CallState.TALKING
    await line.tell(NewsKind.LEG_OUT, call.id, leg=line.leg(dialling, Part.CALLER), why="completed")
    assert (await line.call(call.id)).state is CallState.WRAPPING


async def test_who_is_asked_is_recorded_only_where_they_say_yes_and_nobody_begins_after_a_no(world: World) -> None:
    """Nothing, a no and a yes; who was in line before an answer of ours came too late has heard of nothing."""
    line = await Exchange.of(world, recording=Recording.ASKED)
    asked = {"": TapeConsent.ASKED, "9": TapeConsent.REFUSED, "1": TapeConsent.AGREED}
    for pressed, stands in asked.items():
        said = await line.tell(NewsKind.ARRIVED, sid=f"CA-{pressed}", number=NUMBER)
        assert (said.hears, said.recording) == (Hears.GREETING, Recording.ASKED)
        if pressed:
            said = await line.tell(NewsKind.CONSENTS, said.call, pressed=pressed)
            assert (said.hears, said.recording) == (Hears.LINE, Recording.OFF), "the call goes on at once"
            await line.tell(NewsKind.CONSENTS, said.call, pressed="1")
        call = await line.put_through(said.call, ANNA)
        assert (call.consent, call.recording) == (stands, Taping.ON if pressed == "1" else Taping.OFF)
        assert (CommandKind.RECORD in await line.drive()) == (pressed == "1")
        if pressed == "9":
            with pytest.raises(NotAllowedNow, match="do not want"):
                await line.wish(ANNA, call, "record")
        if not pressed:
            aloud = await line.wish(ANNA, call, "record")
            assert (aloud.consent, aloud.recording) == (TapeConsent.ALOUD, Taping.ON)
        await line.wish(ANNA, call, "hang-up")
        await line.wish(ANNA, call, "wrap-up")
    late = await line.tell(NewsKind.ARRIVED, sid="CA-late", number=NUMBER)
    await line.tell(NewsKind.FAULT, late.call)
    assert (await line.call(late.call)).consent is None  # type: ignore[arg-type]


async def test_whom_we_call_is_not_recorded_until_their_agent_asked_them(world: World) -> None:
    line = await Exchange.of(world, recording=Recording.ANNOUNCED)
    call = await world.do(ANNA, calling.start_call, (await world.mail()).ticket, number=NUMBER, house=line.house)
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(call, Part.AGENT))
    dialling = await line.call(call.id)
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(dialling, Part.CALLER))
    talking = await line.call(call.id)
    assert (talking.state, talking.recording, talking.consent) == (CallState.TALKING, Taping.OFF, None)
    assert (await line.wish(ANNA, talking, "record")).consent is TapeConsent.ALOUD


async def test_a_ring_whose_fate_nobody_knows_is_never_rung_again(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.accepted(await line.waiting(), ANNA)
    lease = await world.desk.do(CALLER, take_lease, "caller", holder="tests", seconds=60)
    assert lease is not None
    [order] = await world.desk.do(CALLER, driving.take_orders, lease=lease)
    frozen = replace(lease, epoch=lease.epoch + 1)
    assert await world.desk.do(CALLER, driving.take_orders, lease=frozen) == []
    await world.desk.do(CALLER, driving.recover_orders)
    assert await line.drive() == []
    late = Came(CommandState.DONE, sid="CA9")
    await world.desk.do(CALLER, driving.settle_order, order.command.id, late, ear=line.ear)
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(call, Part.AGENT))
    assert await line.drive() == [BRIDGE], "what the provider says settles it"


async def _messages(read: Any) -> list[Message]:
    found: list[Message] = await read.values(Message, tables.messages.select())
    return found


async def _works(read: Any, ticket: str) -> list[Work]:
    found: list[Work] = await read.values(Work, tables.work.select().where(tables.work.c.ticket == ticket))
    return found
