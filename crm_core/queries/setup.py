"""How the installation is set up: what a `House` is made of."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from crm_core.model.agent import Agent
from crm_core.model.board import AIMS, USUAL_AIMS, Aims
from crm_core.model.catalogue import Notice, Ownership, Place
from crm_core.model.drift import Drift
from crm_core.model.feedback import USUAL_REST
from crm_core.model.house import ASKING_REST, SUSPECTING
from crm_core.model.ids import InboxId
from crm_core.model.inbox import Inbox
from crm_core.model.queue import Queue, Team
from crm_core.model.service import LifeEvent, Service, Unit
from crm_core.model.sla import Calendar, SlaPolicy
from crm_core.model.suspicion import Block
from crm_core.queries.suspected import STANDING
from crm_core.store import settings, tables
from crm_core.store.maps.codec import micros
from crm_core.store.tx import Read

MOST_BLOCKS = 5_000
"""Looked through for each new contact, in memory."""

_SERVICES = sa.select(tables.services).order_by(tables.services.c.order, tables.services.c.id)
_QUEUES = sa.select(tables.queues).order_by(tables.queues.c.order, tables.queues.c.id)
_POLICIES = sa.select(tables.policies)
_CALENDARS = sa.select(tables.calendars)
_INBOXES = sa.select(tables.inboxes).order_by(tables.inboxes.c.created_at, tables.inboxes.c.id)
_TEAMS = sa.select(tables.teams).order_by(tables.teams.c.name)
_UNITS = sa.select(tables.units).order_by(tables.units.c.name)
_LIFE_EVENTS = sa.select(tables.life_events).order_by(tables.life_events.c.order, tables.life_events.c.id)
_PLACES = sa.select(tables.places).order_by(tables.places.c.order, tables.places.c.id)
_OWNERSHIPS = sa.select(tables.ownerships).where(
    sa.or_(
        tables.ownerships.c.valid_until.is_(None),
        tables.ownerships.c.valid_until > sa.bindparam("now", type_=sa.BigInteger),
    )
)
_NOTICES = sa.select(tables.notices).where(tables.notices.c.state == "open").order_by(tables.notices.c.begins_at)
_DRIFTS = sa.select(tables.drifts).where(sa.text("state <> 'over'"))
_AGENTS = sa.select(tables.agents).order_by(tables.agents.c.name)
_SECRETS = sa.select(tables.secrets).where(tables.secrets.c.inbox == sa.bindparam("inbox", type_=sa.Text))

setting = settings.setting
"""Something remembered about this installation, for those who stand outside of the record."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything configured, as the record has it now."""

    services: tuple[Service, ...]
    queues: tuple[Queue, ...]
    policies: tuple[SlaPolicy, ...]
    calendars: tuple[Calendar, ...]
    inboxes: tuple[Inbox, ...]
    teams: tuple[Team, ...]
    units: tuple[Unit, ...] = ()
    life_events: tuple[LifeEvent, ...] = ()
    places: tuple[Place, ...] = ()
    ownerships: tuple[Ownership, ...] = ()
    notices: tuple[Notice, ...] = ()
    drifts: tuple[Drift, ...] = ()
    blocks: tuple[Block, ...] = ()
    suspecting: int | None = None
    rest: timedelta = USUAL_REST
    aims: Aims = USUAL_AIMS


async def setup(read: Read) -> Setup:
    """Services, queues, promises, inboxes, teams, and the catalogue's places, owners and open notices, in their order."""
    threshold = await setting(read, SUSPECTING)
    days = await setting(read, ASKING_REST)
    return Setup(
        tuple(await read.values(Service, _SERVICES)),
        tuple(await read.values(Queue, _QUEUES)),
        tuple(await read.values(SlaPolicy, _POLICIES)),
        tuple(await read.values(Calendar, _CALENDARS)),
        tuple(await read.values(Inbox, _INBOXES)),
        tuple(await read.values(Team, _TEAMS)),
        tuple(await read.values(Unit, _UNITS)),
        tuple(await read.values(LifeEvent, _LIFE_EVENTS)),
        tuple(await read.values(Place, _PLACES)),
        tuple(await read.values(Ownership, _OWNERSHIPS, now=micros(read.now))),
        tuple(await read.values(Notice, _NOTICES)),
        tuple(await read.values(Drift, _DRIFTS)),
        tuple(await read.values(Block, STANDING, now=micros(read.now), limit=MOST_BLOCKS)),
        int(threshold) if threshold else None,
        timedelta(days=int(days)) if days else USUAL_REST,
        Aims.read(await setting(read, AIMS)),
    )


async def staff(read: Read) -> list[Agent]:
    """All members of staff, the closed accounts too."""
    return await read.values(Agent, _AGENTS)


async def sealed(read: Read, inbox: InboxId) -> dict[str, bytes]:
    """The sealed settings of an inbox; only who holds the key can open them."""
    return {row["field"]: bytes(row["sealed"]) for row in await read.all(_SECRETS, inbox=inbox)}
