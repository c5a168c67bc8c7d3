"""Known problems: their lists, what they are linked to, and what the steward has still to do."""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.catalogue import Notice, NoticeLink
from crm_core.model.ids import NoticeId, TicketId
from crm_core.model.message import Message
from crm_core.model.ticket import Ticket
from crm_core.rules import cursors
from crm_core.store.tables import cursors as kept
from crm_core.store.tables import events, messages, notice_links, notices, tickets, units
from crm_core.store.tx import Read

A_LOOK = 500
"""Events that are looked through at once."""

A_PORTION = 50

_text, _big = sa.Text, sa.BigInteger
_LIST = (
    sa.select(notices)
    .where(notices.c.id < sa.bindparam("below", type_=_text))
    .order_by(notices.c.id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_LINKS = (
    sa.select(notice_links)
    .where(notice_links.c.notice == sa.bindparam("notice", type_=_text))
    .where(notice_links.c.id > sa.bindparam("after", type_=_text))
    .order_by(notice_links.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_OF_TICKET = sa.select(notice_links).where(notice_links.c.ticket == sa.bindparam("ticket", type_=_text)).limit(20)
_HOW_MANY = sa.select(sa.func.count()).select_from(
    sa.select(notice_links.c.id)
    .where(notice_links.c.notice == sa.bindparam("notice", type_=_text))
    .limit(1001)
    .subquery()
)
_WAITING = (
    sa.select(notice_links.c.id)
    .where(sa.text("answer_wanted_at IS NOT NULL AND answered_at IS NULL"))
    .order_by(notice_links.c.id)
    .limit(A_PORTION)
)
_ORPHAN = (
    sa.select(tickets.c.id)
    .where(tickets.c.unit.in_(sa.select(units.c.id).where(units.c.valid_until.is_not(None))))
    .where(sa.text("status NOT IN ('solved', 'closed')"))
    .limit(1)
)
_STRETCH = (
    sa.select(events.c.position, events.c.type, events.c.ticket)
    .where(events.c.position > sa.bindparam("position", type_=_big))
    .order_by(events.c.position)
    .limit(A_LOOK)
)
_CURSOR = sa.select(kept.c.value).where(kept.c.name == sa.bindparam("name", type_=_text))
_FIRST = (
    sa.select(messages)
    .where(messages.c.ticket == sa.bindparam("ticket", type_=_text), messages.c.direction == "in")
    .order_by(messages.c.at_version, messages.c.id)
    .limit(1)
)
_TICKET = sa.select(tickets).where(tickets.c.id == sa.bindparam("ticket", type_=_text))


@dataclass(frozen=True, slots=True)
class Page:
    """Notices, the newest first, each with how many tickets report it (1001: more than a thousand)."""

    items: list[tuple[Notice, int]]
    next: str | None


@dataclass(frozen=True, slots=True)
class Opened:
    """Tickets that were opened in a stretch of the stream, and where it ends."""

    tickets: tuple[TicketId, ...]
    upto: int


@dataclass(frozen=True, slots=True)
class Said:
    """A ticket with what its citizen said first."""

    ticket: Ticket
    words: str


async def page(read: Read, *, limit: int = 50, cursor: str | None = None) -> Page:
    """The notices, the newest first; drafts and closed ones too."""
    await read.permit(to="see")
    below = cursors.opened(cursor, str)[0] if cursor else "~"
    found = await read.values(Notice, _LIST, below=below, limit=limit + 1)
    items = [(notice, await _count(read, notice.id)) for notice in found[:limit]]
    return Page(items, cursors.made(found[limit - 1].id) if len(found) > limit else None)


async def one(read: Read, id: NoticeId) -> tuple[Notice, int]:
    """A notice, and how many report it. Raises NotFound."""
    await read.permit(to="see")
    return await read.get(Notice, id), await _count(read, id)


async def links(
    read: Read, id: NoticeId, *, limit: int = 50, cursor: str | None = None
) -> tuple[list[NoticeLink], str | None]:
    """The tickets that report it, as they were linked; a page."""
    await read.permit(to="notices")
    await read.get(Notice, id)
    after = cursors.opened(cursor, str)[0] if cursor else ""
    found = await read.values(NoticeLink, _LINKS, notice=id, after=after, limit=limit + 1)
    return found[:limit], cursors.made(found[limit - 1].id) if len(found) > limit else None


async def of_ticket(read: Read, ticket: TicketId) -> list[NoticeLink]:
    """What a ticket is linked to; whether one may see it was asked before."""
    return await read.values(NoticeLink, _OF_TICKET, ticket=ticket)


async def waiting(read: Read) -> list[str]:
    """Links whose reporters are still to be answered."""
    return [row[0] for row in await read.all(_WAITING)]


async def orphaned(read: Read) -> bool:
    """Whether an open ticket is owned by a unit that ended."""
    return await read.one(_ORPHAN) is not None


async def opened_after(read: Read, *, position: int) -> Opened | None:
    """The next stretch of the stream; None at its end."""
    rows = await read.all(_STRETCH, position=position)
    if not rows:
        return None
    opened = tuple(dict.fromkeys(TicketId(row[2]) for row in rows if row[1] == "ticket.opened" and row[2]))
    return Opened(opened, int(rows[-1][0]))


async def cursor(read: Read, name: str) -> int | None:
    """How far the steward came; None where it never was."""
    row = await read.one(_CURSOR, name=name)
    return None if row is None else int(row[0])


async def said(read: Read, ticket: TicketId) -> Said | None:
    """A ticket and its citizen's first words, as the house reads them; None if it is gone."""
    found = await read.value(Ticket, _TICKET, ticket=ticket)
    if found is None:
        return None
    first = await read.value(Message, _FIRST, ticket=ticket)
    return Said(found, "" if first is None else first.text)


async def _count(read: Read, id: NoticeId) -> int:
    row = await read.one(_HOW_MANY, notice=id)
    return int(row[0]) if row else 0
