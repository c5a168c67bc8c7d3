"""What is promised on one ticket, by which rules and in which hours."""

from datetime import datetime

from crm_core.model.ids import TicketId
from crm_core.model.sla import Calendar
from crm_core.model.view import Json, instant, maybe_instant
from crm_core.queries import ticket
from crm_core.rules import ageing, sla
from crm_core.rules import calendar as hours
from crm_core.rules.calendar import NeverOpen
from gateway.http import faces
from gateway.http.routes import API, Ask, route


class HoursItem(faces.Face):
    """The calendar that a ticket's promises are counted in."""

    id: str
    name: str
    zone: str
    open: bool
    opens_at: datetime | None


class RuleItem(faces.Face):
    """The policy that makes a ticket's promises."""

    id: str
    name: str
    version: int


class AgedItem(faces.Face):
    """A priority as it is after waiting, and why."""

    priority: faces.Level
    why: str


class PromisesItem(faces.Face):
    """Every promise still to be kept, its rules, and how much the ticket presses by now."""

    promises: dict[str, datetime]
    policy: RuleItem | None
    calendar: HoursItem | None
    aged: AgedItem


@route("GET", f"{API}/tickets/{{id}}/promises", answer=PromisesItem)
async def of_ticket(ask: Ask, *, id: str) -> Json:
    """What is promised on a ticket, by its id or its number."""
    found = (await ask.read(ticket.whole, TicketId(id))).ticket
    now, house = ask.house.clock(), ask.house.keeper.house
    service = house.services.get(found.service)
    policy = None if service is None else house.policies.get(service.policy)
    calendar = None if policy is None else house.calendars.get(policy.calendar)
    aged = ageing.aged(found, at=now)
    pending = sla.pending(found, at=found.clock.still_until or now)
    return {
        "promises": {kind: instant(at) for kind, at in pending.items() if at is not None},
        "policy": None if policy is None else {"id": policy.id, "name": policy.name, "version": policy.version},
        "calendar": None
        if calendar is None
        else {
            "id": calendar.id,
            "name": calendar.name,
            "zone": calendar.zone,
            "open": hours.is_open(now, calendar=calendar),
            "opens_at": _opens_at(calendar, now),
        },
        "aged": {"priority": aged.priority.name.lower(), "why": aged.why},
    }


def _opens_at(calendar: Calendar, at: datetime) -> str | None:
    try:
        return maybe_instant(hours.next_opening(at, calendar=calendar))
    except NeverOpen:
        return None
