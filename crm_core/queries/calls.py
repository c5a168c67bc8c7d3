"""Calls as screens show them: those on which I take part, those going on, those of a ticket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from crm_core.model.call import Call, CallState, CommandState, Phone
from crm_core.model.errors import NotFound
from crm_core.model.ids import AgentId, CallId, TicketId
from crm_core.model.ticket import Ticket
from crm_core.queries import talks
from crm_core.rules import access
from crm_core.store.compiled import among
from crm_core.store.maps.codec import instant_of, micros
from crm_core.store.tables import agents, call_commands, calls, tickets
from crm_core.store.tx import Read, listed

MOST = 500

USUAL = timedelta(minutes=3)
"""How long a call takes, before any was taken here."""

LEAST = timedelta(seconds=10)

_SERVED = (
    sa.select(calls)
    .where(calls.c.bridged_at.is_not(None), calls.c.direction == sa.literal_column("'in'"))
    .order_by(calls.c.arrived_at.desc())
    .limit(20)
)
_FREE = sa.select(agents.c.id).where(
    agents.c.active == sa.literal_column("1"), agents.c.duty == sa.literal_column("'available'")
)
_LIVE = sa.select(calls).where(calls.c.state != sa.literal_column("'ended'")).order_by(calls.c.id).limit(MOST)
_OF_TICKET = sa.select(calls).where(calls.c.ticket == sa.bindparam("ticket", type_=sa.Text)).order_by(calls.c.id)
_TICKETS = sa.select(tickets).where(among(tickets.c.id, "ids"))
_NEXT = sa.select(sa.func.min(call_commands.c.due_at)).where(
    call_commands.c.state == sa.literal_column(f"'{CommandState.QUEUED.value}'")
)
_REST = sa.select(calls).where(
    calls.c.state == sa.literal_column("'promised'"), calls.c.next_at <= sa.bindparam("now", type_=sa.BigInteger)
)


@dataclass(frozen=True, slots=True)
class Queueing:
    """What lies before somebody who waits on the phone: `routing/waiting.py` makes of it what they are told."""

    place: int
    serving: int
    handle: timedelta
    recent: timedelta | None


async def queueing(read: Read, id: CallId, *, ageing: timedelta) -> Queueing | None:
    """None for a call that waits in no line. `ageing` is routing's own step for live contacts."""
    await read.permit(to="phone")
    call = await read.find(Call, id)
    if call is None or call.ticket is None or call.state is not CallState.WAITING:
        return None
    found = await talks.place(read, await read.get(Ticket, call.ticket), ageing=ageing)
    if found is None:
        return None
    last = await read.values(Call, _SERVED)
    spans = [one.ended_at - one.bridged_at for one in last if one.ended_at and one.bridged_at]
    recent = next((one.bridged_at - one.waiting_since for one in last if one.bridged_at and one.waiting_since), None)
    free = await read.all(_FREE)
    talking = {one.agent for one in await read.values(Call, _LIVE) if one.agent is not None}
    handle = sum(spans, timedelta()) / len(spans) if spans else USUAL
    return Queueing(found, len({row[0] for row in free} | talking), max(handle, LEAST), recent)


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


async def next_at(read: Read) -> datetime | None:
    """When the next command is due."""
    await read.permit(to="dial")
    row = await read.one(_NEXT)
    return None if row is None or row[0] is None else instant_of(row[0])


async def due_again(read: Read) -> list[CallId]:
    """Callbacks whose next try is due."""
    await read.permit(to="dial")
    return [one.id for one in await read.values(Call, _REST, now=micros(read.now))]
