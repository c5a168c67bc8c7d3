"""Why nobody can be waited for at a line: each has its words and a way on, never silence (I15)."""

import sqlalchemy as sa

from crm_core.model.agent import Duty
from crm_core.model.call import Hears
from crm_core.model.ids import InboxId
from crm_core.store.tables import agents
from crm_core.store.tables import calls as call_table
from crm_core.store.tables.calls import NOT_ENDED
from crm_core.store.tx import Tx

_WAITING = (
    sa.select(sa.func.count())
    .select_from(call_table)
    .where(
        NOT_ENDED,
        call_table.c.state.in_([sa.literal_column("'arrived'"), sa.literal_column("'waiting'")]),
        call_table.c.inbox == sa.bindparam("inbox", type_=sa.Text),
    )
)
_ON_DUTY = sa.select(agents.c.teams).where(
    agents.c.active == sa.literal_column("1"), agents.c.duty != sa.literal_column(f"'{Duty.OFFLINE.value}'")
)


async def exit_now(tx: Tx, inbox: InboxId, *, is_open: bool, full: int) -> Hears | None:
    """Of somebody who calls now; None: they may wait."""
    if not is_open:
        return Hears.CLOSED
    [row] = await tx.all(_WAITING, inbox=inbox)
    if row[0] >= full:
        return Hears.FULL
    return None if await somebody(tx) else Hears.NOBODY


async def somebody(tx: Tx) -> bool:
    """Whether anybody at all is here, whatever they do at the moment."""
    return bool(await tx.all(_ON_DUTY))
