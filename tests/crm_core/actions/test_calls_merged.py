"""Somebody is on the phone in a matter that a colleague finds is another one: the call goes on where the matter does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crm_core.actions import assign, calling, erasing, lifecycle, wrapping
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.call import Call, CallEnding, CallState, NewsKind, Part
from crm_core.model.errors import NotAllowedNow
from crm_core.model.ids import ConversationId, TicketId
from crm_core.model.privacy import ErasureReason
from crm_core.model.ticket import Conversation
from crm_core.model.work import WorkState
from crm_core.queries import calls
from crm_core.rules import talks
from crm_core.rules.board import Board
from crm_core.store import beside, tables
from crm_core.store.maps.codec import micros
from tests.crm_core.actions.exchange import LINE, NUMBER, Exchange
from tests.stories.test_board import now as board_of
from tests.world import ADA, ANNA, HOUSING, IMPORTER, PARKING, START, SUE, World


async def merged(line: Exchange, call: Call, *, into: TicketId) -> Call:
    """The call's ticket goes into another one."""
    await line.world.do(ANNA, lifecycle.merge, call.ticket, into=into, house=line.house)
    return await line.call(call.id)


async def test_who_talks_goes_on_in_the_ticket_that_lives_on_and_is_wrapped_up_there(world: World) -> None:
    line = await Exchange.of(world)
    other = TicketId((await world.mail()).ticket)
    await world.do(SUE, assign.assign, other, to=SUE, house=line.house)
    call = await line.talking(ANNA)
    was, age = call.ticket, (await line.work(call)).virtual_start
    call = await merged(line, call, into=other)
    ticket, work = await line.ticket(call), await line.work(call)
    assert (call.ticket, call.state) == (other, CallState.TALKING)
    assert (ticket.live, ticket.assignee) == (True, ANNA), "whoever talks has the matter"
    assert (work.state, work.agent, work.live, work.virtual_start) == (WorkState.ACTIVE, ANNA, True, age)
    assert (await line.followed(call)).state is CallState.TALKING
    assert await line.drive() == [], "the lines heard nothing of it"
    assert await world.ask(ANNA, calls.of_ticket, was) == []

    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    over, ticket = await line.call(call.id), await line.ticket(call)
    assert (over.state, over.ending, ticket.live) == (CallState.ENDED, CallEnding.CALLER, False)
    assert (await line.work(call)).agent == ANNA, (
        "what they wrote before is still to be answered, by whoever spoke with them"
    )


async def test_whose_other_ticket_waits_for_nothing_is_wrapped_up_and_that_ends_in_time(world: World) -> None:
    line = await Exchange.of(world)
    other = await answered(line)
    call = await merged(line, await line.talking(ANNA), into=other)
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    work = await line.work(call)
    assert ((await line.call(call.id)).state, work.state) == (CallState.WRAPPING, WorkState.WRAPPING)
    assert (await line.wish(ANNA, await line.call(call.id), "wrap-up")).state is CallState.ENDED


async def test_who_wraps_up_goes_on_with_it_in_the_other_ticket_until_its_time_is_over(world: World) -> None:
    line = await Exchange.of(world)
    other = await answered(line)
    call = await line.talking(ANNA)
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    call = await merged(line, await line.call(call.id), into=other)
    work = await line.work(call)
    assert ((await line.followed(call)).state, work.agent) == (CallState.WRAPPING, ANNA)
    assert work.wraps_until is not None
    rings = await world.desk.ask(IMPORTER, _rings)
    assert (other, micros(work.wraps_until)) in {tuple(row) for row in rings}, "the clock looks after it there"
    world.clock.pass_(seconds=(work.wraps_until - world.clock()).total_seconds() + 1)
    ticket = await line.ticket(call)
    await world.desk.do(Actor.worker("clock"), wrapping.cap_wrap_up, ticket)
    assert (await line.followed(call)).state is CallState.ENDED


async def test_what_waits_in_the_other_ticket_is_not_lost_to_a_wrap_up(world: World) -> None:
    line = await Exchange.of(world)
    other = TicketId((await world.mail()).ticket)
    call = await line.talking(ANNA)
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    call = await merged(line, await line.call(call.id), into=other)
    work = await line.work(call)
    assert (work.state, work.agent, (await line.followed(call)).state) == (WorkState.QUEUED, None, CallState.ENDED)


async def test_a_talk_that_went_over_counts_once_where_it_was_taken(world: World) -> None:
    line = await Exchange.of(world)
    other = TicketId((await world.mail()).ticket)
    await world.do(SUE, assign.transfer, other, to=HOUSING, house=line.house)
    call = await merged_by(line, await line.talking(ANNA), into=other)
    assert counted(await board_of(world)) == {PARKING: 1}
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    assert counted(await board_of(world)) == {PARKING: 1}


async def test_a_lost_agent_gives_the_caller_to_those_who_serve_the_ticket_now(world: World) -> None:
    """Else it is held out to somebody who may not even see it."""
    line = await Exchange.of(world)
    other = TicketId((await world.mail()).ticket)
    await world.do(SUE, assign.transfer, other, to=HOUSING, house=line.house)
    call = await merged_by(line, await line.talking(ANNA), into=other)
    await line.tell(NewsKind.LEG_OUT, call.id, leg=line.leg(call, Part.AGENT), why="completed")
    world.clock.pass_(seconds=11)
    assert (await line.followed(call)).state is CallState.WAITING
    work = await line.work(call)
    assert (work.state, work.queue, work.live) == (WorkState.QUEUED, HOUSING, True)


def test_a_chat_that_goes_over_ends_by_silence_there_too() -> None:
    at = START + talks.SILENCE
    strand = Conversation(ConversationId("c"), TicketId("t-1"), LINE, Address.parse("tel:+15550142"), None, "", START)
    talking = replace(strand, live_until=at)
    moved = replace(talking, ticket=TicketId("t-2"))
    [rings] = beside.of(talking, moved, actor=IMPORTER, now=START)
    assert (rings.ticket, rings.fires_at) == ("t-2", at)
    assert list(beside.of(moved, replace(moved, subject="Lamp"), actor=IMPORTER, now=START)) == []


async def test_recordings_and_words_of_a_call_come_into_the_ticket_that_lives_on(world: World) -> None:
    line = await Exchange.of(world)
    other = TicketId((await world.mail()).ticket)
    call = await merged(line, await line.talking(ANNA), into=other)
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    await line.tell(NewsKind.TRANSCRIBED, call.id, text="The street lamp is broken.")
    [told] = [event for event in await world.events() if event.type == "message.grown"]
    assert told.ticket == other


async def test_two_talks_at_once_are_not_made_one_and_who_was_promised_a_call_gets_it(world: World) -> None:
    line = await Exchange.of(world)
    first, second = await line.talking(ANNA), await line.talking(SUE, number="+15550140999")
    with pytest.raises(NotAllowedNow, match="both"):
        await merged(line, first, into=TicketId(second.ticket or ""))
    promised = await line.waiting("+15550140998")
    await line.tell(NewsKind.PRESSED, promised.id, pressed="1")
    with pytest.raises(NotAllowedNow, match="promised"):
        await merged(line, promised, into=TicketId(second.ticket or ""))
    assert (await line.call(promised.id)).state is CallState.PROMISED


async def test_whom_we_called_goes_along_though_nobody_is_live_by_the_ticket(world: World) -> None:
    line = await Exchange.of(world)
    other, mine = TicketId((await world.mail()).ticket), TicketId((await world.mail()).ticket)
    await world.do(SUE, assign.assign, other, to=SUE, house=line.house)
    call = await world.do(ANNA, calling.start_call, mine, number=NUMBER, house=line.house)
    await line.drive()
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(call, Part.AGENT))
    await line.drive()
    dialling = await line.call(call.id)
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(dialling, Part.CALLER))
    call = await merged(line, await line.call(call.id), into=other)
    assert ((await line.ticket(call)).assignee, (await line.work(call)).agent) == (ANNA, ANNA)
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    assert (await line.work(call)).agent == ANNA, "Sue wraps up nothing that she did not say"


async def test_the_number_of_a_caller_is_forgotten_also_in_somebody_elses_ticket(world: World) -> None:
    line = await Exchange.of(world)
    other = TicketId((await world.mail(sender="omar@example.org", sender_name="Omar Haddad")).ticket)
    call = await line.talking(ANNA)
    whose = (await line.ticket(call)).customer
    call = await merged(line, call, into=other)
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    await world.do(ADA, erasing.erase, whose, reason=ErasureReason.ASKED)
    gone = await line.call(call.id)
    assert (gone.number, gone.legs) == (None, ())


async def test_what_is_left_after_a_call_counts_for_the_queue_it_went_to_and_the_call_where_it_was_answered(
    world: World,
) -> None:
    line = await Exchange.of(world)
    call = await line.talking(ANNA)
    age = (await line.work(call)).virtual_start
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    await world.do(ANNA, assign.transfer, call.ticket, to=HOUSING, house=line.house)
    left = await line.work(call)
    assert (left.state, left.queue, left.came_live, left.first) == (WorkState.QUEUED, HOUSING, False, ANNA)
    assert left.virtual_start == age, "as old as it was (I16)"
    assert counted(await board_of(world)) == {PARKING: 1}
    assert (await line.followed(call)).state is CallState.ENDED


async def test_who_gave_up_in_a_line_gave_up_there_wherever_they_are_called_back_from(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.waiting()
    world.clock.pass_(seconds=30)
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    await world.do(SUE, assign.transfer, call.ticket, to=HOUSING, house=line.house)
    board = await board_of(world)
    assert {cell[0]: tally.left for cell, tally in board.tallies.items()} == {PARKING: 1}


async def merged_by(line: Exchange, call: Call, *, into: TicketId) -> Call:
    """By a supervisor, who sees both."""
    await line.world.do(SUE, lifecycle.merge, call.ticket, into=into, house=line.house)
    return await line.call(call.id)


async def answered(line: Exchange) -> TicketId:
    """A ticket that waits for nothing and that nobody has at hand."""
    call = await line.talking(ANNA, number="+15550140555")
    await line.wish(ANNA, call, "hang-up")
    await line.wish(ANNA, await line.call(call.id), "wrap-up")
    return TicketId(call.ticket or "")


def counted(board: Board) -> dict[str, int]:
    """How many live contacts each queue answered."""
    return {cell[0]: tally.live_answered for cell, tally in board.tallies.items() if tally.live_answered}


async def _rings(read: object) -> list[tuple[str, int]]:
    timers = tables.timers
    found = timers.select().where(timers.c.kind == "talk").with_only_columns(timers.c.ticket, timers.c.fires_at)
    rows: list[tuple[str, int]] = await read.all(found)  # type: ignore[attr-defined]
    return rows
