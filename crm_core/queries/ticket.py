"""One ticket as its page shows it: the ticket, whom it is from, its strands and its timeline."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crm_core.model.errors import NotFound
from crm_core.model.event import Stamped
from crm_core.model.ids import FileId, MessageId, TicketId
from crm_core.model.message import Message
from crm_core.model.ticket import Conversation, Ticket, is_number
from crm_core.queries import events
from crm_core.queries.customer import Known, known
from crm_core.rules import access
from crm_core.store.tables import conversations, event_words, files, messages, tickets
from crm_core.store.tables import events as event_table
from crm_core.store.tx import Read

_text, _big = sa.Text, sa.BigInteger

LINES = (
    "ticket.opened",
    "ticket.assigned",
    "ticket.moved",
    "ticket.status",
    "ticket.priority",
    "ticket.renamed",
    "ticket.whose",
    "ticket.snoozed",
    "ticket.service",
    "ticket.merged",
    "ticket.joined",
    "ticket.misdirected",
    "ticket.split",
    "ticket.gathered",
    "ticket.owned",
    "ticket.noticed",
    "ticket.erased",
    "ticket.confided",
    "ticket.disclosed",
    "ticket.held",
    "ticket.released",
    "ticket.spam",
    "answer.used",
    "macro.run",
    "ticket.related",
    "ticket.due",
    "reply.withdrawn",
    "reply.instead",
    "reply.lost",
    "files.fetched",
    "files.shut",
    "file.blocked",
    "file.released",
    "talk.ended",
    "feedback.given",
    "pictures.fetched",
)
"""Events that a timeline draws as lines; messages stand for themselves, work and offers are routing's but for a refusal."""

_REFUSED = sa.and_(event_table.c.type == "offer.ended", event_table.c.facts.contains('"refusal":"'))
"""An offer that somebody declined: of all that end, these alone name a reason of the list in their canonical facts."""

_BY_NUMBER = sa.select(tickets.c.id).where(tickets.c.number == sa.bindparam("number", type_=_text))
_STRANDS = (
    sa.select(conversations)
    .where(conversations.c.ticket == sa.bindparam("ticket", type_=_text))
    .order_by(conversations.c.created_at, conversations.c.id)
    .limit(200)
)
_MESSAGES = (
    sa.select(messages)
    .where(
        messages.c.ticket == sa.bindparam("ticket", type_=_text),
        messages.c.at_version < sa.bindparam("before", type_=_big),
    )
    .order_by(messages.c.at_version.desc(), messages.c.id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_LINES = (
    sa.select(
        event_table.c.position,
        event_table.c.id,
        event_table.c.type,
        event_table.c.at,
        event_table.c.actor_kind,
        event_table.c.actor,
        event_table.c.ticket,
        event_table.c.at_version,
        event_table.c.audience,
        event_table.c.before,
        event_table.c.facts,
        event_words.c.personal,
    )
    .select_from(event_table.outerjoin(event_words, event_words.c.event == event_table.c.id))
    .where(
        event_table.c.ticket == sa.bindparam("ticket", type_=_text),
        event_table.c.position.is_not(None),
        event_table.c.at_version < sa.bindparam("before", type_=_big),
        sa.or_(*(event_table.c.type == line for line in LINES), _REFUSED),
    )
    .order_by(event_table.c.position.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_FILE = sa.select(files).where(files.c.id == sa.bindparam("id", type_=_text))


@dataclass(frozen=True, slots=True)
class Whole:
    """A ticket with what its page shows beside it."""

    ticket: Ticket
    customer: Known
    strands: tuple[Conversation, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """The newest items before a version, in the order of the ticket's versions; `next` is where older ones begin."""

    items: tuple[Message | Stamped, ...]
    next: int | None
    position: int


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the record knows it."""

    id: FileId
    name: str
    type: str
    size: int
    digest: str


async def resolve(read: Read, key: str) -> TicketId:
    """The id of a ticket named by id or by number; whether it may be seen is decided where it is used."""
    number = key.upper()
    if not is_number(number):
        return TicketId(key)
    row = await read.one(_BY_NUMBER, number=number)
    if row is None:
        raise NotFound
    return TicketId(row[0])


async def whole(read: Read, key: str) -> Whole:
    """A ticket and all that its page shows at once. Raises NotFound."""
    position = await events.top(read)
    ticket = await read.ticket(await resolve(read, key), to="see")
    person = await read.records(ticket.customer)
    if person is None:
        raise NotFound
    return Whole(
        ticket,
        await known(read, person),
        tuple(await read.values(Conversation, _STRANDS, ticket=ticket.id)),
        position,
    )


async def audience(read: Read, id: TicketId) -> frozenset[str]:
    """Who may see the ticket, for somebody who may. Raises NotFound."""
    return access.audience(await read.ticket(id, to="see"))


async def timeline(read: Read, key: str, *, before: int, limit: int) -> Timeline:
    """A page of a ticket's timeline, the newest first asked for. A page never ends within one version."""
    ticket = await read.ticket(await resolve(read, key), to="see")
    position = await events.top(read)
    where = {"ticket": ticket.id, "before": before, "limit": limit + 1}
    said = await read.values(Message, _MESSAGES, **where)
    lines = [events.stamped(row) for row in await read.all(_LINES, **where)]
    both: list[Message | Stamped] = [*said, *lines]
    items = sorted(both, key=_place)
    more = len(said) > limit or len(lines) > limit or len(items) > limit
    if not more:
        return Timeline(tuple(items), None, position)
    cut = _version(items[-limit])
    kept = [item for item in items if _version(item) >= cut]
    return Timeline(tuple(kept), cut, position)


async def message(read: Read, id: MessageId) -> Message:
    """One message of a ticket that the actor may see. Raises NotFound."""
    found = await read.find(Message, id)
    if found is None:
        raise NotFound
    await read.ticket(found.ticket, to="see")
    return found


async def file(read: Read, id: FileId) -> StoredFile:
    """A file of a ticket that the actor may see, or an upload of their own. Raises NotFound."""
    row = await read.one(_FILE, id=id)
    if row is None:
        raise NotFound
    if row["ticket"] is not None:
        await read.ticket(row["ticket"], to="see")
    elif row["owner"] != read.actor.id:
        raise NotFound
    else:
        await read.permit(to="see")
    return StoredFile(row["id"], row["name"], row["type"], row["size"], row["digest"])


def _version(item: Any) -> int:
    return item.at_version or 0


def _place(item: Message | Stamped) -> tuple[int, int, str]:
    """By the ticket's version; where one change made a message and lines, the message comes first."""
    if isinstance(item, Message):
        return (item.at_version, 0, item.id)
    return (item.at_version or 0, 1, f"{item.position:020}")
