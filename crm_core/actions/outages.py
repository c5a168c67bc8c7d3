"""A telephone exchange that cannot be reached: who waits there is held out to nobody until it can, and keeps their age.

Whoever took one of them in vain is told so, and is free for others.
"""

from dataclasses import replace

import sqlalchemy as sa

from crm_core.actions import phoning, working
from crm_core.model.call import EXCHANGE_DOWN, Call, CallCommand, CallNews, CallState, CommandState, Leg, NewsKind, Part
from crm_core.model.ids import InboxId
from crm_core.model.ticket import Ticket
from crm_core.store.tables import call_commands
from crm_core.store.tables import calls as call_table
from crm_core.store.tables.calls import NOT_ENDED, TO_BE_SAID
from crm_core.store.tx import Tx

_text = sa.Text
_WHO_WAITS = (CallState.WAITING, CallState.PROMISED, CallState.CONNECTING)
_THERE = (
    sa.select(call_table)
    .where(
        call_table.c.inbox == sa.bindparam("inbox", type_=_text),
        NOT_ENDED,
        call_table.c.state.in_([sa.literal_column(f"'{state.value}'") for state in _WHO_WAITS]),
        call_table.c.direction == sa.literal_column("'in'"),
    )
    .order_by(call_table.c.id)
)
_GOING_ON = sa.select(call_table).where(call_table.c.inbox == sa.bindparam("inbox", type_=_text), NOT_ENDED)
_RINGS = sa.select(call_commands).where(
    call_commands.c.leg == sa.bindparam("leg", type_=_text),
    call_commands.c.kind == sa.literal_column("'ring'"),
    TO_BE_SAID,
    call_commands.c.state == sa.literal_column("'queued'"),
)


async def cut_off(tx: Tx, inbox: InboxId, *, ear: phoning.Ear) -> int:
    """Nobody who waits at this inbox can be put through; how many that is news of."""
    await tx.permit(to="dial")
    held = 0
    for call in await tx.values(Call, _THERE, inbox=inbox):
        ticket = None if call.ticket is None else await tx.get(Ticket, call.ticket)
        work = None if ticket is None else await working.open_work(tx, ticket)
        if ticket is None or work is None or not work.live or work.cut_off:
            continue
        await working.reach(tx, work, ticket=ticket, cut_off=True)
        mine = call.leg(Part.AGENT)
        if call.state is CallState.CONNECTING and mine is not None:
            await _rung_in_vain(tx, call, mine, ear=ear)
        held += 1
    return held


async def back(tx: Tx, inbox: InboxId) -> int:
    """It answers again: who waits there is routed as before. How many do."""
    await tx.permit(to="dial")
    free = 0
    for call in await tx.values(Call, _GOING_ON, inbox=inbox):
        ticket = None if call.ticket is None else await tx.get(Ticket, call.ticket)
        work = None if ticket is None else await working.open_work(tx, ticket)
        if ticket is not None and work is not None and work.cut_off:
            await working.reach(tx, work, ticket=ticket, cut_off=False)
            free += 1
    return free


async def _rung_in_vain(tx: Tx, call: Call, leg: Leg, *, ear: phoning.Ear) -> None:
    """The agent's phone will not ring, also not later; the caller never left the line."""
    for ring in await tx.values(CallCommand, _RINGS, leg=leg.id):
        await tx.save(replace(ring, state=CommandState.FAILED, reason=EXCHANGE_DOWN, version=ring.version + 1))
    await phoning.leg_went(tx, call, CallNews(kind=NewsKind.LEG_OUT, leg=leg.id, why=EXCHANGE_DOWN), ear)
