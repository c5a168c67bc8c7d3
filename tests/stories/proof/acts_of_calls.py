"""What happens in the state proof on the phone: people call, wait, are put through, listened to, called back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from crm_core.actions import assign, callbacks, calling, driving, inboxes, lifecycle, outages, phoning
from crm_core.actions.driving import Came
from crm_core.actions.housekeeping import Lease, take_lease
from crm_core.actions.intake import Contact
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.blob import Blob
from crm_core.model.call import Call, CallNews, CommandState, NewsKind, Part, PhoneManners, Recording, Wish
from crm_core.model.errors import Refusal
from crm_core.model.house import House
from crm_core.model.ids import AgentId, CalendarId, CallId, InboxId
from crm_core.model.message import File, Inbound
from crm_core.model.sla import Window
from crm_core.queries import calls as asked
from gateway.workers.comparing import CALLER
from tests.stories.proof.stage import VIEWERS, Stage, act
from tests.world import ADA, PARKING, SUE, WINDOW

LINE = InboxId("i-line")
DOOR = Actor.inbox(LINE)
FRIEND = "+15550140777"
_ALWAYS = CalendarId("always")
_WEEK = tuple(Window(day, 0, 1440) for day in range(7))
"""Somebody is there whenever the proof runs; what is promised is counted by the real calendar."""


async def _ear(stage: Stage, **manners: Any) -> phoning.Ear:
    """The first call opens the door for all; any live channel will do for the core."""
    if LINE not in stage.setup.inboxes:
        opened: dict[str, Any] = {
            "channel": "chat",
            "name": "Line",
            "queue": PARKING,
            "address": None,
            "settings": {},
            "id": LINE,
        }
        await stage.do(ADA, inboxes.add_inbox, **opened)
        await stage.house.keeper.refresh()
    return phoning.Ear(
        inbox=stage.setup.inboxes[LINE], house=_house(stage), manners=PhoneManners(**manners), window=WINDOW
    )


def _house(stage: Stage) -> House:
    house = stage.setup
    can = {**house.can, "chat": replace(house.can["chat"], calls=True, threads=True)}
    hours = replace(next(iter(house.calendars.values())), id=_ALWAYS, windows=_WEEK)
    queues = {id: replace(queue, calendar=_ALWAYS) for id, queue in house.queues.items()}
    return replace(house, can=can, queues=queues, calendars={**house.calendars, _ALWAYS: hours})


async def _tell(stage: Stage, call: CallId | None, kind: NewsKind, *, ear: phoning.Ear, **more: Any) -> Any:
    return await stage.do(DOOR, phoning.hear_call, CallNews(kind=kind, call=call, **more), ear=ear)


async def _call(stage: Stage, id: CallId) -> Call:
    found = [one for one in await stage.ask(CALLER, asked.live) if one.id == id]
    if not found:
        raise Refusal("That call is over.")
    first: Call = found[0]
    return first


async def _waiting(stage: Stage, *, ear: phoning.Ear) -> Call:
    said = await _tell(
        stage, None, NewsKind.ARRIVED, ear=ear, sid=f"CA{stage.fresh()}", number=f"+1555014{stage.count % 10000:04}"
    )
    await _tell(stage, said.call, NewsKind.WAITS, ear=ear)
    call = await _call(stage, said.call)
    if call.ticket is None:  # the line is full by now, or everybody has gone home
        raise Refusal("Nobody may wait here now.")
    stage.tickets.append(call.ticket)
    return call


async def _drive(stage: Stage, *, ear: phoning.Ear, fails: bool = False) -> None:
    """The phone does what it is told."""
    lease: Lease | None = await stage.do(CALLER, take_lease, "a line of the proof", holder="proof", seconds=60)
    if lease is None:
        raise Refusal("Somebody else drives the phone.")
    while orders := await stage.do(CALLER, driving.take_orders, lease=lease):
        for order in orders:
            bad = fails and order.leg is not None
            came = Came(CommandState.FAILED, why="busy") if bad else Came(CommandState.DONE, sid=f"CA{stage.fresh()}")
            await stage.do(CALLER, driving.settle_order, order.command.id, came, ear=ear)


async def _given(stage: Stage, who: AgentId, *, ear: phoning.Ear) -> Call:
    call = await _waiting(stage, ear=ear)
    assert call.ticket is not None
    await stage.do(SUE, assign.assign, call.ticket, to=who, house=ear.house)
    await stage.do(CALLER, driving.follow_calls, call.ticket)
    return await _call(stage, call.id)


async def _talking(stage: Stage, who: AgentId, *, ear: phoning.Ear) -> Call:
    call = await _given(stage, who, ear=ear)
    await _drive(stage, ear=ear)
    await _tell(stage, call.id, NewsKind.LEG_IN, ear=ear, leg=_leg(call, Part.AGENT))
    await _drive(stage, ear=ear)
    await _tell(stage, call.id, NewsKind.JOINS, ear=ear)
    return await _call(stage, call.id)


def _leg(call: Call, part: Part) -> Any:
    leg = call.leg(part)
    if leg is None:
        raise Refusal("Nobody of this part is there.")
    return leg.id


@act
async def a_caller_talks_and_hangs_up(stage: Stage, who: AgentId) -> None:
    ear = await _ear(stage, recording=Recording.ANNOUNCED)
    call = await _talking(stage, who, ear=ear)
    for verb in ("hold", "resume", "mute"):
        await stage.do(who, calling.ask_of_call, call.id, Wish(verb), house=ear.house)
    await _tell(stage, call.id, NewsKind.CALLER_GONE, ear=ear)
    await stage.do(who, calling.ask_of_call, call.id, Wish("wrap-up"), house=ear.house)


@act
async def an_agent_hangs_up(stage: Stage, who: AgentId) -> None:
    ear = await _ear(stage)
    call = await _talking(stage, who, ear=ear)
    await stage.do(who, calling.ask_of_call, call.id, Wish("hang-up"), house=ear.house)


@act
async def a_line_falls_away(stage: Stage, who: AgentId) -> None:
    """Until the ten seconds are over; then the caller waits in line again."""
    ear = await _ear(stage)
    call = await _talking(stage, who, ear=ear)
    await _tell(stage, call.id, NewsKind.LEG_OUT, ear=ear, leg=_leg(call, Part.AGENT), why="gone")


@act
async def nobody_answers_the_agents_phone(stage: Stage, who: AgentId) -> None:
    ear = await _ear(stage)
    await _given(stage, who, ear=ear)
    await _drive(stage, ear=ear, fails=True)


@act
async def a_supervisor_listens(stage: Stage, who: AgentId) -> None:
    ear = await _ear(stage)
    call = await _talking(stage, stage.dice.choice([one for one in VIEWERS if one != SUE]), ear=ear)
    await stage.do(SUE, calling.overhear, call.id, "listen")
    await stage.do(SUE, calling.overhear, call.id, stage.dice.choice(["whisper", "join", "leave"]))
    assert who


@act
async def a_caller_is_passed_on(stage: Stage, who: AgentId) -> None:
    ear = await _ear(stage)
    call = await _talking(stage, who, ear=ear)
    other = stage.dice.choice([one for one in VIEWERS if one != who])
    await stage.do(who, calling.ask_of_call, call.id, Wish("consult", agent=other), house=ear.house)
    asked_in = await _call(stage, call.id)
    await _tell(stage, call.id, NewsKind.LEG_IN, ear=ear, leg=_leg(asked_in, Part.CONSULTED))
    await stage.do(who, calling.ask_of_call, call.id, Wish("complete-transfer"), house=ear.house)


@act
async def somebody_is_called(stage: Stage, who: AgentId) -> None:
    ear = await _ear(stage)
    for old in await stage.ask(who, asked.mine):
        if old.agent == who:
            await _tell(stage, old.id, NewsKind.CALLER_GONE, ear=ear)
    call = await stage.do(who, calling.start_call, stage.any(), number=FRIEND, house=ear.house)
    await _tell(stage, call.id, NewsKind.LEG_OUT, ear=ear, leg=_leg(call, Part.AGENT), why="busy")


@act
async def a_message_is_left(stage: Stage, _: AgentId) -> None:
    ear = await _ear(stage)
    call = await _waiting(stage, ear=ear)
    await _tell(stage, call.id, NewsKind.PRESSED, ear=ear, pressed="2")
    words = Inbound("tape", Address("", ""), "", "", files=(File("message.mp3", "audio/mpeg", b"tape"),))
    content = b"tape" + stage.fresh().encode()
    tape = Blob(sha256(content).hexdigest(), len(content), content)
    heard = replace(ear, contact=Contact(words, (tape,), None))
    await _tell(stage, call.id, NewsKind.RECORDED, ear=heard, recording=f"https://example.org/{stage.fresh()}")
    await _tell(stage, call.id, NewsKind.TRANSCRIBED, ear=ear, text="Please call me.")


@act
async def a_place_is_kept(stage: Stage, who: AgentId) -> None:
    """They are called when it is their turn, do not answer, and it is tried once more."""
    ear = await _ear(stage, spacing=timedelta(microseconds=1))
    call = await _waiting(stage, ear=ear)
    await _tell(stage, call.id, NewsKind.PRESSED, ear=ear, pressed="1")
    await _tell(stage, call.id, NewsKind.CALLER_GONE, ear=ear)
    assert call.ticket is not None
    await stage.do(SUE, assign.assign, call.ticket, to=who, house=ear.house)
    await stage.do(CALLER, driving.follow_calls, call.ticket)
    ringing = await _call(stage, call.id)
    await _tell(stage, call.id, NewsKind.LEG_IN, ear=ear, leg=_leg(ringing, Part.AGENT))
    dialling = await _call(stage, call.id)
    await _tell(stage, call.id, NewsKind.LEG_OUT, ear=ear, leg=_leg(dialling, Part.CALLER), why="no-answer")
    await stage.do(CALLER, callbacks.try_again, call.id, house=ear.house)


@act
async def the_driver_dies(stage: Stage, who: AgentId) -> None:
    ear = await _ear(stage)
    await _given(stage, who, ear=ear)
    lease: Lease | None = await stage.do(CALLER, take_lease, "a line of the proof", holder="proof", seconds=60)
    if lease is None or not await stage.do(CALLER, driving.take_orders, lease=lease):
        raise Refusal("Nothing is in hand.")
    await stage.do(CALLER, driving.recover_orders)
    waiting = await _waiting(stage, ear=ear)
    await stage.do(CALLER, driving.give_up, waiting.id, house=ear.house)


@act
async def a_telephone_is_set(stage: Stage, who: AgentId) -> None:
    await stage.do(who, calling.set_phone, number=stage.dice.choice([FRIEND, None]))


@act
async def an_exchange_cannot_be_reached_for_a_while(stage: Stage, who: AgentId) -> None:
    ear = await _ear(stage)
    await _waiting(stage, ear=ear)
    await _given(stage, who, ear=ear)
    await stage.do(CALLER, outages.cut_off, LINE, ear=ear)
    await stage.do(CALLER, outages.back, LINE)


@act
async def who_talks_is_merged_into_another_matter(stage: Stage, who: AgentId) -> None:
    ear = await _ear(stage)
    call = await _talking(stage, who, ear=ear)
    await stage.do(SUE, lifecycle.merge, call.ticket, into=stage.any(), house=ear.house)
    await _tell(stage, call.id, NewsKind.CALLER_GONE, ear=ear)
