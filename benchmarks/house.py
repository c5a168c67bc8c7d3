"""A house to measure in: queues with a team each, their agents, a mailbox and a form, and tokens for programs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.corpus import TO
from config.settings import Settings
from crm_core.actions import accounts, importing
from crm_core.actions.accounts import NewToken
from crm_core.model.acknowledging import Acknowledging, Whom
from crm_core.model.actor import Actor
from crm_core.model.agent import Agent, Capacity, Duty, Role
from crm_core.model.ids import AgentId, CalendarId, InboxId, PolicyId, QueueId, ServiceId, TeamId, UnitId
from crm_core.model.inbox import Inbox
from crm_core.model.queue import Queue, Team
from crm_core.model.service import Service, Unit
from crm_core.model.sla import Calendar, SlaPolicy, Window
from gateway.http.who import TOKEN_PREFIX, digest
from gateway.wiring import open_record

QUEUES = 20
IMPORTER, OPERATOR = Actor.importer("benchmarks"), Actor.worker("operator")

_SILENT = Acknowledging(Whom.NOBODY)  # what is measured is what came in
_THEN = datetime(2026, 1, 1, tzinfo=UTC)
_CALENDAR, _POLICY, _UNIT = CalendarId("always"), PolicyId("usual"), UnitId("city")


@dataclass(frozen=True, slots=True)
class Tokens:
    """API tokens: of the agents (the first twenty: one of each queue), of a supervisor and of an admin."""

    agents: tuple[str, ...]
    supervisor: str
    admin: str


def service(number: int) -> str:
    """The name by which a contact asks for the service of a queue."""
    return f"service-{number}"


async def furnish(settings: Settings, *, agents: int = QUEUES, duty: Duty = Duty.OFFLINE) -> Tokens:
    """Write the house into an empty record; the agents stand by turns in the teams of the queues."""
    people = [_agent(number, duty=duty) for number in range(agents)]
    boss = _person("boss", Role.SUPERVISOR, frozenset())
    chief = _person("chief", Role.ADMIN, frozenset())
    async with open_record(settings) as desk:
        await desk.do(IMPORTER, importing.import_values, [*_values(), *people, boss, chief])
        everybody = (*people, boss, chief)
        for first in range(0, len(everybody), 50):
            tokens = [
                NewToken(agent=agent.id, name="bench", digest=digest(secret(agent.id)), scopes=frozenset())
                for agent in everybody[first : first + 50]
            ]
            await asyncio.gather(*(desk.do(OPERATOR, accounts.make_token, token) for token in tokens))
    return Tokens(tuple(secret(agent.id) for agent in people), secret(boss.id), secret(chief.id))


def secret(agent: AgentId) -> str:
    """A token that is no secret: this house lives for a minute, on this machine only."""
    return f"{TOKEN_PREFIX}bench-{agent}-{'0' * 32}"


def _values() -> list[object]:
    hours = timedelta(hours=1)
    calendar = Calendar(_CALENDAR, "Always", "UTC", tuple(Window(day, 0, 1440) for day in range(7)), {})
    policy = SlaPolicy(
        _POLICY,
        "Usual",
        _CALENDAR,
        timedelta(minutes=1),
        first_deferred=8 * hours,
        next_answer=8 * hours,
        resolution=50 * hours,
    )
    teams = [Team(TeamId(f"team-{number}"), f"Team {number}") for number in range(QUEUES)]
    queues = [_queue(number) for number in range(QUEUES)]
    services = [_service(number) for number in range(QUEUES)]
    return [Unit(_UNIT, "City", _THEN), calendar, policy, *teams, *queues, *services, *_inboxes()]


def _queue(number: int) -> Queue:
    team = TeamId(f"team-{number}")
    return Queue(QueueId(f"queue-{number}"), f"queue-{number}", f"Queue {number}", team, {}, _CALENDAR, "star", number)


def _service(number: int) -> Service:
    name = {"en": f"Service {number}", "zh": f"服务 {number}"}
    return Service(
        ServiceId(service(number)),
        service(number),
        name,
        name,
        {},
        _UNIT,
        QueueId(f"queue-{number}"),
        _POLICY,
        {},
        (),
        {},
        active=True,
        order=number,
    )


def _inboxes() -> list[Inbox]:
    queue = QueueId("queue-0")
    return [
        Inbox(InboxId("mail"), "email", "Mail", queue, TO, {}, active=True, created_at=_THEN, acknowledging=_SILENT),
        Inbox(
            InboxId("form"), "web_form", "Form", queue, None, {}, active=True, created_at=_THEN, acknowledging=_SILENT
        ),
    ]


def _agent(number: int, *, duty: Duty) -> Agent:
    return _person(f"agent-{number}", Role.AGENT, frozenset({TeamId(f"team-{number % QUEUES}")}), duty=duty)


def _person(id: str, role: Role, teams: frozenset[TeamId], *, duty: Duty = Duty.OFFLINE) -> Agent:
    return Agent(
        AgentId(id),
        f"{id}@bench.example",
        id.title(),
        role,
        ("en",),
        {},
        Capacity(8, {}),
        duty,
        _THEN,
        None,
        active=True,
        created_at=_THEN,
        teams=teams,
    )
