"""What a member of staff enters for somebody who came in person, or whose letter came: what may be said of it, and since when they wait."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm_core.model.address import Address
from crm_core.model.customer import Customer
from crm_core.model.errors import BadInput, Problem
from crm_core.model.house import House
from crm_core.model.ids import AgentId
from crm_core.model.ticket import Priority, Ticket

BACKDATING = timedelta(days=14)
"""How long ago a letter may have come before it is registered, unless its inbox says otherwise."""

SEEN = "seen"
"""The evidence of whoever showed their papers (`rules/identity.py`)."""


def waiting_since(day: date | None, *, at: datetime, zone: str, backdating: timedelta = BACKDATING) -> datetime | None:
    """From when the promise counts what came on this day: its first minute, for nobody noted the hour. None: from now.

    What came today counts from now, as at any other door. Raises BadInput for a day that is
    still to come, or so long ago that it is a slip of the pen.
    """
    today = at.astimezone(ZoneInfo(zone)).date()
    if day is None or day == today:
        return None
    if day > today:
        raise BadInput(Problem("received", "This day is still to come. Say when it reached us."))
    if today - day > backdating:
        raise BadInput(Problem("received", f"This is more than {backdating.days} days ago. Is the year right?"))
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone)).astimezone(at.tzinfo)


def why_entered(*, joins: str | None, known: str | None) -> str:
    """The reason that stands in the timeline. `known`: the number of the matter whose signed code was on the paper."""
    if joins is None:
        return "a colleague entered it"
    if known == joins:
        return "it carries the signed code of our own letter, and a colleague looked"
    return "a colleague found where it belongs"


def leads(address: Address, *, house: House) -> bool:
    """Whether any channel of ours reaches such an address; a scan from the drop folder has one that leads nowhere."""
    return address.scheme in house.schemes.values()


def is_nobody(customer: Customer, addresses: Sequence[Address], *, house: House) -> bool:
    """Whether all that we have of somebody is that something came: no name, and nowhere that we could ask."""
    return not customer.name and not any(leads(address, house=house) for address in addresses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What whoever enters a contact says of it: how much it presses, who may see it whatever its queue, when it reached us."""

    priority: Priority = Priority.NORMAL
    readers: frozenset[AgentId] = frozenset()
    since: datetime | None = None


def as_entered(ticket: Ticket, entered: Entered) -> Ticket:
    """Its promises are counted from when it reached us, not from when somebody found time to enter it."""
    since = entered.since or ticket.created_at
    return replace(ticket, priority=entered.priority, readers=entered.readers, created_at=since, awaiting_since=since)
