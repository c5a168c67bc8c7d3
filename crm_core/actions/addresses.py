"""A person's addresses: said to be theirs, taken away, shared by several, or another's after all."""

from dataclasses import replace

import sqlalchemy as sa

from crm_core.actions.finding import renew_keys
from crm_core.actions.joining import join_records
from crm_core.model.address import Address
from crm_core.model.customer import Customer, Identity
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem
from crm_core.model.event_people import AddressAdded, AddressChanged, AddressMoved, AddressRemoved
from crm_core.model.ids import CustomerId, IdentityId, fresh
from crm_core.rules import identity as rule
from crm_core.store.compiled import among
from crm_core.store.tables import identities
from crm_core.store.tx import Person, Tx

MOST = 50
"""Addresses of one person."""

_text = sa.Text
_OF_ADDRESS = (
    sa.select(identities)
    .where(identities.c.address == sa.bindparam("address", type_=_text))
    .order_by(identities.c.held.desc(), identities.c.proven_at.is_(None), identities.c.created_at, identities.c.id)
)
_OF_PERSON = (
    sa.select(identities)
    .where(among(identities.c.customer, "customers"))
    .order_by(identities.c.created_at, identities.c.id)
)
_REMOVE = sa.delete(identities).where(identities.c.id == sa.bindparam("key_id", type_=_text))


async def claim_address(tx: Tx, id: CustomerId, address: Address) -> Identity:
    """They say it is theirs: filed as a claim, which reads nothing back and takes nothing from anybody."""
    person = await tx.person(id, to="identify")
    return await file_address(tx, person, address, evidence=None)


async def file_address(tx: Tx, person: Person, address: Address, *, evidence: str | None) -> Identity:
    """File an address under somebody, as the rule says: joined, claimed too, or (proven by both) one person."""
    everybody = await tx.values(Identity, _OF_ADDRESS, address=str(address))
    own = next((one for one in everybody if one.customer in {record.id for record in person.records}), None)
    holder = next((one for one in everybody if one.held), None)
    if own is not None and own.held:
        return await _proven(tx, person, own, evidence=evidence)
    if own is None and len(await tx.values(Identity, _OF_PERSON, customers=person.ids)) >= MOST:
        raise BadInput(Problem("address", f"At most {MOST} addresses. Remove one first."))
    decision = rule.add_address(person.customer, address=address, evidence=evidence, held_by=holder)
    if isinstance(decision, rule.SamePerson):
        assert holder is not None
        await join_records(tx, person, decision.holder, why=decision.why)
        return holder
    takes = isinstance(decision, rule.Join)
    if takes and holder is not None:
        await tx.save(replace(holder, held=False))
    return await _filed(tx, person, address, own=own, evidence=evidence, takes=takes)


async def _filed(
    tx: Tx, person: Person, address: Address, *, own: Identity | None, evidence: str | None, takes: bool
) -> Identity:
    proven_at = tx.now if rule.proves(evidence) else None
    if own is not None:
        filed = await tx.save(
            replace(own, held=takes, proven_at=own.proven_at or proven_at, evidence=evidence or own.evidence)
        )
        tx.emit(AddressChanged(customer=person.customer.id, identity=filed, seers=person.seers))
        return filed
    shared = any(one.shared for one in await tx.values(Identity, _OF_ADDRESS, address=str(address)))
    made = Identity(
        fresh(IdentityId, at=tx.now),
        person.customer.id,
        address,
        evidence or "claimed",
        tx.now,
        proven_at=proven_at,
        shared=shared,
        held=takes,
    )
    tx.add(made)
    await renew_keys(tx, person.customer)
    tx.emit(AddressAdded(customer=person.customer.id, identity=made, seers=person.seers))
    return made


async def _proven(tx: Tx, person: Person, own: Identity, *, evidence: str | None) -> Identity:
    proven = rule.prove(own, evidence=evidence or "", at=tx.now)
    if proven != own:
        await tx.save(proven)
        tx.emit(AddressChanged(customer=person.customer.id, identity=proven, seers=person.seers))
    return proven


async def remove_address(tx: Tx, id: CustomerId, identity_id: IdentityId) -> None:
    """It is not theirs any more. What came by it stays where it came; whoever else claims it holds it now."""
    person, identity = await _theirs(tx, id, identity_id)
    others = [one for one in await _everybody(tx, identity) if one.id != identity.id]
    await tx.change(_REMOVE, key_id=identity.id)
    if identity.held and others:
        await tx.save(replace(others[0], held=True))
    await renew_keys(tx, await tx.get(Customer, identity.customer))
    tx.emit(AddressRemoved(customer=person.customer.id, identity=identity, seers=person.seers))


async def share_address(tx: Tx, id: CustomerId, identity_id: IdentityId, *, shared: bool) -> Identity:
    """A family's telephone, an office mailbox: from now on it makes nobody one person with anybody."""
    person, identity = await _theirs(tx, id, identity_id)
    for one in await _everybody(tx, identity):
        await tx.save(replace(one, shared=shared))
    marked = replace(identity, shared=shared)
    tx.emit(AddressChanged(customer=person.customer.id, identity=marked, seers=person.seers))
    return marked


async def move_address(tx: Tx, id: CustomerId, identity_id: IdentityId, *, to: CustomerId) -> Identity:
    """It is somebody else's after all. There it is a claim until it is proven again: a proof was given by who had it."""
    person, identity = await _theirs(tx, id, identity_id)
    other = await tx.person(to, to="identify")
    if other.customer.id == person.customer.id:
        raise NotAllowedNow("It is theirs already.")
    for one in await _everybody(tx, identity):
        if one.id != identity.id and one.customer in {record.id for record in other.records}:
            await tx.change(_REMOVE, key_id=one.id)
    was = await tx.get(Customer, identity.customer)
    moved = await tx.save(replace(identity, customer=other.customer.id, proven_at=None, evidence="moved"))
    await renew_keys(tx, was)
    await renew_keys(tx, other.customer)
    tx.emit(
        AddressMoved(
            customer=other.customer.id, identity=moved, came_from=person.customer.id, seers=person.seers | other.seers
        )
    )
    return moved


async def _everybody(tx: Tx, identity: Identity) -> list[Identity]:
    """All who use or claim the address, the holder first."""
    return await tx.values(Identity, _OF_ADDRESS, address=str(identity.address))


async def _theirs(tx: Tx, id: CustomerId, identity_id: IdentityId) -> tuple[Person, Identity]:
    person = await tx.person(id, to="identify")
    identity = await tx.find(Identity, identity_id)
    if identity is None or identity.customer not in {record.id for record in person.records}:
        raise NotFound
    return person, identity
