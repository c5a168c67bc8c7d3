"""The records of one person: a merge is a pointer, so whoever asks for one of them means all.

Statements walk the pointers in the database, up to the survivor and down to all who were
merged into them, however many steps that takes.
"""

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from crm_core.model.event import STAFF
from crm_core.store.compiled import among
from crm_core.store.tables import customers, tickets

_text = sa.Text


def root_of(id: Any) -> Any:
    """The survivor of this customer's merges (themselves, where there was none)."""
    first = sa.select(customers.c.id, customers.c.merged_into).where(customers.c.id == id)
    up = first.cte("up", recursive=True)
    up = up.union(sa.select(customers.c.id, customers.c.merged_into).where(customers.c.id == up.c.merged_into))
    return sa.select(up.c.id).where(up.c.merged_into.is_(None)).scalar_subquery()


def ids_of(id: Any) -> Any:
    """The ids of all records of this customer's person, as a select."""
    down = sa.select(customers.c.id).where(customers.c.id == root_of(id)).cte("down", recursive=True)
    down = down.union(sa.select(customers.c.id).where(customers.c.merged_into == down.c.id))
    return sa.select(down.c.id)


FAMILY = (
    sa.select(customers)
    .where(customers.c.id.in_(ids_of(sa.bindparam("customer", type_=_text))))
    .order_by(customers.c.merged_into.is_not(None), customers.c.id)
)
"""All records of one person, the survivor first; no row for somebody unknown."""

SEEN_THROUGH = (
    sa.select(tickets.c.queue, tickets.c.assignee, tickets.c.readers, tickets.c.confidential)
    .where(among(tickets.c.customer, "customers"))
    .distinct()
    .limit(500)
)
"""Through which tickets these customers are seen; `seers` reads it."""


def seers(rows: Iterable[Any]) -> frozenset[str]:
    """The keys of all who may see one of these tickets; of all staff where there is none yet."""
    found = list(rows)
    keys = {f"q:{row['queue']}" for row in found if not row["confidential"]}
    keys |= {f"a:{row['assignee']}" for row in found if row["assignee"] is not None}
    keys |= {f"a:{reader}" for row in found for reader in json.loads(row["readers"])}
    return frozenset(keys) if found else STAFF
