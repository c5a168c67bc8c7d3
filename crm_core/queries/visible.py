"""Which tickets somebody is shown, in SQL: the same rule as `rules/access.py`'s audience.

What is held as suspected spam has a page of its own (`queries/suspected.py`), and stands in nothing beside it.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from crm_core.model.ids import AgentId
from crm_core.model.suspicion import ROOM
from crm_core.model.ticket import Ticket
from crm_core.rules import access
from crm_core.store.compiled import among
from crm_core.store.tables import ticket_readers, tickets
from crm_core.store.tx import Read, listed

_ME = sa.bindparam("me", type_=sa.Text)


def visible(of: Any = tickets) -> Any:
    """A condition on `tickets`, or an alias of it; its parameters come from `seen_by`."""
    theirs = sa.or_(
        sa.and_(of.c.confidential == sa.literal_column("0"), among(of.c.queue, "queues")),
        of.c.assignee == _ME,
        sa.exists().where(ticket_readers.c.agent == _ME, ticket_readers.c.ticket == of.c.id),
    )
    return sa.and_(not_held(of), theirs)


def not_held(of: Any = tickets) -> Any:
    """Nobody has said yet whether what is held is spam; released, it is shown again at once."""
    return of.c.queue != sa.literal_column(f"'{ROOM}'")


async def shown(read: Read, found: Iterable[Ticket]) -> list[Ticket]:
    """The same of tickets that were read already."""
    scope = (await read.standing()).scope
    return [one for one in found if one.queue != ROOM and access.sees(scope, audience=access.audience(one))]


async def seen_by(read: Read) -> dict[str, Any]:
    """Who asks, as `visible` wants it."""
    standing = await read.standing()
    queues = (key.removeprefix("q:") for key in standing.scope if key.startswith("q:"))
    return {"me": standing.agent.id if standing.agent is not None else AgentId(""), "queues": listed(queues)}
