"""What real callers, agents and supervisors do to a call that nobody planned for: it ends, or goes on, and never by accident."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_core.actions import assign, calling, duty, handing, lifecycle, offers
from crm_core.actions.driving import Came
from crm_core.model.agent import Duty
from crm_core.model.call import (
    UNHEARD_OF,
    Call,
    CallEnding,
    CallState,
    CommandKind,
    CommandState,
    Hears,
    Leg,
    LegState,
    Mode,
    NewsKind,
    Part,
)
from crm_core.model.errors import NotAllowedNow
from crm_core.model.ids import AgentId, ServiceId
from crm_core.model.work import WorkState
from crm_core.queries import floor
from crm_core.queries import offers as held_out
from tests.crm_core.actions.exchange import ROUTER, Exchange
from tests.world import ANNA, BEN, SUE, World

MODE = CommandKind.MODE


async def whispered_to(line: Exchange, *, by: AgentId) -> Call:
    """Somebody called; a supervisor whispers to whoever talks with them."""
    call = await line.talking(by)
    heard = await line.world.do(SUE, calling.overhear, call.id, "whisper")
    await line.drive()
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(heard, Part.SUPERVISOR))
    return await line.call(call.id)


def supervisor(call: Call) -> Leg:
    leg = call.leg(Part.SUPERVISOR)
    assert leg is not None
    return leg


async def test_who_whispers_goes_on_to_whisper_to_whoever_has_the_caller_then(world: World) -> None:
    line = await Exchange.of(world)
    call = await whispered_to(line, by=ANNA)
    asked = await line.wish(ANNA, call, "consult", agent=BEN)
    await line.drive()
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(asked, Part.CONSULTED))
    handed = await line.wish(ANNA, await line.call(call.id), "complete-transfer")
    assert MODE in await line.drive(), "the one they whispered to has left"
    assert (handed.agent, supervisor(handed).mode) == (BEN, Mode.WHISPER)


async def test_who_whispers_to_nobody_only_listens(world: World) -> None:
    """The caller goes on with somebody outside: nobody is left whom a supervisor could speak to alone."""
    line = await Exchange.of(world)
    call = await whispered_to(line, by=ANNA)
    asked = await line.wish(ANNA, call, "consult", number="+15550199001")
    await line.drive()
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(asked, Part.CONSULTED))
    handed = await line.wish(ANNA, await line.call(call.id), "complete-transfer")
    assert MODE in await line.drive()
    assert (supervisor(handed).mode, supervisor(handed).muted) == (Mode.LISTEN, True)


async def test_who_whispers_finds_their_agent_again_after_a_reload(world: World) -> None:
    line = await Exchange.of(world)
    call = await whispered_to(line, by=ANNA)
    await line.tell(NewsKind.LEG_OUT, call.id, leg=line.leg(call, Part.AGENT), why="completed")
    await line.drive()
    lost = await line.call(call.id)
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(lost, Part.AGENT))
    assert MODE in await line.drive()


@pytest.mark.parametrize("on_hold", [True, False])
async def test_a_caller_who_was_on_hold_is_so_after_a_reload_too(world: World, on_hold: bool) -> None:
    """Else they hear, suddenly, what is spoken about them."""
    line = await Exchange.of(world)
    call = await line.talking(ANNA)
    if on_hold:
        call = await line.wish(ANNA, call, "hold")
    await line.tell(NewsKind.LEG_OUT, call.id, leg=line.leg(call, Part.AGENT), why="completed")
    world.clock.pass_(seconds=2)
    await line.tell(NewsKind.LEG_OUT, call.id, leg=line.leg(await line.call(call.id), Part.AGENT), why="no-answer")
    world.clock.pass_(seconds=2)
    again = await line.followed(call)
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(again, Part.AGENT))
    back = await line.call(call.id)
    caller = back.leg(Part.CALLER)
    assert caller is not None
    assert (back.state, caller.held) == (CallState.TALKING, on_hold)
    assert (CommandKind.RESUME in await line.drive()) != on_hold


async def test_nobody_closes_a_matter_whose_caller_waits_on_the_line(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.waiting()
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, lifecycle.solve, call.ticket, house=line.house)
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, lifecycle.merge, call.ticket, into=(await world.mail()).ticket, house=line.house)
    assert (await line.work(call)).state is WorkState.QUEUED


async def test_who_was_served_otherwise_is_not_called_back(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.waiting()
    await line.tell(NewsKind.PRESSED, call.id, pressed="1")
    await line.tell(NewsKind.CALLER_GONE, call.id)
    await world.do(ANNA, lifecycle.solve, call.ticket, house=line.house)
    over = await line.followed(call)
    assert (over.state, over.ending) == (CallState.ENDED, CallEnding.CALLBACK)


async def test_when_the_last_agent_goes_home_who_waits_hears_so_and_may_leave_a_message(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.waiting()
    assert (await line.tell(NewsKind.WAITS, call.id)).hears is Hears.LINE
    for one in (ANNA, BEN, SUE, AgentId("ada")):
        await world.do(one, duty.set_duty, to=Duty.OFFLINE)
    assert (await line.tell(NewsKind.WAITS, call.id)).hears is Hears.MESSAGE, "out of the line"
    assert (await line.tell(NewsKind.LEFT_LINE, call.id, why="leave")).hears is Hears.NOBODY, "and they hear why"
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    over = await line.call(call.id)
    assert (over.state, over.ending) == (CallState.ENDED, CallEnding.NOBODY)
    assert (await line.work(call)).state is WorkState.QUEUED, "they are to be called back"


async def test_no_caller_is_passed_on_to_somebody_who_is_off_duty(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.talking(ANNA)
    await world.do(BEN, duty.set_duty, to=Duty.OFFLINE)
    with pytest.raises(NotAllowedNow):
        await line.wish(ANNA, call, "transfer", agent=BEN)
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, handing.hand_over, [call.ticket], to=handing.Heir(agent=BEN), house=line.house)
    assert (await line.call(call.id)).agent == ANNA
    await line.wish(ANNA, call, "hang-up")
    await world.do(
        ANNA, assign.assign, call.ticket, to=BEN, house=line.house
    )  # the matter itself may wait till morning


async def test_a_message_is_heard_whoever_left_it(world: World) -> None:
    """Whose number is withheld cannot be called back, and still said something."""
    line = await Exchange.of(world)
    call = await line.waiting(None)
    await line.tell(NewsKind.PRESSED, call.id, pressed="2")
    await line.tell(NewsKind.RECORDED, call.id, recording="https://example.org/1.mp3", seconds=9)
    over = await line.call(call.id)
    assert over.ending is CallEnding.VOICEMAIL
    assert (await line.ticket(over)).status.active
    assert (await line.work(over)).state is WorkState.QUEUED


async def test_who_speaks_after_the_tone_is_held_out_to_nobody_as_if_they_still_waited(world: World) -> None:
    """Else an agent takes the call, nothing rings, and what they took is taken from them again."""
    line = await Exchange.of(world)
    call = await line.waiting()
    work = await line.work(call)
    until = world.clock() + timedelta(minutes=1)
    await world.desk.do(ROUTER, offers.make_offer, work.id, to=ANNA, until=until, why="free")
    await line.tell(NewsKind.PRESSED, call.id, pressed="2")
    later = await line.work(call)
    assert (later.state, later.live, later.virtual_start) == (WorkState.QUEUED, False, work.virtual_start)
    assert await world.ask(ANNA, held_out.mine) == []
    taken = await line.accepted(call, ANNA)
    assert (taken.state, await line.drive()) == (CallState.LEAVING, [])
    await line.tell(NewsKind.RECORDED, call.id, recording="https://example.org/1.mp3", seconds=9)
    assert (await line.work(call)).agent == ANNA, "it stays with her"
    assert (await line.call(call.id)).ending is CallEnding.VOICEMAIL


async def test_a_state_that_was_set_is_not_taken_back_over_what_somebody_chose_since(world: World) -> None:
    """A supervisor sends Anna on a break, Anna goes home, the supervisor thinks again: she stays at home."""
    await world.do(SUE, duty.set_duty, to=Duty.BREAK, reason="Fire drill", of=ANNA)
    await world.do(ANNA, duty.set_duty, to=Duty.OFFLINE)
    with pytest.raises(NotAllowedNow):
        await world.do(SUE, duty.set_duty, to=Duty.AVAILABLE, of=ANNA, seen=Duty.BREAK)
    assert (await world.do(SUE, duty.set_duty, to=Duty.BREAK, of=ANNA, seen=Duty.OFFLINE)).duty is Duty.BREAK


@pytest.mark.parametrize("rests", [True, False])
async def test_who_was_promised_a_call_and_calls_themselves_keeps_their_place_and_is_called_by_nobody(
    world: World, rests: bool
) -> None:
    """Also between two tries; and another telephone's promise is not touched."""
    line = await Exchange.of(world)
    first, other = await line.waiting(), await line.waiting("+15550140124")
    age = (await line.work(first)).virtual_start
    for one in (first, other):
        await line.tell(NewsKind.PRESSED, one.id, pressed="1")
        await line.tell(NewsKind.CALLER_GONE, one.id)
    if rests:
        ringing = await line.accepted(first, ANNA)
        await line.drive()
        await line.tell(NewsKind.LEG_IN, first.id, leg=line.leg(ringing, Part.AGENT))
        dialling = await line.call(first.id)
        await line.drive()
        await line.tell(NewsKind.LEG_OUT, first.id, leg=line.leg(dialling, Part.CALLER), why="busy")
    again = await line.waiting()
    assert again.ticket != first.ticket
    assert (await line.work(again)).virtual_start == age
    promised = await line.call(first.id)
    assert (promised.state, promised.ending) == (CallState.ENDED, CallEnding.CALLBACK)
    task = await line.work(first)
    assert (task.state, task.live) == (WorkState.QUEUED, False), "what they wanted then is not forgotten"
    assert (await line.call(other.id)).state is CallState.PROMISED


async def test_who_says_during_the_talk_what_it_is_about_keeps_the_caller(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.talking(ANNA)
    ticket = await world.do(ANNA, lifecycle.classify, call.ticket, service=ServiceId("s-permit"), house=line.house)
    work = await line.work(call)
    assert (ticket.service, ticket.assignee) == ("s-permit", ANNA)
    assert (work.state, work.agent) == (WorkState.ACTIVE, ANNA)
    assert (await line.followed(call)).state is CallState.TALKING


async def test_what_somebody_writes_at_stays_theirs_though_it_is_another_service_of_their_queue(world: World) -> None:
    line = await Exchange.of(world)
    received = await world.mail()
    await world.do(ANNA, assign.assign, received.ticket, to=ANNA, house=line.house)
    await world.do(ANNA, lifecycle.classify, received.ticket, service=ServiceId("s-permit"), house=line.house)
    known = await world.desk.ask(ROUTER, floor.known)
    assert [(one.state, one.agent) for one in known.works if one.ticket == received.ticket] == [
        (WorkState.ACTIVE, ANNA)
    ]


async def test_an_agent_who_is_to_be_rung_keeps_the_caller_though_the_exchange_knows_of_no_such_line_yet(
    world: World,
) -> None:
    """It was asked how its lines stand at the very moment when it was to be told of that one."""
    line = await Exchange.of(world)
    call = await line.accepted(await line.waiting(), ANNA)
    asked = {"leg": line.leg(call, Part.AGENT), "why": UNHEARD_OF}
    await line.tell(NewsKind.LEG_OUT, call.id, **asked)
    assert (await line.call(call.id)).agent == ANNA, "it is still to be rung"
    await line.drive()
    await line.tell(NewsKind.LEG_OUT, call.id, **asked)
    rings = await line.call(call.id)
    assert (rings.agent, rings.state, rings.trouble) == (ANNA, CallState.CONNECTING, None), "rung since it was asked"


async def test_a_line_that_nobody_knows_to_have_been_rung_is_out_when_the_exchange_never_heard_of_it(
    world: World,
) -> None:
    line = await Exchange.of(world)
    call = await line.accepted(await line.waiting(), ANNA)
    rung = line.leg(call, Part.AGENT)
    await line.drive(came=Came(CommandState.UNKNOWN))
    await line.tell(NewsKind.LEG_OUT, call.id, leg=rung, why=UNHEARD_OF)
    back = await line.call(call.id)
    assert (back.agent, back.state) == (None, CallState.WAITING)
    assert [leg.state for leg in back.legs if leg.id == rung] == [LegState.GONE]
