"""Figures for operators: how much waits, by state. Each is read from an index that holds only what waits."""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.queries import events, indexing
from crm_core.store.tables import events as event_table
from crm_core.store.tables import messages, wires, work
from crm_core.store.tx import Read

_WORK = (
    sa.select(work.c.queue, sa.func.count())
    .where(work.c.state == "queued", work.c.state != sa.literal_column("'done'"))
    .group_by(work.c.queue)
)
_UNSENT = (
    sa.select(messages.c.delivery, sa.func.count())
    .where(sa.text("delivery IN ('queued', 'no_relay', 'sending')"))
    .group_by(messages.c.delivery)
)
_UNNUMBERED = sa.select(sa.func.count()).select_from(
    sa.select(event_table.c.seq).where(event_table.c.position.is_(None)).limit(10_000).subquery()
)
_KEPT = sa.select(sa.func.count()).select_from(
    sa.select(wires.c.id).where(wires.c.state == sa.literal_column("'quarantined'")).limit(1000).subquery()
)


@dataclass(frozen=True, slots=True)
class Figures:
    """How much waits."""

    work: dict[str, int]
    unsent: dict[str, int]
    unnumbered: int
    quarantined: int
    position: int
    unindexed: int


async def figures(read: Read) -> Figures:
    """How much waits now."""
    await read.permit(to="session")
    unnumbered, kept = await read.one(_UNNUMBERED), await read.one(_KEPT)
    return Figures(
        {row[0]: row[1] for row in await read.all(_WORK)},
        {row[0]: row[1] for row in await read.all(_UNSENT)},
        int(unnumbered[0]) if unnumbered else 0,
        int(kept[0]) if kept else 0,
        await events.top(read),
        await indexing.lag(read),
    )
