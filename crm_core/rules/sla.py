"""Promises, as the rest of the house asks for them: made when a ticket opens, kept true at every change.

The arithmetic is in `reckoning.py`, the ladder of reminders in `alarms.py`; whoever changes
a ticket calls `promised` (the rules of `lifecycle.py` do) and gets both.
"""

from dataclasses import replace
from datetime import datetime

from crm_core.model.sla import Clock, Pause, Reason
from crm_core.model.ticket import Ticket
from crm_core.rules.alarms import watched as promised
from crm_core.rules.reckoning import (
    Promise,
    Stretch,
    after_pause,
    first_due,
    nearest,
    next_due,
    pending,
    resolution_due,
    restated,
    slack,
    targets,
)

__all__ = [
    "Promise",
    "Stretch",
    "accepted",
    "after_pause",
    "first_due",
    "handed",
    "nearest",
    "next_due",
    "opened",
    "pending",
    "promised",
    "reopened",
    "resolution_due",
    "restated",
    "slack",
    "standing",
    "targets",
]


def opened(ticket: Ticket, *, promise: Promise) -> Ticket:
    """The ticket with the promises that are made when it is opened; its unit has it from then on."""
    clock = replace(
        ticket.clock,
        opened_live=ticket.live,
        handed_at=ticket.created_at,
        accepted_at=None if ticket.assignee is None else ticket.created_at,
    )
    return promised(replace(ticket, clock=clock), promise=promise)


def handed(clock: Clock, *, at: datetime) -> Clock:
    """Another unit has it from now on, and is to sign for it."""
    return replace(clock, handed_at=at, accepted_at=None)


def accepted(ticket: Ticket, *, at: datetime) -> Ticket:
    """Somebody of the unit has it: that is its signature. It is given once."""
    if ticket.clock.accepted_at is not None:
        return ticket
    return restated(replace(ticket, clock=replace(ticket.clock, accepted_at=at, acceptance_due_at=None)))


def standing(clock: Clock, *, reason: Reason | None, at: datetime) -> Clock:
    """The clock stands still from now on for this reason, or runs (None)."""
    lasting = clock.pause
    if lasting is not None and lasting.reason is reason:
        return clock
    pauses = clock.pauses if lasting is None else (*clock.pauses[:-1], replace(lasting, ends=max(at, lasting.begins)))
    if reason is None:
        return replace(clock, pauses=pauses)
    begins = max(at, pauses[-1].ends or at) if pauses else at
    return replace(clock, pauses=(*pauses, Pause(reason, begins)))


def reopened(clock: Clock, *, solved_at: datetime, at: datetime) -> Clock:
    """It came back: the next cycle begins, and while it was solved nobody waited."""
    begins = max([solved_at, *(pause.ends or solved_at for pause in clock.pauses[-1:])])
    solved = Pause(Reason.SOLVED, begins, max(at, begins))
    return replace(clock, cycle=clock.cycle + 1, cycle_at=max(at, begins), pauses=(*clock.pauses, solved))
