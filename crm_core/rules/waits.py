"""How somebody's waiting ends: they have one of us, they have their answer, or they gave up.

Said once for each piece of work, by the action that knows it, and never changed again:
what the board counts today must be what a recount says tomorrow.
"""

from dataclasses import replace
from datetime import datetime

from crm_core.model.ids import AgentId
from crm_core.model.ticket import Status, Ticket
from crm_core.model.work import Work, WorkState


def taken(work: Work, *, by: AgentId, at: datetime) -> Work:
    """An agent has it. Who came live has waited until now; what is written waits for its answer."""
    held = replace(work, state=WorkState.ACTIVE, agent=by, held_at=at, first=work.first or by, wraps_until=None)
    return replace(held, answered_at=at) if work.came_live and not is_over(work) else held


def gone_quiet(work: Work, *, live: bool, at: datetime) -> Work:
    """It is live or not, from now on. Who leaves before anybody was there gave up, though their words are answered."""
    gave_up = work.live and not live and not is_over(work)
    return replace(work, live=live, left_at=at if gave_up else work.left_at)


def ended(work: Work, *, ticket: Ticket, at: datetime) -> Work:
    """It wants nobody any more: answered, given up, or neither where the matter was closed without a word."""
    done = replace(work, state=WorkState.DONE, ended_at=at, wraps_until=None)
    if is_over(work) or ticket.status is Status.CLOSED:
        return done
    if work.came_live:
        return replace(done, left_at=at)
    return done if ticket.awaiting_since is not None else replace(done, answered_at=at)


def is_over(work: Work) -> bool:
    """Whether their waiting has ended, one way or the other."""
    return work.answered_at is not None or work.left_at is not None
