"""What could not be read, for an admin to look at."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from crm_core.model.ids import InboxId, WireId
from crm_core.rules import salvage
from crm_core.store.compiled import among
from crm_core.store.maps.codec import instant_of
from crm_core.store.tables import wire_terms, wires
from crm_core.store.tx import Read, listed

_PAGE = (
    sa.select(wires.c.id, wires.c.inbox, wires.c.arrived_at, wires.c.size, wires.c.why)
    .where(
        wires.c.state == sa.literal_column("'quarantined'"),
        sa.tuple_(wires.c.arrived_at, wires.c.id)
        < sa.tuple_(sa.bindparam("at", type_=sa.BigInteger), sa.bindparam("id", type_=sa.Text)),
    )
    .order_by(wires.c.arrived_at.desc(), wires.c.id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_WITH_ALL = (
    sa.select(wire_terms.c.wire)
    .where(among(wire_terms.c.term, "terms"))
    .group_by(wire_terms.c.wire)
    .having(sa.func.count() == sa.bindparam("most", type_=sa.BigInteger))
)
_FOUND = _PAGE.where(wires.c.id.in_(_WITH_ALL))
"""Of the quarantine what has all the terms; it is as long as the rows of these terms, not as the quarantine."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A raw wire and why it was not read; `key` is where a page goes on."""

    id: WireId
    inbox: InboxId
    arrived_at: datetime
    size: int
    why: str | None
    key: int


async def page(read: Read, *, at: int, id: str, limit: int, typed: str = "") -> list[Quarantined]:
    """Raw wires that wait for a mend, newest first; of these what has all that was typed, or the address, or the number."""
    await read.permit(to="quarantine")
    terms = salvage.asked(typed)
    if typed and not terms:
        return []
    statement, more = (_FOUND, {"terms": listed(terms), "most": len(terms)}) if terms else (_PAGE, {})
    rows = await read.all(statement, at=at, id=id, limit=limit, **more)
    return [Quarantined(row[0], row[1], instant_of(row[2]), row[3], row[4], row[2]) for row in rows]
