"""Contacts come in: one way for every door, and once for every message.

`receive` is the busiest action of the house. It reads little (a repeat? whose address?
which strand?) and writes everything in one transaction: the raw wire, the customer,
ticket, strand, message, work and events. Its statements are counted by a test.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from crm_core.actions import acknowledging, growing, returns, senders, strands, suspecting, waiting, working
from crm_core.actions.housekeeping import Mark, move_mark
from crm_core.actions.keeping import RawWire, keep_files, keep_wire
from crm_core.model.acknowledging import Why
from crm_core.model.address import Address
from crm_core.model.blob import Blob
from crm_core.model.customer import Customer
from crm_core.model.event import CustomerCreated, IdentityProven, MessageReceived, TicketOpened, TicketStatus
from crm_core.model.house import House
from crm_core.model.ids import (
    ConversationId,
    MessageId,
    TicketId,
    WireId,
    fresh,
)
from crm_core.model.inbox import Inbox
from crm_core.model.message import Attachment, Direction, Inbound, Message
from crm_core.model.plan import Withdrawn
from crm_core.model.report import PUBLIC
from crm_core.model.service import Service
from crm_core.model.suspicion import ROOM
from crm_core.model.ticket import Conversation, Ticket, fresh_number
from crm_core.rules import filing, lifecycle, publishing, registering, reporting, sla, talks, text, threading
from crm_core.rules import identity as identity_rule
from crm_core.rules.acknowledging import Silent
from crm_core.rules.sla import Promise
from crm_core.rules.suspicion import Verdict
from crm_core.store.tables import identities, messages, tickets
from crm_core.store.tx import Tx

SAME_ID = "same message id"  # flag of a message whose Message-ID another one, with other content, already had

TOO_OFTEN = "it opened this again too often"
"""Why a message counts as a machine's that does not say so: it is filed, and waits for nobody."""

_text = sa.Text
_EARLIER = (
    sa.select(
        messages.c.id,
        messages.c.ticket,
        messages.c.inbox,
        messages.c.external_id,
        messages.c.direction,
        tickets.c.number,
    )
    .select_from(messages.join(tickets, tickets.c.id == messages.c.ticket))
    .where(
        sa.or_(
            messages.c.external_id == sa.bindparam("external_id", type_=_text),
            messages.c.wire_id == sa.bindparam("wire_id", type_=_text),
        )
    )
)
_ONE_AT_A_TIME = (
    sa.select(identities.c.id)
    .where(identities.c.address == sa.bindparam("address", type_=_text), identities.c.held == sa.literal_column("1"))
    .with_for_update()
)
"""Ten pictures of one message come as ten calls at once: where the wire names no strand, each waits until the one before
has made its strand, or they would open a ticket each. Who is new to us meets the unique index instead, and tries again."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a contact: what the citizen is told, and whether we had it already."""

    ticket: TicketId
    number: str
    message: MessageId
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact ready to be received: what was read, its files made ready, the raw wire.

    `brought` are files that were uploaded before it was entered: the record has them already.
    """

    inbound: Inbound
    files: tuple[Blob, ...]
    wire: RawWire | None
    brought: tuple[Attachment, ...] = ()


async def receive(
    tx: Tx, contact: Contact, *, inbox: Inbox, house: House, reopen_window: timedelta, mark: Mark | None = None
) -> Received:
    """File a contact under its customer and its ticket; a repeat changes nothing. `mark`: it was fetched up to there."""
    await tx.permit(to="receive")
    received = await file_contact(tx, contact, inbox=inbox, house=house, reopen_window=reopen_window)
    if mark is not None:
        await move_mark(tx, mark)
    return received


async def file_contact(
    tx: Tx, contact: Contact, *, inbox: Inbox, house: House, reopen_window: timedelta, kept: WireId | None = None
) -> Received:
    """The same for whoever checked that it may come in; `kept` is its raw wire, where the record has it already."""
    inbound = contact.inbound
    if not house.can[inbox.channel].threads:
        await tx.all(_ONE_AT_A_TIME, address=str(inbound.sender))
    earlier = await _earlier(tx, inbound)
    repeat = _repeat(earlier, inbound, inbox=inbox, house=house)
    if repeat is not None:
        return repeat
    if inbound.in_parts:
        grown = await growing.grow(tx, inbound, contact.files, inbox=inbox, wire=kept or contact.wire)
        if grown is not None:
            return Received(grown.ticket.id, grown.ticket.number, grown.message.id, repeat=grown.repeat)
    elif any(row["direction"] == Direction.IN for row in earlier):
        contact = replace(contact, inbound=replace(inbound, flags=(*inbound.flags, SAME_ID)))
    failed = await returns.about(tx, inbound, house=house) if inbound.returned is not None else None
    if failed is not None:
        wire = kept or keep_wire(tx, contact.wire, inbox=inbox.id)
        return await _came_back(tx, contact, failed, inbox=inbox, house=house, wire=wire)
    if inbound.nameless:
        contact = replace(contact, inbound=await strands.spoken_for(tx, contact.inbound, house=house))
    told = contact.inbound
    looked = await acknowledging.look(tx, contact.inbound, inbox=inbox, house=house)
    inbound = reporting.complete(contact.inbound, inbox=inbox, house=house)
    contact = replace(contact, inbound=inbound)
    customer, proven = await senders.whose(tx, inbound)
    arrival = await strands.arrival_of(tx, inbound, inbox=inbox, house=house, reopen_window=reopen_window)
    place = threading.decide(arrival)
    wire = kept or keep_wire(tx, contact.wire, inbox=inbox.id)
    if isinstance(place, threading.New):
        known = proven is None and customer.created_at < tx.now
        doubt = suspecting.doubt(tx, inbound, contact.wire, looked, known=known, house=house)
        verdict = await acknowledging.spend(tx, looked if doubt is None else Silent(Why.HELD))
        contact = replace(contact, inbound=replace(inbound, flags=inbound.flags + acknowledging.withheld(verdict)))
        opened = open_new(
            tx, contact, place, told=told, doubt=doubt, customer=customer, inbox=inbox, house=house, wire=wire
        )
        received = opened.received
        acknowledging.say(tx, verdict, opened.ticket, opened.strand, house=house)
    else:
        received = await go_on(tx, contact, place, inbox=inbox, house=house, wire=wire)
    if proven is not None:
        tx.emit(IdentityProven(identity=proven, ticket=await tx.get(Ticket, received.ticket)))
    return received


async def repeated(tx: Tx, inbound: Inbound, *, inbox: Inbox, house: House) -> Received | None:
    """What became of the same message before; None where it is the first of its kind."""
    return _repeat(await _earlier(tx, inbound), inbound, inbox=inbox, house=house)


async def _earlier(tx: Tx, inbound: Inbound) -> list[Any]:
    """Messages by the same ids, whoever they are of."""
    return await tx.all(_EARLIER, external_id=inbound.external_id, wire_id=inbound.wire_id)


def _repeat(earlier: list[Any], inbound: Inbound, *, inbox: Inbox, house: House) -> Received | None:
    """The same message again: on this inbox, or (mail to several of our addresses) on another."""
    across = house.can[inbox.channel].threads
    for row in earlier:
        if row["external_id"] == inbound.external_id and (row["inbox"] == inbox.id or across):
            return Received(row["ticket"], row["number"], row["id"], repeat=True)
    return None


@dataclass(frozen=True, slots=True)
class Opened:
    """What was made of a contact that opened something."""

    received: Received
    ticket: Ticket
    strand: Conversation


def open_new(
    tx: Tx,
    contact: Contact,
    place: threading.New,
    *,
    told: Inbound,
    customer: Customer,
    inbox: Inbox,
    house: House,
    wire: WireId | None,
    doubt: Verdict | None = None,
    entered: registering.Entered | None = None,
) -> Opened:
    """`told` is the contact as it came, before its form was written out; `doubt` is why it looks like spam."""
    inbound = contact.inbound
    filed = filing.file(
        subject=inbound.subject or "", said=inbound.text, asked=inbound.service, inbox=inbox, house=house, at=tx.now
    )
    ticket = filing.ticket_of(
        inbound,
        filed,
        id=fresh(TicketId, at=tx.now),
        number=fresh_number(),
        related=place.related,
        customer=customer,
        inbox=inbox,
        house=house,
        at=tx.now,
    )
    ticket = registering.as_entered(ticket, entered) if entered is not None else ticket
    public = ticket.published_in is not None
    if doubt is not None:  # what strangers may see is written down, and shown when it is released
        ticket = replace(ticket, queue=ROOM, published_in=None)
    ticket = sla.opened(ticket, promise=Promise(*house.promise(filed.service)))
    tx.add(ticket)
    strand = _strand(tx, inbound, ticket=ticket, inbox=inbox)
    tx.add(strand)
    if house.can[inbox.channel].live:
        strands.add_given(tx, inbound.other_addresses, strand=strand, known=frozenset())
    if public:
        contact = replace(contact, inbound=publishing.labelled(inbound))
        _publish(tx, ticket, told, service=filed.service, strand=strand)
    message = message_of(tx, contact, ticket=ticket, strand=strand.id, inbox=inbox, wire=wire)
    if customer.created_at == tx.now:
        tx.emit(CustomerCreated(customer=customer, ticket=ticket))
    tx.emit(TicketOpened(ticket=ticket, why=place.why))
    tx.emit(MessageReceived(ticket=ticket, message=message, why=place.why))
    if doubt is None:
        working.queue_work(tx, ticket, house=house)
    else:
        suspecting.hold(tx, ticket, doubt, instead_of=filed.queue)
    return Opened(Received(ticket.id, ticket.number, message.id), ticket, strand)


def _strand(tx: Tx, inbound: Inbound, *, ticket: Ticket, inbox: Inbox) -> Conversation:
    """The conversation that it opens; whoever is there is spoken with."""
    strand = Conversation(
        fresh(ConversationId, at=tx.now),
        ticket.id,
        inbox.id,
        inbound.sender,
        inbound.thread_key,
        inbound.subject or ticket.subject,
        tx.now,
        last_inbound_at=tx.now,
        reply_to=inbound.reply_to if identity_rule.proves(inbound.proven) else None,
    )
    return talks.spoken(strand, at=tx.now) if ticket.live else strand


def _publish(tx: Tx, ticket: Ticket, told: Inbound, *, service: Service, strand: Conversation) -> None:
    """What strangers see of it, and a strand of its own for answers that everybody can read."""
    tx.add(publishing.report(told, ticket=ticket.id, service=service))
    everybody = Address(PUBLIC, ticket.number)
    tx.add(replace(strand, id=fresh(ConversationId, at=tx.now), address=everybody, last_inbound_at=None, reply_to=None))


async def go_on(
    tx: Tx,
    contact: Contact,
    place: threading.Continue | threading.Reopen,
    *,
    inbox: Inbox,
    house: House,
    wire: WireId | None,
    since: datetime | None = None,
) -> Received:
    """It stands in a matter that there is; `since`: when it reached us, where that was before it was entered."""
    if isinstance(place, threading.Reopen) and not await acknowledging.opens_again(tx, place.conversation):
        contact = replace(contact, inbound=replace(contact.inbound, automatic=TOO_OFTEN))
    inbound = contact.inbound
    before = await tx.get(Ticket, place.ticket)
    ticket = lifecycle.on_inbound(
        before,
        at=tx.now,
        since=None if since is None else max(since, before.created_at),
        channel=inbox.channel,
        snippet=text.snippet(inbound.text),
        promise=Promise(*house.promise(house.services[before.service])),
        live=house.can[inbox.channel].live and (before.live or not inbound.later),
        language=inbound.language,
        automatic=inbound.automatic is not None,
    )
    await tx.save(ticket)
    strand = await strands.here(tx, place.conversation, inbound, inbox=inbox)
    heard = replace(strand, last_inbound_at=tx.now)
    await tx.save(talks.spoken(heard, at=tx.now) if ticket.live else heard)
    if house.can[inbox.channel].live:
        await strands.keep_given(tx, inbound.other_addresses, strand=heard)
    message = message_of(tx, contact, ticket=ticket, strand=strand.id, inbox=inbox, wire=wire)
    tx.emit(MessageReceived(ticket=ticket, message=message, why=place.why))
    if ticket.status is not before.status:
        tx.emit(TicketStatus(ticket=ticket, was_status=before.status))
    if inbound.automatic is None and await waiting.stop(tx, ticket, why=Withdrawn.THEY_WROTE):
        ticket = await tx.get(Ticket, ticket.id)
    if inbound.automatic is None:
        await working.want_work(tx, ticket, house=house)
    return Received(ticket.id, ticket.number, message.id)


async def _came_back(
    tx: Tx, contact: Contact, failed: returns.Found, *, inbox: Inbox, house: House, wire: WireId | None
) -> Received:
    """It is no contact: it tells that one of our own messages did not arrive."""
    id = fresh(MessageId, at=tx.now)
    files = keep_files(tx, contact.inbound.files, contact.files, ticket=failed.message.ticket, message=id)
    report = returns.Report(id=id, inbox=inbox, attachments=files, wire=wire)
    ticket = await returns.file(tx, contact.inbound, failed, report, house=house)
    return Received(ticket.id, ticket.number, id)


def message_of(
    tx: Tx,
    contact: Contact,
    *,
    ticket: Ticket,
    strand: ConversationId,
    inbox: Inbox,
    wire: WireId | None,
) -> Message:
    """Put what they wrote into a ticket; whoever calls this says so."""
    inbound = contact.inbound
    message_id = fresh(MessageId, at=tx.now)
    files = keep_files(tx, inbound.files, contact.files, ticket=ticket.id, message=message_id)
    message = Message(
        id=message_id,
        ticket=ticket.id,
        conversation=strand,
        direction=Direction.IN,
        channel=inbox.channel,
        sender=identity_rule.tidy_name(inbound.sender_name) or inbound.by_address,
        text=inbound.text,
        created_at=tx.now,
        at_version=ticket.version,
        address=inbound.sender,
        inbox=inbox.id,
        html=inbound.html,
        subject=inbound.subject,
        attachments=files + contact.brought,
        external_id=inbound.external_id,
        wire_id=inbound.wire_id,
        proven=identity_rule.proves(inbound.proven),
        flags=inbound.flags + ((f"automatic: {inbound.automatic}",) if inbound.automatic else ()),
        wire=wire,
    )
    tx.add(message)
    return message
