"""The keys that people are found by, made for a record that never had any; what changes keeps them itself."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from crm_core.model.address import Address
from crm_core.rules import likeness

AT_ONCE = 2000
_PEOPLE = """SELECT c.id, c.name, c.street, c.place, i.address FROM customers c
 LEFT JOIN identities i ON i.customer = c.id WHERE c.id > :after AND c.id <= :last ORDER BY c.id"""
_LAST = "SELECT max(id) FROM (SELECT id FROM customers WHERE id > :after ORDER BY id LIMIT :limit) AS portion"


def fill_person_keys(connection: sa.Connection) -> None:
    """Portion after portion, in the order of ids; for the migration that brings the table."""
    after = ""
    while True:
        last = connection.execute(sa.text(_LAST), {"after": after, "limit": AT_ONCE}).scalar()
        if last is None:
            return
        rows = connection.execute(sa.text(_PEOPLE), {"after": after, "last": last}).all()
        made = [{"key": key, "customer": customer} for customer, keys in _keys(rows) for key in sorted(keys)]
        if made:
            connection.execute(sa.text("INSERT INTO person_keys (key, customer) VALUES (:key, :customer)"), made)
        after = last


def _keys(rows: Sequence[Any]) -> Iterator[tuple[str, frozenset[str]]]:
    for id, group in groupby(rows, key=lambda row: row[0]):
        theirs = list(group)
        _, name, street, place, _ = theirs[0]
        addresses = [Address.parse(row[4]) for row in theirs if row[4]]
        yield id, likeness.keys_of(name, street=street, place=place, addresses=addresses)
