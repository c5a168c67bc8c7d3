"""Customers, as far as somebody may see one of their tickets: the history across all channels."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crm_core.model.customer import Customer, Identity
from crm_core.model.errors import NotFound
from crm_core.model.event import Stamped
from crm_core.model.ids import AgentId, CustomerId
from crm_core.model.message import Message
from crm_core.queries import events
from crm_core.rules import cursors
from crm_core.store.compiled import among
from crm_core.store.maps.codec import micros
from crm_core.store.tables import customers, identities, messages, ticket_readers, tickets
from crm_core.store.tx import Read, listed

MOST_TICKETS = 500
"""Of one customer, the newest: their messages make the history."""

_text, _big = sa.Text, sa.BigInteger
_ME = sa.bindparam("me", type_=_text)
_VISIBLE = sa.or_(
    sa.and_(tickets.c.confidential == sa.literal_column("0"), among(tickets.c.queue, "queues")),
    tickets.c.assignee == _ME,
    sa.exists().where(ticket_readers.c.agent == _ME, ticket_readers.c.ticket == tickets.c.id),
)
_TICKETS = (
    sa.select(tickets.c.id)
    .where(among(tickets.c.customer, "customers"), _VISIBLE)
    .order_by(tickets.c.updated_at.desc(), tickets.c.id.desc())
    .limit(MOST_TICKETS)
)
_FAMILY = sa.select(customers.c.id).where(customers.c.merged_into == sa.bindparam("customer", type_=_text))
_IDENTITIES = (
    sa.select(identities)
    .where(among(identities.c.customer, "customers"))
    .order_by(identities.c.created_at, identities.c.id)
    .limit(200)
)
_MESSAGES = (
    sa.select(messages)
    .where(
        among(messages.c.ticket, "tickets"),
        sa.tuple_(messages.c.created_at, messages.c.id)
        < sa.tuple_(sa.bindparam("at", type_=_big), sa.bindparam("id", type_=_text)),
    )
    .order_by(messages.c.created_at.desc(), messages.c.id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_BY_NAME = (
    sa.select(customers)
    .where(
        customers.c.name >= sa.bindparam("from", type_=_text),
        customers.c.name < sa.bindparam("until", type_=_text),
        customers.c.merged_into.is_(None),
    )
    .order_by(customers.c.name, customers.c.id)
    .limit(50)
)
_BY_ADDRESS = (
    sa.select(customers)
    .select_from(customers.join(identities, identities.c.customer == customers.c.id))
    .where(
        identities.c.address >= sa.bindparam("from", type_=_text),
        identities.c.address < sa.bindparam("until", type_=_text),
    )
    .order_by(identities.c.address)
    .limit(50)
)
_SEEN = sa.select(tickets.c.customer).distinct().where(among(tickets.c.customer, "customers"), _VISIBLE)


@dataclass(frozen=True, slots=True)
class Known:
    """A customer with their addresses."""

    customer: Customer
    identities: tuple[Identity, ...]


@dataclass(frozen=True, slots=True)
class History:
    """Messages across tickets, newest first; `next` is the cursor of older ones."""

    items: tuple[Message | Stamped, ...]
    next: str | None
    position: int


async def customer(read: Read, id: CustomerId) -> Known:
    """A customer of whom the actor may see a ticket. Raises NotFound."""
    found = await _of(read, id)
    family = await _family(read, found.id)
    if not await _tickets(read, family):
        raise NotFound
    return Known(found, tuple(await read.values(Identity, _IDENTITIES, customers=listed(family))))


async def history(read: Read, id: CustomerId, *, limit: int, cursor: str | None) -> History:
    """What was said in any of the tickets that the actor may see, through whatever door."""
    at, last = cursors.opened(cursor, int, str) if cursor else (1 << 62, "~")
    found = await _of(read, id)
    position = await events.top(read)
    visible = await _tickets(read, await _family(read, found.id))
    if not visible:
        raise NotFound
    said = await read.values(Message, _MESSAGES, tickets=listed(visible), at=at, id=last, limit=limit + 1)
    shown = said[:limit]
    more = len(said) > limit
    return History(tuple(shown), cursors.made(micros(shown[-1].created_at), shown[-1].id) if more else None, position)


async def find(read: Read, words: str) -> list[Known]:
    """Customers by the beginning of a name, mail address or number, as far as the actor may see them."""
    await read.permit(to="search")
    found: dict[CustomerId, Customer] = {}
    text = words.strip()
    for beginning in sorted({text, text.capitalize(), text.title()}):
        for one in await read.values(Customer, _BY_NAME, **{"from": beginning, "until": beginning + "\U0010ffff"}):
            found.setdefault(one.id, one)
    for beginning in (f"mailto:{text.casefold()}", f"tel:{text}"):
        for one in await read.values(Customer, _BY_ADDRESS, **{"from": beginning, "until": beginning + "\U0010ffff"}):
            found.setdefault(one.id, one)
    rows = await read.all(_SEEN, customers=listed(found), **await _seen_by(read)) if found else []
    seen = {row[0] for row in rows}
    kept = [one for one in found.values() if one.id in seen][:50]
    theirs = await read.values(Identity, _IDENTITIES, customers=listed(one.id for one in kept)) if kept else []
    return [Known(one, tuple(identity for identity in theirs if identity.customer == one.id)) for one in kept]


async def _of(read: Read, id: CustomerId) -> Customer:
    """The customer, or who they were merged into. Raises NotFound."""
    await read.permit(to="see")
    found = await read.find(Customer, id)
    for _ in range(10):
        if found is None or found.merged_into is None:
            break
        found = await read.find(Customer, found.merged_into)
    if found is None:
        raise NotFound
    return found


async def _family(read: Read, id: CustomerId) -> frozenset[str]:
    return frozenset({id, *(row[0] for row in await read.all(_FAMILY, customer=id))})


async def _tickets(read: Read, family: frozenset[str]) -> list[str]:
    rows = await read.all(_TICKETS, customers=listed(family), **await _seen_by(read))
    return [row[0] for row in rows]


async def _seen_by(read: Read) -> dict[str, Any]:
    standing = await read.standing()
    queues = (key.removeprefix("q:") for key in standing.scope if key.startswith("q:"))
    return {"me": standing.agent.id if standing.agent is not None else AgentId(""), "queues": listed(queues)}
