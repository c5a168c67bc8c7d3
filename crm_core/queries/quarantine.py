"""What could not be read, for an admin to look at."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from crm_core.model.ids import InboxId, WireId
from crm_core.store.maps.codec import instant_of
from crm_core.store.tables import wires
from crm_core.store.tx import Read

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


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A raw wire and why it was not read; `key` is where a page goes on."""

    id: WireId
    inbox: InboxId
    arrived_at: datetime
    size: int
    why: str | None
    key: int


async def page(read: Read, *, at: int, id: str, limit: int) -> list[Quarantined]:
    """Raw wires that wait for a mend, newest first."""
    await read.permit(to="quarantine")
    rows = await read.all(_PAGE, at=at, id=id, limit=limit)
    return [Quarantined(row[0], row[1], instant_of(row[2]), row[3], row[4], row[2]) for row in rows]
