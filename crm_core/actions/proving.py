"""Whose address is this? A one-time code or link goes there by the ordinary way, and comes back.

Its words say nothing of whom or what they are about, and the record never holds what was
sent. Each guess is counted before it is looked at, in a statement of its own.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from crm_core.actions.addresses import file_address
from crm_core.model.address import Address
from crm_core.model.customer import Identity
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem
from crm_core.model.event import MessageQueued
from crm_core.model.event_people import ProofAsked
from crm_core.model.house import House
from crm_core.model.ids import CustomerId, MessageId, ProofId, TicketId, fresh
from crm_core.model.message import Delivery, Direction, Message
from crm_core.model.proof import Proof, ProofKind
from crm_core.model.ticket import Ticket
from crm_core.rules import lifecycle, proving, signs
from crm_core.store.compiled import among
from crm_core.store.maps.codec import micros
from crm_core.store.reach import stopped_at
from crm_core.store.tables import proofs, tickets
from crm_core.store.tx import Person, Tx

HOUR = timedelta(hours=1)

_text, _big = sa.Text, sa.BigInteger
_LATELY = (
    sa.select(proofs.c.id)
    .where(
        proofs.c.address == sa.bindparam("address", type_=_text),
        proofs.c.created_at > sa.bindparam("since", type_=_big),
    )
    .limit(proving.MOST_AN_HOUR)
)
_COUNT = (
    sa.update(proofs)
    .where(
        proofs.c.id == sa.bindparam("key_id", type_=_text),
        proofs.c.attempts < proving.MOST_ATTEMPTS,
        proofs.c.used_at.is_(None),
        proofs.c.expires_at > sa.bindparam("key_now", type_=_big),
    )
    .values(attempts=proofs.c.attempts + 1)
)
_USE = (
    sa.update(proofs)
    .where(proofs.c.id == sa.bindparam("key_id", type_=_text), proofs.c.used_at.is_(None))
    .values(used_at=sa.bindparam("new_at", type_=_big))
)
_NEWEST = (
    sa.select(tickets)
    .where(among(tickets.c.customer, "customers"))
    .order_by(tickets.c.updated_at.desc(), tickets.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be proven, and how; `ticket` is the matter it is asked in (None: their newest)."""

    address: Address
    kind: ProofKind
    ticket: TicketId | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of an answer. Wrong, used, run out and never asked are one and the same to whoever guesses."""

    proof: Proof | None
    identity: Identity | None = None

    @property
    def right(self) -> bool:
        """Whether it was the answer."""
        return self.proof is not None


async def ask_proof(tx: Tx, id: CustomerId, wanted: Wanted, *, house: House) -> Proof:
    """Send a code or link to an address that is to become this person's. Raises NotAllowedNow after a few an hour."""
    person = await tx.person(id, to="identify")
    ticket = await _matter(tx, person, wanted.ticket)
    if await asked_too_often(tx, wanted.address):
        raise NotAllowedNow("Several codes went to this address within the hour. Wait for one to arrive.")
    proof = make_proof(tx, wanted.kind, wanted.address, house=house)
    proof = replace(proof, customer=person.customer.id, ticket=ticket.id)
    tx.add(proof)
    await send_proof(tx, proof, ticket=ticket, house=house)
    tx.emit(ProofAsked(customer=person.customer.id, proof=proof, seers=person.seers))
    return proof


async def answer_proof(tx: Tx, id: CustomerId, proof_id: ProofId, given: str, *, house: House) -> Judged:
    """Somebody read the code out to an agent: if it is right, the address is theirs from now on."""
    person = await tx.person(id, to="identify")
    proof = await tx.find(Proof, proof_id)
    if proof is None or proof.customer not in {record.id for record in person.records}:
        raise NotFound
    return await judge(tx, proof, given, house=house, person=person)


async def judge(tx: Tx, proof: Proof, given: str, *, house: House, person: Person | None) -> Judged:
    """Count the attempt, then look at it. Refuses nothing: a refusal would take the count back."""
    if not await tx.change(_COUNT, key_id=proof.id, key_now=micros(tx.now)):
        return Judged(None)
    if not proving.is_right(house.keys, given, proof=proof.id, digest_kept=proof.digest) or proof.address is None:
        return Judged(None)
    if not await tx.change(_USE, key_id=proof.id, new_at=micros(tx.now)):
        return Judged(None)
    if person is None:
        return Judged(proof)
    return Judged(proof, await file_address(tx, person, proof.address, evidence=proof.kind.value))


async def asked_too_often(tx: Tx, address: Address) -> bool:
    """Whether so many codes went there lately that more would only be a nuisance to whoever reads it."""
    lately = await tx.all(_LATELY, address=str(address), since=micros(tx.now - HOUR))
    return len(lately) >= proving.MOST_AN_HOUR


def make_proof(tx: Tx, kind: ProofKind, address: Address | None, *, house: House, id: ProofId | None = None) -> Proof:
    """A question with its answer's digest; without an address a decoy that nobody can answer."""
    id = id or fresh(ProofId, at=tx.now)
    kept = proving.digest(house.keys[0], proving.secret(house.keys[0], id, kind=kind), proof=id)
    return Proof(id, kind, address, None, None, kept, tx.now, tx.now + proving.LASTS[kind], tx.actor.id)


async def send_proof(tx: Tx, proof: Proof, *, ticket: Ticket, house: House) -> Message:
    """Queue the content-free message. It belongs to no strand: that address takes no part in the matter yet."""
    assert proof.address is not None
    inbox = house.reaching(proof.address.scheme)
    if inbox is None:
        raise NotAllowedNow("None of our inboxes can write to such an address.")
    if (proof.address, inbox.id) in await stopped_at(tx, [proof.address]):
        raise NotAllowedNow("They asked for no more messages there. Prove it another way.")
    touched = await tx.save(lifecycle.on_note(ticket, at=tx.now))
    subject, words = proving.content_free(proof.kind, language=ticket.language)
    id = fresh(MessageId, at=tx.now)
    message = Message(
        id=id,
        ticket=ticket.id,
        conversation=None,
        direction=Direction.OUT,
        channel=inbox.channel,
        sender=inbox.name,
        text=words,
        created_at=tx.now,
        at_version=touched.version,
        address=proof.address,
        inbox=inbox.id,
        subject=subject,
        wire_id=signs.message_id(house.keys[0], id, domain=house.domain),
        proven=True,
        flags=(proving.flag(proof),),
        delivery=Delivery.QUEUED,
        send_at=tx.now,
    )
    tx.add(message)
    tx.emit(MessageQueued(ticket=touched, message=message))
    return message


async def _matter(tx: Tx, person: Person, wanted: TicketId | None) -> Ticket:
    """The ticket in which the message is seen to have gone out."""
    if wanted is None:
        found = await tx.value(Ticket, _NEWEST, customers=person.ids)
        if found is None:
            raise NotAllowedNow("There is no matter of theirs yet in which to write to them.")
        return await tx.ticket(found.id, to="reply")
    ticket = await tx.ticket(wanted, to="reply")
    if ticket.customer not in {record.id for record in person.records}:
        raise BadInput(Problem("ticket", "This is a matter of somebody else."))
    return ticket
