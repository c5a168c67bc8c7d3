"""Agents and work for the tests of routing, with everything that a test does not care about filled in."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from crm_core.model.agent import Agent, Capacity, Duty, Role
from crm_core.model.ids import AgentId, OfferId, QueueId, TicketId, WorkId
from crm_core.model.work import Offer, Work, WorkState

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TAX = QueueId("tax")
ROADS = QueueId("roads")


def after(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def agent(name: str, *, idle: float = 60, **changed: Any) -> Agent:
    """An available agent with room for three, idle since `idle` seconds before noon."""
    values: dict[str, Any] = {
        "id": AgentId(name),
        "email": f"{name}@larkhaven.example",
        "name": name.title(),
        "role": Role.AGENT,
        "languages": ("en",),
        "skills": {},
        "capacity": Capacity(total=3, by_channel={}),
        "duty": Duty.AVAILABLE,
        "duty_since": after(-idle),
        "duty_reason": None,
        "active": True,
        "created_at": after(-100_000),
    }
    return Agent(**(values | changed))


def work(name: str, *, waited: float = 0, **changed: Any) -> Work:
    """Deferred work of normal priority in the tax queue, queued `waited` seconds before noon."""
    values: dict[str, Any] = {
        "id": WorkId(name),
        "ticket": TicketId(f"ticket-{name}"),
        "queue": TAX,
        "channel": "email",
        "live": False,
        "units": 1,
        "skills": {},
        "language": None,
        "priority": 2,
        "virtual_start": after(-waited),
        "entered_at": after(-waited),
        "state": WorkState.QUEUED,
    }
    return Work(**(values | changed))


def call(name: str, *, waited: float = 0, **changed: Any) -> Work:
    """A caller: live, and all three units of an agent."""
    return work(name, waited=waited, **({"channel": "voice", "live": True, "units": 3} | changed))


def offer(of: Work, *, to: str, until: datetime) -> Offer:
    """A live offer of this work."""
    return Offer(OfferId(f"offer-{of.id}"), of.id, of.ticket, AgentId(to), NOON, until, "")


def names(ids: Iterable[str]) -> set[str]:
    """Ids as plain words."""
    return {str(id) for id in ids}
