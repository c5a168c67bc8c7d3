"""Who was at a screen of ours and is not any more."""

from datetime import datetime

import sqlalchemy as sa

from crm_core.model.ids import AgentId
from crm_core.store.maps.codec import instant_of, micros
from crm_core.store.tables import screens
from crm_core.store.tx import Read

_GONE = (
    sa.select(screens.c.agent, screens.c.seen_at)
    .where(screens.c.seen_at <= sa.bindparam("since", type_=sa.BigInteger))
    .order_by(screens.c.agent)
    .limit(200)
)


async def gone(read: Read, *, since: datetime) -> list[tuple[AgentId, datetime]]:
    """Who was seen by no process since then, and when they were last."""
    await read.permit(to="duty")
    return [(AgentId(row[0]), instant_of(row[1])) for row in await read.all(_GONE, since=micros(since))]
