"""Calls as screens show them: those on which I take part, those going on, those of a ticket."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from crm_core.model.call import Call, CallState, CommandState, Phone
from crm_core.model.errors import NotFound
from crm_core.model.ids import AgentId, CallId, InboxId, TicketId
from crm_core.model.ticket import Ticket
from crm_core.queries import talks
from crm_core.rules import access
from crm_core.store.compiled import among
from crm_core.store.maps.codec import instant_of, micros
from crm_core.store.tables import call_commands, calls, tickets, work
from crm_core.store.tables.calls import NOT_ENDED
from crm_core.store.tables.live import NOT_DONE
from crm_core.store.tx import Read, listed

MOST = 500

_LIVE = sa.select(calls).where(NOT_ENDED).order_by(calls.c.id).limit(MOST)
_OF_TICKET = sa.select(calls).where(calls.c.ticket == sa.bindparam("ticket", type_=sa.Text)).order_by(calls.c.id)
_TICKETS = sa.select(tickets).where(among(tickets.c.id, "ids"))
_NEXT = sa.select(sa.func.min(call_commands.c.due_at)).where(
    call_commands.c.state == sa.literal_column(f"'{CommandState.QUEUED.value}'")
)
_REST = sa.select(calls).where(
    NOT_ENDED,
    calls.c.state == sa.literal_column("'promised'"),
    calls.c.next_at <= sa.bindparam("now", type_=sa.BigInteger),
)
_CUT_OFF = (
    sa.select(calls.c.inbox)
    .select_from(calls.join(work, work.c.ticket == calls.c.ticket))
    .where(
        NOT_ENDED,
        NOT_DONE,
        work.c.cut_off == sa.literal_column("1"),
    )
    .distinct()
)


async def queueing(read: Read, id: CallId, *, ageing: timedelta) -> tuple[int, talks.Pace] | None:
    """Their place in line, and how fast it moves; None for a call that waits in none. `ageing` is routing's own step."""
    await read.permit(to="phone")
    call = await read.find(Call, id)
    if call is None or call.ticket is None or call.state is not CallState.WAITING:
        return None
    ticket = await read.get(Ticket, call.ticket)
    place = await talks.place(read, ticket, ageing=ageing)
    return None if place is None else (place, await talks.pace(read, ticket.queue))


async def mine(read: Read) -> list[Call]:
    """Calls going on in which whoever asks takes part."""
    agent = await read.permit(to="see")
    found = await read.values(Call, _LIVE)
    return [call for call in found if agent is not None and agent.id in call.parties]


async def going_on(read: Read) -> list[Call]:
    """Calls going on that whoever asks may see: of their queues, or their own."""
    agent = await read.permit(to="see")
    scope = (await read.standing()).scope
    found = await read.values(Call, _LIVE)
    rows = await read.values(Ticket, _TICKETS, ids=listed({call.ticket for call in found if call.ticket}))
    seen = {ticket.id for ticket in rows if access.sees(scope, audience=access.audience(ticket))}
    mine = agent.id if agent is not None else None
    return [call for call in found if call.ticket in seen or mine in call.parties]


async def call(read: Read, id: CallId) -> Call:
    """One call. Raises NotFound for one that whoever asks may not see."""
    agent = await read.permit(to="see")
    found = await read.find(Call, id)
    if found is None:
        raise NotFound
    if agent is None or agent.id not in found.parties:
        if found.ticket is None:
            raise NotFound
        await read.ticket(found.ticket, to="see")
    return found


async def of_ticket(read: Read, ticket: TicketId) -> Sequence[Call]:
    """All calls of a ticket, also those that are over."""
    await read.ticket(ticket, to="see")
    return await read.values(Call, _OF_TICKET, ticket=ticket)


async def phone(read: Read) -> Phone | None:
    """The telephone on which whoever asks takes calls; None: in the browser."""
    agent = await read.permit(to="call")
    found = await read.find(Phone, agent.id if agent is not None else AgentId(""))
    return found if found is not None and found.number else None


async def live(read: Read) -> list[Call]:
    """Every call that is not over, for whoever drives the phone."""
    await read.permit(to="dial")
    return await read.values(Call, _LIVE)


async def cut_off(read: Read) -> set[InboxId]:
    """Where callers wait who cannot be put through."""
    await read.permit(to="dial")
    return {InboxId(row[0]) for row in await read.all(_CUT_OFF)}


async def next_at(read: Read) -> datetime | None:
    """When the next command is due."""
    await read.permit(to="dial")
    row = await read.one(_NEXT)
    return None if row is None or row[0] is None else instant_of(row[0])


async def due_again(read: Read) -> list[CallId]:
    """Callbacks whose next try is due."""
    await read.permit(to="dial")
    return [one.id for one in await read.values(Call, _REST, now=micros(read.now))]
