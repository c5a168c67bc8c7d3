"""What the herald reads: events that may be news to somebody away, and when the next mail is due."""

from datetime import datetime

import sqlalchemy as sa

from crm_core.model.errors import NotFound
from crm_core.model.event import Stamped
from crm_core.model.wishes import Wishes
from crm_core.queries import events
from crm_core.rules.digests import CURSOR, TOLD_BY
from crm_core.store.maps.codec import instant_of
from crm_core.store.tables import cursors, wishes
from crm_core.store.tables import events as table
from crm_core.store.tx import Read
from crm_core.store.wishes import wishes_of

AT_ONCE = 500

_big = sa.BigInteger
_CURSOR = sa.select(cursors.c.value).where(cursors.c.name == sa.literal_column(f"'{CURSOR}'"))
_NEWS = (
    sa.select(
        table.c.position,
        table.c.id,
        table.c.type,
        table.c.at,
        table.c.actor_kind,
        table.c.actor,
        table.c.ticket,
        table.c.at_version,
        table.c.audience,
        table.c.before,
        table.c.facts,
        sa.literal_column("'{}'").label("personal"),
    )
    .where(
        table.c.position > sa.bindparam("position", type_=_big),
        table.c.type.in_([sa.literal_column(f"'{kind}'") for kind in TOLD_BY]),
    )
    .order_by(table.c.position)
    .limit(AT_ONCE)
)
_NEXT = sa.select(sa.func.min(wishes.c.due_at), sa.func.min(wishes.c.code_at))


async def cursor(read: Read) -> int | None:
    """How far the herald has come; None before it ever began."""
    await read.permit(to="tell")
    row = await read.one(_CURSOR)
    return None if row is None else int(row[0])


async def news(read: Read, *, since: int) -> tuple[list[Stamped], int]:
    """Events that may be news, and the position up to which these are all. Their words are not read."""
    await read.permit(to="tell")
    top = await events.top(read)
    rows = await read.all(_NEWS, position=since)
    found = [events.stamped(row) for row in rows]
    return found, found[-1].position if len(found) == AT_ONCE else max(top, since)


async def next_at(read: Read) -> datetime | None:
    """When the next mail is due."""
    await read.permit(to="tell")
    row = await read.one(_NEXT)
    return min((instant_of(at) for at in row or () if at is not None), default=None)


async def mine(read: Read) -> tuple[Wishes, str]:
    """My own, and the address that they speak of."""
    asking = await read.permit(to="see")
    if asking is None:
        raise NotFound
    return await wishes_of(read, asking.id) or Wishes(), asking.email
