"""Citizens follow their own request: a code to an address that takes part, then the public story.

Whatever is asked, the record does the same: a question is noted, an attempt is counted.
Whether there is such a ticket, and whether the address belongs to it, shows in nothing.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from crm_core.actions import acknowledging
from crm_core.actions.proving import asked_too_often, judge, make_proof, send_proof
from crm_core.model.address import Address
from crm_core.model.house import House
from crm_core.model.ids import ProofId, TicketId
from crm_core.model.proof import Proof, ProofKind
from crm_core.model.ticket import Ticket
from crm_core.store.family import ids_of
from crm_core.store.maps.codec import micros
from crm_core.store.reach import may_hear, stopped_at
from crm_core.store.tables import conversations, identities, proofs, tickets, visits
from crm_core.store.tx import Tx

VISIT_LASTS = timedelta(hours=2)

_text, _big = sa.Text, sa.BigInteger
_BY_NUMBER = sa.select(tickets).where(tickets.c.number == sa.bindparam("number", type_=_text))
_TAKES_PART = sa.union(
    sa.select(conversations.c.address).where(
        conversations.c.ticket == sa.bindparam("ticket", type_=_text),
        conversations.c.address == sa.bindparam("address", type_=_text),
    ),
    sa.select(identities.c.address).where(
        identities.c.customer.in_(ids_of(sa.bindparam("customer", type_=_text))),
        identities.c.address == sa.bindparam("address", type_=_text),
        identities.c.proven_at.is_not(None),
    ),
)
_CLAIMED = sa.select(identities.c.id).where(
    identities.c.customer.in_(ids_of(sa.bindparam("customer", type_=_text))),
    identities.c.address == sa.bindparam("address", type_=_text),
    identities.c.proven_at.is_(None),
    identities.c.held == sa.literal_column("1"),
)
_END = sa.delete(visits).where(visits.c.digest == sa.bindparam("key_digest", type_=_text))
_OLD_VISITS = sa.delete(visits).where(visits.c.expires_at < sa.bindparam("key_now", type_=_big))
_OLD_PROOFS = sa.delete(proofs).where(proofs.c.expires_at < sa.bindparam("key_before", type_=_big))


@dataclass(frozen=True, slots=True)
class Asked:
    """A request somebody wants to see: its number, and the address where they are reached (None: it cannot be one)."""

    number: str
    address: Address | None


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser that showed to read an address, and the request it may see."""

    digest: str
    ticket: TicketId
    address: Address


async def ask_to_track(tx: Tx, id: ProofId, asked: Asked, *, house: House) -> None:
    """Note the question under an id the browser has already: it was answered before this began. A code goes out only where the address takes part in that request."""
    await tx.permit(to="track")
    ticket = await tx.value(Ticket, _BY_NUMBER, number=asked.number)
    proof = make_proof(tx, ProofKind.CODE, None, house=house, id=id)
    if ticket is not None and asked.address is not None and await _may_be_told(tx, ticket, asked.address, house=house):
        claimed = await _claims(tx, ticket, asked.address)
        if claimed and not await acknowledging.may_write_again(tx, asked.address, house=house):
            tx.add(proof)
            return
        proof = replace(proof, address=asked.address, ticket=ticket.id, customer=ticket.customer if claimed else None)
        tx.add(proof)
        await send_proof(tx, proof, ticket=ticket, house=house)
    else:
        tx.add(proof)


async def open_visit(tx: Tx, proof_id: ProofId | None, given: str, *, digest: str, house: House) -> Visit | None:
    """The code, or the link's token, came back: this browser may see that request. None for anything else."""
    await tx.permit(to="track")
    proof = await tx.find(Proof, proof_id or "")
    if proof is None:
        return None
    person = None
    if proof.customer is not None:
        person = await tx.person(proof.customer, to="track")
    judged = await judge(tx, proof, given, house=house, person=person)
    if not judged.right or proof.ticket is None or proof.address is None:
        return None
    visit = Visit(digest, proof.ticket, proof.address)
    tx.insert(
        visits,
        digest=digest,
        ticket=visit.ticket,
        address=str(visit.address),
        created_at=micros(tx.now),
        expires_at=micros(tx.now + VISIT_LASTS),
    )
    return visit


async def close_visit(tx: Tx, digest: str) -> None:
    """This browser is done: on a shared computer the next one sees nothing."""
    await tx.permit(to="track")
    await tx.change(_END, key_digest=digest)


async def sweep_visits(tx: Tx) -> None:
    """Forget visits that are over, and questions that nobody answered."""
    await tx.permit(to="track")
    await tx.change(_OLD_VISITS, key_now=micros(tx.now))
    await tx.change(_OLD_PROOFS, key_before=micros(tx.now - timedelta(days=1)))


async def _claims(tx: Tx, ticket: Ticket, address: Address) -> bool:
    """Whether it is the person's own address, and nobody has shown that yet: the code that comes back does."""
    rows = await tx.all(_CLAIMED, customer=ticket.customer, address=str(address))
    return bool(rows)


async def _may_be_told(tx: Tx, ticket: Ticket, address: Address, *, house: House) -> bool:
    part = await tx.all(_TAKES_PART, ticket=ticket.id, customer=ticket.customer, address=str(address))
    inbox = house.reaching(address.scheme)
    if not part or inbox is None or not await may_hear(tx, ticket, address):
        return False
    if (address, inbox.id) in await stopped_at(tx, [address]):
        return False
    return not await asked_too_often(tx, address)
