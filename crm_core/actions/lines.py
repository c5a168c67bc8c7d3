"""The lines of a call: kept with what the phone is to do, rung, and let go when it is over.

Shared by those who ask something of a call, those who hear of it, and whoever drives the phone.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from crm_core.actions import working, wrapping
from crm_core.model.call import (
    Call,
    CallCommand,
    CallEnding,
    CallState,
    CommandKind,
    CommandState,
    Leg,
    LegState,
    Mode,
    Part,
    Phone,
)
from crm_core.model.errors import NotAllowedNow
from crm_core.model.event import TicketAssigned, TicketStatus, WorkQueued
from crm_core.model.event_calls import CallChanged, CallMoved
from crm_core.model.house import House
from crm_core.model.ids import AgentId, CommandId, LegId, TicketId, fresh
from crm_core.model.ticket import Ticket
from crm_core.model.work import WorkState
from crm_core.rules import calls, lifecycle, waits
from crm_core.rules.calls import Order, Step
from crm_core.store.tables import calls as call_table
from crm_core.store.tables.calls import NOT_ENDED, TO_BE_SAID, call_commands
from crm_core.store.tx import Tx

_AFTER = timedelta(microseconds=1)
"""What one commit orders is done in this order: the ids of one moment have none."""

_OF_AGENT = sa.select(call_table).where(
    NOT_ENDED,
    call_table.c.state != sa.literal_column("'wrapping'"),
    call_table.c.agent == sa.bindparam("agent", type_=sa.Text),
)
_OF_TICKET = sa.select(call_table).where(
    call_table.c.ticket == sa.bindparam("ticket", type_=sa.Text), call_table.c.state != sa.literal_column("'ended'")
)
_ALL_OF_TICKET = (
    sa.select(call_table).where(call_table.c.ticket == sa.bindparam("ticket", type_=sa.Text)).order_by(call_table.c.id)
)
_TO_RING = sa.select(call_commands).where(
    TO_BE_SAID,
    call_commands.c.leg == sa.bindparam("leg", type_=sa.Text),
    call_commands.c.kind == sa.literal_column("'ring'"),
)


async def begin_call(tx: Tx, call: Call, *, ring: Leg | None = None) -> Call:
    """A call that was not there before; `ring` is its first line to be rung."""
    tx.add(call)
    await _say(tx, call)
    if ring is not None:
        _order(tx, call, [(CommandKind.RING, ring.id)])
    return call


async def keep_call(tx: Tx, before: Call, step: Step) -> Call:
    """The call as it is after a step, and its commands; nothing where nothing changed."""
    call = step.call
    if call != before:
        call = await tx.save(replace(call, version=before.version + 1))
        await _say(tx, call)
    _order(tx, call, step.orders)
    return call


async def follow_work(tx: Tx, call: Call) -> Call:
    """The lines do what the work says."""
    if call.ticket is None or call.over:
        return call
    ticket = await tx.get(Ticket, call.ticket)
    work = await working.open_work(tx, ticket)
    holder = work.agent if work is not None and work.state is WorkState.ACTIVE else None
    leg = await line_to(tx, holder, part=Part.AGENT) if holder is not None else None

    def rung(_agent: AgentId) -> Leg:
        assert leg is not None
        return leg

    step = calls.follow(call, work, at=tx.now, ring=rung)
    if step.returns and work is not None and work.state is WorkState.ACTIVE:
        await give_back(tx, ticket, reached=call.bridged_at is not None)
    return await keep_call(tx, call, step)


async def is_to_be_rung(tx: Tx, leg: Leg) -> bool:
    """Whether the provider has yet to hear of this line, or to answer us: that it knows nothing of it says nothing."""
    return await tx.value(CallCommand, _TO_RING, leg=leg.id) is not None


async def give_back(tx: Tx, ticket: Ticket, *, reached: bool) -> None:
    """Its agent has the caller no more, or was never put through: the work waits again with its age, and nobody has the ticket."""
    found = await working.open_work(tx, ticket)
    if found is None or found.state is not WorkState.ACTIVE:
        return
    refused = {found.agent} if found.agent is not None and not found.cut_off else set[AgentId]()
    excluded = found.excluded | refused
    again = replace(waits.untaken(found, reached=reached), queue=ticket.queue, excluded=excluded, due_at=ticket.due_at)
    if ticket.assignee == found.agent and ticket.status.active:
        before, ticket = ticket, await tx.save(lifecycle.assign(ticket, to=None, at=tx.now))
        tx.emit(TicketAssigned(ticket=ticket, before=before, was_with=before.assignee))
    tx.emit(WorkQueued(ticket=ticket, work=await tx.save(replace(again, version=found.version + 1))))


async def hang_up(tx: Tx, call: Call, *, ending: CallEnding, house: House) -> Call:
    """The caller's line is ended, and with it the call."""
    caller = call.leg(Part.CALLER)
    ended = await call_over(tx, call, ending=ending, house=house)
    if caller is not None and caller.state is not LegState.GONE:
        _order(tx, ended, [(CommandKind.HANG_UP, caller.id)])
    return ended


async def call_over(tx: Tx, call: Call, *, ending: CallEnding, house: House) -> Call:
    """Nobody is on the line any more: wrapped up where somebody talked, waiting to be called back where nobody did."""
    step = calls.over(call, ending=ending, at=tx.now)
    if call.ticket is None or calls.is_outside(call):
        return await keep_call(tx, call, step)
    ticket = await tx.get(Ticket, call.ticket)
    if call.bridged_at is not None or ending in (CallEnding.UNREACHABLE, CallEnding.AGENT):
        if await wrap_up_call(tx, ticket):
            step = replace(step, call=replace(step.call, state=CallState.WRAPPING))
        return await keep_call(tx, call, step)
    heard = step.call.ending is CallEnding.VOICEMAIL or call.number is not None
    if call.state is CallState.LEAVING and not ticket.live and heard:
        return await keep_call(tx, call, step)  # it waits for that already, or somebody has it
    await give_back(tx, ticket, reached=False)
    await _missed(tx, await tx.get(Ticket, ticket.id), step.call, house=house)
    return await keep_call(tx, call, step)


async def wait_no_more(tx: Tx, call: Call, *, house: House) -> None:
    """Nobody need come to the line any more: what is held out of it is taken back, and it waits to be answered later."""
    if call.state is not CallState.WAITING or call.ticket is None:
        return
    over = await tx.save(lifecycle.on_talk_over(await tx.get(Ticket, call.ticket), at=tx.now))
    await working.requeue_work(tx, over, house=house)
    await working.move_work(tx, over)


async def hand_on(tx: Tx, call: Call) -> Call:
    """Whoever was asked has the caller, and with them the matter; to somebody outside goes only the voice. Raises NotAllowedNow."""
    step = calls.handed_on(call, at=tx.now)
    before = await tx.get(Ticket, TicketId(call.ticket or ""))
    to = step.call.agent
    if to is not None:
        ticket = await tx.save(lifecycle.assign(before, to=to, at=tx.now))
        tx.emit(TicketAssigned(ticket=ticket, before=before, was_with=before.assignee))
        await working.hand_work(tx, ticket, to=to)
    else:
        await wrap_up_call(tx, before)
    return await keep_call(tx, call, step)


async def wrap_up_call(tx: Tx, ticket: Ticket) -> bool:
    """Its agent finishes what belongs to it; whether somebody does."""
    over = await tx.save(lifecycle.on_talk_over(ticket, at=tx.now))
    if over.awaiting_since is not None:
        await working.move_work(tx, over)
        return False
    return await wrapping.begin_wrap_up(tx, over) is not None


async def _missed(tx: Tx, ticket: Ticket, call: Call, *, house: House) -> None:
    """Who gave up waiting is called back, like any answer that is due; who changed their mind, or is nobody, is not.

    Whoever left a message is heard, whoever they are.
    """
    over = await tx.save(lifecycle.on_talk_over(ticket, at=tx.now))
    if call.ending is not CallEnding.VOICEMAIL and (call.short or call.number is None):
        solved = await tx.save(lifecycle.solve(over, at=tx.now))
        tx.emit(TicketStatus(ticket=solved, was_status=over.status))
        await working.finish_work(tx, solved)
        return
    await working.requeue_work(tx, over, house=house)
    await working.move_work(tx, over)


async def line_to(tx: Tx, agent: AgentId, *, part: Part, mode: Mode | None = None) -> Leg:
    """A line to a member of staff, wherever they take calls."""
    phone = await tx.find(Phone, agent)
    number = None if phone is None else phone.number or None
    leg = line(tx, number, part=part)
    return replace(leg, agent=agent, mode=mode, muted=mode is Mode.LISTEN)


def line(tx: Tx, number: str | None, *, part: Part) -> Leg:
    """A line to a number."""
    return Leg(fresh(LegId, at=tx.now), part, LegState.DIALLING, number=number, dialled_at=tx.now)


async def live_of(tx: Tx, *, agent: AgentId) -> list[Call]:
    """Calls that somebody has and that are not over."""
    return await tx.values(Call, _OF_AGENT, agent=agent)


async def live_on(tx: Tx, ticket: TicketId) -> list[Call]:
    """Calls of a ticket that are not over."""
    return await tx.values(Call, _OF_TICKET, ticket=ticket)


async def speaks(tx: Tx, ticket: TicketId, *, agent: AgentId) -> bool:
    """Whether somebody is on the line with the caller of this ticket, whatever became of their screen (I12)."""
    legs = [call.leg_of(agent) for call in await live_on(tx, ticket)]
    return any(leg is not None and leg.state is LegState.IN for leg in legs)


async def must_not_wait(tx: Tx, ticket: Ticket) -> None:
    """Raises NotAllowedNow for a matter whose caller waits on the line: closed, nobody would ever come to them."""
    if ticket.live and any(call.state is CallState.WAITING for call in await live_on(tx, ticket.id)):
        raise NotAllowedNow("Somebody is on the line here and waits for one of us. Take the call first.")


async def must_be_joinable(tx: Tx, source: Ticket, target: Ticket) -> AgentId | None:
    """Who talks with somebody on the phone in a matter that is to be merged into another, if anybody does.

    Raises NotAllowedNow where they wait for one of us, there or to be called, or somebody is on the line in both.
    """
    await must_not_wait(tx, source)
    here, there = await live_on(tx, source.id), await live_on(tx, target.id)
    if any(call.state is CallState.PROMISED for call in here):
        raise NotAllowedNow(
            "Somebody was promised a call here. Call them first, or merge the other ticket into this one."
        )
    talking = [call for call in here if call.state is not CallState.WRAPPING]
    if talking and any(call.state is not CallState.WRAPPING for call in there):
        raise NotAllowedNow("Somebody is there now in both tickets. Let one of the talks end first.")
    return next((call.agent for call in talking), None)


async def move_calls(tx: Tx, source: Ticket, *, to: Ticket) -> None:
    """They go where their record goes, also those that are over."""
    for call in await tx.values(Call, _ALL_OF_TICKET, ticket=source.id):
        await keep_call(tx, call, Step(replace(call, ticket=to.id)))


async def _say(tx: Tx, call: Call) -> None:
    if call.ticket is None:
        tx.emit(CallMoved(call=call))
    else:
        tx.emit(CallChanged(ticket=await tx.get(Ticket, call.ticket), call=call))


def _order(tx: Tx, call: Call, orders: Iterable[Order]) -> None:
    for number, (kind, leg) in enumerate(orders):
        id, due = fresh(CommandId, at=tx.now), tx.now + number * _AFTER
        tx.add(CallCommand(id, call.id, call.inbox, kind, leg, CommandState.QUEUED, tx.now, due))
