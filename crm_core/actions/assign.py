"""Who has a ticket, and in which queue it waits."""

from datetime import datetime

from crm_core.actions import carrying, offers, open_queues, sharing, working
from crm_core.actions.reply import note_along
from crm_core.model.agent import Agent, Duty
from crm_core.model.errors import BadInput, Full, NotAllowedNow, Problem
from crm_core.model.event import TicketAssigned, TicketMoved
from crm_core.model.house import House
from crm_core.model.ids import AgentId, QueueId, TicketId
from crm_core.model.suspicion import ROOM
from crm_core.model.ticket import Ticket
from crm_core.model.work import WorkState
from crm_core.rules import lifecycle
from crm_core.rules.sla import Promise
from crm_core.store.tx import Tx

FULL = "They carry as much as they can at once. A supervisor may give it to them all the same."
PASSED_ON = "A colleague passes it on to you."


async def assign(
    tx: Tx, ticket_id: TicketId, *, to: AgentId | None, house: House, seen_version: int | None = None
) -> Ticket:
    """Somebody has it from now on, or nobody: then its work waits in the queue again. Raises Full where they have no room."""
    before = await tx.ticket(ticket_id, to="assign")
    if to is not None:
        agent = await _worker(tx, to)
        _must_be_here(tx, before, agent)
        await _must_have_room(tx, before, agent)
    given = lifecycle.assign(before, to=to, at=tx.now, seen_version=seen_version)
    return await keep_given(tx, given, before=before, house=house)


async def keep_given(tx: Tx, given: Ticket, *, before: Ticket, house: House) -> Ticket:
    """Kept as it was given, and its work with it. Neither permission nor room is checked."""
    ticket = await tx.save(given)
    tx.emit(TicketAssigned(ticket=ticket, before=before, was_with=before.assignee))
    if ticket.assignee is None:
        await working.requeue_work(tx, ticket, house=house)
    else:
        await working.hand_work(tx, ticket, to=ticket.assignee)
    return ticket


async def overload(tx: Tx, ticket_id: TicketId, *, to: AgentId, seen_version: int | None = None) -> Ticket:
    """A supervisor gives it to somebody above what they can carry; the record says so."""
    before = await tx.ticket(ticket_id, to="overload")
    await _worker(tx, to)
    ticket = await tx.save(lifecycle.assign(before, to=to, at=tx.now, seen_version=seen_version))
    tx.emit(TicketAssigned(ticket=ticket, before=before, was_with=before.assignee, above=True))
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
    before, seen_version = await note_along(tx, before, words, seen_version=seen_version)
    promise = Promise(*house.promise(house.services[before.service]))
    moved = lifecycle.move(before, to=to, at=tx.now, promise=promise, seen_version=seen_version)
    await open_queues.must_take(tx, moved, house=house)
    return await keep_moved(tx, moved, before=before, house=house)


async def keep_moved(tx: Tx, moved: Ticket, *, before: Ticket, house: House) -> Ticket:
    """Kept as it was moved, and its work with it. Neither permission nor the queue is checked."""
    ticket = await tx.save(moved)
    tx.emit(TicketMoved(ticket=ticket, before=before, was_in=before.queue, was_with=before.assignee))
    await working.requeue_work(tx, ticket, house=house)
    return ticket


async def pass_on(
    tx: Tx,
    ticket_id: TicketId,
    *,
    to: AgentId,
    until: datetime,
    house: House,
    words: str = "",
    seen_version: int | None = None,
) -> Ticket:
    """To a colleague, without asking first. Anything but a contact that happens now is theirs at once.

    Somebody on the line is held out to them; where they do not answer it waits in its queue again, as old as it was.
    """
    before = await tx.ticket(ticket_id, to="transfer")
    if to == before.assignee or (to == tx.actor.id and before.live):
        raise NotAllowedNow("It is with them already.")
    agent = await _worker(tx, to)
    before, seen_version = await note_along(tx, before, words, mention=to, seen_version=seen_version)
    if not before.live:
        return await assign(tx, ticket_id, to=to, house=house, seen_version=seen_version)
    free = lifecycle.let_go(before, shown_to=to, at=tx.now, seen_version=seen_version)
    ticket = await tx.save(free)
    sharing.shown(tx, ticket, before=before)
    tx.emit(TicketAssigned(ticket=ticket, before=before, was_with=before.assignee))
    await working.requeue_work(tx, ticket, house=house)
    waiting = await working.open_work(tx, ticket)
    if waiting is None or waiting.state is not WorkState.QUEUED:
        raise NotAllowedNow("Nobody is waiting here any more.")
    await offers.hold_out(tx, waiting, to=agent, ticket=ticket, until=until, why=PASSED_ON)
    return ticket


async def _worker(tx: Tx, agent_id: AgentId) -> Agent:
    agent = await tx.find(Agent, agent_id)
    if agent is None or not agent.active:
        raise BadInput(Problem("agent", "Nobody here has this account."))
    return await carrying.locked(tx, agent_id)


def _must_be_here(tx: Tx, ticket: Ticket, agent: Agent) -> None:
    """Whoever is on the line goes to nobody who has gone home; to take them oneself is to be here."""
    if ticket.live and agent.duty is Duty.OFFLINE and agent.id != tx.actor.id:
        raise NotAllowedNow(
            f"{agent.name} is off duty, and somebody is on the line. Choose somebody who is here, or a queue."
        )


async def has_room(tx: Tx, ticket: Ticket, to: AgentId) -> bool:
    """Whether it could be given to them now, within what they can carry."""
    try:
        await _must_have_room(tx, ticket, await _worker(tx, to))
    except (Full, NotAllowedNow):
        return False
    return True


async def _must_have_room(tx: Tx, ticket: Ticket, agent: Agent) -> None:
    """For the ticket's open work, if it is not with them already."""
    wanted = await working.open_work(tx, ticket)
    if wanted is not None and wanted.agent != agent.id:
        await carrying.must_have_room(tx, agent, wanted, else_say=FULL)
