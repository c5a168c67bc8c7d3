"""Staff enter a contact for whoever came in person, or whose letter came: one transaction for all that is said with it.

The person, for whom they speak and how that one agreed, what they need, the words, and, at
the counter, the answer: from there on it is a contact like any other, with the same service,
promise and ticket.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from crm_core.actions import addresses, intake, people, relations, splits, strands, working, writing
from crm_core.actions.intake import Contact, Received
from crm_core.actions.keeping import keep_wire
from crm_core.actions.people import Profile
from crm_core.actions.relations import Tie
from crm_core.model.address import Address
from crm_core.model.agent import Agent
from crm_core.model.customer import Customer
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem
from crm_core.model.event import MessageQueued, TicketStatus
from crm_core.model.house import House
from crm_core.model.ids import CustomerId, FileId, InboxId, MessageId, TicketId, fresh
from crm_core.model.inbox import Inbox
from crm_core.model.message import Delivery, Direction, Inbound, Message
from crm_core.model.relation import RelationKind
from crm_core.model.ticket import Priority, Status, Ticket
from crm_core.rules import lifecycle, registering, reporting, text, threading
from crm_core.rules import relations as relations_rule
from crm_core.rules.registering import BACKDATING, SEEN, Entered
from crm_core.rules.sla import Promise
from crm_core.store.codes import signed_for
from crm_core.store.tables import ticket_readers
from crm_core.store.tx import Tx

LONGEST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Behalf:
    """For whom somebody speaks: one we know, or a name that is new to us; how they agreed, and when."""

    other: CustomerId | None = None
    name: str = ""
    role: str = ""
    consent: str = ""
    consented_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """All that is entered at once.

    `customer`: somebody we know; without one, `profile` is of somebody new, who need not say
    a name. `addresses` are what they gave to be reached at. `papers`: their papers were seen.
    `files` are the writer's own uploads. `received`: the day on which it reached us. `solved`: what
    they were told there and then; with it the matter is solved. `joins` is the matter that it
    belongs to; `code` the signed code that stood on the paper, which says so by itself.
    """

    customer: CustomerId | None = None
    profile: Profile | None = None
    addresses: tuple[Address, ...] = ()
    papers: bool = False
    behalf: Behalf | None = None
    priority: Priority = Priority.NORMAL
    files: tuple[FileId, ...] = ()
    joins: TicketId | None = None
    code: str = ""
    received: date | None = None
    backdating: timedelta = BACKDATING
    solved: str = ""


async def register(tx: Tx, contact: Contact, entry: Entry, *, inbox: InboxId, house: House) -> Received:
    """Enter it. Raises BadInput for what cannot be so, NotFound where the person or matter cannot be seen."""
    by = await tx.permit(to="register")
    assert by is not None, "only people may register"
    door = _door(inbox, house=house)
    again = await intake.repeated(tx, contact.inbound, inbox=door, house=house)
    if again is not None:
        return again
    _must_be_so(entry, house=house, door=door)
    since = _since(entry, door=door, house=house, at=tx.now)
    joins, why = await _matter(tx, entry, house=house)
    visitor = await _visitor(tx, entry)
    whose = await _whose(tx, entry, visitor=visitor, joins=joins)
    brought = await writing.uploaded(tx, entry.files)
    inbound = _said_by(contact, entry, visitor=visitor)
    if since is not None:
        inbound = replace(inbound, flags=(*inbound.flags, f"received: {entry.received}"))
    if entry.code:
        inbound = await strands.spoken_for(tx, replace(inbound, tokens=(entry.code,)), house=house)
    contact = replace(contact, inbound=inbound, brought=brought)
    entered = Entered(priority=entry.priority, readers=frozenset({by.id}), since=since)
    filed = _Filed(entered=entered, given=entry.addresses[1:], joins=joins, why=why, customer=whose)
    received = await _file(tx, contact, filed, inbox=door, house=house)
    await writing.bind(tx, brought, ticket=received.ticket, message=received.message)
    if joins is None:
        tx.insert(ticket_readers, agent=by.id, ticket=received.ticket)
    if entry.solved.strip():
        await _solve(tx, received, entry.solved.strip(), by=by, house=house)
    return received


def _door(inbox: InboxId, *, house: House) -> Inbox:
    """Raises NotFound where staff enter nothing."""
    door = house.inboxes.get(inbox)
    if door is None or not house.can[door.channel].entered:
        raise NotFound
    if not door.active:
        raise NotAllowedNow("This inbox is switched off.")
    return door


def _must_be_so(entry: Entry, *, house: House, door: Inbox) -> None:
    if entry.received is not None and not house.can[door.channel].posted:
        raise BadInput(Problem("received", "Whoever stands here came now."))
    if entry.solved.strip() and (entry.joins is not None or entry.code):
        raise BadInput(Problem("solved", "Answer in the matter that it joins."))
    if len(entry.solved) > LONGEST:
        raise BadInput(Problem("solved", f"At most {LONGEST} characters."))
    if entry.customer is None and entry.profile is None and entry.joins is None and not entry.code:
        raise BadInput(Problem("customer", "Say whose it is: somebody we know, or somebody new."))


def _since(entry: Entry, *, door: Inbox, house: House, at: datetime) -> datetime | None:
    _, calendar = house.promise(house.service(None, queue=door.queue))
    return registering.waiting_since(entry.received, at=at, zone=calendar.zone, backdating=entry.backdating)


async def _matter(tx: Tx, entry: Entry, *, house: House) -> tuple[Ticket | None, str]:
    """The matter that it joins, if any, and why. Our own code leads also to one that whoever enters it may not see."""
    known = await signed_for(tx, entry.code, house=house) if entry.code else None
    if entry.code and known is None:
        raise BadInput(Problem("code", "This is no code of ours."))
    named = known if entry.joins is None else await tx.ticket(entry.joins, to="join")
    why = registering.why_entered(joins=named.id if named else None, known=known.id if known else None)
    return named, why


async def _visitor(tx: Tx, entry: Entry) -> Customer | None:
    """Who stands there, or wrote: with what they said of themselves, and where they can be reached. None: nobody said."""
    if entry.customer is None and entry.profile is None:
        return None
    if entry.customer is not None:
        person = await tx.person(entry.customer, to="identify")
        if entry.profile is not None:
            await people.change_person(tx, entry.customer, entry.profile)
        visitor = (await tx.person(person.customer.id, to="identify")).customer
    elif entry.behalf is not None:
        visitor = await people.add_person(tx, entry.profile or Profile())
    else:
        visitor = people.somebody(tx, entry.profile or Profile())
    if entry.addresses:
        person = await tx.person(visitor.id, to="identify")
        for address in entry.addresses:
            await addresses.file_address(tx, person, address, evidence=SEEN if entry.papers else None)
    return visitor


async def _whose(tx: Tx, entry: Entry, *, visitor: Customer | None, joins: Ticket | None) -> Customer:
    """Whose matter it is: their own, or that of whom they speak for. Raises BadInput without consent."""
    behalf = entry.behalf
    if visitor is None:
        assert joins is not None, "nobody in particular may only join"
        return await tx.get(Customer, joins.customer)
    if behalf is None:
        return visitor
    if behalf.other is None:
        other = await people.add_person(tx, Profile(name=behalf.name))
        ties = []
    else:
        found = await tx.person(behalf.other, to="relate")
        other, ties = found.customer, await relations.between(tx, visitor.id, found.customer.id)
    if relations_rule.may_act_for(ties, customer=visitor, other=other, at=tx.now) is None:
        agreed = behalf.consented_at or (tx.now if behalf.consent.strip() else None)
        tie = Tie(
            kind=RelationKind.ACTS_FOR,
            other=other.id,
            role=behalf.role,
            consent=behalf.consent,
            consented_at=agreed,
        )
        await relations.relate(tx, visitor.id, tie)
    return other


def _said_by(contact: Contact, entry: Entry, *, visitor: Customer | None) -> Inbound:
    """The words under the name we know, in the language that they want to be answered in."""
    inbound = contact.inbound
    if visitor is None:
        return inbound
    return replace(
        inbound,
        sender=entry.addresses[0] if entry.addresses else inbound.sender,
        sender_name=visitor.name or inbound.sender_name,
        language=inbound.language or visitor.language,
        proven=SEEN if entry.papers else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filed:
    """What is known before it is filed: whose it is, which matter it joins and why, where else they can be reached."""

    entered: Entered
    given: tuple[Address, ...]
    joins: Ticket | None
    why: str
    customer: Customer


async def _file(tx: Tx, contact: Contact, filed: _Filed, *, inbox: Inbox, house: House) -> Received:
    """As a contact that came by itself is filed, where somebody knows whose it is and whether it joins."""
    told = contact.inbound
    contact = replace(contact, inbound=reporting.complete(told, inbox=inbox, house=house))
    wire = keep_wire(tx, contact.wire, inbox=inbox.id)
    entered = filed.entered
    if filed.joins is not None:
        place = await strands.joined(tx, filed.joins, contact.inbound, why=filed.why, inbox=inbox)
        return await intake.go_on(tx, contact, place, inbox=inbox, house=house, wire=wire, since=entered.since)
    new, whose = threading.New(filed.why), filed.customer
    opened = intake.open_new(
        tx, contact, new, told=told, customer=whose, inbox=inbox, house=house, wire=wire, entered=entered
    )
    before = tx.now - timedelta(microseconds=1)
    strands.add_given(tx, filed.given, strand=opened.strand, known=frozenset(), at=before)
    return opened.received


async def _solve(tx: Tx, received: Received, words: str, *, by: Agent, house: House) -> None:
    """What they were told is our answer, and arrived as it was said."""
    before = await tx.get(Ticket, received.ticket)
    await splits.must_have_no_open_parts(tx, before)
    came = await tx.get(Message, received.message)
    promise = Promise(*house.promise(house.services[before.service]))
    answered = lifecycle.on_reply(before, at=tx.now, snippet=text.snippet(words), promise=promise, status=Status.SOLVED)
    ticket = await tx.save(answered)
    told = Message(
        id=fresh(MessageId, at=tx.now),
        ticket=ticket.id,
        conversation=came.conversation,
        direction=Direction.OUT,
        channel=came.channel,
        sender=by.name,
        text=words,
        created_at=tx.now,
        at_version=ticket.version,
        address=came.address,
        author=by.id,
        inbox=came.inbox,
        proven=True,
        delivery=Delivery.DELIVERED,
    )
    tx.add(told)
    tx.emit(MessageQueued(ticket=ticket, message=told), TicketStatus(ticket=ticket, was_status=before.status))
    ticket = await writing.take(tx, ticket)
    await working.finish_work(tx, ticket)
