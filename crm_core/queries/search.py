"""Search: what somebody may see and find, the newest first.

The index answers in portions, newest first; of each portion those hits stay that are in
the asker's scope, until a page is full or enough was looked at. Then the page is shorter
and its cursor goes on from there: no question costs more than a bounded look.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crm_core.model.customer import Customer
from crm_core.model.ids import TicketId
from crm_core.model.ticket import Ticket
from crm_core.queries.visible import seen_by, visible
from crm_core.rules import access, cursors, numbers, search
from crm_core.rules.search import CUSTOMER, MESSAGE, TICKET, Meant
from crm_core.store.compiled import among
from crm_core.store.maps.codec import instant_of
from crm_core.store.tables import customers, identities, messages, tickets
from crm_core.store.tx import Read, listed
from crm_core.store.words import NEWEST, matching, placed, search_docs

PORTIONS = (100, 400, 1600, 6400)
"""Hits that are looked at for one page, in portions; most pages are full after the first."""

_WORDS, _BEGINNINGS = 0, 1
_TOP = 1 << 62
_text = sa.Text
_BY_NUMBER = sa.select(tickets).where(tickets.c.number == sa.bindparam("number", type_=_text))
_TICKETS = sa.select(tickets).where(among(tickets.c.id, "ids"))
_OF_TICKETS = (
    sa.select(search_docs)
    .select_from(search_docs.join(tickets, tickets.c.id == search_docs.c.ticket))
    .where(placed("places"), visible())
)
_OF_CUSTOMERS = sa.select(search_docs).where(
    placed("places"),
    search_docs.c.ticket.is_(None),
    sa.exists().where(tickets.c.customer == search_docs.c.customer, visible()),
)
_BOTH = sa.union_all(_OF_TICKETS, _OF_CUSTOMERS).subquery()
_SEEN = sa.select(_BOTH).order_by(_BOTH.c.seq.desc()).limit(sa.bindparam("limit", type_=sa.Integer))
"""Of these places what the asker may see: by its ticket; a customer by any ticket of theirs."""
_MESSAGES = sa.select(messages.c.id, messages.c.text).where(among(messages.c.id, "ids"))
_CUSTOMERS = sa.select(customers).where(among(customers.c.id, "ids"), customers.c.merged_into.is_(None))
_ADDRESSES = (
    sa.select(identities.c.customer, identities.c.address)
    .where(among(identities.c.customer, "ids"))
    .order_by(identities.c.created_at, identities.c.id)
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody searches; `kind` narrows it."""

    typed: str
    kind: str | None = None
    limit: int = 25
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found. A customer has no ticket and no number; their name stands as the subject."""

    kind: str
    id: str
    ticket: TicketId | None
    number: str | None
    subject: str
    snippet: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of hits; `next` is where older ones go on, though a page may be short or empty before it."""

    items: list[Hit]
    next: str | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question to the index: its ways, the kind as a term, and the beginning of a word."""

    ways: tuple[tuple[str, ...], ...]
    kind: str | None
    begun: str | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows of the index that the asker may see, and the place where to go on (None: nothing is left)."""

    rows: list[Any]
    below: int | None


async def find(read: Read, wanted: Wanted) -> Hits:
    """A page of what has all the words, or the number. Raises BadInput for a cursor that is not ours."""
    await read.permit(to="search")
    mode, below = cursors.opened(wanted.cursor, int, int) if wanted.cursor else (_WORDS, _TOP)
    first = wanted.cursor is None
    named = await _by_number(read, wanted)
    meant = search.meant(wanted.typed)
    room = wanted.limit - (len(named) if first else 0)
    found = await _in_mode(read, wanted, meant, mode=mode, below=below, room=room)
    if first and not named and not found.rows and found.below is None and meant.begun is not None:
        mode, found = _BEGINNINGS, await _in_mode(read, wanted, meant, mode=_BEGINNINGS, below=_TOP, room=room)
    rows = [row for row in found.rows if row["id"] not in {ticket.id for ticket in named}]
    hits = [*(_of_ticket(ticket) for ticket in named if first), *await _shown(read, rows, meant)]
    return Hits(hits, None if found.below is None else cursors.made(mode, found.below))


async def _by_number(read: Read, wanted: Wanted) -> list[Ticket]:
    """The ticket whose number was typed, in any spelling."""
    number = numbers.read_number(wanted.typed)
    if number is None or wanted.kind not in (None, TICKET):
        return []
    standing = await read.standing()
    found = await read.values(Ticket, _BY_NUMBER, number=number)
    return [ticket for ticket in found if access.sees(standing.scope, audience=access.audience(ticket))]


async def _in_mode(read: Read, wanted: Wanted, meant: Meant, *, mode: int, below: int, room: int) -> _Found:
    kind = None if wanted.kind is None else search.kind_term(wanted.kind)
    if not meant.ways:
        return _Found([], None)
    if mode == _WORDS:
        return await _walk(read, _Asked(meant.ways, kind), below=below, room=room)
    return await _walk(read, _Asked((meant.ways[0][:-1],), kind, meant.begun), below=below, room=room)


async def _walk(read: Read, asked: _Asked, *, below: int, room: int) -> _Found:
    """Portion after portion, until there are `room` that the asker may see."""
    match = matching(asked.ways, kind=asked.kind, begun=asked.begun)
    seeing = await seen_by(read)
    kept: list[Any] = []
    for portion in PORTIONS:
        found = await read.all(NEWEST, **match, below=below, portion=portion)
        places = sorted((row[0] for row in found), reverse=True)
        wanted = room - len(kept) + 1
        seen = await read.all(_SEEN, places=json.dumps(places), limit=wanted, **seeing) if places else []
        if len(seen) == wanted:
            kept += seen[:-1]
            return _Found(kept, kept[-1]["seq"] if kept else below)
        kept += seen
        if len(places) < portion:
            return _Found(kept, None)
        below = places[-1]
    return _Found(kept, below)


async def _shown(read: Read, rows: Sequence[Any], meant: Meant) -> list[Hit]:
    """The hits of a page; the rule of access has the last word on each."""
    scope = (await read.standing()).scope
    of_tickets = {row["ticket"] for row in rows if row["kind"] != CUSTOMER}
    found = await read.values(Ticket, _TICKETS, ids=listed(of_tickets)) if of_tickets else []
    seen = {ticket.id: ticket for ticket in found if access.sees(scope, audience=access.audience(ticket))}
    said = await _by_id(read, _MESSAGES, {row["id"] for row in rows if row["kind"] == MESSAGE})
    people = await _people(read, {row["id"] for row in rows if row["kind"] == CUSTOMER})
    hits = []
    for row in rows:
        if row["kind"] == CUSTOMER:
            hits += [people[row["id"]]] if row["id"] in people else []
        elif row["ticket"] in seen:
            ticket = seen[row["ticket"]]
            hits.append(_of_message(row, ticket, said, meant) if row["kind"] == MESSAGE else _of_ticket(ticket))
    return hits


def _of_ticket(ticket: Ticket) -> Hit:
    return Hit(TICKET, ticket.id, ticket.id, ticket.number, ticket.subject, ticket.snippet, ticket.created_at)


def _of_message(row: Any, ticket: Ticket, said: dict[str, Any], meant: Meant) -> Hit:
    words = said[row["id"]]["text"] if row["id"] in said else ""
    snippet = search.excerpt(words, terms=meant.terms)
    return Hit(MESSAGE, row["id"], ticket.id, ticket.number, ticket.subject, snippet, instant_of(row["created_at"]))


async def _people(read: Read, ids: set[str]) -> dict[str, Hit]:
    if not ids:
        return {}
    addresses: dict[str, list[str]] = {}
    for row in await read.all(_ADDRESSES, ids=listed(ids)):
        addresses.setdefault(row["customer"], []).append(row["address"].partition(":")[2])
    return {
        one.id: Hit(CUSTOMER, one.id, None, None, one.name, ", ".join(addresses.get(one.id, ())[:5]), one.created_at)
        for one in await read.values(Customer, _CUSTOMERS, ids=listed(ids))
    }


async def _by_id(read: Read, statement: Any, ids: set[str]) -> dict[str, Any]:
    return {row["id"]: row for row in await read.all(statement, ids=listed(ids))} if ids else {}
