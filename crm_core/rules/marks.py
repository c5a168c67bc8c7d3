"""Marks: what every change of a ticket does to its clock, kept for ever and only added to.

`of` tells a change from the ticket before and after it, whoever made it; `retold` makes
the clock again from the marks alone. They are each other's proof: a ticket's own clock
always equals the one that its marks tell.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from crm_core.model.ids import MarkId, ServiceId
from crm_core.model.promise import Mark
from crm_core.model.sla import Clock, MarkKind, Reason
from crm_core.model.ticket import Priority, Status, Ticket
from crm_core.rules import sla

Said = tuple[MarkKind, datetime, str | None]
Named = Callable[[], MarkId]

_LAST = 99
"""The place of a mark that says only which rules are in force: a job makes it without raising the version."""

LIVE, DEFERRED = "live", "deferred"


def of(before: Ticket | None, after: Ticket, *, named: Named) -> list[Mark]:
    """The marks of a change, in the order in which they are to be told."""
    said = _born(after) if before is None else _changed(before, after)
    clock = after.clock
    return [
        Mark(
            named(),
            after.id,
            at,
            after.version,
            clock.cycle,
            kind,
            says,
            clock.policy,
            clock.policy_version,
            _LAST if kind is MarkKind.APPLIED else place,
        )
        for place, (kind, at, says) in enumerate(said)
    ]


def retold(ticket: Ticket, marks: Iterable[Mark]) -> Ticket:
    """The ticket with everything its promises are counted from as the marks tell it; no due time is touched."""
    told = replace(
        ticket,
        awaiting_since=None,
        first_answered_at=None,
        solved_at=None,
        clock=replace(
            Clock(), alarm=ticket.clock.alarm, policy=ticket.clock.policy, policy_version=ticket.clock.policy_version
        ),
    )
    for mark in marks:
        told = _TELLING[mark.kind](told, mark)
    return told


def _born(ticket: Ticket) -> Iterator[Said]:
    live = LIVE if ticket.clock.opened_live else DEFERRED
    yield MarkKind.OPENED, ticket.created_at, f"{live} {ticket.priority.name.lower()} {ticket.service}"
    yield from _answers(None, None, ticket)
    if ticket.clock.accepted_at is not None:
        yield MarkKind.ACCEPTED, ticket.clock.accepted_at, ticket.assignee


def _changed(before: Ticket, after: Ticket) -> Iterator[Said]:
    at = after.updated_at
    if after.service != before.service:
        yield MarkKind.CLASSIFIED, at, after.service
    if after.priority is not before.priority:
        yield MarkKind.PRIORITISED, at, after.priority.name.lower()
    yield from _answers(before.awaiting_since, before.first_answered_at, after)
    yield from _stands(before, after)
    if after.clock.handed_at is not None and _was_handed(before.clock, after.clock):
        yield MarkKind.HANDED, after.clock.handed_at, after.queue
    if after.clock.accepted_at is not None and after.clock.accepted_at != before.clock.accepted_at:
        yield MarkKind.ACCEPTED, after.clock.accepted_at, after.assignee
    ours, theirs = before.clock, after.clock
    if (ours.policy, ours.policy_version) != (theirs.policy, theirs.policy_version):
        yield MarkKind.APPLIED, at, None


def _was_handed(before: Clock, after: Clock) -> bool:
    return after.handed_at != before.handed_at or (before.accepted_at is not None and after.accepted_at is None)


def _answers(since: datetime | None, answered: datetime | None, after: Ticket) -> Iterator[Said]:
    """Who waits for our word since when, and our first word. Waiting that ended without a word ended with the matter."""
    if after.first_answered_at is not None and answered is None:
        yield MarkKind.ANSWERED, after.first_answered_at, None
    elif since is not None and after.awaiting_since is None and after.status.active:
        yield MarkKind.ANSWERED, after.updated_at, None
    if after.awaiting_since is not None and after.awaiting_since != since:
        yield MarkKind.ASKED, after.awaiting_since, None


def _stands(before: Ticket, after: Ticket) -> Iterator[Said]:
    """Paused, resumed, over, back again."""
    if after.solved_at is not None:
        if before.solved_at is None:
            kind = MarkKind.SOLVED if after.status is Status.SOLVED else MarkKind.CLOSED
            yield kind, after.solved_at, None
        elif after.status is Status.CLOSED and before.status is not Status.CLOSED:
            yield MarkKind.CLOSED, after.updated_at, None
        return
    if before.solved_at is not None:
        yield MarkKind.REOPENED, after.clock.cycle_at or after.updated_at, None
    ours, theirs = before.clock.pause, after.clock.pause
    if ours == theirs:
        return
    if theirs is None:
        if ours is not None and before.solved_at is None:
            ended = after.clock.pauses[len(before.clock.pauses) - 1].ends
            yield MarkKind.RESUMED, ended or after.updated_at, None
    else:
        yield MarkKind.PAUSED, theirs.begins, theirs.reason.value


def _opened(ticket: Ticket, mark: Mark) -> Ticket:
    """One mark for what every ticket begins with; its unit has it from then on."""
    live, priority, service = (mark.says or "").split(" ", 2)
    return replace(
        ticket,
        created_at=mark.at,
        priority=Priority[priority.upper()],
        service=ServiceId(service),
        clock=replace(ticket.clock, opened_live=live == LIVE, handed_at=mark.at),
    )


def _classified(ticket: Ticket, mark: Mark) -> Ticket:
    return replace(ticket, service=ServiceId(mark.says or ""))


def _prioritised(ticket: Ticket, mark: Mark) -> Ticket:
    return replace(ticket, priority=Priority[(mark.says or "").upper()])


def _asked(ticket: Ticket, mark: Mark) -> Ticket:
    return replace(ticket, awaiting_since=mark.at)


def _answered(ticket: Ticket, mark: Mark) -> Ticket:
    return replace(ticket, awaiting_since=None, first_answered_at=ticket.first_answered_at or mark.at)


def _paused(ticket: Ticket, mark: Mark) -> Ticket:
    return replace(ticket, clock=sla.standing(ticket.clock, reason=Reason(mark.says or ""), at=mark.at))


def _resumed(ticket: Ticket, mark: Mark) -> Ticket:
    return replace(ticket, clock=sla.standing(ticket.clock, reason=None, at=mark.at))


def _over(ticket: Ticket, mark: Mark) -> Ticket:
    clock = sla.standing(ticket.clock, reason=None, at=mark.at)
    return replace(ticket, awaiting_since=None, solved_at=ticket.solved_at or mark.at, clock=clock)


def _reopened(ticket: Ticket, mark: Mark) -> Ticket:
    assert ticket.solved_at is not None, "reopened, but never over"
    clock = sla.reopened(ticket.clock, solved_at=ticket.solved_at, at=mark.at)
    return replace(ticket, solved_at=None, clock=clock)


def _handed(ticket: Ticket, mark: Mark) -> Ticket:
    return replace(ticket, clock=sla.handed(ticket.clock, at=mark.at))


def _accepted(ticket: Ticket, mark: Mark) -> Ticket:
    return replace(ticket, clock=replace(ticket.clock, accepted_at=mark.at))


def _applied(ticket: Ticket, mark: Mark) -> Ticket:
    return replace(ticket, clock=replace(ticket.clock, policy=mark.policy, policy_version=mark.policy_version))


_TELLING: dict[MarkKind, Callable[[Ticket, Mark], Ticket]] = {
    MarkKind.OPENED: _opened,
    MarkKind.CLASSIFIED: _classified,
    MarkKind.PRIORITISED: _prioritised,
    MarkKind.ASKED: _asked,
    MarkKind.ANSWERED: _answered,
    MarkKind.PAUSED: _paused,
    MarkKind.RESUMED: _resumed,
    MarkKind.SOLVED: _over,
    MarkKind.CLOSED: _over,
    MarkKind.REOPENED: _reopened,
    MarkKind.HANDED: _handed,
    MarkKind.ACCEPTED: _accepted,
    MarkKind.APPLIED: _applied,
}
