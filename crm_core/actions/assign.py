"""Who has a ticket, and in which queue it waits."""

from crm_core.actions import working
from crm_core.actions.reply import note
from crm_core.model.agent import Agent
from crm_core.model.errors import BadInput, Problem
from crm_core.model.event import TicketAssigned, TicketMoved
from crm_core.model.house import House
from crm_core.model.ids import AgentId, QueueId, TicketId
from crm_core.model.suspicion import ROOM
from crm_core.model.ticket import Ticket
from crm_core.rules import lifecycle
from crm_core.rules.sla import Promise
from crm_core.store.tx import Tx


async def assign(
    tx: Tx, ticket_id: TicketId, *, to: AgentId | None, house: House, seen_version: int | None = None
) -> Ticket:
    """Somebody has it from now on, or nobody: then its work waits in the queue again."""
    before = await tx.ticket(ticket_id, to="assign")
    if to is not None:
        await _must_work_here(tx, to)
    ticket = await tx.save(lifecycle.assign(before, to=to, at=tx.now, seen_version=seen_version))
    tx.emit(TicketAssigned(ticket=ticket, before=before, was_with=before.assignee))
    if to is None:
        await working.requeue_work(tx, ticket, house=house)
    else:
        await working.hand_work(tx, ticket, to=to)
    return ticket


async def transfer(
    tx: Tx,
    ticket_id: TicketId,
    *,
    to: QueueId,
    house: House,
    words: str = "",
    seen_version: int | None = None,
) -> Ticket:
    """It waits in another queue, with its age; `words` tell colleagues there why."""
    before = await tx.ticket(ticket_id, to="transfer")
    queue = house.queues.get(to)
    if queue is None or not queue.active or to == ROOM:
        raise BadInput(Problem("queue", "There is no such queue."))
    if words.strip():
        await note(tx, ticket_id, words)
        before = await tx.get(Ticket, ticket_id)
        seen_version = None if seen_version is None else seen_version + 1
    promise = Promise(*house.promise(house.services[before.service]))
    moved = lifecycle.move(before, to=to, at=tx.now, promise=promise, seen_version=seen_version)
    ticket = await tx.save(moved)
    tx.emit(TicketMoved(ticket=ticket, before=before, was_in=before.queue))
    await working.requeue_work(tx, ticket, house=house)
    return ticket


async def _must_work_here(tx: Tx, agent_id: AgentId) -> None:
    agent = await tx.find(Agent, agent_id)
    if agent is None or not agent.active:
        raise BadInput(Problem("agent", "Nobody here has this account."))
