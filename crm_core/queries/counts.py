"""How many tickets wait in each view, for screens that do not hold them all. Nothing is counted beyond a thousand."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crm_core.model.ids import AgentId
from crm_core.model.suspicion import ROOM
from crm_core.model.ticket import Status
from crm_core.store.tables import tickets
from crm_core.store.tx import Read

ENOUGH = 1000
ACTIVE = tuple(status for status in Status if status.active)


@dataclass(frozen=True, slots=True)
class Counts:
    """Active tickets: those I have, by queue, and those that wait on the citizen; each at most about a thousand."""

    mine: int
    queues: dict[str, int]
    waiting: int


async def counts(read: Read) -> Counts:
    """What whoever asks may see, but for the few confidential tickets of others' queues, and for what is held as spam."""
    await read.permit(to="see")
    standing = await read.standing()
    queues = sorted({key.removeprefix("q:") for key in standing.scope if key.startswith("q:")} - {ROOM})
    by_queue: dict[str, int] = dict.fromkeys(queues, 0)
    waiting = 0
    for queue in queues:
        for status, found in zip(ACTIVE, (await read.all(_OF_QUEUE, queue=queue))[0], strict=True):
            by_queue[queue] += found
            waiting += found if status is Status.WAITING else 0
    me = standing.agent.id if standing.agent is not None else AgentId("")
    return Counts(sum((await read.all(_MINE, assignee=me))[0]), by_queue, waiting)


def _counted(column: str, where: Any) -> Any:
    """One row: how many active tickets under this column's value, by status."""
    return sa.select(*(_few(column, status, where) for status in ACTIVE))


def _few(column: str, status: Status, where: Any) -> Any:
    its = tickets.c[column] == sa.bindparam(column, type_=sa.Text)
    found = sa.select(tickets.c.id).where(its, tickets.c.status == status.value, where).limit(ENOUGH).subquery()
    return sa.select(sa.func.count()).select_from(found).scalar_subquery()


_OF_QUEUE = _counted("queue", tickets.c.confidential == sa.literal_column("0"))
_MINE = _counted("assignee", tickets.c.assignee.is_not(None))
