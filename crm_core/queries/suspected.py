"""What is held as spam or was called so, and whom we block; for supervisors."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from crm_core.model.suspicion import Block, Suspicion, SuspicionState
from crm_core.model.ticket import Ticket
from crm_core.store.maps import map_of
from crm_core.store.maps.codec import micros
from crm_core.store.tables import blocks, suspicions, tickets
from crm_core.store.tx import Read

_text, _big = sa.Text, sa.BigInteger
_PAGE = (
    sa.select(suspicions, tickets)
    .select_from(suspicions.join(tickets, tickets.c.id == suspicions.c.id))
    .where(
        suspicions.c.state == sa.bindparam("state", type_=_text),
        sa.tuple_(suspicions.c.at, suspicions.c.id)
        < sa.tuple_(sa.bindparam("at", type_=_big), sa.bindparam("last", type_=_text)),
    )
    .order_by(suspicions.c.at.desc(), suspicions.c.id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
STANDING = (
    sa.select(blocks)
    .where(sa.text("lifted_at IS NULL"), blocks.c.until > sa.bindparam("now", type_=_big))
    .order_by(blocks.c.until.desc(), blocks.c.id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
"""Blocks that hold, those that last longest first."""

MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Suspected:
    """A ticket with what is said of it; `key` is where a page goes on."""

    suspicion: Suspicion
    ticket: Ticket

    @property
    def key(self) -> int:
        return micros(self.suspicion.at)


async def page(read: Read, state: SuspicionState, *, at: int, last: str, limit: int) -> list[Suspected]:
    """What is held, or was called spam, newest first."""
    await read.permit(to="suspect")
    mine, theirs = map_of(Suspicion), map_of(Ticket)
    rows = await read.all(_PAGE, state=state.value, at=at, last=last, limit=limit)
    wide = len(mine.names)
    return [Suspected(mine.value(row[:wide]), theirs.value(row[wide:])) for row in rows]


async def may_look(read: Read) -> None:
    """Whether whoever asks may see what is held. Raises Forbidden."""
    await read.permit(to="suspect")


async def standing(read: Read, *, at: datetime) -> list[Block]:
    """Whom we block now, those that last longest first."""
    await read.permit(to="suspect")
    return await read.values(Block, STANDING, now=micros(at), limit=MOST_SHOWN)
