"""What usually comes live to a queue on such a day: counted from the record's last days, for whoever plans the next.

Each day is one look along the index of when work came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from crm_core.model.agent import Agent
from crm_core.model.ids import QueueId
from crm_core.model.queue import Queue
from crm_core.store.maps.codec import micros
from crm_core.store.tables import agents, queues, tickets, work
from crm_core.store.tx import Read

SLOT = timedelta(minutes=30)

_SECOND = 1_000_000
_number = sa.BigInteger
_OPEN_TO_ALL = ~sa.exists().where(tickets.c.id == work.c.ticket, tickets.c.confidential == sa.literal_column("1"))
_OVER = sa.func.coalesce(work.c.answered_at, work.c.left_at)
_SLOT_OF = (work.c.virtual_start - sa.bindparam("since", type_=_number)) // sa.bindparam("slot", type_=_number)
_PASSED_ON = sa.and_(
    work.c.answered_at.is_not(None), sa.or_(work.c.held_at.is_(None), work.c.held_at > work.c.answered_at)
)
"""Somebody else has, or is to have, what is left of it: days may pass over that, and it came to another queue."""

_FIRST_HAD = sa.select(tickets.c.received_in).where(tickets.c.id == work.c.ticket).scalar_subquery()
_CAME_TO = sa.case((_PASSED_ON, sa.func.coalesce(_FIRST_HAD, work.c.queue)), else_=work.c.queue)
_TALKED = sa.case((work.c.held_at == work.c.answered_at, work.c.ended_at - work.c.held_at))
_CAME = (
    sa.select(
        _SLOT_OF.label("number"),
        sa.func.count().label("came"),
        sa.func.count(work.c.left_at).label("gave_up"),
        sa.func.sum(_OVER - work.c.virtual_start).label("waited"),
        sa.func.count(_TALKED).label("handled"),
        sa.func.sum(_TALKED).label("handling"),
    )
    .where(
        work.c.virtual_start >= sa.bindparam("since", type_=_number),
        work.c.virtual_start < sa.bindparam("until", type_=_number),
        sa.bindparam("queue", type_=sa.Text) == _CAME_TO,
        work.c.came_live == sa.literal_column("1"),
        _OPEN_TO_ALL,
    )
    .group_by(sa.literal_column("number"))
)


_QUEUE = sa.select(queues).where(queues.c.id == sa.bindparam("id", type_=sa.Text))
_SIGNED_IN = sa.select(agents).where(
    agents.c.active == sa.literal_column("1"), agents.c.duty != sa.literal_column("'offline'")
)


@dataclass(slots=True)
class Usual:
    """So many come in each half hour of such a day, on average over the `days` on which somebody came.

    `handle` and `patience` in seconds; None where the record has none. Patience is reckoned from all waits: of who got
    somebody it is known only that it was longer.
    """

    days: int
    contacts: list[float]
    handle: float | None
    patience: float | None


async def usual(read: Read, queue: QueueId, *, days: Sequence[tuple[datetime, datetime]]) -> Usual:
    """Of these days, each from its beginning to its end; days on which nobody came are taken for closed."""
    await read.permit(to="board")
    slots = [0] * int(timedelta(days=1) / SLOT)
    busy = handled = handling = gave_up = waited = 0
    for since, until in days:
        rows = await read.all(
            _CAME, queue=str(queue), since=micros(since), until=micros(until), slot=int(SLOT.total_seconds() * _SECOND)
        )
        busy += bool(rows)
        for row in rows:
            slots[min(int(row["number"]), len(slots) - 1)] += int(row["came"])
            gave_up, waited = gave_up + int(row["gave_up"]), waited + int(row["waited"] or 0)
            handled, handling = handled + int(row["handled"]), handling + int(row["handling"] or 0)
    return Usual(
        busy,
        [came / busy if busy else 0.0 for came in slots],
        handling / handled / _SECOND if handled else None,
        waited / gave_up / _SECOND if gave_up else None,
    )


async def here(read: Read, queue: QueueId) -> int:
    """So many who serve this queue are signed in, whatever they do at the moment."""
    await read.permit(to="board")
    found = await read.value(Queue, _QUEUE, id=str(queue))
    staff = await read.values(Agent, _SIGNED_IN) if found is not None else []
    return sum(found is not None and found.team in agent.teams for agent in staff)
