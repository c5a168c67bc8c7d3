"""What other rules do to due times: pure, from a ticket and its marks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm_core.model.ids import CalendarId, PolicyId, ServiceId, TicketId
from crm_core.model.promise import Job, Mark, Slip
from crm_core.model.sla import Calendar, SlaPolicy
from crm_core.model.ticket import Ticket
from crm_core.rules import marks as marks_rule
from crm_core.rules import sla
from crm_core.rules.sla import Promise

PORTION = 200
"""Tickets that one action of a job stores."""

COUNTED = 100_000
"""How far open tickets are counted for a job or a preview."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Every policy and calendar as they are, or would be, and which service promises by which."""

    policies: Mapping[PolicyId, SlaPolicy]
    calendars: Mapping[CalendarId, Calendar]
    services: Mapping[ServiceId, PolicyId]

    def promise(self, ticket: Ticket) -> Promise:
        """What is promised on a ticket."""
        policy = self.policies[self.services[ticket.service]]
        return Promise(policy, self.calendars[policy.calendar])

    def of_policies(self, wanted: Iterable[PolicyId]) -> list[ServiceId]:
        """The services that promise by any of these."""
        names = set(wanted)
        return [service for service, policy in self.services.items() if policy in names]

    def concerned(
        self, *, policies: Sequence[SlaPolicy] = (), calendars: Sequence[Calendar] = ()
    ) -> tuple[PolicyId, ...]:
        """The policies whose promises move with these."""
        named = {policy.id for policy in policies}
        hours = {calendar.id for calendar in calendars}
        return tuple(sorted(named | {policy.id for policy in self.policies.values() if policy.calendar in hours}))


@dataclass(frozen=True, slots=True)
class Change:
    """A ticket as it was read, and as the rules of now reckon it. `late`: it became so by this alone."""

    before: Ticket
    after: Ticket
    late: bool


@dataclass(frozen=True, slots=True)
class Portion:
    """The next tickets of a job: as it stood, where it stands after them, and what changes."""

    job: Job
    cursor: str
    looked_at: int
    changes: tuple[Change, ...]
    rules: Rules


def reckoned(ticket: Ticket, told: Sequence[Mark], *, rules: Rules, at: datetime) -> Change | None:
    """A ticket under these rules, from its marks; None where nothing moves."""
    if ticket.service not in rules.services or not ticket.status.active:
        return None
    after = sla.promised(marks_rule.retold(ticket, told), promise=rules.promise(ticket), at=at)
    if after == ticket:
        return None
    on_time = ticket.due_at is None or ticket.due_at > at
    return Change(ticket, after, on_time and after.due_at is not None and after.due_at <= at)


def moves(change: Change) -> bool:
    """Whether a due time moves; that other rules are in force with the same result is no move."""
    was, becomes = change.before, change.after
    return (was.due_at, was.first_due_at, was.resolution_due_at) != (
        becomes.due_at,
        becomes.first_due_at,
        becomes.resolution_due_at,
    )


def slip(ticket: Ticket, *, rules: Rules, at: datetime) -> Slip | None:
    """What it would do to a ticket; its own clock is what its marks tell, so they need not be read."""
    after = sla.promised(ticket, promise=rules.promise(ticket), at=at)
    if after.due_at == ticket.due_at and after.resolution_due_at == ticket.resolution_due_at:
        return None
    on_time = ticket.due_at is None or ticket.due_at > at
    late = on_time and after.due_at is not None and after.due_at <= at
    return Slip(ticket.id, ticket.number, after.due_kind, ticket.due_at, after.due_at, late)


def by_ticket(marks: Iterable[Mark]) -> dict[TicketId, list[Mark]]:
    """Marks, in order, under the ticket they are about."""
    told: dict[TicketId, list[Mark]] = {}
    for mark in marks:
        told.setdefault(mark.ticket, []).append(mark)
    return told
