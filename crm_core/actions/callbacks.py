"""Callbacks: who kept their place is called when it is their turn, and again a little later where nobody answers."""

from dataclasses import replace

import sqlalchemy as sa

from crm_core.actions import lines, working
from crm_core.model.call import Call, CallEnding, CallState, Part, PhoneManners
from crm_core.model.event import WorkQueued
from crm_core.model.house import House
from crm_core.model.ids import CallId, TicketId
from crm_core.model.ticket import Ticket
from crm_core.rules import calls, lifecycle
from crm_core.rules.calls import Step
from crm_core.store.tables import calls as call_table
from crm_core.store.tables.calls import NOT_ENDED
from crm_core.store.tx import Tx

_PROMISED = sa.select(call_table).where(
    NOT_ENDED,
    call_table.c.state == sa.literal_column("'promised'"),
    call_table.c.number == sa.bindparam("number", type_=sa.Text),
    call_table.c.inbox == sa.bindparam("inbox", type_=sa.Text),
)


async def not_reached(tx: Tx, call: Call, *, why: str, manners: PhoneManners) -> None:
    """A callback that nobody answered: again later, in the same place; after the last try it is a task (I14)."""
    assert call.ticket is not None
    ticket = await tx.get(Ticket, call.ticket)
    last = call.attempts >= manners.tries
    step = calls.over(call, ending=CallEnding.CALLBACK, at=tx.now)
    if not last:
        rests = replace(step.call, state=CallState.PROMISED, ending=None, ended_at=None, agent=None, short=False)
        step = replace(step, call=replace(rests, next_at=tx.now + manners.spacing, trouble=why))
    await lines.give_back(tx, ticket, reached=False)
    ticket = await tx.get(Ticket, call.ticket)
    if last:
        over = await tx.save(lifecycle.on_talk_over(ticket, at=tx.now))
        await working.move_work(tx, over)
    else:
        await working.finish_work(tx, ticket)  # it waits again when the next try is due, as old as it was
    await lines.keep_call(tx, call, step)


async def called_again(tx: Tx, call: Call, *, house: House) -> None:
    """Who was promised a call calls themselves: they take their place along, and nobody calls them while they wait or speak.

    What they wanted first stays a task of its own: it may have been somebody else, at the same telephone.
    """
    if call.number is None or call.ticket is None:
        return
    came = call.waiting_since or tx.now
    for promised in await tx.values(Call, _PROMISED, number=call.number, inbox=call.inbox):
        if promised.ticket is None or promised.leg(Part.CALLER) is not None:
            continue
        came = min(came, promised.waiting_since or came)
        over = await tx.save(lifecycle.on_talk_over(await tx.get(Ticket, promised.ticket), at=tx.now))
        if await working.open_work(tx, over) is None and over.status.active:
            working.queue_work(tx, over, house=house)
        await working.move_work(tx, over)
        await lines.keep_call(tx, promised, calls.over(promised, ending=CallEnding.CALLBACK, at=tx.now))
    ticket = await tx.get(Ticket, call.ticket)
    waiting = await working.open_work(tx, ticket)
    if waiting is not None and came < waiting.virtual_start:
        older = await tx.save(replace(waiting, virtual_start=came, version=waiting.version + 1))
        tx.emit(WorkQueued(ticket=ticket, work=older))


async def try_again(tx: Tx, call_id: CallId, *, house: House) -> Call:
    """The next try of a callback is due: its work waits again, as old as it ever was (I14)."""
    await tx.permit(to="dial")
    call = await tx.get(Call, call_id)
    if call.state is not CallState.PROMISED or call.next_at is None or call.next_at > tx.now:
        return call
    ticket = await tx.get(Ticket, TicketId(call.ticket or ""))
    if await working.open_work(tx, ticket) is None and ticket.status.active:
        made = working.queue_work(tx, ticket, house=house)
        old = replace(made, virtual_start=call.waiting_since or made.virtual_start, version=made.version + 1)
        await tx.save(old)
    return await lines.keep_call(tx, call, Step(replace(call, next_at=None)))
