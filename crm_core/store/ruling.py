"""Statements about promises that actions and queries ask alike."""

import sqlalchemy as sa

from crm_core.store import tables
from crm_core.store.compiled import among

_text, _number = sa.Text, sa.Integer
_ACTIVE = sa.text("status NOT IN ('solved', 'closed')")

RULINGS = sa.text("editions.kind IN ('policy', 'calendar')")
"""Editions of promises: those of answers stand in the same table and have other keepers."""

POLICIES = sa.select(tables.policies).order_by(tables.policies.c.name, tables.policies.c.id)
CALENDARS = sa.select(tables.calendars).order_by(tables.calendars.c.name, tables.calendars.c.id)
PROMISES = sa.select(tables.services.c.id, tables.services.c.policy)
"""Which service promises by which policy."""

SOME = (
    sa.select(tables.tickets)
    .where(
        _ACTIVE, tables.tickets.c.id > sa.bindparam("after", type_=_text), among(tables.tickets.c.service, "services")
    )
    .order_by(tables.tickets.c.id)
    .limit(sa.bindparam("limit", type_=_number))
)
"""The next open tickets of these services."""

_MANY = (
    sa.select(tables.tickets.c.id)
    .where(_ACTIVE, among(tables.tickets.c.service, "services"))
    .limit(sa.bindparam("limit", type_=_number))
)
COUNT = sa.select(sa.func.count()).select_from(_MANY.subquery())
"""How many there are, up to a limit."""

MARKS = (
    sa.select(tables.marks)
    .where(among(tables.marks.c.ticket, "tickets"))
    .order_by(tables.marks.c.ticket, tables.marks.c.at_version, tables.marks.c.place, tables.marks.c.id)
)
"""The marks of these tickets, in order."""
