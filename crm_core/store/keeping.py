"""What is over, as one statement for each kind: a dry run counts by it, and the run goes by it.

What stands under a legal hold never is over; holds are few.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crm_core.model.ids import since
from crm_core.model.retention import Kept
from crm_core.store.maps.codec import micros
from crm_core.store.tables import blobs, customers, files, holds, messages, tickets, wires

_text, _big = sa.Text, sa.BigInteger
_BEFORE = sa.bindparam("before", type_=_big)
_OLDER = sa.bindparam("older", type_=_text)
_AFTER = sa.bindparam("after", type_=_text)
_LIMIT = sa.bindparam("limit", type_=sa.Integer)


def _family(whose: Any) -> Any:
    """All records of these customers' persons: up to the survivors of merges, and down to all who were merged."""
    up = sa.select(customers.c.id, customers.c.merged_into).where(customers.c.id.in_(whose)).cte("up", recursive=True)
    up = up.union(sa.select(customers.c.id, customers.c.merged_into).where(customers.c.id == up.c.merged_into))
    down = sa.select(up.c.id).cte("down", recursive=True)
    down = down.union(sa.select(customers.c.id).where(customers.c.merged_into == down.c.id))
    return sa.select(down.c.id)


_STANDS = holds.c.lifted_at.is_(None)
_HELD_WHOLLY = _family(sa.select(holds.c.customer).where(_STANDS, holds.c.ticket.is_(None)))
_HELD_AT_ALL = _family(sa.select(holds.c.customer).where(_STANDS))
_HELD_TICKETS = sa.select(holds.c.ticket).where(_STANDS, holds.c.ticket.is_not(None))
_CLOSED = sa.text("tickets.status = 'closed' AND tickets.erased_at IS NULL")
_FREE = sa.and_(tickets.c.customer.not_in(_HELD_WHOLLY), tickets.c.id.not_in(_HELD_TICKETS))
_HELD_MATTERS = sa.union(sa.select(tickets.c.id).where(tickets.c.customer.in_(_HELD_WHOLLY)), _HELD_TICKETS)
_HELD_WIRES = sa.select(messages.c.wire).where(messages.c.ticket.in_(_HELD_MATTERS), messages.c.wire.is_not(None))
_USES = sa.select(files.c.id).where(files.c.digest == blobs.c.digest).correlate(blobs)
_OVER = (
    sa.select(files.c.id)
    .select_from(files.join(tickets, tickets.c.id == files.c.ticket))
    .where(files.c.digest == blobs.c.digest, tickets.c.status == "closed", tickets.c.updated_at < _BEFORE, _FREE)
    .correlate(blobs)
)
_QUIET = sa.text(
    """NOT EXISTS (
    WITH RECURSIVE person(id) AS (
        SELECT customers.id UNION SELECT one.id FROM customers AS one JOIN person ON one.merged_into = person.id
    )
    SELECT 1 FROM person WHERE person.id >= :older OR EXISTS (
        SELECT 1 FROM tickets
        WHERE tickets.customer = person.id AND (tickets.status <> 'closed' OR tickets.updated_at >= :before)
    ))"""
).bindparams(sa.bindparam("older", type_=_text), sa.bindparam("before", type_=_big))
"""No record of this survivor's person is younger, nor has a matter that is. As text: a correlated walk."""

_PART_OF_NONE_HELD = sa.or_(wires.c.part_of.is_(None), wires.c.part_of.not_in(_HELD_WIRES))

DUE: dict[Kept, Any] = {
    Kept.WIRES: sa.select(wires.c.id)
    .where(
        wires.c.state == "read",
        wires.c.id < _OLDER,
        wires.c.id > _AFTER,
        wires.c.id.not_in(_HELD_WIRES),
        _PART_OF_NONE_HELD,
    )
    .order_by(wires.c.id)
    .limit(_LIMIT),
    Kept.FILES: sa.select(blobs.c.digest)
    .where(blobs.c.digest > _AFTER, sa.exists(_OVER), ~sa.exists(_USES.where(files.c.id.not_in(_OVER))))
    .order_by(blobs.c.digest)
    .limit(_LIMIT),
    Kept.QUARANTINE: sa.select(wires.c.id)
    .where(sa.text("wires.state = 'quarantined'"), wires.c.arrived_at < _BEFORE, wires.c.id > _AFTER)
    .order_by(wires.c.id)
    .limit(_LIMIT),
    Kept.MATTERS: sa.select(tickets.c.id)
    .where(_CLOSED, tickets.c.updated_at < _BEFORE, tickets.c.id > _AFTER, _FREE)
    .order_by(tickets.c.id)
    .limit(_LIMIT),
    Kept.PEOPLE: sa.select(customers.c.id)
    .where(
        customers.c.erased_at.is_(None),
        customers.c.merged_into.is_(None),
        customers.c.id < _OLDER,
        customers.c.id > _AFTER,
        customers.c.id.not_in(_HELD_AT_ALL),
        _QUIET,
    )
    .order_by(customers.c.id)
    .limit(_LIMIT),
}
"""Ids (digests, for FILES) of what is over, after a cursor. Several records of one person are that person, and over when all of them are."""


def place(cut: datetime, *, after: str, limit: int) -> dict[str, Any]:
    """The parameters of a statement of DUE."""
    return {"before": micros(cut), "older": since(cut), "after": after, "limit": limit}
