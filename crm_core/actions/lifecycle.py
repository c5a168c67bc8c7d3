"""The life of a ticket between its messages: solved, reopened, snoozed, merged, renamed."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from crm_core.actions import dispatch, feedback, lines, open_queues, splits, suggestions, waiting, working
from crm_core.actions.reply import note_along
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.event import (
    TicketAssigned,
    TicketJoined,
    TicketMerged,
    TicketMoved,
    TicketPriority,
    TicketRenamed,
    TicketService,
    TicketSnoozed,
    TicketStatus,
)
from crm_core.model.house import House
from crm_core.model.ids import AgentId, ServiceId, TicketId
from crm_core.model.message import Message
from crm_core.model.plan import Withdrawn
from crm_core.model.sla import Reason
from crm_core.model.ticket import Conversation, Priority, Status, Ticket
from crm_core.rules import lifecycle
from crm_core.rules.sla import Promise
from crm_core.store.tables import conversations, files, messages
from crm_core.store.tx import Tx

_text = sa.Text
OpenParts = Literal["refuse", "leave"]
"""What to do where parts of a whole are still open."""

_MESSAGES = (
    sa.select(messages)
    .where(messages.c.ticket == sa.bindparam("ticket", type_=_text))
    .order_by(messages.c.at_version, messages.c.id)
)
_STRANDS = sa.select(conversations).where(conversations.c.ticket == sa.bindparam("ticket", type_=_text))
_MOVE_FILES = (
    sa.update(files)
    .where(files.c.ticket == sa.bindparam("key_ticket", type_=_text))
    .values(ticket=sa.bindparam("new_ticket", type_=_text))
)


async def solve(
    tx: Tx, ticket_id: TicketId, *, house: House, open_parts: OpenParts = "refuse", seen_version: int | None = None
) -> Ticket:
    """Solved for now; the customer may still reopen it. Not while a part is open, unless `open_parts` leaves it."""
    before = await tx.ticket(ticket_id, to="solve")
    if open_parts == "refuse":
        await splits.must_have_no_open_parts(tx, before)
    ticket = await _ended(tx, before, lifecycle.solve(before, at=tx.now, seen_version=seen_version))
    await feedback.ask_alone(tx, ticket, house=house)
    return ticket


async def close(
    tx: Tx, ticket_id: TicketId, *, open_parts: OpenParts = "refuse", seen_version: int | None = None
) -> Ticket:
    """Closed for good; what comes later becomes a new ticket, linked. Open parts as for `solve`."""
    before = await tx.ticket(ticket_id, to="close")
    if open_parts == "refuse":
        await splits.must_have_no_open_parts(tx, before)
    return await _ended(tx, before, lifecycle.close(before, at=tx.now, seen_version=seen_version))


async def reopen(tx: Tx, ticket_id: TicketId, *, house: House, seen_version: int | None = None) -> Ticket:
    """It was not over after all; its next answer is work again."""
    before = await tx.ticket(ticket_id, to="reopen")
    promise = _promise(before, house)
    ticket = await tx.save(lifecycle.reopen(before, at=tx.now, promise=promise, seen_version=seen_version))
    tx.emit(TicketStatus(ticket=ticket, was_status=before.status))
    working.queue_work(tx, ticket, house=house)
    return ticket


async def set_status(
    tx: Tx,
    ticket_id: TicketId,
    *,
    to: Status,
    house: House,
    reason: Reason | None = None,
    seen_version: int | None = None,
) -> Ticket:
    """Any step from one status to another that makes sense; the reason says why its clock stands still there."""
    before = await tx.ticket(ticket_id, to="status")
    promise = _promise(before, house)
    changed = lifecycle.set_status(before, to=to, at=tx.now, promise=promise, reason=reason, seen_version=seen_version)
    if not to.active:
        await splits.must_have_no_open_parts(tx, before)
        ended = await _ended(tx, before, changed)
        await feedback.ask_alone(tx, ended, house=house)
        return ended
    ticket = await tx.save(changed)
    tx.emit(TicketStatus(ticket=ticket, was_status=before.status))
    if not before.status.active:
        working.queue_work(tx, ticket, house=house)
    elif ticket.due_at != before.due_at:
        await working.move_work(tx, ticket)
    return ticket


async def prioritise(
    tx: Tx, ticket_id: TicketId, *, to: Priority, house: House, seen_version: int | None = None
) -> Ticket:
    """How much it presses, from now on; its promises and work that waits move with it."""
    before = await tx.ticket(ticket_id, to="prioritise")
    promise = _promise(before, house)
    ticket = await tx.save(lifecycle.prioritise(before, to=to, at=tx.now, promise=promise, seen_version=seen_version))
    tx.emit(TicketPriority(ticket=ticket, was_priority=before.priority))
    await working.move_work(tx, ticket)
    return ticket


async def rename(tx: Tx, ticket_id: TicketId, *, subject: str, seen_version: int | None = None) -> Ticket:
    """What it is about, in better words."""
    before = await tx.ticket(ticket_id, to="rename")
    ticket = await tx.save(lifecycle.rename(before, subject=subject, at=tx.now, seen_version=seen_version))
    tx.emit(TicketRenamed(ticket=ticket))
    return ticket


async def snooze(tx: Tx, ticket_id: TicketId, *, until: datetime | None, seen_version: int | None = None) -> Ticket:
    """It sleeps until then, or wakes now."""
    before = await tx.ticket(ticket_id, to="snooze")
    ticket = await tx.save(lifecycle.snooze(before, until=until, at=tx.now, seen_version=seen_version))
    tx.emit(TicketSnoozed(ticket=ticket))
    return ticket


async def classify(
    tx: Tx, ticket_id: TicketId, *, service: ServiceId, house: House, words: str = "", seen_version: int | None = None
) -> Ticket:
    """It is another service than was thought: its queue and promises follow; `words` tell colleagues there why."""
    before = await tx.ticket(ticket_id, to="classify")
    found = house.services.get(service)
    if found is None:
        raise BadInput(Problem("service", "There is no such service."))
    before, seen_version = await note_along(tx, before, words, seen_version=seen_version)
    promise = Promise(*house.promise(found))
    changed = lifecycle.classify(before, service=found, at=tx.now, promise=promise, seen_version=seen_version)
    changed = await dispatch.owned(tx, replace(changed, confidence=None, matched=()), house=house)
    if changed.queue != before.queue:
        await open_queues.must_take(tx, changed, house=house)
    ticket = await tx.save(changed)
    tx.emit(TicketService(ticket=ticket, before=before, was_service=before.service))
    if ticket.queue != before.queue:
        tx.emit(TicketMoved(ticket=ticket, before=before, was_in=before.queue))
    if ticket.queue == before.queue and ticket.assignee is not None:
        await working.move_work(tx, ticket)
    else:
        await working.requeue_work(tx, ticket, house=house)
    await suggestions.learn(tx, ticket, was=before.service, house=house)
    return ticket


async def merge(
    tx: Tx, ticket_id: TicketId, *, into: TicketId, house: House, seen_version: int | None = None
) -> Ticket:
    """One matter that came as two: its messages go over, it is closed, the other goes on.

    The strands and calls go over too, so that an answer to either reaches the one that is left, and
    whoever talks with them goes on there.
    """
    source = await tx.ticket(ticket_id, to="merge")
    target = await tx.ticket(into, to="merge")
    if source.parent is not None:
        raise NotAllowedNow("This is a part of another ticket; it cannot be merged.")
    await splits.must_have_no_open_parts(tx, source)
    on_line = await lines.must_be_joinable(tx, source, target)
    promise = _promise(target, house)
    # Whether it may be is asked first: what is stopped makes a newer version of the source than the one that was seen.
    lifecycle.merge(source, into=target, at=tx.now, promise=promise, seen_version=seen_version)
    if await waiting.stop(tx, source, why=Withdrawn.MERGED):
        source = await tx.get(Ticket, source.id)
    closed, goes_on = lifecycle.merge(source, into=target, at=tx.now, promise=promise)
    moved = await tx.values(Message, _MESSAGES, ticket=source.id)
    for message in moved:
        await tx.save(replace(message, ticket=target.id, at_version=goes_on.version, version=message.version + 1))
    for strand in await tx.values(Conversation, _STRANDS, ticket=source.id):
        await tx.save(replace(strand, ticket=target.id))
    await tx.change(_MOVE_FILES, key_ticket=source.id, new_ticket=target.id)
    goes_on = await tx.save(replace(goes_on, related=None if goes_on.related == source.id else goes_on.related))
    closed = await tx.save(replace(closed, related=target.id))
    tx.emit(TicketMerged(ticket=closed, into=target.id), TicketJoined(ticket=goes_on, source=source.id))
    goes_on = await _work_joined(tx, closed, goes_on, on_line=on_line, house=house)
    await lines.move_calls(tx, closed, to=goes_on)
    return goes_on


async def _work_joined(tx: Tx, closed: Ticket, goes_on: Ticket, *, on_line: AgentId | None, house: House) -> Ticket:
    """One piece of work is left. Whoever is with the person now stays with them, and has the matter."""
    holder = await working.join_work(tx, closed, goes_on, on_line=on_line, house=house)
    if holder is None or holder == goes_on.assignee:
        return goes_on
    given = await tx.save(lifecycle.assign(goes_on, to=holder, at=tx.now))
    tx.emit(TicketAssigned(ticket=given, before=goes_on, was_with=goes_on.assignee))
    return given


async def _ended(tx: Tx, before: Ticket, after: Ticket) -> Ticket:
    await lines.must_not_wait(tx, before)
    ticket = await tx.save(after)
    tx.emit(TicketStatus(ticket=ticket, was_status=before.status))
    await working.finish_work(tx, ticket)
    return ticket


def _promise(ticket: Ticket, house: House) -> Promise:
    return Promise(*house.promise(house.services[ticket.service]))
