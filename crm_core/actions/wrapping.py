"""Wrap-up: a contact is over, and its agent writes down what belongs to it. Nothing else comes meanwhile, and it ends by itself (I11)."""

from crm_core.actions import working
from crm_core.model.errors import NotAllowedNow, NotFound
from crm_core.model.ids import TicketId
from crm_core.model.queue import Queue
from crm_core.model.ticket import Ticket
from crm_core.model.work import Work, WorkState
from crm_core.store import beside
from crm_core.store.tx import Tx


async def begin_wrap_up(tx: Tx, ticket: Ticket) -> Work | None:
    """Nobody is on the line any more; its queue says how long it may last. None where no agent had it, or it knows no wrap-up."""
    cap = (await tx.get(Queue, ticket.queue)).profile.wrap_up
    if not cap:
        await working.finish_work(tx, ticket)
        return None
    begun = await working.wrap_up(tx, ticket, cap=cap)
    if begun is not None and begun.wraps_until is not None:
        tx.add(beside.rings(ticket.id, at=begun.wraps_until, now=tx.now))
    return begun


async def end_wrap_up(tx: Tx, ticket_id: TicketId) -> Ticket:
    """The agent is done with it. Raises NotAllowedNow where nothing is being wrapped up, NotFound where it is another's."""
    ticket = await tx.ticket(ticket_id, to="take")
    found = await working.open_work(tx, ticket)
    if found is None or found.state is not WorkState.WRAPPING:
        raise NotAllowedNow("There is nothing to wrap up here any more.")
    if found.agent != tx.actor.id:
        raise NotFound
    await working.finish_work(tx, ticket)
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
