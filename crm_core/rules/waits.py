"""How somebody's waiting ends: they have one of us, they have their answer, or they gave up.

Said once for each piece of work, by the action that knows it, and never changed again (but
for callers who were taken and never put through): what the board counts today must be what
a recount says tomorrow.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from crm_core.model.ids import AgentId, QueueId
from crm_core.model.ticket import Status, Ticket
from crm_core.model.work import Work, WorkState


def taken(work: Work, *, by: AgentId, at: datetime) -> Work:
    """An agent has it. Who came live has waited until now; what is written waits for its answer."""
    held = replace(
        work,
        state=WorkState.ACTIVE,
        agent=by,
        held_at=at,
        first=work.first or by,
        wraps_until=None,
        units=weight(work),
    )
    return replace(held, answered_at=at) if work.came_live and not is_over(work) else held


def untaken(work: Work, *, reached: bool) -> Work:
    """Whoever took it has it no more. Where they never reached each other, nobody has been answered or received yet."""
    back = replace(work, state=WorkState.QUEUED, agent=None, held_at=None)
    if reached:
        return back
    return replace(back, answered_at=None, first=None if work.first == work.agent else work.first)


def weight(work: Work) -> int:
    """So much room it takes: what is left of a live contact is an answer like any other, and weighs no more."""
    return 1 if work.came_live and not work.live else work.units


def gone_quiet(work: Work, *, live: bool, at: datetime) -> Work:
    """It is live or not, from now on. Who leaves before anybody was there gave up, though their words are answered."""
    leaves = work.live and not live
    left_at = at if leaves and not is_over(work) else work.left_at
    units = 1 if leaves else work.units
    return replace(work, live=live, left_at=left_at, units=units, cut_off=work.cut_off and live)


def kept_up(work: Work, *, ticket: Ticket, at: datetime) -> Work:
    """It presses as its ticket does, and is as live; the same work where nothing changed."""
    quiet = gone_quiet(work, live=ticket.live, at=at)
    return replace(quiet, priority=int(ticket.priority), due_at=ticket.due_at)


def wrapping(work: Work, *, at: datetime, cap: timedelta) -> Work:
    """The contact is over; its agent finishes what belongs to it, for `cap` at most."""
    over = replace(work, state=WorkState.WRAPPING, live=False, cut_off=False)
    return replace(over, entered_at=at, wraps_until=at + cap)


def ended(work: Work, *, ticket: Ticket, at: datetime) -> Work:
    """It wants nobody any more: answered, given up, or neither where the matter was closed without a word."""
    done = replace(work, state=WorkState.DONE, ended_at=at, wraps_until=None)
    if is_over(work) or ticket.status is Status.CLOSED:
        return done
    if work.came_live:
        return replace(done, left_at=at)
    return done if ticket.awaiting_since is not None else replace(done, answered_at=at)


def counts_where_it_was(work: Work, *, queue: QueueId) -> bool:
    """Whether they were answered, or gave up, in another queue than the one it goes to: what is left to do there is new work."""
    return is_over(work) and not work.live and work.queue != queue


def goes_over(work: Work, known: Work | None, *, on_line: AgentId | None) -> bool:
    """Whether its agent goes on with it in the ticket that theirs was merged into, whatever is `known` there.

    They are with the person now, or finish what belongs to a contact and nobody waits for more.
    """
    if work.state is WorkState.WRAPPING:
        return known is None
    return work.state is WorkState.ACTIVE and (work.live or (on_line is not None and work.agent == on_line))


def following(work: Work, earlier: Work) -> Work:
    """What is left to do when a contact is over: as old as that was (I16), and for whoever received them, if they serve it."""
    had = earlier.agent or earlier.preferred
    return replace(work, virtual_start=earlier.virtual_start, first=earlier.first, preferred=had)


def is_over(work: Work) -> bool:
    """Whether their waiting has ended, one way or the other."""
    return work.answered_at is not None or work.left_at is not None
