"""What a visitor's page shows: their own conversation, its newest state, and what changed since they last looked.

One look answers a page that opens, one that comes back and one that is told that there is
something new; it may say twice what it said before, and never leaves anything out.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from crm_core.model.address import Address
from crm_core.model.agent import Agent
from crm_core.model.errors import NotFound
from crm_core.model.feedback import Feedback
from crm_core.model.ids import InboxId, MessageId, QueueId, TeamId
from crm_core.model.message import Attachment, Message
from crm_core.model.queue import Queue
from crm_core.model.ticket import Conversation, Ticket
from crm_core.model.turn import band, counted
from crm_core.model.work import Work, WorkState
from crm_core.queries import events
from crm_core.rules import access, talks
from crm_core.rules import feedback as rating
from crm_core.store.askings import newest_asking
from crm_core.store.compiled import among
from crm_core.store.maps.codec import micros
from crm_core.store.tables import agents, conversations, messages, work
from crm_core.store.tables import events as event_table
from crm_core.store.tables.live import NOT_DONE
from crm_core.store.tx import Read, listed

MOST = 200
"""Messages that a page shows; events after which it is shown the whole anew."""

IN_LINE_MOST = 500

USUAL = timedelta(minutes=5)
"""How long a call or a chat takes, before any was had here lately, in a queue whose profile does not say."""

LEAST = timedelta(seconds=10)
LATELY = timedelta(hours=4)

_text, _big = sa.Text, sa.BigInteger
_STRAND = (
    sa.select(conversations)
    .where(
        conversations.c.address == sa.bindparam("address", type_=_text),
        conversations.c.inbox == sa.bindparam("inbox", type_=_text),
        conversations.c.last_inbound_at.is_not(None),
    )
    .order_by(sa.func.coalesce(conversations.c.last_outbound_at, conversations.c.created_at).desc())
    .limit(1)
)
_OF_STRAND = (
    sa.select(messages)
    .where(
        messages.c.ticket == sa.bindparam("ticket", type_=_text),
        messages.c.conversation == sa.bindparam("strand", type_=_text),
    )
    .order_by(messages.c.at_version.desc(), messages.c.id.desc())
    .limit(MOST)
)
_NAMED = sa.select(messages).where(
    among(messages.c.id, "ids"), messages.c.conversation == sa.bindparam("strand", type_=_text)
)
_SINCE = (
    sa.select(event_table.c.facts)
    .where(
        event_table.c.ticket == sa.bindparam("ticket", type_=_text),
        event_table.c.position > sa.bindparam("after", type_=_big),
    )
    .order_by(event_table.c.position)
    .limit(MOST)
)
_WORK = sa.select(work).where(work.c.ticket == sa.bindparam("ticket", type_=_text), NOT_DONE)
_LINE = (
    sa.select(work)
    .where(
        work.c.state == sa.literal_column("'queued'"),
        work.c.live == sa.literal_column("1"),
        work.c.queue == sa.bindparam("queue", type_=_text),
    )
    .order_by(work.c.virtual_start)
    .limit(IN_LINE_MOST)
)
_SERVED = (
    sa.select(work)
    .where(
        work.c.virtual_start >= sa.bindparam("since", type_=_big),
        work.c.queue == sa.bindparam("queue", type_=_text),
        work.c.came_live == sa.literal_column("1"),
        work.c.answered_at.is_not(None),
    )
    .order_by(work.c.answered_at.desc())
    .limit(20)
)
_TALKING = sa.select(work.c.agent, work.c.queue).where(
    NOT_DONE,
    work.c.state.in_([sa.literal_column("'active'"), sa.literal_column("'wrapping'")]),
    work.c.live == sa.literal_column("1"),
)
_AVAILABLE = sa.select(agents).where(
    agents.c.active == sa.literal_column("1"), agents.c.duty == sa.literal_column("'available'")
)


@dataclass(frozen=True, slots=True)
class News:
    """A visitor's conversation as it stands, and the messages that changed; `whole`: these are all there are.

    `place` is their place in line, None where they stand in none. `agent` is who talks to them. `asks`: they are
    asked how they were served, and may say so now, or change it.
    """

    position: int
    whole: bool
    messages: tuple[Message, ...] = ()
    ticket: Ticket | None = None
    strand: Conversation | None = None
    agent: str | None = None
    place: int | None = None
    audience: frozenset[str] = frozenset()
    asks: Feedback | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a line moves: so many are served at once now, one takes so long, and the last to be served waited so long."""

    serving: int
    handle: timedelta
    recent: timedelta | None


@dataclass(frozen=True, slots=True)
class Seen:
    """How far a page has come: a position of the stream, and the number of the ticket that it shows.

    `told` is the step of waiting that they were told last.
    """

    position: int
    number: str
    told: int | None = None


async def news(read: Read, visitor: Address, *, inbox: InboxId, seen: Seen | None, ageing: timedelta) -> News:
    """What is new for a visitor at this inbox. `ageing` is routing's own step for live contacts."""
    await read.permit(to="ask")
    position = await events.top(read)
    strand = await read.value(Conversation, _STRAND, address=str(visitor), inbox=inbox)
    if strand is None:
        return News(position, whole=True)
    ticket = await read.get(Ticket, strand.ticket)
    changed = (
        None if seen is None or seen.number != ticket.number else await _changed(read, ticket, after=seen.position)
    )
    whole = changed is None
    found = (
        await read.values(Message, _OF_STRAND, ticket=ticket.id, strand=strand.id)
        if changed is None
        else await read.values(Message, _NAMED, ids=listed(changed), strand=strand.id)
    )
    agent = await read.find(Agent, ticket.assignee) if ticket.assignee is not None else None
    return News(
        position,
        whole,
        tuple(sorted(filter(talks.shown, found), key=lambda one: (one.at_version, one.id))),
        ticket,
        strand,
        None if agent is None else talks.first_name(agent.name),
        await place(read, ticket, ageing=ageing),
        access.audience(ticket),
        await _asks(read, ticket, strand),
    )


async def place(read: Read, ticket: Ticket, *, ageing: timedelta) -> int | None:
    """How many come before, and they themselves, in routing's own order; None where they stand in no line."""
    if not talks.waits(ticket):
        return None
    mine = await read.value(Work, _WORK, ticket=ticket.id)
    if mine is None or mine.state not in (WorkState.QUEUED, WorkState.OFFERED):
        return None
    if mine.state is WorkState.OFFERED:
        return 1
    line = await read.values(Work, _LINE, queue=mine.queue)
    return 1 + sum(_rank(one, at=read.now, ageing=ageing) < _rank(mine, at=read.now, ageing=ageing) for one in line)


async def pace(read: Read, queue: QueueId) -> Pace:
    """How fast the live line of a queue moves; the same for all who stand in it."""
    await read.permit(to="ask")
    served = await read.values(Work, _SERVED, queue=queue, since=micros(read.now - LATELY))
    spans = [one.ended_at - one.answered_at for one in served if one.ended_at and one.answered_at]
    waits = [one.answered_at - one.entered_at for one in served if one.answered_at]
    served_by = await read.get(Queue, queue)
    team, usual = served_by.team, served_by.profile.handle or USUAL
    handle = sum(spans, timedelta()) / len(spans) if spans else usual
    with_somebody = [(row[0], row[1]) for row in await read.all(_TALKING)]
    busy = {agent for agent, _ in with_somebody}
    free = [agent for agent in await read.values(Agent, _AVAILABLE) if team in agent.teams and agent.id not in busy]
    serving = len(free) + sum(of == queue for _, of in with_somebody)
    return Pace(serving, max(handle, LEAST), waits[0] if waits else None)


async def attachment(read: Read, visitor: Address, *, inbox: InboxId, message: MessageId, number: int) -> Attachment:
    """A file of their own conversation. Raises NotFound for everybody else's."""
    await read.permit(to="ask")
    found = await read.find(Message, message)
    strand = await read.find(Conversation, found.conversation) if found is not None and found.conversation else None
    if found is None or strand is None or (strand.address, strand.inbox) != (visitor, inbox) or not talks.shown(found):
        raise NotFound
    if not 0 <= number < len(found.attachments):
        raise NotFound
    return found.attachments[number]


async def _asks(read: Read, ticket: Ticket, strand: Conversation) -> Feedback | None:
    newest = await newest_asking(read, ticket.id)
    if newest is None or ticket.live or not rating.is_theirs(newest, sender=strand.address, inbox=strand.inbox):
        return None
    return newest if isinstance(rating.judge(newest, ticket=ticket, at=read.now), rating.Open) else None


async def _changed(read: Read, ticket: Ticket, *, after: int) -> set[str] | None:
    """Which messages changed since; None where so much happened that the whole is quicker told."""
    rows = await read.all(_SINCE, ticket=ticket.id, after=after)
    if len(rows) == MOST:
        return None
    found = set()
    for row in rows:
        facts = json.loads(row[0])
        for name in ("message", "failed"):
            told = facts.get(name)
            found |= {told["id"]} if isinstance(told, dict) else {told} if isinstance(told, str) else set()
    return found


def _rank(one: Work, *, at: datetime, ageing: timedelta) -> tuple[int, tuple[datetime, str]]:
    micro = timedelta(microseconds=1)
    aged = band(one.priority, waited=(at - one.virtual_start) // micro, ageing=ageing // micro)
    return -aged, counted(one)


async def on_duty(read: Read) -> frozenset[TeamId]:
    """The teams in which somebody takes work now."""
    return frozenset(team for agent in await read.values(Agent, _AVAILABLE) for team in agent.teams)
