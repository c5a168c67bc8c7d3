"""The strands a message may belong to, looked up for `rules/threading.py` to judge."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from crm_core.model.address import Address
from crm_core.model.errors import NotAllowedNow
from crm_core.model.house import House
from crm_core.model.ids import ConversationId, InboxId, TicketId, fresh
from crm_core.model.inbox import Inbox
from crm_core.model.message import Inbound
from crm_core.model.ticket import Conversation, Status, Ticket
from crm_core.rules import identity as identities_rule
from crm_core.rules import numbers, signs
from crm_core.rules.threading import Arrival, Continue, Reopen, Strand
from crm_core.store.compiled import among
from crm_core.store.family import ids_of
from crm_core.store.tables import conversations, identities, messages, tickets
from crm_core.store.tx import Tx, listed

MOST_REFERENCES = 50
MOST_NUMBERS = 3

_OF_MESSAGES = sa.select(messages.c.id, messages.c.conversation).where(among(messages.c.id, "ids"))
_OF_WIRES = (
    sa.select(messages.c.wire_id, messages.c.conversation)
    .where(among(messages.c.wire_id, "ids"))
    .where(messages.c.conversation.is_not(None))
)
_ADDRESSES = sa.select(conversations.c.address).where(conversations.c.ticket == sa.bindparam("ticket", type_=sa.Text))
_PROVEN = sa.select(identities.c.address).where(
    identities.c.customer.in_(ids_of(sa.bindparam("customer", type_=sa.Text))), identities.c.proven_at.is_not(None)
)
_CURRENT = (
    sa.select(conversations)
    .where(
        conversations.c.address == sa.bindparam("address", type_=sa.Text),
        conversations.c.inbox == sa.bindparam("inbox", type_=sa.Text),
        sa.or_(conversations.c.last_outbound_at.is_not(None), conversations.c.last_inbound_at.is_not(None)),
    )
    .order_by(sa.func.coalesce(conversations.c.last_outbound_at, conversations.c.created_at).desc())
    .limit(1)
)
"""That of our last message to this address by this inbox; what only waits to be sent says nothing yet."""

_HERE = (
    sa.select(conversations)
    .where(
        conversations.c.ticket == sa.bindparam("ticket", type_=sa.Text),
        conversations.c.address == sa.bindparam("address", type_=sa.Text),
        conversations.c.inbox == sa.bindparam("inbox", type_=sa.Text),
    )
    .order_by(conversations.c.created_at.desc())
    .limit(1)
)
_NUMBERED = (
    sa.select(conversations.c.id)
    .select_from(conversations.join(tickets, tickets.c.id == conversations.c.ticket))
    .where(among(tickets.c.number, "numbers"))
    .order_by(conversations.c.created_at.desc())
    .limit(MOST_NUMBERS * 4)
)


async def arrival_of(tx: Tx, inbound: Inbound, *, inbox: Inbox, house: House, reopen_window: timedelta) -> Arrival:
    """Everything the threading rule wants to know about a message."""
    threads = house.can[inbox.channel].threads
    ours, remote = _references(inbound, house=house)
    return Arrival(
        sender=inbound.sender,
        proven=identities_rule.proves(inbound.proven),
        at=tx.now,
        threads=threads,
        signed=await _strands(tx, await _signed(tx, inbound, ours=ours, house=house)),
        referenced=await _strands(tx, await _referenced(tx, remote)),
        numbered=await _strands(tx, await _numbered(tx, inbound)),
        hinted=await _strands(tx, await _named(tx, inbound)) if inbound.nameless else (),
        current=None if threads else await _current(tx, inbound.sender, inbox=inbox),
        automatic=inbound.automatic is not None,
        reopen_window=reopen_window,
    )


async def spoken_for(tx: Tx, inbound: Inbound, *, house: House) -> Inbound:
    """A scan with the signed code of our own letter is from whom we sent that letter to: nobody else has the code.

    It proves the address as a code that was read out does. Anything else without a sender stays nobody's.
    """
    for strand in await _strands(tx, await _signed(tx, inbound, ours=[], house=house)):
        conversation = await tx.get(Conversation, strand.conversation)
        person = await tx.records(strand.ticket.customer)
        name = person.customer.name if person is not None else ""
        return replace(inbound, sender=conversation.address, sender_name=name, proven="token")
    return inbound


def _references(inbound: Inbound, *, house: House) -> tuple[list[str], list[str]]:
    """The ids a message answers: those of our own messages (by their signature), and the others."""
    ours: list[str] = []
    remote: list[str] = []
    for reference in inbound.references[:MOST_REFERENCES]:
        message = signs.read_message_id(house.keys, reference)
        if message is None:
            remote.append(reference)
        else:
            ours.append(message)
    return ours, remote


async def here(tx: Tx, id: ConversationId, inbound: Inbound, *, inbox: Inbox) -> Conversation:
    """The strand in which a message stands that belongs with this one: of the door and address by which it came.

    Only so does the next answer go back where they wrote last.
    """
    strand = await tx.get(Conversation, id)
    if (strand.inbox, strand.address) == (inbox.id, inbound.sender):
        return strand
    return await _of_door(tx, strand.ticket, inbound, inbox=inbox, subject=strand.subject)


async def _of_door(tx: Tx, ticket: TicketId, inbound: Inbound, *, inbox: Inbox, subject: str) -> Conversation:
    """The strand of this door and sender in a ticket; a new one where they have none."""
    known = await tx.value(Conversation, _HERE, ticket=ticket, address=str(inbound.sender), inbox=inbox.id)
    if known is not None:
        return known
    new = fresh(ConversationId, at=tx.now)
    subject = inbound.subject or subject
    strand = Conversation(new, ticket, inbox.id, inbound.sender, inbound.thread_key, subject, tx.now)
    tx.add(strand)
    return strand


def add_given(
    tx: Tx,
    addresses: Iterable[Address],
    *,
    strand: Conversation,
    known: AbstractSet[str],
    at: datetime | None = None,
) -> None:
    """Where else somebody who talks to us wants the answer in this matter, should they be gone: a strand of its own.

    `at` is from when it counts as heard of: what they named second is not where they are answered first.
    """
    for address in addresses:
        if str(address) not in known:
            id = fresh(ConversationId, at=tx.now)
            heard = at or tx.now
            tx.add(replace(strand, id=id, address=address, last_inbound_at=heard, reply_to=None, live_until=None))


async def keep_given(tx: Tx, addresses: Sequence[Address], *, strand: Conversation) -> None:
    """The same for a matter that goes on: those that it does not know yet; looked up only where they gave any."""
    if addresses:
        known = await tx.all(_ADDRESSES, ticket=strand.ticket)
        add_given(tx, addresses, strand=strand, known={row[0] for row in known})


async def _signed(tx: Tx, inbound: Inbound, *, ours: list[str], house: House) -> list[ConversationId]:
    tokens = (signs.read_token(house.keys, text) for text in inbound.tokens[:MOST_REFERENCES])
    found = [conversation for conversation in tokens if conversation is not None]
    if ours:
        rows = {row[0]: row[1] for row in await tx.all(_OF_MESSAGES, ids=listed(ours))}
        found += [ConversationId(rows[message]) for message in ours if rows.get(message)]
    return list(dict.fromkeys(found))


async def _referenced(tx: Tx, remote: list[str]) -> list[ConversationId]:
    if not remote:
        return []
    rows = {row[0]: row[1] for row in await tx.all(_OF_WIRES, ids=listed(remote))}
    return list(dict.fromkeys(ConversationId(rows[wire]) for wire in remote if wire in rows))


async def _numbered(tx: Tx, inbound: Inbound) -> list[ConversationId]:
    """Of each ticket whose number they name, its newest strand; asked only of who proved their address."""
    return await _named(tx, inbound) if identities_rule.proves(inbound.proven) else []


async def _named(tx: Tx, inbound: Inbound) -> list[ConversationId]:
    named = numbers.named_in(inbound.subject or "", inbound.text)[:MOST_NUMBERS]
    if not named:
        return []
    return [ConversationId(row[0]) for row in await tx.all(_NUMBERED, numbers=listed(named))]


async def joined(tx: Tx, ticket: Ticket, inbound: Inbound, *, why: str, inbox: Inbox) -> Continue | Reopen:
    """The place in a matter that a member of staff, or our own code, chose. Raises NotAllowedNow where it is closed for good."""
    if ticket.status is Status.CLOSED:
        raise NotAllowedNow("That ticket is closed for good. Enter it as a matter of its own.")
    strand = await _of_door(tx, ticket.id, inbound, inbox=inbox, subject=ticket.subject)
    kind = Continue if ticket.status.active else Reopen
    return kind(ticket.id, strand.id, why)


async def latest(tx: Tx, sender: Address, *, inbox: InboxId) -> Conversation | None:
    """Where we last spoke by this inbox, whatever became of that matter."""
    return await tx.value(Conversation, _CURRENT, address=str(sender), inbox=inbox)


async def _current(tx: Tx, sender: Address, *, inbox: Inbox) -> Strand | None:
    found = await latest(tx, sender, inbox=inbox.id)
    if found is None:
        return None
    strands = await _strands(tx, [found.id])
    return strands[0] if strands else None


async def _strands(tx: Tx, conversation_ids: list[ConversationId]) -> tuple[Strand, ...]:
    strands = [await _strand(tx, id) for id in conversation_ids]
    return tuple(strand for strand in strands if strand is not None)


async def _strand(tx: Tx, id: ConversationId) -> Strand | None:
    conversation = await tx.find(Conversation, id)
    if conversation is None:
        return None
    ticket = await tx.get(Ticket, conversation.ticket)
    taking_part = await tx.all(_ADDRESSES, ticket=ticket.id) + await tx.all(_PROVEN, customer=ticket.customer)
    return Strand(ticket, id, frozenset(Address.parse(row[0]) for row in taking_part))
