"""The public story of a request, for a browser that showed to read an address that takes part in it."""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.address import Address
from crm_core.model.ids import ConversationId
from crm_core.model.message import Message
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import story
from crm_core.store.family import ids_of
from crm_core.store.maps.codec import micros
from crm_core.store.reach import may_hear
from crm_core.store.tables import conversations, identities, messages, tickets, visits
from crm_core.store.tx import Read

MOST = 200
"""Messages that are shown, the newest."""

_text, _big = sa.Text, sa.BigInteger
_VISIT = sa.select(visits.c.ticket, visits.c.address).where(
    visits.c.digest == sa.bindparam("digest", type_=_text), visits.c.expires_at > sa.bindparam("now", type_=_big)
)
_TICKET = sa.select(tickets).where(tickets.c.id == sa.bindparam("ticket", type_=_text))
_PROVEN = sa.select(identities.c.address).where(
    identities.c.customer.in_(ids_of(sa.bindparam("customer", type_=_text))),
    identities.c.proven_at.is_not(None),
    identities.c.shared == sa.literal_column("0"),
)
_MESSAGES = (
    sa.select(messages)
    .where(messages.c.ticket == sa.bindparam("ticket", type_=_text))
    .order_by(messages.c.at_version.desc(), messages.c.id.desc())
    .limit(MOST)
)
_STRANDS = (
    sa.select(conversations)
    .where(conversations.c.ticket == sa.bindparam("ticket", type_=_text))
    .order_by(conversations.c.created_at.desc(), conversations.c.id.desc())
    .limit(50)
)


@dataclass(frozen=True, slots=True)
class Story:
    """A request as its citizen sees it; `strand` is where their next words go."""

    ticket: Ticket
    address: Address
    messages: tuple[Message, ...]
    own: frozenset[Address]
    strand: ConversationId | None


async def visit(read: Read, digest: str) -> Story | None:
    """What this browser may see; None for one that may see nothing, or no longer."""
    await read.permit(to="track")
    row = await read.one(_VISIT, digest=digest, now=micros(read.now))
    ticket = None if row is None else await read.value(Ticket, _TICKET, ticket=row["ticket"])
    if row is None or ticket is None:
        return None
    address = Address.parse(row["address"])
    if not await may_hear(read, ticket, address):
        return None
    own = await _own(read, ticket, address)
    said = story.own_messages(reversed(await read.values(Message, _MESSAGES, ticket=ticket.id)), own=own)
    strands = await read.values(Conversation, _STRANDS, ticket=ticket.id)
    mine = next((one.id for one in strands if one.address in own), None)
    return Story(ticket, address, tuple(said), own, mine)


async def _own(read: Read, ticket: Ticket, address: Address) -> frozenset[Address]:
    """The address that was shown to be theirs; and where it is one of the customer's own, their other proven ones."""
    proven = {Address.parse(row[0]) for row in await read.all(_PROVEN, customer=ticket.customer)}
    return frozenset({address, *proven}) if address in proven else frozenset({address})
