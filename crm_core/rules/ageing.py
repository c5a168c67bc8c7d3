"""Priority ages: what waits presses more with time, but nothing grows into an emergency.

In a list everything that waits ages alike, so its order among itself never changes with
time: waiting a step's length counts as much as one priority more. The order is therefore
one number, written with the ticket; what the screen shows of it is `aged`, for the moment.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crm_core.model.ticket import Priority, Ticket

STEP = timedelta(hours=24)
"""Waiting so long raises a ticket by one priority in lists. Offers age faster: see `routing.decision.Timing`."""

CEILING = Priority.URGENT
"""Waiting alone raises nothing above this: an emergency is declared, never grown into."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EMERGENCIES_FIRST = 1 << 60


@dataclass(frozen=True, slots=True)
class Aged:
    """A priority as it is after waiting, and why."""

    priority: Priority
    why: str


def rank(ticket: Ticket) -> int:
    """Its place in lists by priority, the greatest first: microseconds, later for what began to wait later."""
    waits_since = (_since(ticket) - _EPOCH) // timedelta(microseconds=1)
    if ticket.priority > CEILING:
        return _EMERGENCIES_FIRST - waits_since
    return ticket.priority * (STEP // timedelta(microseconds=1)) - waits_since


def aged(ticket: Ticket, *, at: datetime) -> Aged:
    """How much it presses now."""
    waited = at - _since(ticket)
    steps = max(waited // STEP, 0) if ticket.status.active else 0
    if ticket.priority >= CEILING or not steps:
        return Aged(ticket.priority, "as it was set")
    grown = Priority(min(CEILING, ticket.priority + steps))
    return Aged(grown, f"set to {ticket.priority.name.lower()}, has waited {waited // timedelta(hours=1)} h")


def _since(ticket: Ticket) -> datetime:
    """Since when somebody waits for our word, or for the matter itself."""
    return ticket.awaiting_since or ticket.created_at
