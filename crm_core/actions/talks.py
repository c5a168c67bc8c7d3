"""Conversations that happen now, in writing: what arrived at a visitor's page."""

from collections.abc import Sequence

import sqlalchemy as sa

from crm_core.actions import delivery
from crm_core.model.address import Address
from crm_core.model.ids import MessageId
from crm_core.model.message import Delivery, Direction, Message
from crm_core.store.compiled import among
from crm_core.store.tables import messages
from crm_core.store.tx import Tx, listed

_OURS = sa.select(messages).where(among(messages.c.id, "ids"), messages.c.direction == Direction.OUT.value)


async def arrived(tx: Tx, ids: Sequence[MessageId], *, visitor: Address, far: Delivery) -> int:
    """Their page has these messages, or they have read them; how many that was news of. Others' are left alone."""
    await tx.permit(to="deliver")
    found = await tx.values(Message, _OURS, ids=listed(ids))
    theirs = [one for one in found if one.address == visitor and one.inbox == tx.actor.id]
    return sum([await delivery.got_further(tx, one, far=far) for one in theirs])
