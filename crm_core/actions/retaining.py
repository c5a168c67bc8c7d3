"""How long things are kept: periods by an admin, and the sweeps that take what is over.

A sweep is counted first, by the very statements that it then goes by, with the instants
frozen that it counted with. It runs in the bulk lane, a portion at a time, and goes on
where it was cut off; what is too much, or comes after an odd silence, waits for a person.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from crm_core.actions import erasing, forgetting
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.event_retention import PeriodSet, SweepCounted, SweepEnded, SweepMoved
from crm_core.model.ids import CustomerId, PeriodId, SweepId, fresh
from crm_core.model.privacy import ErasureReason
from crm_core.model.retention import Due, Kept, Period, Sweep, SweepState
from crm_core.model.ticket import Ticket
from crm_core.rules import retention as rule
from crm_core.store import keeping
from crm_core.store.compiled import among
from crm_core.store.maps.codec import micros
from crm_core.store.tables import events, sweeps, tickets
from crm_core.store.tx import Tx, listed

PORTION = 100
MATTERS = 10
PEOPLE = 3
"""How many of a kind one action takes: a matter is many rows, a person many matters."""

_SIZES = {Kept.MATTERS: MATTERS, Kept.PEOPLE: PEOPLE}
_OPEN = sa.select(sweeps).where(sa.or_(sweeps.c.state == "asks", sweeps.c.state == "running")).limit(1)
_LAST_HEARD = sa.select(sa.func.max(events.c.at)).where(events.c.at < sa.bindparam("before", type_=sa.BigInteger))
_SOME = sa.select(tickets).where(among(tickets.c.id, "ids")).order_by(tickets.c.id)


async def set_period(tx: Tx, kind: Kept, *, days: int | None, valid_from: datetime | None = None) -> Period:
    """From a day on, this kind is kept so long. Never backwards: what is over is taken by a sweep, not by a date."""
    await tx.permit(to="retention")
    wrong = rule.problem(kind, days)
    if wrong is not None:
        raise BadInput(Problem("days", wrong))
    begins = valid_from or tx.now
    if begins < tx.now - timedelta(minutes=1):
        raise BadInput(Problem("valid_from", "A period begins today or later."))
    made = Period(fresh(PeriodId, at=tx.now), kind, days, begins, tx.actor.id, tx.now)
    tx.add(made)
    tx.emit(PeriodSet(period=made))
    return made


async def begin_sweep(tx: Tx, due: Due) -> Sweep | None:
    """What a dry run found is taken, or asks first; None where nothing is over. One at a time."""
    await tx.permit(to="retention" if tx.actor.is_person else "forget")
    if await tx.one(_OPEN) is not None:
        raise NotAllowedNow("A sweep is under way, or waits for your word.")
    if not any(due.counted.values()):
        return None
    decision: rule.Run | rule.Ask = rule.Run()
    if not tx.actor.is_person:
        last = await tx.one(_LAST_HEARD, before=micros(tx.now - timedelta(hours=1)))
        heard = None if last is None or last[0] is None else datetime.fromtimestamp(last[0] / 1e6, tz=tx.now.tzinfo)
        decision = rule.decide(due.counted, last_heard=heard, at=tx.now)
    state, why = (SweepState.ASKS, decision.why) if isinstance(decision, rule.Ask) else (SweepState.RUNNING, "")
    made = Sweep(fresh(SweepId, at=tx.now), tx.now, tx.actor.id, state, dict(due.cuts), dict(due.counted), why=why)
    tx.add(made)
    tx.emit(SweepCounted(sweep=made))
    return made


async def answer_sweep(tx: Tx, id: SweepId, *, choice: str) -> Sweep:
    """A person looked: it runs, or it does not."""
    await tx.permit(to="retention")
    asked = await tx.get(Sweep, id)
    if asked.state is not SweepState.ASKS:
        raise NotAllowedNow("This sweep waits for no answer.")
    if choice not in ("run", "decline"):
        raise BadInput(Problem("choice", "Choose run or decline."))
    if choice == "run":
        running = await tx.save(replace(asked, state=SweepState.RUNNING, version=asked.version + 1))
        tx.emit(SweepMoved(sweep=running))
        return running
    declined = replace(asked, state=SweepState.DECLINED, ended_at=tx.now, version=asked.version + 1)
    tx.emit(SweepEnded(sweep=await tx.save(declined)))
    return declined


async def sweep_some(tx: Tx, id: SweepId) -> bool:
    """The next portion of a sweep; whether it goes on. What was held meanwhile is left."""
    await tx.permit(to="forget")
    sweep = await tx.get(Sweep, id)
    if sweep.state is not SweepState.RUNNING:
        return False
    kinds = [kind for kind in Kept if kind in sweep.cuts]
    kind = sweep.kind or kinds[0]
    size = _SIZES.get(kind, PORTION)
    where = keeping.place(sweep.cuts[kind], after=sweep.cursor, limit=size)
    ids = [row[0] for row in await tx.all(keeping.DUE[kind], **where)]
    done = await _take(tx, kind, ids)
    moved = replace(
        sweep,
        kind=kind,
        cursor=ids[-1] if ids else sweep.cursor,
        done={**sweep.done, kind: sweep.done.get(kind, 0) + done},
        version=sweep.version + 1,
    )
    if len(ids) == size:
        tx.emit(SweepMoved(sweep=await tx.save(moved)))
        return True
    later = kinds[kinds.index(kind) + 1 :]
    if later:
        tx.emit(SweepMoved(sweep=await tx.save(replace(moved, kind=later[0], cursor=""))))
        return True
    tx.emit(SweepEnded(sweep=await tx.save(replace(moved, state=SweepState.DONE, ended_at=tx.now))))
    return False


async def _take(tx: Tx, kind: Kept, ids: Sequence[str]) -> int:
    if kind is Kept.MATTERS:
        return await _take_matters(tx, ids)
    if kind is Kept.PEOPLE:
        for id in ids:
            await erasing.begin(tx, CustomerId(id), reason=ErasureReason.OVER)
        return len(ids)
    if kind is Kept.FILES:
        await forgetting.drop_contents(tx, ids)
        return len(ids)
    await forgetting.shred(tx, await forgetting.forget_wires(tx, ids))
    return len(ids)


async def _take_matters(tx: Tx, ids: Sequence[str]) -> int:
    """Whole matters, however long: one at a time, each in one action up to its limit and the rest with the next."""
    some: list[Any] = await tx.values(Ticket, _SOME, ids=listed(ids))
    for ticket in some:
        done = await forgetting.forget_matter(tx, ticket, limit=erasing.PORTION)
        while not done.whole:
            done = await forgetting.forget_matter(tx, await tx.get(Ticket, ticket.id), limit=erasing.PORTION)
    await forgetting.forget_traces(tx, some)
    return len(some)
