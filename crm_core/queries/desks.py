"""What stands beside a ticket at the desk: its first words, known problems, and the parts of a whole."""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.catalogue import Notice, NoticeLink
from crm_core.model.message import Message
from crm_core.model.ticket import Ticket
from crm_core.queries import notices as problems
from crm_core.queries import ticket as tickets_query
from crm_core.queries.visible import seen_by, visible
from crm_core.store.compiled import among
from crm_core.store.tables import messages, notices, tickets
from crm_core.store.tx import Read, listed

_text = sa.Text
_FIRST = (
    sa.select(messages)
    .where(messages.c.ticket == sa.bindparam("ticket", type_=_text), messages.c.direction == "in")
    .order_by(messages.c.at_version, messages.c.id)
    .limit(1)
)
_OPEN = sa.select(notices).where(notices.c.state == "open").order_by(notices.c.begins_at, notices.c.id).limit(100)
_NAMED = sa.select(notices).where(among(notices.c.id, "ids"))
_PARTS = (
    sa.select(tickets).where(tickets.c.parent == sa.bindparam("parent", type_=_text)).order_by(tickets.c.id).limit(200)
)
_NEIGHBOURS = sa.select(tickets).where(among(tickets.c.id, "ids"), visible())
_RESULT = (
    sa.select(messages)
    .where(messages.c.ticket == sa.bindparam("ticket", type_=_text), messages.c.flags == '["result"]')
    .order_by(messages.c.at_version.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole, and what it came to so far."""

    ticket: Ticket
    result: str | None


@dataclass(frozen=True, slots=True)
class Beside:
    """A ticket with its citizen's first words, what it is linked to, and the problems known now.

    `neighbours` are its whole and the one that it may belong to, where the reader may see them.
    """

    ticket: Ticket
    words: str
    links: tuple[NoticeLink, ...]
    notices: tuple[Notice, ...]
    parts: tuple[Part, ...]
    neighbours: tuple[Ticket, ...]


async def beside(read: Read, key: str) -> Beside:
    """For whoever may see the ticket. Raises NotFound."""
    ticket = await read.ticket(await tickets_query.resolve(read, key), to="see")
    first = await read.value(Message, _FIRST, ticket=ticket.id)
    links = await problems.of_ticket(read, ticket.id)
    known = {one.id: one for one in await read.values(Notice, _OPEN)}
    known |= {one.id: one for one in await read.values(Notice, _NAMED, ids=listed(link.notice for link in links))}
    return Beside(
        ticket,
        "" if first is None else first.text,
        links=tuple(links),
        notices=tuple(known.values()),
        parts=tuple(await _parts_of(read, ticket)),
        neighbours=tuple(await _neighbours_of(read, ticket)),
    )


async def parts(read: Read, key: str) -> list[Part]:
    """The parts of a whole, for whoever may see the whole. Raises NotFound."""
    return await _parts_of(read, await read.ticket(await tickets_query.resolve(read, key), to="see"))


async def _neighbours_of(read: Read, ticket: Ticket) -> list[Ticket]:
    near = [id for id in (ticket.parent, ticket.related) if id is not None]
    return await read.values(Ticket, _NEIGHBOURS, ids=listed(near), **await seen_by(read)) if near else []


async def _parts_of(read: Read, whole: Ticket) -> list[Part]:
    found = []
    for part in await read.values(Ticket, _PARTS, parent=whole.id):
        said = await read.value(Message, _RESULT, ticket=part.id)
        found.append(Part(part, None if said is None else said.text))
    return found
