"""What the phone is to do, one command after another: claimed before the provider is touched, and never doubled by us.

All but a ring may be done twice without harm, so what was in hand when the last driver died
is done again; of a ring nobody knows, and the provider is asked which lines there are.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from crm_core.actions import lines, phoning
from crm_core.actions.housekeeping import Lease
from crm_core.model.call import (
    EXCHANGE_DOWN,
    Call,
    CallCommand,
    CallEnding,
    CallNews,
    CallOrder,
    CommandKind,
    CommandState,
    Leg,
    LegState,
    NewsKind,
    Part,
    Taping,
)
from crm_core.model.house import House
from crm_core.model.ids import CallId, CommandId, LegId, TicketId
from crm_core.rules import calls
from crm_core.rules.calls import Step
from crm_core.store.maps.codec import micros
from crm_core.store.tables import call_commands, leases
from crm_core.store.tables.calls import TO_BE_SAID
from crm_core.store.tx import Tx

AT_ONCE = 50
AGAIN = timedelta(seconds=1)
MOST = 5
"""So often is something tried that did not even leave the house."""

FETCHED_AGAIN = timedelta(seconds=5)
FETCHES = 11
"""A recording is asked for again, each time after twice as long: for an hour and a half."""

_big, _text = sa.BigInteger, sa.Text
_EARLIER = call_commands.alias("earlier")
_DUE = (
    sa.select(call_commands)
    .where(
        TO_BE_SAID,
        call_commands.c.state == sa.literal_column("'queued'"),
        call_commands.c.due_at <= sa.bindparam("now", type_=_big),
        ~sa.exists().where(
            _EARLIER.c.call == call_commands.c.call,
            _EARLIER.c.kind != sa.literal_column("'fetch'"),
            _EARLIER.c.state.in_([sa.literal_column("'queued'"), sa.literal_column("'sending'")]),
            sa.or_(
                _EARLIER.c.made_at < call_commands.c.made_at,
                sa.and_(_EARLIER.c.made_at == call_commands.c.made_at, _EARLIER.c.due_at < call_commands.c.due_at),
            ),
        ),
        sa.exists().where(
            leases.c.name == sa.bindparam("lease", type_=_text),
            leases.c.epoch == sa.bindparam("epoch", type_=_big),
            leases.c.holder == sa.bindparam("holder", type_=_text),
        ),
    )
    .order_by(call_commands.c.made_at, call_commands.c.due_at)
    .limit(AT_ONCE)
)
"""One at a time for each call: a line is rung before somebody is put through to it."""

_IN_HAND = (
    sa.select(call_commands).where(TO_BE_SAID, call_commands.c.state == sa.literal_column("'sending'")).limit(AT_ONCE)
)


async def follow_calls(tx: Tx, ticket_id: TicketId) -> int:
    """The calls of a ticket do what its work says; how many there are."""
    await tx.permit(to="dial")
    found = await lines.live_on(tx, ticket_id)
    for call in found:
        await lines.follow_work(tx, call)
    return len(found)


async def take_orders(tx: Tx, *, lease: Lease) -> list[CallOrder]:
    """Take what is due; it is in hand from this commit on. Only the holder of the lease at its epoch finds any."""
    await tx.permit(to="dial")
    now = micros(tx.now)
    due = await tx.values(CallCommand, _DUE, now=now, lease=lease.name, epoch=lease.epoch, holder=lease.holder)
    orders = []
    for command in due:
        call = await tx.get(Call, command.call)
        sending = replace(command, state=CommandState.SENDING, attempts=command.attempts + 1)
        claimed = await tx.save(replace(sending, version=command.version + 1))
        leg = _leg(call, command.leg)
        coached = call.leg(Part.AGENT) if leg is not None and leg.part is Part.SUPERVISOR else None
        orders.append(CallOrder(claimed, call, leg, coached))
    return orders


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a command: done (`sid`: the provider's name of the new line), to be tried again, failed, or nobody knows."""

    state: CommandState
    sid: str | None = None
    why: str | None = None


async def settle_order(tx: Tx, command_id: CommandId, came: Came, *, ear: phoning.Ear) -> Call:
    """Write down what came of it. A line that could not be rung is out: the work waits again with its age, and the agent is told."""
    await tx.permit(to="dial")
    command = await tx.get(CallCommand, command_id)
    call = await tx.get(Call, command.call)
    if command.state is not CommandState.SENDING:
        return call
    state = came.state
    fetches = command.kind is CommandKind.FETCH
    leg = _leg(call, command.leg)
    in_vain = command.kind is CommandKind.RING and (leg is None or leg.state is LegState.GONE)
    if state is CommandState.QUEUED and (in_vain or command.attempts >= (FETCHES if fetches else MOST)):
        state = CommandState.FAILED
    settled = replace(command, state=state, reason=came.why, version=command.version + 1)
    pause = FETCHED_AGAIN * 2 ** (command.attempts - 1) if fetches else AGAIN * command.attempts
    await tx.save(replace(settled, due_at=tx.now + pause) if state is CommandState.QUEUED else settled)
    if fetches and state is CommandState.FAILED:
        return await lines.keep_call(tx, call, Step(replace(call, recording=Taping.LOST, tape=None)))
    if leg is None or command.kind is not CommandKind.RING:
        return await lines.keep_call(tx, call, Step(call))
    if state is CommandState.DONE:
        named = tuple(replace(one, sid=came.sid or one.sid) if one.id == leg.id else one for one in call.legs)
        return await lines.keep_call(tx, call, Step(replace(call, legs=named)))
    if state is CommandState.FAILED:
        why = EXCHANGE_DOWN if came.state is CommandState.QUEUED else came.why or "failed"
        await phoning.leg_went(tx, call, CallNews(kind=NewsKind.LEG_OUT, leg=leg.id, why=why), ear)
    return await tx.get(Call, command.call)


async def give_up(tx: Tx, call_id: CallId, *, house: House) -> Call:
    """Their exchange has been silent for so long that who waited there is to be called back. A talk is its agent's to end."""
    await tx.permit(to="dial")
    call = await tx.get(Call, call_id)
    if call.state not in calls.ALONE or call.leg(Part.CALLER) is None:
        return call
    return await lines.call_over(tx, call, ending=CallEnding.ERROR, house=house)


async def recover_orders(tx: Tx) -> list[CallId]:
    """What was in hand when the last driver died: done again, but for rings. Calls whose lines must be looked at."""
    await tx.permit(to="dial")
    asked = []
    for command in await tx.values(CallCommand, _IN_HAND):
        rings = command.kind is CommandKind.RING
        state = CommandState.UNKNOWN if rings else CommandState.QUEUED
        await tx.save(replace(command, state=state, version=command.version + 1))
        call = await tx.get(Call, command.call)
        await lines.keep_call(tx, call, Step(call))
        asked += [call.id] if rings else []
    return asked


def _leg(call: Call, id: LegId | None) -> Leg | None:
    return next((leg for leg in call.legs if leg.id == id), None)
