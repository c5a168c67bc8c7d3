"""The alerts that last: channels that drift from their promise."""

import sqlalchemy as sa

from crm_core.model.drift import Drift
from crm_core.store.tables import drifts
from crm_core.store.tx import Read

MOST = 100

_LASTING = sa.select(drifts).where(sa.text("state <> 'over'")).order_by(drifts.c.found_at.desc()).limit(MOST)


async def lasting(read: Read) -> list[Drift]:
    """Those that are not over, the newest first."""
    await read.permit(to="reports")
    return await read.values(Drift, _LASTING)
