"""Wrong desk: one key sends a ticket on, with its clock and its first receiver, and counts it."""

from dataclasses import replace

from crm_core.actions import dispatch, open_queues, suggestions, working
from crm_core.model.catalogue import Misdirect
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.event_catalogue import TicketMisdirected
from crm_core.model.house import House
from crm_core.model.ids import AgentId, MisdirectId, ServiceId, TicketId, fresh
from crm_core.model.service import Service
from crm_core.model.ticket import Ticket
from crm_core.rules import dispatch as rule
from crm_core.rules import lifecycle
from crm_core.rules.sla import Promise
from crm_core.store.tx import Tx


async def misdirect(
    tx: Tx, ticket_id: TicketId, *, service: ServiceId | None, house: House, seen_version: int | None = None
) -> Ticket:
    """Send it to the desk of the better service, or back to first line where nobody knows.

    Its age, its promises as from the beginning, and who received it first all stay.
    """
    before = await tx.ticket(ticket_id, to="misdirect")
    better = _better(service, house=house)
    ticket = _sent_on(before, better, house=house, tx=tx, seen_version=seen_version)
    ticket = await dispatch.owned(tx, ticket, house=house)
    if ticket.queue != before.queue:
        await open_queues.must_take(tx, ticket, house=house)
    ticket = await tx.save(ticket)
    tx.add(
        Misdirect(
            fresh(MisdirectId, at=tx.now),
            ticket.id,
            before.service,
            before.queue,
            ticket.service,
            ticket.queue,
            AgentId(tx.actor.id) if tx.actor.is_person else None,
            tx.now,
        )
    )
    tx.emit(TicketMisdirected(ticket=ticket, before=before, was_service=before.service, was_in=before.queue))
    await working.requeue_work(tx, ticket, house=house)
    if service is not None and ticket.service != before.service:
        await suggestions.learn(tx, ticket, was=before.service, house=house)
    return ticket


def _better(service: ServiceId | None, *, house: House) -> Service:
    found = house.general if service is None else house.services.get(service)
    if found is None or not found.active:
        raise BadInput(Problem("service", "There is no such service."))
    return found


def _sent_on(before: Ticket, better: Service, *, house: House, tx: Tx, seen_version: int | None) -> Ticket:
    queue = rule.owner(better, place=before.place, ownerships=house.ownerships, at=tx.now).queue
    if better.id == before.service and queue == before.queue:
        raise NotAllowedNow("It is at this desk already. Choose the service it belongs to.")
    promise = Promise(*house.promise(better))
    if better.id == before.service:
        return lifecycle.move(before, to=queue, at=tx.now, promise=promise, seen_version=seen_version)
    sent = lifecycle.classify(before, service=better, at=tx.now, promise=promise, seen_version=seen_version)
    return replace(sent, queue=queue, assignee=None, confidence=None, matched=())
