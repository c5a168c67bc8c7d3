"""What alerts are made of that no board knows: answers that were sent or not, and doors that are down."""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.inbox import Inbox
from crm_core.queries import sources
from crm_core.rules.board import millis_of
from crm_core.store.maps.codec import instant_of
from crm_core.store.tables import inboxes, messages, tickets
from crm_core.store.tx import Read

MOST = 20

_UNKNOWN = (
    sa.select(messages.c.ticket, sa.func.min(messages.c.created_at))
    .where(
        sa.text("delivery = 'unknown'"),
        ~sa.exists().where(tickets.c.id == messages.c.ticket, tickets.c.confidential == sa.literal_column("1")),
    )
    .group_by(messages.c.ticket)
    .order_by(sa.func.min(messages.c.created_at))
    .limit(MOST)
)
_OPEN = sa.select(inboxes).where(inboxes.c.active == sa.literal_column("1"))


@dataclass(frozen=True, slots=True)
class Troubles:
    """By ticket and by inbox, since when, in milliseconds."""

    unknown: dict[str, int]
    down: dict[str, int]


async def troubles(read: Read) -> Troubles:
    """Now."""
    await read.permit(to="board")
    known = await sources.all_of_them(read)
    open_now = {inbox.id for inbox in await read.values(Inbox, _OPEN)}
    down = {
        str(inbox): millis_of(source.since)
        for inbox, source in known.items()
        if inbox in open_now and source.trouble is not None and source.since is not None
    }
    return Troubles({row[0]: millis_of(instant_of(row[1])) for row in await read.all(_UNKNOWN)}, down)
