"""How long things are kept, what a sweep would take now, and how far one is."""

import sqlalchemy as sa

from crm_core.model.ids import SweepId
from crm_core.model.retention import Due, Kept, Period, Sweep
from crm_core.rules import retention as rule
from crm_core.store import keeping
from crm_core.store.tables import periods, sweeps
from crm_core.store.tx import Read

AT_ONCE = 500
_PERIODS = sa.select(periods).order_by(periods.c.valid_from.desc(), periods.c.id.desc())
_NEWEST = sa.select(sweeps).order_by(sweeps.c.id.desc()).limit(10)
_RUNNING = sa.select(sweeps.c.id).where(sweeps.c.state == "running").limit(1)


async def all_periods(read: Read) -> list[Period]:
    """Those in force, those to come, and those that were."""
    await read.permit(to="retention")
    return await read.values(Period, _PERIODS)


async def newest_sweeps(read: Read) -> list[Sweep]:
    """The newest, whatever became of them."""
    await read.permit(to="retention")
    return await read.values(Sweep, _NEWEST)


async def running_sweep(read: Read) -> SweepId | None:
    """The one that is under way."""
    await read.permit(to="forget")
    row = await read.one(_RUNNING)
    return None if row is None else SweepId(row[0])


async def dry_run(read: Read) -> Due:
    """Exactly what a sweep begun now would take: counted by the statements that it goes by."""
    await read.permit(to="retention" if read.actor.is_person else "forget")
    cuts = rule.cuts(await read.values(Period, _PERIODS), at=read.now)
    counted: dict[Kept, int] = {}
    for kind, cut in cuts.items():
        after, counted[kind] = "", 0
        while rows := await read.all(keeping.DUE[kind], **keeping.place(cut, after=after, limit=AT_ONCE)):
            counted[kind] += len(rows)
            after = rows[-1][0]
    return Due(cuts, counted)
