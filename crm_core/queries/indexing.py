"""What the search index does not hold yet: the news of the stream, and history walked backwards.

History is walked from the newest id down, over tickets, messages, customers and answers together:
ids sort by time. So the last weeks can be found first, and a walk that was cut off goes
on where it was. What an import brings is history; its own events are passed over.
"""

import json
from dataclasses import dataclass, replace

import sqlalchemy as sa

from crm_core.model.actor import ActorKind
from crm_core.model.address import Address
from crm_core.model.answer import Answer
from crm_core.model.customer import Customer
from crm_core.model.ids import TicketId
from crm_core.model.message import Message
from crm_core.model.ticket import Ticket
from crm_core.queries import events
from crm_core.rules import search
from crm_core.rules.search import ANSWER, CUSTOMER, MESSAGE, TICKET, Doc
from crm_core.store.compiled import among
from crm_core.store.tables import answers, cursors, customers, identities, messages, tickets
from crm_core.store.tables import events as event_table
from crm_core.store.tx import Read, listed

CURSOR = "index"
EVENTS_AT_ONCE = 400
DOCS_AT_ONCE = 150
"""Things of history in one portion: a few milliseconds of the writer's time."""

COUNTED = 100_000
ABOVE_ALL = "zzzz"
"""Above every id, in any collation: they begin with a digit."""

_SAID = ("message.received", "message.queued", "note.added")
_OF_TICKETS = ("ticket.opened", "ticket.renamed")
_OF_CUSTOMERS = ("customer.created", "customer.changed", "identity.added", "identity.proven")
_OF_ANSWERS = ("answer.drafted", "answer.changed")

_text, _big = sa.Text, sa.BigInteger
_CURSOR = sa.select(cursors.c.value).where(cursors.c.name == sa.literal_column(f"'{CURSOR}'"))
_NEWS = (
    sa.select(
        event_table.c.position,
        event_table.c.type,
        event_table.c.actor_kind,
        event_table.c.ticket,
        event_table.c.facts,
    )
    .where(event_table.c.position > sa.bindparam("position", type_=_big))
    .order_by(event_table.c.position)
    .limit(EVENTS_AT_ONCE)
)
_LIMIT = sa.bindparam("limit", type_=sa.Integer)


def _below(table: sa.Table, kind: str) -> sa.Subquery:
    """The next ids of one table."""
    found = sa.select(sa.literal_column(f"'{kind}'").label("kind"), table.c.id.label("id"))
    below = found.where(table.c.id < sa.bindparam("below", type_=_text)).order_by(table.c.id.desc())
    return below.limit(_LIMIT).subquery()


_HISTORY = sa.union_all(
    *(
        sa.select(_below(table, kind))
        for table, kind in ((tickets, TICKET), (messages, MESSAGE), (customers, CUSTOMER), (answers, ANSWER))
    )
).subquery()
_NEXT = sa.select(_HISTORY).order_by(_HISTORY.c.id.desc()).limit(_LIMIT)
_TICKETS = sa.select(tickets).where(among(tickets.c.id, "ids"))
_MESSAGES = sa.select(messages).where(among(messages.c.id, "ids"))
_ANSWERS = sa.select(answers).where(among(answers.c.id, "ids"))
_CUSTOMERS = sa.select(customers).where(among(customers.c.id, "ids"))
_ADDRESSES = (
    sa.select(identities.c.customer, identities.c.address)
    .where(among(identities.c.customer, "ids"))
    .order_by(identities.c.customer, identities.c.created_at, identities.c.id)
)
_WAITING = sa.select(sa.func.count()).select_from(
    sa.select(messages.c.id).where(messages.c.id < sa.bindparam("below", type_=_text)).limit(COUNTED).subquery()
)


@dataclass(frozen=True, slots=True)
class Place:
    """How far the index has come: the stream, and history below an id (None: all of it)."""

    position: int
    below: str | None

    def text(self) -> str:
        """As it stands in the record."""
        return json.dumps([self.position, self.below])

    @classmethod
    def read(cls, text: str) -> "Place":
        """What `text` wrote."""
        return cls(*json.loads(text))


Things = tuple[
    tuple[Ticket, ...],
    tuple[Message, ...],
    tuple[tuple[Customer, tuple[Address, ...]], ...],
    tuple[Answer, ...],
]


@dataclass(frozen=True, slots=True)
class News:
    """Things to be indexed: fresh ones, old ones with the order of their ids, and tickets that were merged away.

    `since` is the cursor they were read from; `more` tells that others wait.
    """

    since: str | None
    to: Place
    fresh: Things
    past: Things
    order: tuple[str, ...]
    merged: tuple[TicketId, ...]
    more: bool


@dataclass(slots=True)
class _Named:
    """Ids that the news name, each once."""

    tickets: set[str]
    messages: set[str]
    customers: set[str]
    answers: set[str]
    merged: list[TicketId]
    loaded: bool = False

    def note(self, type: str, *, ticket: str | None, facts: str) -> None:
        """What one event says about what can be found."""
        if type in _SAID:
            self.messages.add(json.loads(facts)["message"]["id"])
        elif type in _OF_TICKETS and ticket is not None:
            self.tickets.add(ticket)
        elif type in _OF_CUSTOMERS:
            self.customers.add(json.loads(facts)["customer"])
        elif type in _OF_ANSWERS:
            self.answers.add(json.loads(facts)["answer"])
        elif type == "ticket.merged" and ticket is not None:
            self.merged.append(TicketId(ticket))
        elif type in ("city.loaded", "import.ended"):
            self.loaded = True


async def news(read: Read) -> News | None:
    """The next portion for the index; None when it holds everything."""
    await read.permit(to="index")
    row = await read.one(_CURSOR)
    since = None if row is None else str(row[0])
    place = Place(await events.top(read), ABOVE_ALL) if since is None else Place.read(since)
    named, position, full = await _named(read, place.position)
    if named.loaded:
        place = replace(place, below=ABOVE_ALL)
    old = [] if place.below is None or full else await read.all(_NEXT, below=place.below, limit=DOCS_AT_ONCE)
    below = place.below if full else (old[-1]["id"] if len(old) == DOCS_AT_ONCE else None)
    to = Place(position, below)
    if to.text() == since:
        return None
    some = (named.tickets, named.messages, named.customers, named.answers)
    fresh = await _things(read, *(_above(ids, place.below) for ids in some))
    kinds = (TICKET, MESSAGE, CUSTOMER, ANSWER)
    past = await _things(read, *({row["id"] for row in old if row["kind"] == kind} for kind in kinds))
    order = tuple(row["id"] for row in old)
    return News(since, to, fresh, past, order, tuple(named.merged), full or below is not None)


async def lag(read: Read) -> int:
    """Events and messages of history that cannot be found yet (at most so many are counted)."""
    row = await read.one(_CURSOR)
    place = Place(0, ABOVE_ALL) if row is None else Place.read(row[0])
    waiting = await read.one(_WAITING, below=place.below) if place.below is not None else None
    return max(0, await events.top(read) - place.position) + (int(waiting[0]) if waiting else 0)


def docs(things: Things) -> list[Doc]:
    """Everything about finding them. Takes its time: not for the loop, nor the writer."""
    found_tickets, found_messages, found_customers, found_answers = things
    return [
        *(search.ticket_doc(ticket) for ticket in found_tickets),
        *(search.message_doc(message) for message in found_messages),
        *(search.customer_doc(customer, addresses) for customer, addresses in found_customers),
        *(search.answer_doc(answer) for answer in found_answers),
    ]


async def _named(read: Read, position: int) -> tuple[_Named, int, bool]:
    """What the next events name, the last one's position, and whether there may be more."""
    named = _Named(set(), set(), set(), set(), [])
    found = await read.all(_NEWS, position=position)
    for event in found:
        if event["actor_kind"] != ActorKind.IMPORTER or event["type"] in ("city.loaded", "import.ended"):
            named.note(event["type"], ticket=event["ticket"], facts=event["facts"])
    return named, (found[-1]["position"] if found else position), len(found) == EVENTS_AT_ONCE


def _above(ids: set[str], below: str | None) -> set[str]:
    """Without what the walk through history will bring anyway, to its own place."""
    return ids if below is None else {id for id in ids if id >= below}


async def _things(read: Read, some: set[str], said: set[str], people: set[str], known: set[str]) -> Things:
    found = await read.values(Customer, _CUSTOMERS, ids=listed(people)) if people else []
    addresses: dict[str, list[Address]] = {}
    for row in await read.all(_ADDRESSES, ids=listed(people)) if people else []:
        addresses.setdefault(row["customer"], []).append(Address.parse(row["address"]))
    return (
        tuple(await read.values(Ticket, _TICKETS, ids=listed(some)) if some else []),
        tuple(await read.values(Message, _MESSAGES, ids=listed(said)) if said else []),
        tuple((one, tuple(addresses.get(one.id, ()))) for one in found),
        tuple(await read.values(Answer, _ANSWERS, ids=listed(known)) if known else []),
    )
