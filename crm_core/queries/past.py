"""The past of a person across all doors: what was said, and when records became one or two again."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from crm_core.model.agent import Agent
from crm_core.model.customer import Customer
from crm_core.model.ids import CustomerId
from crm_core.model.merge import Merge
from crm_core.model.message import Message
from crm_core.queries import events
from crm_core.queries.visible import seen_by, visible
from crm_core.rules import cursors
from crm_core.store.compiled import among
from crm_core.store.maps.codec import micros
from crm_core.store.tables import merges, messages, tickets
from crm_core.store.tx import Person, Read, listed

MOST_TICKETS = 500
"""Of one customer, the newest: their messages make the history."""

_text, _big = sa.Text, sa.BigInteger
_TICKETS = (
    sa.select(tickets.c.id)
    .where(among(tickets.c.customer, "customers"), visible())
    .order_by(tickets.c.updated_at.desc(), tickets.c.id.desc())
    .limit(MOST_TICKETS)
)
_MESSAGES = (
    sa.select(messages)
    .where(
        among(messages.c.ticket, "tickets"),
        sa.tuple_(messages.c.created_at, messages.c.id)
        < sa.tuple_(sa.bindparam("at", type_=_big), sa.bindparam("id", type_=_text)),
    )
    .order_by(messages.c.created_at.desc(), messages.c.id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_MERGES = (
    sa.select(merges)
    .where(sa.or_(among(merges.c.target, "customers"), among(merges.c.source, "customers")))
    .order_by(merges.c.at.desc(), merges.c.id)
    .limit(100)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """That another record became this person (`kind` merged), or is another one again (parted).

    `other` is the record at the other end, if the reader may see them. `staff`: a person decided.
    """

    id: str
    kind: str
    merge: Merge
    at: datetime
    by: str
    staff: bool
    other: Customer | None


@dataclass(frozen=True, slots=True)
class History:
    """Messages across tickets and lines about records, newest first; `next` is the cursor of older ones."""

    items: tuple[Message | Joined, ...]
    next: str | None
    position: int


async def history(read: Read, id: CustomerId, *, limit: int, cursor: str | None) -> History:
    """What was said in any of the tickets that the actor may see, through whatever door, and who became whom."""
    at, last = cursors.opened(cursor, int, str) if cursor else (1 << 62, "~")
    person = await read.person(id, to="see")
    position = await events.top(read)
    visible_tickets = [row[0] for row in await read.all(_TICKETS, customers=person.ids, **await seen_by(read))]
    said = await read.values(Message, _MESSAGES, tickets=listed(visible_tickets), at=at, id=last, limit=limit + 1)
    lines = [one for one in await _joined(read, person) if _place(one) < (at, last)]
    items: list[Message | Joined] = [*said, *lines]
    found = sorted(items, key=_place, reverse=True)
    shown = found[:limit]
    more = len(found) > limit
    return History(tuple(shown), cursors.made(*_place(shown[-1])) if more else None, position)


async def _joined(read: Read, person: Person) -> list[Joined]:
    """A line for each merge of any of the records, and one for each that was undone."""
    found: list[Joined] = []
    own = {one.id for one in person.records}
    for merge in await read.values(Merge, _MERGES, customers=person.ids):
        other = await _seen(read, merge.target if merge.source in own and merge.undone_at else merge.source, person)
        found.append(await _line(read, merge, "merged", at=merge.at, by=merge.by, other=other))
        if merge.undone_at is not None:
            by = merge.undone_by or ""
            found.append(await _line(read, merge, "parted", at=merge.undone_at, by=by, other=other))
    return found


async def _line(read: Read, merge: Merge, kind: str, *, at: datetime, by: str, other: Customer | None) -> Joined:
    staff = await read.find(Agent, by) is not None
    return Joined(id=f"{merge.id}:{kind}", kind=kind, merge=merge, at=at, by=by, staff=staff, other=other)


async def _seen(read: Read, id: CustomerId, person: Person) -> Customer | None:
    """A record of this person, or of somebody the reader may see as well."""
    mine = next((one for one in person.records if one.id == id), None)
    if mine is not None:
        return mine
    standing, other = await read.standing(), await read.records(id)
    if other is None or standing.scope.isdisjoint(other.seers):
        return None
    return next((one for one in other.records if one.id == id), None)


def _place(one: Message | Joined) -> tuple[int, str]:
    return micros(one.created_at if isinstance(one, Message) else one.at), one.id
