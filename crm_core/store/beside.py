"""What is kept beside a ticket, whoever changes it: its place in lists, its marks, its timers.

An action saves the ticket and cannot forget these. An import brings the marks of its
history itself; a timer whose time had passed by then is kept as PAST and never fires.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, cast

from crm_core.model.actor import Actor, ActorKind
from crm_core.model.ids import MarkId, TicketId, TimerId, fresh
from crm_core.model.message import Message
from crm_core.model.promise import Timer, TimerKind, TimerState
from crm_core.model.ticket import Conversation, Status, Ticket
from crm_core.rules import ageing, marks

V = TypeVar("V")


def completed(value: V) -> V:
    """The value with what follows from the rest of it."""
    if not isinstance(value, Ticket):
        return value
    rank = ageing.rank(value)
    return value if value.rank == rank else cast(V, replace(value, rank=rank))


def of(before: object | None, after: object, *, actor: Actor, now: datetime) -> Iterator[Any]:
    """The values to be inserted with this change."""
    if isinstance(after, Conversation) and after.live_until is not None and _talks_on(before, after):
        yield rings(after.ticket, at=after.live_until, now=now)
    if isinstance(after, Message) and (before is None or isinstance(before, Message)):
        yield from _sendings(before, after, now=now)
    if not isinstance(after, Ticket) or not (before is None or isinstance(before, Ticket)):
        return
    imported = actor.kind is ActorKind.IMPORTER
    if not imported:
        yield from marks.of(before, after, named=lambda: fresh(MarkId, at=now))
    for kind, at, promise, percent in _timers(before, after):
        state = TimerState.PAST if imported and at <= now and kind is not TimerKind.CLOSE else TimerState.WAITING
        yield Timer(fresh(TimerId, at=now), after.id, kind, at, promise, percent, state)


def _talks_on(before: object | None, after: Conversation) -> bool:
    """It goes on for longer than was known, or in another ticket."""
    known = before if isinstance(before, Conversation) else None
    return known is None or (known.live_until, known.ticket) != (after.live_until, after.ticket)


def rings(ticket: TicketId, *, at: datetime, now: datetime) -> Timer:
    """A look at a talk that is to be taken then."""
    return Timer(fresh(TimerId, at=now), ticket, TimerKind.TALK, at, None, 0, TimerState.WAITING)


def _sendings(before: Message | None, after: Message, *, now: datetime) -> Iterator[Timer]:
    """An answer that waits for its time rings when that has come."""
    if after.hold is None or after.send_at is None:
        return
    if before is None or (before.hold, before.send_at) != (after.hold, after.send_at):
        id = fresh(TimerId, at=now)
        yield Timer(id, after.ticket, TimerKind.SEND, after.send_at, None, 0, TimerState.WAITING)


def _timers(before: Ticket | None, after: Ticket) -> Iterator[tuple[TimerKind, datetime, str | None, int]]:
    alarm, slept, solved = after.clock.alarm, after.snoozed_until, after.status is Status.SOLVED
    if alarm is not None and (before is None or before.clock.alarm != alarm):
        yield TimerKind.PROMISE, alarm.at, alarm.promise, alarm.percent
    if slept is not None and (before is None or before.snoozed_until != slept):
        yield TimerKind.SNOOZE, slept, None, 0
    if solved and after.solved_at is not None and (before is None or before.status is not Status.SOLVED):
        yield TimerKind.CLOSE, after.solved_at, None, 0
