"""A call of the city beside the same call through the product: the same events in the same order, the same things known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import Any

import pytest

from crm_core.actions import calling, lifecycle, reply
from crm_core.model.call import Call, CallDirection, CallEnding, CommandKind, NewsKind, Part
from crm_core.model.ticket import Status, Ticket
from crm_core.model.work import Work, WorkState
from crm_core.store import tables
from gateway.city.plan import City
from tests.crm_core.actions.exchange import NUMBER, Exchange
from tests.gateway.city.conftest import SPOKEN
from tests.world import ANNA, BEN, IMPORTER, World

LINES = frozenset({"sid", "recording", "tape", "trouble"})
"""What a wire knows of a call, beside what the house knows."""

ELSEWHERE = (
    "offer.",
    "message.",
    "note.",
    "customer.",
    "agent.",
    "identity.",
    "feedback.",
    "suggestion.",
    "ticket.service",
)
"""Messages stand for themselves, and offers are routing's: history has neither, for letters or for calls."""

Happens = Callable[[Exchange], Awaitable[Call]]
Like = Callable[[Call, Ticket, Work], bool]


async def _answered(line: Exchange) -> Call:
    call = await line.talking(ANNA)
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    await _done(line, call)
    return call


async def _handed_on(line: Exchange) -> Call:
    call = await line.talking(ANNA)
    asked = await line.wish(ANNA, call, "consult", agent=BEN)
    await line.drive()
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(asked, Part.CONSULTED))
    await line.wish(ANNA, call, "complete-transfer")
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    await _done(line, call, by=BEN)
    return call


async def _given_up(line: Exchange) -> Call:
    call = await line.waiting()
    line.world.clock.pass_(seconds=40)
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    return call


async def _at_once(line: Exchange) -> Call:
    call = await line.waiting()
    line.world.clock.pass_(seconds=3)
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    return call


async def _left_words(line: Exchange) -> Call:
    call = await line.waiting()
    await line.tell(NewsKind.PRESSED, call.id, pressed="2")
    await line.tell(NewsKind.RECORDED, call.id, recording="https://example.org/left.mp3", seconds=9)
    await line.tell(NewsKind.TRANSCRIBED, call.id, text="Please call me back.")
    return call


async def _kept_their_place(line: Exchange) -> Call:
    call = await line.waiting()
    await line.tell(NewsKind.PRESSED, call.id, pressed="1")
    await line.tell(NewsKind.CALLER_GONE, call.id)
    await _rung_and_reached(line, await line.accepted(call, ANNA))
    await _noted(line, call, by=ANNA)
    await line.wish(ANNA, call, "wrap-up")
    await line.world.do(ANNA, lifecycle.set_status, call.ticket, to=Status.WAITING, house=line.house)
    return call


async def _missed_and_called(line: Exchange) -> Call:
    missed = await _given_up(line)
    await line.accepted(missed, ANNA)
    ours: Call = await line.world.do(ANNA, calling.start_call, missed.ticket, number=NUMBER, house=line.house)
    await _rung_and_reached(line, ours)
    await _done(line, ours)
    return missed


async def _rung_and_reached(line: Exchange, call: Call) -> None:
    await line.drive()
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(call, Part.AGENT))
    dialling = await line.call(call.id)
    assert await line.drive() == [CommandKind.RING]
    await line.tell(NewsKind.LEG_IN, call.id, leg=line.leg(dialling, Part.CALLER))
    await line.tell(NewsKind.LEG_OUT, call.id, leg=line.leg(dialling, Part.CALLER), why="completed")


async def _done(line: Exchange, call: Call, *, by: Any = ANNA) -> None:
    """Wrapped up, as an agent does it."""
    await _noted(line, call, by=by)
    await line.world.do(by, lifecycle.solve, call.ticket, house=line.house)
    await line.followed(call)


async def _noted(line: Exchange, call: Call, *, by: Any) -> None:
    await line.world.do(by, reply.note, call.ticket, "Answered: it is the second one from the corner.")
    await line.world.do(by, lifecycle.rename, call.ticket, subject="Street light out")


def _solved_at_once(_call: Call, ticket: Ticket, work: Work) -> bool:
    return ticket.solved_at is not None and ticket.solved_at == work.ended_at


def _talks(call: Call) -> int:
    return sum(leg.part is Part.AGENT for leg in call.legs)


CASES: dict[str, tuple[Happens, Like]] = {
    "answered": (
        _answered,
        lambda call, ticket, work: (
            bool(call.sid and call.bridged_at and not call.attempts and _talks(call) == 1)
            and _solved_at_once(call, ticket, work)
        ),
    ),
    "handed on": (
        _handed_on,
        lambda call, _ticket, _work: _talks(call) == 2,
    ),
    "given up": (
        _given_up,
        lambda call, _ticket, work: call.ending is CallEnding.ABANDONED and work.state is WorkState.QUEUED,
    ),
    "given up at once": (_at_once, lambda call, _ticket, _work: call.short and call.number is not None),
    "words": (
        _left_words,
        lambda call, _ticket, work: call.ending is CallEnding.VOICEMAIL and work.state is WorkState.QUEUED,
    ),
    "kept their place": (_kept_their_place, lambda call, _ticket, _work: call.sid is not None and call.attempts == 1),
    "missed and called": (
        _missed_and_called,
        lambda call, _ticket, work: call.ending is CallEnding.ABANDONED and work.held_at is not None,
    ),
}


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
@pytest.mark.parametrize("case", CASES)
async def test_a_call_of_the_city_left_what_a_live_one_leaves(world: World, city: City, case: str) -> None:
    happens, like = CASES[case]
    call = await happens(await Exchange.of(world))
    begun = [one for one in await world.events() if one.ticket == call.ticket or one.type == "call.moved"]
    live = in_order([(one.type, str((one.facts.get("call") or {}).get("state", ""))) for one in begun])
    told = [played(city, one, upto=len(live)) for one in chosen(city, like)]
    assert live in told, f"live: {live}\nthe city's: {told[:2]}"
    same = chosen(city, like)[told.index(live)]
    ours = next(one for one in city.work if one.ticket == same.ticket)
    assert known(ours) == known(await work_of(world, call))
    there = next(one for one in await calls_of(world, call) if one.id == call.id)
    assert known(same, but=LINES) == known(there, but=LINES)


def in_order(story: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without messages; how lines come and go within a state is the wire's own."""
    kept = [one for one in story if not one[0].startswith(ELSEWHERE)]
    return [one for at, one in enumerate(kept) if at == 0 or one != kept[at - 1]]


def played(city: City, call: Call, *, upto: int) -> list[tuple[str, str]]:
    """What the city's history tells of the ticket of this call, as far as the live one went."""
    events = [one.event for one in city.past]
    begun = [one for one in events if getattr(getattr(one, "call", None), "id", None) == call.id][:1]
    mine = [one for one in events if getattr(getattr(one, "ticket", None), "id", None) == call.ticket]
    told = [(one.dotted, str(one.call.state) if hasattr(one, "call") else "") for one in [*begun, *mine]]
    return in_order(told)[:upto]


def chosen(city: City, like: Like) -> list[Call]:
    """Calls of the city that are like this."""
    works = {work.ticket: work for work in city.work}
    tickets = {ticket.id: ticket for ticket in city.tickets if ticket.channel in SPOKEN}
    theirs = [call for call in city.calls if call.direction is CallDirection.IN and call.ticket in tickets]
    return [call for call in theirs if call.ticket and like(call, tickets[call.ticket], works[call.ticket])]


def known(value: Any, *, but: frozenset[str] = frozenset()) -> set[str]:
    """Which of its facts are known."""
    return {field.name for field in fields(value) if field.name not in but and getattr(value, field.name) is not None}


async def work_of(world: World, call: Call) -> Work:
    async def ask(read: Any) -> Work:
        [found] = await read.values(Work, tables.work.select().where(tables.work.c.ticket == call.ticket))
        return found  # type: ignore[no-any-return]

    kept: Work = await world.desk.ask(IMPORTER, ask)
    return kept


async def calls_of(world: World, call: Call) -> list[Call]:
    async def ask(read: Any) -> list[Call]:
        found: list[Call] = await read.values(Call, tables.calls.select().where(tables.calls.c.ticket == call.ticket))
        return found

    kept: list[Call] = await world.desk.ask(IMPORTER, ask)
    return kept
