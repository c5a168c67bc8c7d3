"""What people are found by, kept in the transaction that changes their name or addresses: no lag, and no scan later."""

from collections.abc import Iterable

import sqlalchemy as sa

from crm_core.model.address import Address
from crm_core.model.customer import Customer, Identity
from crm_core.rules import likeness
from crm_core.store.tables import identities, person_keys
from crm_core.store.tx import Tx

_OLD = sa.delete(person_keys).where(person_keys.c.customer == sa.bindparam("key_customer", type_=sa.Text))
_ADDRESSES = sa.select(identities.c.address).where(identities.c.customer == sa.bindparam("customer", type_=sa.Text))


def keep_keys(tx: Tx, customer: Customer, *, addresses: Iterable[Address]) -> None:
    """The keys of somebody new."""
    for key in sorted(likeness.found_by(customer, addresses)):
        tx.insert(person_keys, key=key, customer=customer.id)


def keep_address_keys(tx: Tx, identity: Identity) -> None:
    """The keys of one more address."""
    for key in sorted(likeness.keys_of("", street="", place="", addresses=[identity.address])):
        tx.insert(person_keys, key=key, customer=identity.customer)


async def renew_keys(tx: Tx, customer: Customer) -> None:
    """Their name, street or addresses changed: they are found by what is so now."""
    await tx.change(_OLD, key_customer=customer.id)
    rows = await tx.all(_ADDRESSES, customer=customer.id)
    keep_keys(tx, customer, addresses=[Address.parse(row[0]) for row in rows])
