"""Which services people ask for most."""

from datetime import datetime

import sqlalchemy as sa

from crm_core.model import ids
from crm_core.model.ids import ServiceId
from crm_core.store.tables import tickets
from crm_core.store.tx import Read

_COUNTS = (
    sa.select(tickets.c.service, sa.func.count().label("asked"))
    .where(tickets.c.id >= sa.bindparam("since", type_=sa.Text))
    .group_by(tickets.c.service)
)


async def asked_for(read: Read, *, since: datetime) -> dict[ServiceId, int]:
    """How many tickets each service got since then; services without one are left out."""
    rows = await read.all(_COUNTS, since=ids.since(since))
    return {ServiceId(row["service"]): int(row["asked"]) for row in rows}
