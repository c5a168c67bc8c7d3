"""Timers ring once, when their time has come, for what is still meant; a mass of late promises waits for a person."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from crm_core.actions import assign, clock, importing, lifecycle, reply
from crm_core.actions.reply import Draft
from crm_core.model.errors import Forbidden
from crm_core.model.ids import MarkId, TicketId, fresh
from crm_core.model.promise import Mark, Timer, TimerKind, TimerState
from crm_core.model.sla import Reason
from crm_core.model.ticket import Status, Ticket
from crm_core.queries import timers
from crm_core.rules import marks, sla
from crm_core.rules.sla import Promise
from crm_core.store.tables import marks as marks_table
from crm_core.store.tables import timers as timers_table
from gateway.workers.clock import CLOCK
from gateway.workers.clock import Clock as Worker
from tests.world import ANNA, IMPORTER, SUE, WINDOW, World

HOUR = timedelta(hours=1)
_MARKS = (
    sa.select(marks_table)
    .where(marks_table.c.ticket == sa.bindparam("ticket", type_=sa.Text))
    .order_by(marks_table.c.at_version, marks_table.c.place, marks_table.c.id)
)
_TIMERS = sa.select(timers_table).order_by(timers_table.c.fires_at, timers_table.c.id)


class Keeper:
    """As much of the house's keeper as the clock wants."""

    def __init__(self, world: World) -> None:
        self.house = world.house


def worker(world: World, *, window: timedelta | None = WINDOW) -> Worker:
    return Worker(world.desk, Keeper(world), holder="tests", now=world.clock, window=window)  # type: ignore[arg-type]


async def told(world: World) -> list[tuple[str, int]]:
    events = [event for event in await world.events() if event.type == "ticket.due"]
    return [(event.facts["promise"], event.facts["percent"]) for event in events]


async def marks_of(world: World, ticket: TicketId) -> list[Mark]:
    async def read(read: object) -> list[Mark]:
        return await read.values(Mark, _MARKS, ticket=ticket)  # type: ignore[attr-defined, no-any-return]

    return await world.desk.ask(IMPORTER, read)


async def timers_of(world: World) -> list[Timer]:
    async def read(read: object) -> list[Timer]:
        return await read.values(Timer, _TIMERS)  # type: ignore[attr-defined, no-any-return]

    return await world.desk.ask(IMPORTER, read)


async def test_a_promise_is_recalled_at_its_shares_to_whom_the_policy_names(world: World) -> None:
    got = await world.mail()
    assert await worker(world).ring() == 0
    world.clock.pass_(hours=4.1)
    await worker(world).ring()
    assert await told(world) == [("first", 50)]
    event = (await world.events())[-1]
    assert event.facts["told"] == [SUE], "nobody has it: who leads is told"
    before = await world.ticket(got.ticket)
    world.clock.pass_(hours=4)
    await worker(world).ring()
    assert await told(world) == [("first", 50), ("first", 80), ("first", 100)]
    assert (await world.ticket(got.ticket)).version == before.version, "no screen is stale by a reminder"


async def test_a_promise_that_was_kept_rings_no_more(world: World) -> None:
    got = await world.mail()
    await world.do(ANNA, reply.reply, got.ticket, Draft(text="Here it is"), house=world.house)
    world.clock.pass_(hours=9)
    await worker(world).ring()
    assert await told(world) == []
    assert next(timer.state for timer in await timers_of(world)) is TimerState.VOID


async def test_two_clocks_ring_each_timer_once(world: World) -> None:
    await world.mail()
    world.clock.pass_(hours=4.1)
    due = await world.desk.ask(CLOCK, timers.due, window=WINDOW)
    rings = [world.desk.do(CLOCK, clock.ring, due[0].id, house=world.house, window=WINDOW) for _ in range(4)]
    await asyncio.gather(*rings)
    assert await told(world) == [("first", 50)]


async def test_what_sleeps_wakes_when_its_time_has_come(world: World) -> None:
    got = await world.mail()
    until = world.clock() + HOUR
    await world.do(ANNA, lifecycle.snooze, got.ticket, until=until)
    assert await world.desk.ask(CLOCK, timers.next_at, window=WINDOW) == until
    world.clock.pass_(hours=1.1)
    await worker(world).ring()
    assert (await world.ticket(got.ticket)).snoozed_until is None
    assert [event.type for event in await world.events()][-1] == "ticket.snoozed"


async def test_what_stayed_solved_is_closed_if_the_setting_says_so(world: World) -> None:
    got = await world.mail()
    await world.do(ANNA, lifecycle.solve, got.ticket, house=world.house)
    world.clock.pass_(days=13)
    await worker(world).ring()
    assert (await world.ticket(got.ticket)).status is Status.SOLVED
    world.clock.pass_(days=1.1)
    await worker(world, window=None).ring()
    assert (await world.ticket(got.ticket)).status is Status.SOLVED
    await worker(world).ring()
    assert (await world.ticket(got.ticket)).status is Status.CLOSED


async def test_a_clock_that_jumps_tells_nobody_before_a_person_said_so(world: World) -> None:
    for _ in range(25):
        await world.mail()
    world.clock.pass_(days=400)
    await worker(world).ring()
    assert [share for _, share in await told(world) if share >= 100] == []
    held = await world.ask(SUE, timers.held)
    assert [(one.why, one.count) for one in held] == [("clock", 25)]
    with pytest.raises(Forbidden):
        await world.do(ANNA, clock.release, why="clock", choice="tell")
    await world.do(SUE, clock.release, why="clock", choice="tell")
    await worker(world).ring()
    assert (await told(world)).count(("first", 100)) == 25


async def test_what_is_held_may_also_go_on_quietly(world: World) -> None:
    for _ in range(25):
        await world.mail()
    world.clock.pass_(hours=9)
    await worker(world).ring()
    await world.do(SUE, clock.release, why="clock", choice="quiet")
    await worker(world).ring()
    assert ("first", 100) not in await told(world)
    assert await world.ask(SUE, timers.held) == []


async def test_a_few_late_promises_are_told_at_once(world: World) -> None:
    for _ in range(20):
        await world.mail()
    world.clock.pass_(hours=9)
    await worker(world).ring()
    assert (await told(world)).count(("first", 100)) == 20


async def test_a_pause_whose_cap_is_used_up_is_told_and_the_clock_runs_on(world: World) -> None:
    got = await world.mail()
    answer = Draft(text="Please send it", status=Status.WAITING, reason=Reason.DOCUMENTS)
    await world.do(ANNA, reply.reply, got.ticket, answer, house=world.house)
    waiting = await world.ticket(got.ticket)
    assert (waiting.due_at, waiting.clock.still_until) == (None, waiting.updated_at + timedelta(days=30))
    world.clock.pass_(days=30.1)
    await worker(world).ring()
    assert await told(world) == [("pause", 100)]
    again = await world.ticket(got.ticket)
    assert (again.due_kind, again.version) == ("resolution", waiting.version + 1)


async def test_the_marks_in_the_record_tell_the_clock_of_every_ticket(world: World) -> None:
    got = await world.mail()
    world.clock.pass_(hours=1)
    await world.do(ANNA, assign.assign, got.ticket, to=ANNA, house=world.house)
    draft = Draft(text="Wait", status=Status.WAITING)
    await world.do(ANNA, reply.reply, got.ticket, draft, house=world.house)
    world.clock.pass_(hours=30)
    await world.do(ANNA, lifecycle.set_status, got.ticket, to=Status.ON_HOLD, reason=Reason.FORCE, house=world.house)
    await world.do(ANNA, lifecycle.solve, got.ticket, house=world.house)
    world.clock.pass_(hours=5)
    await world.do(ANNA, lifecycle.reopen, got.ticket, house=world.house)
    ticket = await world.ticket(got.ticket)
    kept = await marks_of(world, got.ticket)
    kinds = [mark.kind.value for mark in kept]
    assert kinds == ["opened", "asked", "accepted", "answered", "paused", "paused", "solved", "reopened"]
    again = marks.retold(ticket, kept)
    assert replace(again, clock=again.clock) == replace(
        ticket, clock=replace(ticket.clock, next_due_at=None, acceptance_due_at=None, still_until=None)
    )
    promise = Promise(*world.house.promise(world.house.services[ticket.service]))
    assert sla.promised(again, promise=promise) == ticket


async def test_imported_history_keeps_its_timers_and_rings_none_of_them(world: World) -> None:
    got = await world.mail()
    live = await world.ticket(got.ticket)
    promise = Promise(*world.house.promise(world.house.services[live.service]))
    old = world.clock() - timedelta(days=9)
    past: Ticket = replace(
        live, id=fresh(TicketId, at=old), number="ON-4F7K-2931", created_at=old, updated_at=old, awaiting_since=old
    )
    past = sla.opened(past, promise=promise)
    told_by = marks.of(None, past, named=lambda: fresh(MarkId, at=old))
    await world.desk.do(IMPORTER, importing.import_values, [past, *told_by])
    states = {timer.ticket: timer.state for timer in await timers_of(world) if timer.kind is TimerKind.PROMISE}
    assert states == {live.id: TimerState.WAITING, past.id: TimerState.PAST}
    await worker(world).ring()
    assert await told(world) == []
    assert len(await marks_of(world, past.id)) == 2
