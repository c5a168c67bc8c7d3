"""How queues look for an agent, and what they pass on when nobody came."""

from dataclasses import replace

from crm_core.actions import working
from crm_core.model.errors import BadInput, Gone, NotAllowedNow, NotFound, Problem, Stale
from crm_core.model.event import TicketMoved
from crm_core.model.event_house import QueueChanged
from crm_core.model.house import House
from crm_core.model.ids import QueueId, WorkId
from crm_core.model.queue import Profile, Queue
from crm_core.model.suspicion import ROOM
from crm_core.model.ticket import Ticket
from crm_core.model.work import Work, WorkState
from crm_core.rules import lifecycle
from crm_core.rules.sla import Promise
from crm_core.store.tx import Tx


async def shape(tx: Tx, queue_id: QueueId, *, profile: Profile, house: House, seen_version: int | None = None) -> Queue:
    """How this queue looks for an agent from now on. Routing looks anew at all that waits."""
    await tx.permit(to="profile")
    before = await tx.find(Queue, queue_id)
    if before is None:
        raise NotFound
    if seen_version is not None and seen_version != before.version:
        raise Stale("Somebody else changed this queue.", version=before.version)
    if profile.overflow is not None:
        _must_lead_on(queue_id, to=profile.overflow, house=house)
    if profile == before.profile:
        return before
    changed = await tx.save(replace(before, profile=profile, version=before.version + 1))
    tx.emit(QueueChanged(queue=changed))
    return changed


async def overflow(tx: Tx, work_id: WorkId, *, to: QueueId, house: House) -> Work:
    """Nobody took it here in time: it waits in another queue, its age unchanged (invariant I15)."""
    await tx.permit(to="route")
    waiting = await tx.get(Work, work_id)
    if waiting.state is not WorkState.QUEUED or waiting.queue == to:
        raise Gone("It does not wait here any more.")
    queue = house.queues.get(to)
    if queue is None or not queue.active:
        raise NotAllowedNow("The queue it would go to is not open.")
    before = await tx.get(Ticket, waiting.ticket)
    promise = Promise(*house.promise(house.services[before.service]))
    ticket = await tx.save(lifecycle.move(before, to=to, at=tx.now, promise=promise))
    tx.emit(TicketMoved(ticket=ticket, before=before, was_in=before.queue))
    await working.requeue_work(tx, ticket, house=house)
    return await tx.get(Work, work_id)


def _must_lead_on(queue: QueueId, *, to: QueueId, house: House) -> None:
    """To an open queue, and never round in a circle."""
    passed = {queue}
    then: QueueId | None = to
    while then is not None:
        found = house.queues.get(then)
        if found is None or not found.active or then == ROOM:
            raise BadInput(Problem("overflow", "There is no such queue.", code="closed"))
        if then in passed:
            raise BadInput(Problem("overflow", "Work would go round in a circle.", code="circle"))
        passed.add(then)
        then = found.profile.overflow
