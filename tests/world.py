"""A small house for tests: two teams, two queues, three services, four people, a mailbox and a form.

`world` runs on both databases. It is the real desk on a real database; only the clock
can be moved.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm_core.actions import importing, intake
from crm_core.actions.desk_postgres import PostgresDesk
from crm_core.actions.desk_sqlite import SqliteDesk
from crm_core.actions.housekeeping import number_events, take_lease
from crm_core.model.acknowledging import Acknowledging, Whom
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.agent import Agent, Capacity, Duty, Role
from crm_core.model.event import Stamped
from crm_core.model.house import House
from crm_core.model.ids import (
    AgentId,
    CalendarId,
    InboxId,
    PolicyId,
    QueueId,
    ServiceId,
    TeamId,
    TicketId,
    UnitId,
)
from crm_core.model.inbox import Capabilities, Inbox
from crm_core.model.message import Inbound
from crm_core.model.queue import Queue, Team
from crm_core.model.service import Service, Unit
from crm_core.model.sla import Calendar, SlaPolicy, Window
from crm_core.model.ticket import Ticket
from crm_core.queries import events
from crm_core.store import schema
from tests.peers.postgres import Postgres

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
IMPORTER = Actor.importer("tests")
WINDOW = timedelta(days=14)

PARKING, HOUSING = QueueId("q-parking"), QueueId("q-housing")
MAIL, FORM = InboxId("i-mail"), InboxId("i-form")
ANNA, BEN, SUE, ADA = AgentId("anna"), AgentId("ben"), AgentId("sue"), AgentId("ada")


class Clock:
    """Time that a test can move; it never stands still, so that ids and orders stay distinct."""

    def __init__(self, start: datetime = START) -> None:
        self._at = start

    def __call__(self) -> datetime:
        self._at += timedelta(milliseconds=1)
        return self._at

    def pass_(self, **spans: float) -> None:
        """Let time pass: `clock.pass_(hours=2)`."""
        self._at += timedelta(**spans)


def calendar() -> Calendar:
    """Open Monday to Friday, 8 to 18, UTC."""
    return Calendar(CalendarId("office"), "Office", "UTC", tuple(Window(day, 480, 1080) for day in range(5)), {})


def policy() -> SlaPolicy:
    hours = timedelta(hours=1)
    return SlaPolicy(
        PolicyId("usual"),
        "Usual",
        CalendarId("office"),
        timedelta(minutes=1),
        first_deferred=8 * hours,
        next_answer=8 * hours,
        resolution=50 * hours,
    )


def service(slug: str, queue: QueueId, *, order: int, skills: dict[str, int] | None = None) -> Service:
    return Service(
        ServiceId(f"s-{slug}"),
        slug,
        {"en": slug.title(), "zh": slug.title()},
        {"en": f"About {slug}", "zh": f"About {slug}"},
        {},
        UnitId("city"),
        queue,
        PolicyId("usual"),
        skills or {},
        (),
        {},
        active=True,
        order=order,
    )


def agent(id: AgentId, name: str, role: Role, *teams: str) -> Agent:
    return Agent(
        id,
        f"{id}@larkhaven.example",
        name,
        role,
        ("en",),
        {},
        Capacity(8, {}),
        Duty.AVAILABLE,
        START,
        None,
        active=True,
        created_at=START,
        teams=frozenset(TeamId(team) for team in teams),
    )


PEOPLE = (
    agent(ANNA, "Anna Kowal", Role.AGENT, "t-parking"),
    agent(BEN, "Ben Osei", Role.AGENT, "t-housing"),
    agent(SUE, "Sue Park", Role.SUPERVISOR),
    agent(ADA, "Ada Lind", Role.ADMIN),
)
SERVICES = (
    service("general", PARKING, order=1),
    service("permit", PARKING, order=2),
    service("repair", HOUSING, order=3),
)
QUEUES = (
    Queue(PARKING, "parking", "Parking", TeamId("t-parking"), {}, CalendarId("office"), "car", 1),
    Queue(HOUSING, "housing", "Housing", TeamId("t-housing"), {}, CalendarId("office"), "home", 2),
)
SILENT = Acknowledging(Whom.NOBODY)
"""Who tests acknowledgements says so; all other tests see only what somebody wrote."""

INBOXES = (
    Inbox(
        MAIL,
        "email",
        "Larkhaven",
        PARKING,
        "hello@larkhaven.example",
        {},
        active=True,
        created_at=START,
        acknowledging=SILENT,
    ),
    Inbox(FORM, "web_form", "Web form", PARKING, None, {}, active=True, created_at=START, acknowledging=SILENT),
)


def house() -> House:
    """The house that the world's values make, without asking any channel's folder."""
    mail = Capabilities(html=True, files=True, subject=True, threads=True)
    form = Capabilities(files=True, threads=True, starts=False, replies=False)
    return House(
        services={one.id: one for one in SERVICES},
        queues={one.id: one for one in QUEUES},
        policies={policy().id: policy()},
        calendars={calendar().id: calendar()},
        inboxes={one.id: one for one in INBOXES},
        can={"email": mail, "web_form": form},
        schemes={"email": "mailto", "web_form": ""},
        keys=(b"k" * 32,),
        domain="larkhaven.example",
    )


def everything() -> list[object]:
    """All values of the small house, as the importer writes them."""
    teams = [Team(TeamId("t-parking"), "Parking"), Team(TeamId("t-housing"), "Housing")]
    units = [Unit(UnitId("city"), "City", START)]
    return [*teams, *units, calendar(), policy(), *QUEUES, *SERVICES, *PEOPLE, *INBOXES]


@dataclass
class World:
    """The desk on one database, the house, and short words for what tests do all the time."""

    desk: SqliteDesk | PostgresDesk
    clock: Clock
    house: House
    database: str
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def mail(self, words: str = "My permit ran out.", **hints: Any) -> intake.Received:
        """A mail comes in through the mailbox; hints are fields of `Inbound`."""
        return await self.receive(inbound(words, number=next(self._numbers), **hints), inbox=MAIL)

    async def receive(self, contact: Inbound, *, inbox: InboxId = MAIL) -> intake.Received:
        """A contact comes in by an inbox, as the reception hands it over."""
        return await self.desk.do(
            Actor.inbox(inbox),
            intake.receive,
            intake.Contact(contact, (), None),
            inbox=self.house.inboxes[inbox],
            house=self.house,
            reopen_window=WINDOW,
        )

    async def do(self, who: AgentId, action: Any, *args: Any, **kwargs: Any) -> Any:
        """An action by a member of staff."""
        return await self.desk.do(Actor.agent(who), action, *args, **kwargs)

    async def ask(self, who: AgentId, query: Any, *args: Any, **kwargs: Any) -> Any:
        """A query by a member of staff."""
        return await self.desk.ask(Actor.agent(who), query, *args, **kwargs)

    async def ticket(self, id: TicketId) -> Ticket:
        """The ticket as the record has it."""
        return await self.desk.ask(IMPORTER, _get, Ticket, id)

    async def events(self, *, after: int = 0) -> list[Stamped]:
        """All events after a position, numbered first where the database does not do it at insert."""
        await self.number()
        return await self.desk.ask(IMPORTER, events.after, position=after, limit=10_000)

    async def number(self) -> None:
        """What the relay does on PostgreSQL."""
        if isinstance(self.desk, PostgresDesk):
            relay = Actor.worker("relay")
            lease = await self.desk.do(relay, take_lease, "relay", holder="tests", seconds=60)
            assert lease is not None
            while await self.desk.do(relay, number_events, lease):
                pass


async def _get(read: Any, kind: Any, id: str) -> Any:
    return await read.get(kind, id)


def inbound(words: str = "Hello", *, number: int = 1, **hints: Any) -> Inbound:
    """A mail from Wei, with a Message-ID of its own, as the mail channel would read it."""
    plain = Inbound(
        external_id=f"digest-{number}",
        sender=Address.mail("wei@example.org"),
        sender_name="Wei Zhang",
        text=words,
        subject=hints.pop("subject", f"About {number}"),
        wire_id=f"<mail-{number}@example.org>",
    )
    if isinstance(hints.get("sender"), str):
        hints["sender"] = Address.mail(hints["sender"])
    return replace(plain, **hints)


@pytest.fixture(scope="session")
def sqlite_template(room_of_the_run: Path, worker_id: str) -> Path:
    """A migrated SQLite file with the small house in it, to copy for each test."""
    path = room_of_the_run / f"template-{worker_id}.db"
    _apart(lambda: _build_sqlite(path))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """A migrated PostgreSQL database with the small house in it, to clone for each test."""
    return postgres.template("world", lambda url: _apart(lambda: _build_postgres(url)))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """The small house on each database in turn."""
    clock = Clock()
    desk: SqliteDesk | PostgresDesk
    if request.param == "sqlite":
        path = tmp_path / "onestop.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        desk = SqliteDesk(path, clock=clock)
    else:
        desk = await PostgresDesk.open(request.getfixturevalue("renewed_database"), clock=clock)
    yield World(desk, clock, house(), request.param)
    await desk.close()


def _apart(make: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """On a loop of its own, in a thread: the test's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(make())).result()


async def _build_sqlite(path: Path) -> None:
    schema.migrate_sqlite(path)
    desk = SqliteDesk(path, clock=Clock())
    await desk.do(IMPORTER, importing.import_values, everything())
    await desk.close()
    path.with_name(path.name + "-wal").unlink(missing_ok=True)


async def _build_postgres(url: str) -> None:
    await schema.migrate_postgres(url)
    desk = await PostgresDesk.open(url, clock=Clock())
    await desk.do(IMPORTER, importing.import_values, everything())
    await desk.close()
