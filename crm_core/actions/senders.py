"""Whose contact it is: whoever holds the address that it came from, or somebody new."""

import sqlalchemy as sa

from crm_core.actions.finding import keep_keys
from crm_core.model.customer import Customer, Identity
from crm_core.model.ids import CustomerId, IdentityId, fresh
from crm_core.model.message import Inbound
from crm_core.rules import identity
from crm_core.store.tables import customers, identities
from crm_core.store.tx import Tx

_HOLDER = (
    sa.select(identities, customers)
    .select_from(identities.join(customers, customers.c.id == identities.c.customer))
    .where(identities.c.address == sa.bindparam("address", type_=sa.Text), identities.c.held == sa.literal_column("1"))
)


async def whose(tx: Tx, inbound: Inbound) -> tuple[Customer, Identity | None]:
    """Whose contact it is, somebody new if nobody has the address; and the address, if this proved it."""
    held = await tx.pair((Identity, Customer), _HOLDER, address=str(inbound.sender))
    holder = held and held[0]
    filed = identity.file_under(inbound.sender, name=inbound.sender_name, evidence=inbound.proven, known=holder)
    if isinstance(filed, identity.Unknown):
        return _new_customer(tx, filed, language=inbound.language), None
    proven = None
    if filed.proves:
        proven = await tx.save(identity.prove(filed.identity, evidence=inbound.proven or "", at=tx.now))
    return await tx.get(Customer, filed.customer), proven


def _new_customer(tx: Tx, unknown: identity.Unknown, *, language: str | None) -> Customer:
    customer = Customer(fresh(CustomerId, at=tx.now), unknown.name, language, tx.now)
    tx.add(customer)
    keep_keys(tx, customer, addresses=(unknown.address,))
    tx.add(
        Identity(
            fresh(IdentityId, at=tx.now),
            customer.id,
            unknown.address,
            unknown.evidence,
            tx.now,
            proven_at=tx.now if unknown.proven else None,
        )
    )
    return customer
