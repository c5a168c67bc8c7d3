"""The live board, for those who run the floor: all that is not done and all that came today, from the rows.

One look at the table, so that no piece of work is seen twice or between two looks.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from crm_core.model.agent import Agent
from crm_core.model.board import AIMS, Aims
from crm_core.model.work import Work
from crm_core.queries import events
from crm_core.queries.setup import setting
from crm_core.rules import board
from crm_core.rules.board import Board
from crm_core.store.maps.codec import micros
from crm_core.store.tables import agents, tickets, work
from crm_core.store.tx import Read

LATELY = timedelta(minutes=5)
"""So long after it an event may still be told: a relay that is further behind has worse troubles."""

_OPEN_TO_ALL = ~sa.exists().where(tickets.c.id == work.c.ticket, tickets.c.confidential == sa.literal_column("1"))
_COUNTED = sa.select(work).where(
    sa.or_(
        work.c.state != sa.literal_column("'done'"),
        work.c.virtual_start >= sa.bindparam("day", type_=sa.BigInteger),
        work.c.ended_at >= sa.bindparam("lately", type_=sa.BigInteger),
    ),
    _OPEN_TO_ALL,
)
_STAFF = sa.select(agents).order_by(agents.c.id)


async def board_now(read: Read, *, day: datetime, aims: Aims) -> Board:
    """How it stands, with the position read before: what happens meanwhile comes once more as events."""
    await read.permit(to="board")
    position = await events.top(read)
    lately = read.now - LATELY
    works = await read.values(Work, _COUNTED, day=micros(day), lately=micros(lately))
    staff = await read.values(Agent, _STAFF)
    return board.counted(works, staff, position=position, day=day, within=aims.within, lately=lately)


async def standing_aims(read: Read) -> Aims:
    """What the house wants of its live contacts."""
    await read.permit(to="board")
    return Aims.read(await setting(read, AIMS))
