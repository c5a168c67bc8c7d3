"""Wrap-up: a contact is over, and its agent writes down what belongs to it. Nothing else comes meanwhile, and it ends by itself (I11)."""

from dataclasses import replace
from datetime import timedelta

from crm_core.actions import working
from crm_core.model.errors import NotAllowedNow, NotFound
from crm_core.model.event_talks import WorkWrapping
from crm_core.model.ids import TicketId
from crm_core.model.queue import Queue
from crm_core.model.ticket import Ticket
from crm_core.model.work import Work, WorkState
from crm_core.store import beside
from crm_core.store.tx import Tx

MORE = timedelta(seconds=60)
"""By so much they may make it longer, once."""


async def begin_wrap_up(tx: Tx, ticket: Ticket) -> Work | None:
    """Nobody is on the line any more; its queue says how long it may last. None where no agent had it, or it knows no wrap-up."""
    cap = await _cap(tx, ticket)
    if not cap:
        await working.finish_work(tx, ticket)
        return None
    begun = await working.wrap_up(tx, ticket, cap=cap)
    if begun is not None and begun.wraps_until is not None:
        tx.add(beside.rings(ticket.id, at=begun.wraps_until, now=tx.now))
    return begun


async def end_wrap_up(tx: Tx, ticket_id: TicketId) -> Ticket:
    """The agent is done with it. Raises NotAllowedNow where nothing is being wrapped up, NotFound where it is another's."""
    ticket, _ = await _mine(tx, ticket_id)
    await working.finish_work(tx, ticket)
    return ticket


async def extend_wrap_up(tx: Tx, ticket_id: TicketId) -> Ticket:
    """The agent needs longer. Raises NotAllowedNow the second time, NotFound where it is another's."""
    ticket, found = await _mine(tx, ticket_id)
    if found.wraps_until is None or found.wraps_until - found.entered_at > await _cap(tx, ticket):
        raise NotAllowedNow("It was made longer already, and that goes once.")
    until = found.wraps_until + MORE
    longer = await tx.save(replace(found, wraps_until=until, version=found.version + 1))
    tx.add(beside.rings(ticket.id, at=until, now=tx.now))
    tx.emit(WorkWrapping(ticket=ticket, work=longer))
    return ticket


async def cap_wrap_up(tx: Tx, ticket: Ticket) -> bool:
    """Its time may be over, unless they talk again; whether it was."""
    found = await working.open_work(tx, ticket)
    if found is None or found.state is not WorkState.WRAPPING:
        return False
    if found.wraps_until is not None and found.wraps_until > tx.now:
        return False
    await working.finish_work(tx, await tx.get(Ticket, ticket.id))
    return True


async def _cap(tx: Tx, ticket: Ticket) -> timedelta:
    """So long an agent may take, before the next one is held out to them."""
    return (await tx.get(Queue, ticket.queue)).profile.wrap_up


async def _mine(tx: Tx, ticket_id: TicketId) -> tuple[Ticket, Work]:
    ticket = await tx.ticket(ticket_id, to="take")
    found = await working.open_work(tx, ticket)
    if found is None or found.state is not WorkState.WRAPPING:
        raise NotAllowedNow("There is nothing to wrap up here any more.")
    if found.agent != tx.actor.id:
        raise NotFound
    return ticket, found
