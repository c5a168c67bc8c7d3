"""The newest asking of a matter, looked up by whoever takes an answer and by whoever shows the question."""

import sqlalchemy as sa

from crm_core.model.feedback import Feedback
from crm_core.model.ids import TicketId
from crm_core.store.tables import feedback
from crm_core.store.tx import Read

_NEWEST = (
    sa.select(feedback)
    .where(feedback.c.ticket == sa.bindparam("ticket", type_=sa.Text))
    .order_by(feedback.c.cycle.desc())
    .limit(1)
)


async def newest_asking(read: Read, ticket: TicketId) -> Feedback | None:
    """How they were asked of its last solution; None where they never were."""
    return await read.value(Feedback, _NEWEST, ticket=ticket)
