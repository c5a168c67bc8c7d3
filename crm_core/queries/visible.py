"""Which tickets somebody may see, in SQL: the same rule as `rules/access.py`'s audience."""

from typing import Any

import sqlalchemy as sa

from crm_core.model.ids import AgentId
from crm_core.store.compiled import among
from crm_core.store.tables import ticket_readers, tickets
from crm_core.store.tx import Read, listed

_ME = sa.bindparam("me", type_=sa.Text)


def visible(of: Any = tickets) -> Any:
    """A condition on `tickets`, or an alias of it; its parameters come from `seen_by`."""
    return sa.or_(
        sa.and_(of.c.confidential == sa.literal_column("0"), among(of.c.queue, "queues")),
        of.c.assignee == _ME,
        sa.exists().where(ticket_readers.c.agent == _ME, ticket_readers.c.ticket == of.c.id),
    )


async def seen_by(read: Read) -> dict[str, Any]:
    """Who asks, as `visible` wants it."""
    standing = await read.standing()
    queues = (key.removeprefix("q:") for key in standing.scope if key.startswith("q:"))
    return {"me": standing.agent.id if standing.agent is not None else AgentId(""), "queues": listed(queues)}
