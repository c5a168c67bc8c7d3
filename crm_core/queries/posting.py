"""Letters that wait for people: to be printed, or to be taken to the post; and each as it will be printed."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.errors import NotAllowedNow, NotFound
from crm_core.model.house import House
from crm_core.model.ids import InboxId, MessageId
from crm_core.model.message import Delivery, Message, Outbound
from crm_core.queries.visible import seen_by, visible
from crm_core.rules import cursors
from crm_core.store.maps.codec import micros
from crm_core.store.outbound import outbound_of
from crm_core.store.tables import messages, tickets
from crm_core.store.tables.matters import ON_PAPER
from crm_core.store.tx import Read

_text, _big = sa.Text, sa.BigInteger
_WAITING = (
    sa.select(messages)
    .select_from(messages.join(tickets, tickets.c.id == messages.c.ticket))
    .where(
        sa.text(f"messages.{ON_PAPER}"),
        messages.c.inbox == sa.bindparam("inbox", type_=_text),
        sa.tuple_(messages.c.created_at, messages.c.id)
        > sa.tuple_(sa.bindparam("at", type_=_big), sa.bindparam("id", type_=_text)),
        visible(),
    )
    .order_by(messages.c.created_at, messages.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_PRINTABLE = (Delivery.TO_PRINT, Delivery.PRINTED)


@dataclass(frozen=True, slots=True)
class Letter:
    """One that waits, and what will stand on it."""

    message: Message
    outbound: Outbound


@dataclass(frozen=True, slots=True)
class Page:
    """The oldest first; `next` is the cursor of what follows."""

    items: tuple[Letter, ...]
    next: str | None


async def waiting(read: Read, inbox: InboxId, *, house: House, limit: int, cursor: str | None) -> Page:
    """Of one mailroom, as far as the actor may see the matters that they are about."""
    await read.permit(to="print")
    at, id = cursors.opened(cursor, int, str) if cursor else (0, "")
    rows = await read.values(Message, _WAITING, inbox=inbox, at=at, id=id, limit=limit + 1, **await seen_by(read))
    shown = rows[:limit]
    items = tuple([Letter(one, await outbound_of(read, one, house=house)) for one in shown])
    more = len(rows) > limit
    return Page(items, cursors.made(micros(shown[-1].created_at), shown[-1].id) if more else None)


async def sheets(read: Read, ids: Sequence[MessageId], *, house: House) -> list[Outbound]:
    """These letters, to be printed together. Raises NotFound, or NotAllowedNow for one that is posted or was taken back."""
    found = []
    for id in dict.fromkeys(ids):
        message = await read.find(Message, id)
        if message is None:
            raise NotFound
        ticket = await read.ticket(message.ticket, to="print")
        if message.delivery not in _PRINTABLE:
            raise NotAllowedNow(f"The letter of {ticket.number} is not to be printed any more.")
        found.append(await outbound_of(read, message, house=house))
    return found
