"""Promises: when the first answer, the next answer and the solution are due.

A promise hangs on the service (its policy), never on the channel; only whether the
contact is live, a capability, chooses between two first answers. Everything is counted
in open hours of the policy's calendar, per second, so any promise can be recomputed.
Where a calendar never opens for that long there is no promise (None), but no error
either: no contact may be lost because somebody set the hours wrongly.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crm_core.model.sla import Calendar, SlaPolicy
from crm_core.model.ticket import Status, Ticket
from crm_core.rules.calendar import NeverOpen, add_open_time, open_time_between

Pause = tuple[datetime, datetime]
"""A stretch in which the solution's clock stood still, waiting on the citizen."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised and in which hours: a service's policy with its calendar."""

    policy: SlaPolicy
    calendar: Calendar


def first_due(opened_at: datetime, *, policy: SlaPolicy, calendar: Calendar, live: bool) -> datetime | None:
    """When the first answer is due: seconds for contacts that happen now, hours for all others."""
    return _after(opened_at, amount=policy.first_live if live else policy.first_deferred, calendar=calendar)


def next_due(awaiting_since: datetime, *, policy: SlaPolicy, calendar: Calendar) -> datetime | None:
    """When the next answer is due to somebody who waits since then."""
    return _after(awaiting_since, amount=policy.next_answer, calendar=calendar)


def resolution_due(
    opened_at: datetime, *, policy: SlaPolicy, calendar: Calendar, pauses: Sequence[Pause] = ()
) -> datetime | None:
    """When the matter is to be solved; time in which its clock stood still does not count.

    `pauses` are in order and do not overlap. Each open second of a pause that began
    before the due time moves it by one open second.
    """
    due = _after(opened_at, amount=policy.resolution, calendar=calendar)
    for pause in pauses:
        due = None if due is None else after_pause(due, pause=pause, calendar=calendar)
    return due


def after_pause(due_at: datetime, *, pause: Pause, calendar: Calendar) -> datetime | None:
    """A due time moved by the open time of one pause; one that had passed before it stays."""
    begins, ends = pause
    if begins >= due_at:
        return due_at
    return _after(due_at, amount=open_time_between(begins, end=ends, calendar=calendar), calendar=calendar)


def opened(ticket: Ticket, *, promise: Promise) -> Ticket:
    """The ticket with the promises that were made when it was opened."""
    policy, calendar = promise.policy, promise.calendar
    first = first_due(ticket.created_at, policy=policy, calendar=calendar, live=ticket.live)
    resolution = resolution_due(ticket.created_at, policy=policy, calendar=calendar)
    return promised(replace(ticket, first_due_at=first, resolution_due_at=resolution), promise=promise)


def promised(ticket: Ticket, *, promise: Promise) -> Ticket:
    """The ticket with its nearest promise written on it, for lists that sort by it."""
    due_at, due_kind = nearest(ticket, promise=promise)
    return replace(ticket, due_at=due_at, due_kind=due_kind)


def nearest(ticket: Ticket, *, promise: Promise) -> tuple[datetime | None, str | None]:
    """The promise that is due first, and which: `first`, `next`, `resolution`; or none.

    Nothing is due on a ticket that is solved. While we wait on the citizen the
    solution's clock stands still, so it is not due either.
    """
    if not ticket.status.active:
        return None, None
    due: list[tuple[datetime, str]] = []
    if ticket.first_answered_at is None:
        _promise(due, at=ticket.first_due_at, kind="first")
    elif ticket.awaiting_since is not None:
        answer = next_due(ticket.awaiting_since, policy=promise.policy, calendar=promise.calendar)
        _promise(due, at=answer, kind="next")
    if ticket.status is not Status.WAITING:
        _promise(due, at=ticket.resolution_due_at, kind="resolution")
    return min(due) if due else (None, None)


def slack(due_at: datetime, *, at: datetime, calendar: Calendar) -> timedelta:
    """Open time left until a due time; negative once it has passed."""
    if due_at >= at:
        return open_time_between(at, end=due_at, calendar=calendar)
    return -open_time_between(due_at, end=at, calendar=calendar)


def _promise(due: list[tuple[datetime, str]], *, at: datetime | None, kind: str) -> None:
    if at is not None:
        due.append((at, kind))


def _after(start: datetime, *, amount: timedelta, calendar: Calendar) -> datetime | None:
    """None for hours that never open for so long: a contact is worth more than its promise."""
    try:
        return add_open_time(start, amount=amount, calendar=calendar)
    except NeverOpen:
        return None
