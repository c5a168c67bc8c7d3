"""Values made for the rules' tests: small, with everything that does not matter filled in."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings

from crm_core.model.address import Address
from crm_core.model.agent import Agent, Capacity, Duty, Role
from crm_core.model.ids import (
    AgentId,
    CalendarId,
    ConversationId,
    CustomerId,
    PolicyId,
    QueueId,
    ServiceId,
    TeamId,
    TicketId,
    UnitId,
)
from crm_core.model.queue import Queue
from crm_core.model.service import Service
from crm_core.model.sla import Calendar, SlaPolicy, Window
from crm_core.model.ticket import Priority, Status, Ticket
from crm_core.rules.sla import Promise
from crm_core.rules.threading import Strand

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Two cores do the work of many here: no example fails for taking its time."""

ANA = Address.mail("ana@example.org")
MALLORY = Address.mail("mallory@example.net")


def hours(
    *windows: tuple[int, int],
    zone: str = "UTC",
    days: range = range(5),
    exceptions: dict[date, tuple[tuple[int, int], ...]] | None = None,
) -> Calendar:
    """The same windows (in hours) on these weekdays."""
    week = tuple(Window(day, opens * 60, closes * 60) for day in days for opens, closes in windows)
    return Calendar(CalendarId("c"), "Office hours", zone, week, exceptions or {})


ALWAYS = hours((0, 24), days=range(7))
OFFICE = hours((9, 17))


def a_promise(calendar: Calendar = ALWAYS) -> Promise:
    policy = SlaPolicy(
        PolicyId("p"),
        "Standard",
        calendar.id,
        first_live=timedelta(seconds=20),
        first_deferred=timedelta(hours=4),
        next_answer=timedelta(hours=8),
        resolution=timedelta(hours=24),
    )
    return Promise(policy, calendar)


def a_ticket(**changes: Any) -> Ticket:
    given: dict[str, Any] = {
        "id": TicketId("t1"),
        "number": "ON-4F7K-2931",
        "subject": "The lamp is out",
        "status": Status.OPEN,
        "priority": Priority.NORMAL,
        "service": ServiceId("lamps"),
        "queue": QueueId("streets"),
        "customer": CustomerId("ana"),
        "customer_name": "Ana",
        "channel": "email",
        "created_at": MONDAY,
        "updated_at": MONDAY,
        "version": 7,
    }
    return Ticket(**(given | changes))


def an_agent(**changes: Any) -> Agent:
    given: dict[str, Any] = {
        "id": AgentId("tom"),
        "email": "tom@larkhaven.example",
        "name": "Tom",
        "role": Role.AGENT,
        "languages": ("en",),
        "skills": {},
        "capacity": Capacity(5, {}),
        "duty": Duty.AVAILABLE,
        "duty_since": MONDAY,
        "duty_reason": None,
        "active": True,
        "created_at": MONDAY,
    }
    return Agent(**(given | changes))


def a_service(**changes: Any) -> Service:
    given: dict[str, Any] = {
        "id": ServiceId("lamps"),
        "slug": "street-lamp",
        "name": {"en": "A street lamp is out"},
        "about": {},
        "synonyms": {},
        "unit": UnitId("works"),
        "queue": QueueId("streets"),
        "policy": PolicyId("p"),
        "skills": {},
        "fields": (),
        "facts": {},
        "active": True,
        "order": 1,
    }
    return Service(**(given | changes))


def a_queue(**changes: Any) -> Queue:
    given: dict[str, Any] = {
        "id": QueueId("streets"),
        "slug": "streets",
        "name": "Streets",
        "team": TeamId("works"),
        "skills": {},
        "calendar": CalendarId("c"),
        "icon": "road",
        "order": 1,
    }
    return Queue(**(given | changes))


def a_strand(ticket: Ticket | None = None, *, participants: tuple[Address, ...] = (ANA,)) -> Strand:
    return Strand(ticket or a_ticket(), ConversationId("strand"), frozenset(participants))
