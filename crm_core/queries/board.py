"""The live board, for those who run the floor: all that is not done and all that came today, from the rows.

One look at the table, so that no piece of work is seen twice or between two looks.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from crm_core.model.agent import Agent
from crm_core.model.board import AIMS, Aims, Stand
from crm_core.queries import events
from crm_core.rules import board
from crm_core.rules.board import Board
from crm_core.store.maps.codec import micros
from crm_core.store.settings import setting
from crm_core.store.tables import agents, tickets, work
from crm_core.store.tables.live import NOT_DONE
from crm_core.store.tx import Read

LATELY = timedelta(minutes=5)
"""So long after it an event may still be told: a relay that is further behind has worse troubles."""

_OPEN_TO_ALL = ~sa.exists().where(tickets.c.id == work.c.ticket, tickets.c.confidential == sa.literal_column("1"))
_PLAIN = (work.c.id, work.c.ticket, work.c.queue, work.c.channel, work.c.live, work.c.came_live, work.c.state)
_TIMES = (work.c.virtual_start, work.c.due_at, work.c.answered_at, work.c.left_at, work.c.held_at, work.c.entered_at)
_COUNTED = sa.select(*_PLAIN, work.c.agent, work.c.units, *_TIMES, work.c.version, work.c.ended_at).where(
    work.c.id.in_(
        sa.union(
            sa.select(work.c.id).where(NOT_DONE),
            sa.select(work.c.id).where(work.c.virtual_start >= sa.bindparam("day", type_=sa.BigInteger)),
            sa.select(work.c.id).where(work.c.ended_at >= sa.bindparam("lately", type_=sa.BigInteger)),
        )
    ),
    _OPEN_TO_ALL,
)
_STAFF = sa.select(agents).order_by(agents.c.id)


async def board_now(read: Read, *, day: datetime, aims: Aims) -> Board:
    """How it stands, with the position read before: what happens meanwhile comes once more as events."""
    await read.permit(to="board")
    position = await events.top(read)
    lately = micros(read.now - LATELY)
    rows = await read.all(_COUNTED, day=micros(day), lately=lately)
    staff = await read.values(Agent, _STAFF)
    ended = frozenset(row[0] for row in rows if row[-1] is not None and row[-1] >= lately)
    stands = (_stand(row) for row in rows)
    return board.counted(stands, staff, ended=ended, position=position, day=day, within=aims.within)


async def standing_aims(read: Read) -> Aims:
    """What the house wants of its live contacts."""
    await read.permit(to="board")
    return Aims.read(await setting(read, AIMS))


def _stand(row: Any) -> Stand:
    """Straight from its columns: tens of thousands of them are read while others wait for an answer."""
    id, ticket, queue, channel, live, came_live, state, agent, units, came, *times, entered, version, _ended = row
    due, answered, left, held = (None if at is None else at // 1000 for at in times)
    return Stand(
        *(id, ticket, queue, channel, bool(live), bool(came_live), state, agent, units),
        *(came // 1000, due, answered, left, held, entered // 1000, version),
    )
