"""What inboxes said by themselves lately, and which of them pause, for admins and operators."""

import sqlalchemy as sa

from crm_core.model.acknowledging import Allowance
from crm_core.model.ids import InboxId
from crm_core.rules.acknowledging import of_inbox
from crm_core.store.compiled import among
from crm_core.store.tables import allowances, inboxes
from crm_core.store.tx import Read, listed

_INBOXES = sa.select(inboxes.c.id)
_COUNTED = sa.select(allowances).where(among(allowances.c.id, "ids"))


async def counted(read: Read) -> dict[InboxId, Allowance]:
    """The counter of each inbox that acknowledged something lately. For the gateway, and for whoever it let see the inboxes."""
    known = {of_inbox(row[0]): InboxId(row[0]) for row in await read.all(_INBOXES)}
    return {known[one.id]: one for one in await read.values(Allowance, _COUNTED, ids=listed(known))}
