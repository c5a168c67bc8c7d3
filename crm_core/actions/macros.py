"""Macros: an answer and what becomes of the ticket, done at once by an agent with their own rights."""

from dataclasses import dataclass, replace
from datetime import timedelta

from crm_core.actions import assign, lifecycle, reply
from crm_core.actions.reply import Draft
from crm_core.model.answer import Answer, Macro
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem, Stale
from crm_core.model.event_answers import MacroChanged, MacroRun
from crm_core.model.house import House
from crm_core.model.ids import AgentId, AnswerId, MacroId, QueueId, TicketId, fresh
from crm_core.model.sla import Reason
from crm_core.model.ticket import Priority, Status, Ticket
from crm_core.store.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a macro does; at least one part of it."""

    name: dict[str, str]
    answer: AnswerId | None = None
    status: Status | None = None
    reason: Reason | None = None
    priority: Priority | None = None
    queue: QueueId | None = None
    snooze: int | None = None
    active: bool = True


async def add_macro(tx: Tx, parts: Parts, *, house: House) -> Macro:
    """A new macro, for every agent to run."""
    await tx.permit(to="macros")
    await _must_stand(tx, parts, house=house)
    by = AgentId(tx.actor.id)
    made = _with(
        Macro(fresh(MacroId, at=tx.now), {}, None, None, None, None, None, active=True, created_at=tx.now, by=by), parts
    )
    tx.add(made)
    tx.emit(MacroChanged(macro=made))
    return made


async def change_macro(
    tx: Tx, macro_id: MacroId, parts: Parts, *, house: House, seen_version: int | None = None
) -> Macro:
    """It does something else from now on, or is not offered any more."""
    await tx.permit(to="macros")
    macro = await tx.get(Macro, macro_id)
    if seen_version is not None and seen_version != macro.version:
        raise Stale("Somebody else changed this macro.", version=macro.version)
    await _must_stand(tx, parts, house=house)
    changed = await tx.save(replace(_with(macro, parts), version=macro.version + 1))
    tx.emit(MacroChanged(macro=changed))
    return changed


async def run_macro(
    tx: Tx,
    ticket_id: TicketId,
    macro_id: MacroId,
    *,
    draft: Draft | None,
    house: House,
    seen_version: int | None = None,
) -> Ticket:
    """All of it or nothing. `draft` is its answer as the agent left it; each part asks for its own right.

    The queue comes last: whoever hands a ticket on may not see it afterwards.
    """
    before = await tx.ticket(ticket_id, to="macro")
    macro = await tx.find(Macro, macro_id)
    if macro is None or not macro.active:
        raise NotFound
    if seen_version is not None and seen_version != before.version:
        raise Stale("Somebody changed this ticket meanwhile. Look at it again.", version=before.version)
    if draft is None and macro.answer is not None:
        raise NotAllowedNow("This macro answers: say what.")
    tx.emit(MacroRun(ticket=before, macro=macro.id, name=macro.name))
    if macro.priority is not None and macro.priority is not before.priority:
        await lifecycle.prioritise(tx, ticket_id, to=macro.priority, house=house)
    if draft is not None:
        await reply.reply(tx, ticket_id, replace(draft, status=macro.status, reason=macro.reason), house=house)
    elif macro.status is not None and macro.status is not before.status:
        await lifecycle.set_status(tx, ticket_id, to=macro.status, house=house, reason=macro.reason)
    if macro.snooze is not None:
        await lifecycle.snooze(tx, ticket_id, until=tx.now + timedelta(hours=macro.snooze))
    if macro.queue is not None and macro.queue != before.queue:
        await assign.transfer(tx, ticket_id, to=macro.queue, house=house)
    return await tx.get(Ticket, ticket_id)


def _with(macro: Macro, parts: Parts) -> Macro:
    return replace(
        macro,
        name=parts.name,
        answer=parts.answer,
        status=parts.status,
        reason=parts.reason,
        priority=parts.priority,
        queue=parts.queue,
        snooze=parts.snooze,
        active=parts.active,
    )


async def _must_stand(tx: Tx, parts: Parts, *, house: House) -> None:
    if not any(name.strip() for name in parts.name.values()):
        raise BadInput(Problem("name", "Give it a name."))
    if parts.answer is not None and await tx.find(Answer, parts.answer) is None:
        raise BadInput(Problem("answer", "There is no such answer."))
    if parts.queue is not None and parts.queue not in house.queues:
        raise BadInput(Problem("queue", "There is no such queue."))
    if parts.status is Status.NEW:
        raise BadInput(Problem("status", "A ticket that was worked on is not new."))
    if (parts.answer, parts.status, parts.priority, parts.queue, parts.snooze) == (None,) * 5:
        raise BadInput(Problem("name", "Say what it does: an answer, a status, a priority, a queue or a rest."))
