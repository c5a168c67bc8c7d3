"""Lists of tickets: a page of what somebody may see, at the same cost for a hundred tickets or a million.

A scope is queues, own tickets and tickets where one was named. Each of these, with each
status, is one short walk along an index that already has the wanted order; the walks are
merged. Nothing is counted and nothing is skipped over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

import sqlalchemy as sa

from crm_core.model.errors import BadInput, Problem
from crm_core.model.ids import AgentId, CustomerId, QueueId
from crm_core.model.suspicion import ROOM
from crm_core.model.ticket import Status, Ticket
from crm_core.queries import events
from crm_core.queries.visible import not_held, visible
from crm_core.rules import cursors
from crm_core.store.compiled import Either, among
from crm_core.store.family import ids_of
from crm_core.store.tables import ticket_readers, tickets
from crm_core.store.tx import Read, listed

NOBODY = "none"
MOST_NAMED = 2000
"""Tickets where somebody was named: the newest of them are looked through."""

MOST_WALKS = 200
"""Walks in one statement; SQLite takes 500 at most."""

OPEN, GUARDED = "open", "guarded"
_LAST = (1 << 63) - 1
_text, _big = sa.Text, sa.BigInteger


@dataclass(frozen=True, slots=True)
class Order:
    """An order of lists: its column, which way, and whether tickets without a value follow at the end."""

    column: str
    down: bool = False
    empty_last: bool = False


ORDERS = {
    "due": Order("due_at", empty_last=True),
    "created_at": Order("created_at"),
    "-created_at": Order("created_at", down=True),
    "updated_at": Order("updated_at"),
    "-updated_at": Order("updated_at", down=True),
    "priority": Order("rank"),
    "-priority": Order("rank", down=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list shows. `assignee` is an agent's id, `none`, or None for whoever."""

    statuses: tuple[Status, ...] = tuple(Status)
    queue: QueueId | None = None
    assignee: str | None = None
    customer: CustomerId | None = None
    sort: str = "-updated_at"
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page, where the next one begins, and the position read before it."""

    items: list[Ticket]
    next: str | None
    position: int


@dataclass(frozen=True, slots=True)
class _From:
    """Where a page begins: after this key and id; `empty` where the tickets without a value have begun."""

    key: int
    id: str
    empty: bool = False


async def page(read: Read, wanted: Wanted) -> Page:
    """One page of the tickets that the actor may see. Raises BadInput for a cursor of another list."""
    await read.permit(to="see")
    position = await events.top(read)
    order = ORDERS[wanted.sort]
    begin = _begin(wanted, order)
    found = [] if begin.empty else await _walk(read, wanted, order, begin, empty=False)
    if order.empty_last and len(found) <= wanted.limit:
        start = begin if begin.empty else _From(0, "", empty=True)
        found += await _walk(read, wanted, order, start, empty=True)
    shown = found[: wanted.limit]
    more = len(found) > wanted.limit
    rows = {ticket.id: ticket for ticket in await read.values(Ticket, _BY_IDS, ids=listed(id for _, id, _ in shown))}
    items = [rows[id] for _, id, _ in shown if id in rows]
    return Page(items, _cursor(wanted.sort, shown[-1]) if more else None, position)


_BY_IDS = sa.select(tickets).where(among(tickets.c.id, "ids"))

_Found = tuple[int | None, Any, bool]
"""Key, id, and whether it is one without a value."""


async def _walk(read: Read, wanted: Wanted, order: Order, begin: _From, *, empty: bool) -> list[_Found]:
    """The next keys and ids in order, at most one more than the page holds, each ticket once."""
    where = {"key": begin.key, "id": begin.id, "limit": wanted.limit + 1}
    rows: set[tuple[int | None, str]] = set()
    for statement, values in await _sources(read, wanted, order, empty=empty):
        rows.update((row[1], row[0]) for row in await read.all(statement, **where, **values))
    ordered = sorted(rows, key=lambda row: (row[0] or 0, row[1]), reverse=order.down)
    return [(key, id, empty) for key, id in ordered[: wanted.limit + 1]]


_Source = tuple[Any, dict[str, Any]]


async def _sources(read: Read, wanted: Wanted, order: Order, *, empty: bool) -> list[_Source]:
    """The statements that together find what is wanted, each with its values."""
    standing = await read.standing()
    me = standing.agent.id if standing.agent is not None else AgentId("")
    served = sorted(key.removeprefix("q:") for key in standing.scope if key.startswith("q:"))
    asked = {wanted.queue} if wanted.queue is not None else {*served} - {ROOM}  # what is held has a page of its own
    queues = [queue for queue in served if queue in asked]
    narrowed = {"queue": wanted.queue} if wanted.queue is not None else {}
    among_statuses = {"statuses": listed(wanted.statuses)}
    seen = {"me": me, "queues": listed(served)}
    by = (order, empty, wanted.queue is not None)
    if wanted.customer is not None:
        of = {"customer": wanted.customer, **_assigned(wanted)}
        return [(_of_customer(*by, _whose(wanted)), {**of, **among_statuses, **seen, **narrowed})]
    if wanted.assignee not in (None, NOBODY):
        values = {"assignee": wanted.assignee, **numbered("status", wanted.statuses), **narrowed}
        return [
            (
                _of_assignee(*by, len(wanted.statuses), GUARDED if wanted.assignee != me else OPEN),
                {**values, **seen} if wanted.assignee != me else values,
            )
        ]
    sources: list[_Source] = []
    for some in portions(queues, of=max(1, MOST_WALKS // len(wanted.statuses))):
        values = {**numbered("queue", some), **numbered("status", wanted.statuses)}
        sources.append((_of_queues(order, empty, len(some), len(wanted.statuses), _whose(wanted)), values))
    if wanted.assignee is None:
        values = {"assignee": me, **numbered("status", wanted.statuses), **narrowed}
        sources.append((_of_assignee(*by, len(wanted.statuses), OPEN), values))
    sources.append((_of_reader(*by, _whose(wanted)), {"me": me, **among_statuses, **narrowed}))
    return sources


def _whose(wanted: Wanted) -> str:
    if wanted.assignee is None:
        return "any"
    return "none" if wanted.assignee == NOBODY else "one"


def _assigned(wanted: Wanted) -> dict[str, Any]:
    return {"assignee": wanted.assignee} if _whose(wanted) == "one" else {}


@cache
def _of_queues(order: Order, empty: bool, queues: int, statuses: int, whose: str) -> Any:  # noqa: FBT001 - a key of the cache
    """Open to all who serve the queue; one walk for each queue and status."""
    walks = [
        _after(order, empty).where(
            tickets.c.queue == _bind(f"queue{queue}"),
            tickets.c.status == _bind(f"status{status}"),
            tickets.c.confidential == sa.literal_column("0"),
            *_of_whom(whose),
        )
        for queue in range(queues)
        for status in range(statuses)
    ]
    return together(walks, order)


@cache
def _of_assignee(order: Order, empty: bool, in_queue: bool, statuses: int, guard: str) -> Any:  # noqa: FBT001
    """What somebody has; GUARDED where it is a colleague, and only what the asker may see is shown."""
    walks = [
        _after(order, empty).where(
            tickets.c.assignee == _bind("assignee"),
            tickets.c.status == _bind(f"status{status}"),
            *_in_queue(in_queue),
            *((visible(),) if guard == GUARDED else ()),
        )
        for status in range(statuses)
    ]
    return together(walks, order)


@cache
def _of_reader(order: Order, empty: bool, in_queue: bool, whose: str) -> Any:  # noqa: FBT001
    """Where the asker was named."""
    named = (
        sa.select(ticket_readers.c.ticket)
        .where(ticket_readers.c.agent == _bind("me"))
        .order_by(ticket_readers.c.ticket.desc())
        .limit(MOST_NAMED)
    )
    return _ordered(order, empty).where(
        tickets.c.id.in_(named),
        among(tickets.c.status, "statuses"),
        not_held(),
        *_in_queue(in_queue),
        *_of_whom(whose),
    )


@cache
def _of_customer(order: Order, empty: bool, in_queue: bool, whose: str) -> Any:  # noqa: FBT001
    """A customer's tickets, those of who was merged into them too."""
    return _ordered(order, empty).where(
        tickets.c.customer.in_(ids_of(_bind("customer"))),
        among(tickets.c.status, "statuses"),
        visible(),
        *_in_queue(in_queue),
        *_of_whom(whose),
    )


def _ordered(order: Order, empty: bool) -> Any:  # noqa: FBT001
    """Ids in order after where the page begins."""
    ways = _ways(order, key=tickets.c[order.column], id=tickets.c.id)
    return _after(order, empty).order_by(*ways).limit(sa.bindparam("limit", type_=sa.Integer))


def _after(order: Order, empty: bool) -> Any:  # noqa: FBT001
    """Ids after where the page begins."""
    column = tickets.c[order.column]
    key, id = sa.bindparam("key", type_=_big), _bind("id")
    if empty:
        # The key takes part so that all walks have the same parameters.
        after = sa.and_(column.is_(None), tickets.c.id > id, key <= sa.literal_column(str(_LAST)))
    else:
        here, there = sa.tuple_(column, tickets.c.id), sa.tuple_(key, id)
        after = sa.and_(column.is_not(None), here < there if order.down else here > there)
    return sa.select(tickets.c.id, column.label("key")).where(after)


def together(walks: Sequence[Any], order: Order) -> Any:
    """The walks merged in order, so that each takes only as many steps as the page needs.

    SQLite merges bare walks; PostgreSQL would read and sort them, and merges those that are
    ordered and limited themselves.
    """
    limit = sa.bindparam("limit", type_=sa.Integer)
    ways = _ways(order, key=sa.literal_column("2"), id=sa.literal_column("1"))
    by = _ways(order, key=tickets.c[order.column], id=tickets.c.id)
    paged = (sa.select(walk.order_by(*by).limit(limit).subquery()) for walk in walks)
    return Either(
        sqlite=sa.union_all(*walks).order_by(*ways).limit(limit),
        postgres=sa.union_all(*paged).order_by(*ways).limit(limit),
    )


def _ways(order: Order, *, key: Any, id: Any) -> list[Any]:
    """By the key also where none has a value: PostgreSQL walks an index in its whole order only, and would sort."""
    return [key.desc(), id.desc()] if order.down else [key, id]


def _in_queue(narrowed: bool) -> tuple[Any, ...]:  # noqa: FBT001
    return (tickets.c.queue == _bind("queue"),) if narrowed else ()


def _of_whom(whose: str) -> tuple[Any, ...]:
    if whose == "none":
        return (tickets.c.assignee.is_(None),)
    return (tickets.c.assignee == _bind("assignee"),) if whose == "one" else ()


def _bind(name: str) -> Any:
    return sa.bindparam(name, type_=_text)


def numbered(name: str, values: Sequence[str]) -> dict[str, str]:
    return {f"{name}{index}": str(value) for index, value in enumerate(values)}


def portions(values: Sequence[str], *, of: int) -> Iterator[list[str]]:
    rest = iter(values)
    while some := list(islice(rest, of)):
        yield some


def _begin(wanted: Wanted, order: Order) -> _From:
    if wanted.cursor is None:
        return _From(_LAST, "~") if order.down else _From(-_LAST, "")
    sort, key, id, empty = cursors.opened(wanted.cursor, str, int, str, int)
    if sort != wanted.sort:
        raise BadInput(Problem("cursor", "Take the cursor from the page before, with the same sort."))
    return _From(key, id, empty=bool(empty))


def _cursor(sort: str, last: _Found) -> str:
    key, id, empty = last
    return cursors.made(sort, key or 0, id, int(empty))
