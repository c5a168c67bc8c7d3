"""What happens to tickets because a time has come: each timer rings once, and looks whether it is still meant."""

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from crm_core.actions import talks, waiting, working
from crm_core.model.agent import Agent
from crm_core.model.errors import BadInput, Problem
from crm_core.model.event import TicketSnoozed, TicketStatus
from crm_core.model.event_promises import TicketDue, TimersHeld, TimersReleased
from crm_core.model.house import House
from crm_core.model.ids import AgentId, TimerId
from crm_core.model.promise import Timer, TimerKind, TimerState
from crm_core.model.sla import Rung
from crm_core.model.ticket import Status, Ticket
from crm_core.rules import alarms, lifecycle
from crm_core.rules.sla import Promise
from crm_core.store.maps.codec import micros
from crm_core.store.tables import agents, timers
from crm_core.store.tx import Tx

_text, _big = sa.Text, sa.BigInteger
CHOICES = {"tell": TimerState.SURE, "quiet": TimerState.QUIET}
"""What a person may say of promises that are held."""

_RING = (
    sa.update(timers)
    .where(timers.c.id == sa.bindparam("key_id", type_=_text), timers.c.state == sa.bindparam("key_state", type_=_text))
    .values(state=sa.bindparam("new_state", type_=_text))
)
_HOLD = (
    sa.update(timers)
    .where(
        timers.c.kind == "promise",
        sa.text("state IN ('waiting', 'sure', 'quiet')"),
        timers.c.state == "waiting",
        timers.c.percent >= 100,
        timers.c.fires_at <= sa.bindparam("until", type_=_big),
    )
    .values(state="held", why=sa.bindparam("new_why", type_=_text))
)
_RELEASE = (
    sa.update(timers)
    .where(sa.text("state = 'held'"), timers.c.why == sa.bindparam("key_why", type_=_text))
    .values(state=sa.bindparam("new_state", type_=_text))
)
_STAFF = sa.select(agents).where(agents.c.active == 1, agents.c.role == "supervisor")


async def ring(tx: Tx, timer_id: TimerId, *, house: House, window: timedelta | None) -> TimerState:
    """Do what the timer is for. Two who ring the same do it once: the first to claim its row.

    `window` is how long what is solved stays so before it is closed.
    """
    await tx.permit(to="expire")
    timer = await tx.get(Timer, timer_id)
    if not timer.state.fires or not await tx.change(
        _RING, key_id=timer.id, key_state=timer.state.value, new_state=TimerState.FIRED.value
    ):
        return timer.state
    ticket = await tx.get(Ticket, timer.ticket)
    if await _acted(tx, timer, ticket, house=house, window=window):
        return TimerState.FIRED
    await tx.change(_RING, key_id=timer.id, key_state=TimerState.FIRED.value, new_state=TimerState.VOID.value)
    return TimerState.VOID


async def hold(tx: Tx, *, why: str) -> int:
    """So many are late at once that a person is asked first; how many."""
    await tx.permit(to="expire")
    count = await tx.change(_HOLD, until=micros(tx.now), new_why=why)
    if count:
        tx.emit(TimersHeld(count=count, why=why))
    return count


async def release(tx: Tx, *, why: str, choice: str) -> int:
    """A person's word about what is held for this reason: people are told after all, or it goes on quietly."""
    await tx.permit(to="escalate")
    if choice not in CHOICES:
        raise BadInput(Problem("choice", "Choose tell or quiet."))
    count = await tx.change(_RELEASE, key_why=why, new_state=CHOICES[choice].value)
    if count:
        tx.emit(TimersReleased(count=count, choice=choice))
    return count


async def _acted(tx: Tx, timer: Timer, ticket: Ticket, *, house: House, window: timedelta | None) -> bool:
    match timer.kind:
        case TimerKind.PROMISE:
            return await _remind(tx, timer, ticket, house=house)
        case TimerKind.LATE:
            return await _admit(tx, timer, ticket, house=house)
        case TimerKind.SNOOZE:
            return await _wake(tx, timer, ticket)
        case TimerKind.CLOSE:
            return await _close(tx, timer, ticket, window=window)
        case TimerKind.SEND:
            return await waiting.let_go(tx, ticket, house=house) > 0
        case TimerKind.TALK:
            return await talks.looked_at(tx, ticket, house=house)


async def _remind(tx: Tx, timer: Timer, ticket: Ticket, *, house: House) -> bool:
    """Tell whom the policy names, and set the next alarm. The ticket's version stays: nobody's screen is stale by it."""
    alarm = ticket.clock.alarm
    if alarm is None or (alarm.at, alarm.promise, alarm.percent) != (timer.fires_at, timer.promise, timer.percent):
        return False
    promise = Promise(*house.promise(house.services[ticket.service]))
    after = alarms.rung(ticket, promise=promise, at=tx.now)
    if alarm.promise == alarms.PAUSE:
        after = replace(after, version=ticket.version + 1)  # it is due again: that shows
    await tx.save(after)
    if after.due_at != ticket.due_at:
        await working.move_work(tx, after)
    if timer.state is not TimerState.QUIET:
        rung = _rung(promise, alarm.promise, alarm.percent)
        told = await _told(tx, after, rung=rung, house=house)
        due_at = after.resolution_due_at if alarm.promise == alarms.PAUSE else _due_of(after, alarm.promise)
        tx.emit(TicketDue(ticket=after, promise=alarm.promise, percent=alarm.percent, due_at=due_at, told=told))
    return True


async def _admit(tx: Tx, timer: Timer, ticket: Ticket, *, house: House) -> bool:
    """It became late by a change of the rules, and a person said that this is to be told."""
    late = ticket.status.active and ticket.due_at is not None and ticket.due_at <= tx.now
    if not late or timer.state is TimerState.QUIET or ticket.due_kind is None:
        return False
    promise = Promise(*house.promise(house.services[ticket.service]))
    rung = _rung(promise, ticket.due_kind, alarms.DUE)
    told = await _told(tx, ticket, rung=rung, house=house)
    due = TicketDue(ticket=ticket, promise=ticket.due_kind, percent=alarms.DUE, due_at=ticket.due_at, told=told)
    tx.emit(due)
    return True


async def _wake(tx: Tx, timer: Timer, ticket: Ticket) -> bool:
    if ticket.snoozed_until != timer.fires_at or not ticket.status.active:
        return False
    awake = await tx.save(lifecycle.awake(ticket, at=tx.now))
    tx.emit(TicketSnoozed(ticket=awake))
    return True


async def _close(tx: Tx, timer: Timer, ticket: Ticket, *, window: timedelta | None) -> bool:
    """It stayed solved for as long as it may come back: what is written now opens a new ticket."""
    stayed = ticket.status is Status.SOLVED and ticket.solved_at == timer.fires_at
    if not stayed or window is None or timer.fires_at + window > tx.now:
        return False
    closed = await tx.save(lifecycle.close(ticket, at=tx.now))
    tx.emit(TicketStatus(ticket=closed, was_status=ticket.status))
    await working.finish_work(tx, closed)
    return True


async def _told(tx: Tx, ticket: Ticket, *, rung: Rung | None, house: House) -> frozenset[AgentId]:
    if rung is None:
        return frozenset()
    queue = house.queues.get(ticket.queue)
    staff = await tx.values(Agent, _STAFF)
    return alarms.told(rung, ticket=ticket, team=None if queue is None else queue.team, staff=staff)


def _rung(promise: Promise, kind: str, percent: int) -> Rung | None:
    """Who is told at this share; that a pause ran out, whoever is told first of all."""
    ladder = promise.policy.ladder
    if kind == alarms.PAUSE:
        return ladder[0] if ladder else None
    return alarms.rung_of(promise.policy, percent=percent)


def _due_of(ticket: Ticket, kind: str) -> datetime | None:
    dues = {
        "first": ticket.first_due_at,
        "next": ticket.clock.next_due_at,
        "resolution": ticket.resolution_due_at,
        "acceptance": ticket.clock.acceptance_due_at,
    }
    return dues[kind]
