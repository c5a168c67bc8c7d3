"""The audit chain read from its beginning, in portions, for `onestop verify`."""

import sqlalchemy as sa

from crm_core.rules.audit import Link
from crm_core.store.ledger import stated
from crm_core.store.tables import event_words, events
from crm_core.store.tx import Read

_LINKS = (
    sa.select(events, event_words.c.salt, event_words.c.personal)
    .select_from(events.outerjoin(event_words, event_words.c.event == events.c.id))
    .where(events.c.position > sa.bindparam("after", type_=sa.BigInteger))
    .order_by(events.c.position)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


async def links(read: Read, *, after: int, limit: int = 1000) -> list[Link]:
    """The next links of the chain after a position."""
    await read.permit(to="audit")
    return [
        Link(
            position=row["position"],
            thread=row["ticket"] or "",
            facts=stated(row),
            digest=row["digest"],
            ticket_hash=row["ticket_hash"],
            chain_hash=row["chain_hash"],
            salt=row["salt"] or "",
            personal=row["personal"],
        )
        for row in await read.all(_LINKS, after=after, limit=limit)
    ]
