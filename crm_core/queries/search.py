"""Search: what somebody may see and find, the newest first, or where there are only a few the likeliest.

The index answers in portions, newest first; of each portion those hits stay that are in
the asker's scope and fit the filters, until a page is full or enough was looked at. Then
the page is shorter and its cursor goes on from there: no question costs more than a
bounded look.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crm_core.model.answer import Answer
from crm_core.model.customer import Customer
from crm_core.model.errors import BadInput, Problem
from crm_core.model.ids import TicketId
from crm_core.model.ticket import Status, Ticket
from crm_core.queries import narrowing
from crm_core.queries.narrowing import ALL, Narrow, fits
from crm_core.queries.visible import seen_by, shown, visible
from crm_core.rules import cursors, marking, numbers, ranking, search
from crm_core.rules.marking import Mark
from crm_core.rules.notices import in_language
from crm_core.rules.ranking import RANKED_BELOW, READ
from crm_core.rules.search import ANSWER, CUSTOMER, MESSAGE, TICKET, Meant
from crm_core.store.compiled import among
from crm_core.store.maps.codec import instant_of, micros
from crm_core.store.tables import answers, customers, identities, messages, tickets
from crm_core.store.tx import Read, listed
from crm_core.store.words import NEWEST, STEPS_BACK, matching, placed, search_docs

PORTIONS = (100, 400, 1600, 6400)
"""Hits that are looked at for one page, in portions; most pages are full after the first. Whether all of them are few
enough to be ranked is not asked of the last portion where a page is full without it: it would cost four times the rest."""

_WORDS, _BEGINNINGS, _RANKED_WORDS, _RANKED_BEGINNINGS = 0, 1, 2, 3
"""How a cursor goes on: below a place of the index, or after so many of the ranked."""

_TOP = 1 << 62
_text = sa.Text
_BY_NUMBER = sa.select(tickets).where(tickets.c.number == sa.bindparam("number", type_=_text))
_TICKETS = sa.select(tickets).where(among(tickets.c.id, "ids"))
_OF_TICKETS = (
    sa.select(search_docs)
    .select_from(search_docs.join(tickets, tickets.c.id == search_docs.c.ticket))
    .where(placed("places"), visible(), fits())
)
_OF_CUSTOMERS = sa.select(search_docs).where(
    placed("places"),
    search_docs.c.ticket.is_(None),
    sa.bindparam("narrowed", type_=sa.BigInteger) == 0,
    sa.exists().where(tickets.c.customer == search_docs.c.customer, visible()),
)
_now = sa.bindparam("now", type_=sa.BigInteger)
_STANDS = sa.and_(answers.c.state == "approved", sa.or_(answers.c.expires_at.is_(None), answers.c.expires_at > _now))
_OF_ANSWERS = (
    sa.select(search_docs)
    .select_from(search_docs.join(answers, answers.c.id == search_docs.c.id))
    .where(
        placed("places"),
        search_docs.c.kind == sa.literal_column(f"'{ANSWER}'"),
        sa.bindparam("narrowed", type_=sa.BigInteger) == 0,
        _STANDS,
    )
)
_BOTH = sa.union_all(_OF_TICKETS, _OF_CUSTOMERS, _OF_ANSWERS).subquery()
_SEEN = sa.select(_BOTH).order_by(_BOTH.c.seq.desc()).limit(sa.bindparam("limit", type_=sa.Integer))
"""Of these places what the asker may see: by its ticket; a customer by any ticket of theirs; an answer that stands."""
_MESSAGES = sa.select(messages.c.id, messages.c.text).where(among(messages.c.id, "ids"))
_BEGINNINGS_OF = sa.select(messages.c.id, sa.func.substr(messages.c.text, 1, READ).label("text")).where(
    among(messages.c.id, "ids")
)
_TITLES = sa.select(tickets.c.id, tickets.c.subject, tickets.c.status).where(among(tickets.c.id, "ids"))
_NAMES = sa.select(customers.c.id, customers.c.name).where(among(customers.c.id, "ids"))
_ANSWERS = sa.select(answers).where(among(answers.c.id, "ids"))
_CUSTOMERS = sa.select(customers).where(among(customers.c.id, "ids"), customers.c.merged_into.is_(None))
_ADDRESSES = (
    sa.select(identities.c.customer, identities.c.address)
    .where(among(identities.c.customer, "ids"))
    .order_by(identities.c.created_at, identities.c.id)
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody searches; `kind` and `narrow` leave out the rest."""

    typed: str
    kind: str | None = None
    narrow: Narrow = ALL
    limit: int = 25
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found. A customer has no ticket and no number; their name stands as the subject, an answer's title does.

    The marks are where the words stand in subject and snippet, in code points.
    """

    kind: str
    id: str
    ticket: TicketId | None
    number: str | None
    subject: str
    snippet: str
    created_at: datetime
    subject_marks: tuple[Mark, ...] = ()
    snippet_marks: tuple[Mark, ...] = ()


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


@dataclass(frozen=True, slots=True)
class _Search:
    """One search: what is wanted, what was meant, and the filters as parameters."""

    wanted: Wanted
    meant: Meant
    narrowed: dict[str, Any]

    def question(self, mode: int) -> _Asked | None:
        """What to ask the index; None where nothing was meant."""
        if not self.meant.ways:
            return None
        kind = None if self.wanted.kind is None else search.kind_term(self.wanted.kind)
        if mode in (_WORDS, _RANKED_WORDS):
            return _Asked(self.meant.ways, kind)
        return _Asked((self.meant.ways[0][:-1],), kind, self.meant.begun)


_NOTHING = Hits([], None)
_RANKED_OF = {_WORDS: _RANKED_WORDS, _BEGINNINGS: _RANKED_BEGINNINGS}
_NEWEST_OF = {ranked: newest for newest, ranked in _RANKED_OF.items()}
_RANKED = frozenset(_NEWEST_OF)
_MODES = _RANKED | _RANKED_OF.keys()


async def find(read: Read, wanted: Wanted) -> Hits:
    """A page of what has all the words, or the number. Raises BadInput for a cursor that is not ours."""
    await read.permit(to="search")
    asked = _Search(wanted, search.meant(wanted.typed), await narrowing.values(read, wanted.narrow))
    if wanted.cursor is not None:
        mode, at = cursors.opened(wanted.cursor, int, int)
        if mode not in _MODES or (at < 0 and mode in _RANKED):
            raise BadInput(Problem("cursor", "Take the cursor from the page before, with the same question."))
        return await _page(read, asked, mode=mode, at=at)
    named = await _by_number(read, wanted)
    hits = await _page(read, asked, mode=_WORDS, at=_TOP, beside=len(named))
    if hits == _NOTHING and asked.meant.begun is not None and not named:
        hits = await _page(read, asked, mode=_BEGINNINGS, at=_TOP)
    found = [hit for hit in hits.items if hit.id not in {ticket.id for ticket in named}]
    return replace(hits, items=[*(_marked(_of_ticket(ticket), asked) for ticket in named), *found])


async def _page(read: Read, asked: _Search, *, mode: int, at: int, beside: int = 0) -> Hits:
    """A page from this place on; `beside` hits stand on it already."""
    question = asked.question(mode)
    if question is None:
        return _NOTHING
    room = asked.wanted.limit - beside
    if mode in _RANKED:
        few = await _walk(read, question, asked.narrowed, below=_TOP, room=RANKED_BELOW)
        return await _of_ranked(read, asked, few, mode=mode, begin=at, room=room)
    if at != _TOP:
        found = await _walk(read, question, asked.narrowed, below=at, room=room)
        return await _of_newest(read, asked, found, mode=mode, room=room)
    found = await _walk(read, question, asked.narrowed, below=_TOP, room=RANKED_BELOW, enough=room)
    if found.below is None:
        return await _of_ranked(read, asked, found, mode=_RANKED_OF[mode], begin=0, room=room)
    return await _of_newest(read, asked, found, mode=mode, room=room)


async def _of_newest(read: Read, asked: _Search, found: _Found, *, mode: int, room: int) -> Hits:
    page = found.rows[:room]
    below = page[-1]["seq"] if len(found.rows) > room and page else found.below
    return Hits(await _shown(read, page, asked), None if below is None else cursors.made(mode, below))


async def _of_ranked(read: Read, asked: _Search, few: _Found, *, mode: int, begin: int, room: int) -> Hits:
    """If more came since the first page, the newest below these go on after the last."""
    page = (await _ranked(read, few.rows, asked))[begin : begin + room]
    end = begin + room
    after = None if few.below is None else cursors.made(_NEWEST_OF[mode], few.below)
    return Hits(await _shown(read, page, asked), cursors.made(mode, end) if end < len(few.rows) else after)


async def _ranked(read: Read, rows: list[Any], asked: _Search) -> list[Any]:
    """The likeliest first; what is worth the same, the newest first."""
    titles = await _by_id(read, _TITLES, {row["ticket"] for row in rows if row["ticket"] is not None})
    people = await _by_id(read, _NAMES, {row["id"] for row in rows if row["kind"] == CUSTOMER})
    names = {id: row["name"] for id, row in people.items()}
    names |= {one.id: _title(one, asked) for one in await _answers(read, rows)}
    said = await _by_id(read, _BEGINNINGS_OF, {row["id"] for row in rows if row["kind"] == MESSAGE})

    def worth(row: Any) -> int:
        title = titles.get(row["ticket"])
        subject = title["subject"] if title is not None else names.get(row["id"], "")
        return ranking.worth(
            row["kind"],
            subject=subject,
            said=said[row["id"]]["text"] if row["id"] in said else "",
            typed=asked.wanted.typed,
            terms=asked.meant.ways[0] if asked.meant.ways else (),
            active=title is not None and Status(title["status"]).active,
        )

    return sorted(rows, key=lambda row: (-worth(row), -row["seq"]))


async def _by_number(read: Read, wanted: Wanted) -> list[Ticket]:
    """The ticket whose number was typed, in any spelling."""
    number = numbers.read_number(wanted.typed)
    if number is None or wanted.kind not in (None, TICKET):
        return []
    return await shown(read, await read.values(Ticket, _BY_NUMBER, number=number))


async def _walk(
    read: Read, asked: _Asked, narrowed: dict[str, Any], *, below: int, room: int, enough: int | None = None
) -> _Found:
    """Portion after portion, until there are `room` that the asker may see and wants, or `enough` before the last."""
    match = matching(asked.ways, kind=asked.kind, begun=asked.begun)
    seeing, now = await seen_by(read), micros(read.now)
    kept: list[Any] = []
    near = True
    for portion in PORTIONS:
        back = STEPS_BACK * portion if near else 0
        found = await read.all(NEWEST, **match, below=below, portion=portion, back=back)
        near = bool(found) and bool(found[0]["near"])
        places = sorted((row["seq"] for row in found), reverse=True)
        wanted = room - len(kept) + 1
        seen = (
            await read.all(_SEEN, places=json.dumps(places), limit=room + 1, now=now, **seeing, **narrowed)
            if places
            else []
        )[:wanted]
        if len(seen) == wanted:
            kept += seen[:-1]
            return _Found(kept, kept[-1]["seq"] if kept else below)
        kept += seen
        if len(places) < portion:
            return _Found(kept, None)
        below = places[-1]
        if enough is not None and portion == PORTIONS[-2] and len(kept) >= enough:
            break
    return _Found(kept, below)


async def _shown(read: Read, rows: Sequence[Any], asked: _Search) -> list[Hit]:
    """The hits of a page; the rule of access has the last word on each."""
    of_tickets = {row["ticket"] for row in rows if row["ticket"] is not None}
    found = await read.values(Ticket, _TICKETS, ids=listed(of_tickets)) if of_tickets else []
    seen = {ticket.id: ticket for ticket in await shown(read, found)}
    said = await _by_id(read, _MESSAGES, {row["id"] for row in rows if row["kind"] == MESSAGE})
    others = await _people(read, {row["id"] for row in rows if row["kind"] == CUSTOMER})
    others |= {one.id: _of_answer(one, asked) for one in await _answers(read, rows)}
    hits = []
    for row in rows:
        if row["ticket"] is None:
            hits += [_marked(others[row["id"]], asked)] if row["id"] in others else []
        elif row["ticket"] in seen:
            ticket = seen[row["ticket"]]
            hit = _of_message(row, ticket, said, asked.meant) if row["kind"] == MESSAGE else _of_ticket(ticket)
            hits.append(_marked(hit, asked))
    return hits


def _marked(hit: Hit, asked: _Search) -> Hit:
    terms, begun = asked.meant.terms, asked.meant.begun
    return replace(
        hit,
        subject_marks=marking.marks(hit.subject, terms=terms, begun=begun),
        snippet_marks=marking.marks(hit.snippet, terms=terms, begun=begun),
    )


def _of_ticket(ticket: Ticket) -> Hit:
    return Hit(TICKET, ticket.id, ticket.id, ticket.number, ticket.subject, ticket.snippet, ticket.created_at)


def _of_message(row: Any, ticket: Ticket, said: dict[str, Any], meant: Meant) -> Hit:
    words = said[row["id"]]["text"] if row["id"] in said else ""
    snippet = search.excerpt(words, terms=meant.terms)
    return Hit(MESSAGE, row["id"], ticket.id, ticket.number, ticket.subject, snippet, instant_of(row["created_at"]))


def _of_answer(answer: Answer, asked: _Search) -> Hit:
    said = [*answer.wording.text.values(), *answer.wording.brief.values()]
    found = next((one for one in said if marking.marks(one, terms=asked.meant.terms, begun=asked.meant.begun)), "")
    snippet = search.excerpt(found or next(iter(said), ""), terms=asked.meant.terms)
    return Hit(ANSWER, answer.id, None, None, _title(answer, asked), snippet, answer.approved_at or answer.created_at)


def _title(answer: Answer, asked: _Search) -> str:
    """In the language in which the words were found, else as all our texts are said."""
    terms, begun = asked.meant.terms, asked.meant.begun
    titles = answer.wording.title
    found = (one for one in titles.values() if marking.marks(one, terms=terms, begun=begun))
    return next(found, in_language(titles, language=None))


async def _answers(read: Read, rows: Sequence[Any]) -> list[Answer]:
    ids = {row["id"] for row in rows if row["kind"] == ANSWER}
    return await read.values(Answer, _ANSWERS, ids=listed(ids)) if ids else []


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
