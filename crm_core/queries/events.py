"""The stream of events, as those read it who live on it: sockets, router, sender, indexer."""

from typing import Any

import sqlalchemy as sa

from crm_core.model.actor import Actor, ActorKind
from crm_core.model.event import Stamped
from crm_core.store.ledger import keys_of
from crm_core.store.maps.codec import instant_of
from crm_core.store.tables import event_words, events
from crm_core.store.tx import Read

_STREAM = sa.select(
    events.c.position,
    events.c.id,
    events.c.type,
    events.c.at,
    events.c.actor_kind,
    events.c.actor,
    events.c.ticket,
    events.c.at_version,
    events.c.audience,
    events.c.before,
    events.c.facts,
    event_words.c.personal,
).select_from(events.outerjoin(event_words, event_words.c.event == events.c.id))
_AFTER = (
    _STREAM.where(events.c.position > sa.bindparam("position", type_=sa.BigInteger))
    .order_by(events.c.position)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_TOP = sa.select(sa.func.max(events.c.position))
_OF_TICKET = (
    _STREAM.where(events.c.ticket == sa.bindparam("ticket", type_=sa.Text))
    .where(events.c.position.is_not(None))
    .where(events.c.at_version < sa.bindparam("before", type_=sa.BigInteger))
    .where(events.c.at_version >= sa.bindparam("from", type_=sa.BigInteger))
    .order_by(events.c.position)
)


async def after(read: Read, *, position: int, limit: int = 500) -> list[Stamped]:
    """Events after a position, in order and without a gap."""
    return [stamped(row) for row in await read.all(_AFTER, position=position, limit=limit)]


async def top(read: Read) -> int:
    """The newest position; a snapshot reads it *before* anything else."""
    row = await read.one(_TOP)
    return int(row[0] or 0) if row else 0


async def of_ticket(read: Read, ticket: str, *, since: int, before: int) -> list[Stamped]:
    """Events of one ticket whose version lies in `since` ≤ version < `before`, in order."""
    return [stamped(row) for row in await read.all(_OF_TICKET, ticket=ticket, before=before, **{"from": since})]


def stamped(row: Any) -> Stamped:
    """An event as a row of the stream holds it."""
    return Stamped(
        position=row[0],
        id=row[1],
        type=row[2],
        at=instant_of(row[3]),
        actor=Actor(ActorKind(row[4]), row[5]),
        ticket=row[6],
        at_version=row[7],
        audience=keys_of(row[8]),
        before=keys_of(row[9]) if row[9] else frozenset(),
        facts_text=row[10],
        personal_text=row[11] or "{}",
    )
