"""What supervisors said to the floor: what I have not read yet, and what stands with how many read it."""

import sqlalchemy as sa

from crm_core.model.broadcast import Broadcast
from crm_core.store.compiled import among
from crm_core.store.maps.codec import micros
from crm_core.store.tables import broadcasts, hearings
from crm_core.store.tx import Read, listed

_STANDING = (
    sa.select(broadcasts)
    .where(broadcasts.c.ended_at.is_(None), broadcasts.c.until > sa.bindparam("now", type_=sa.BigInteger))
    .order_by(broadcasts.c.said_at, broadcasts.c.id)
    .limit(100)
)
_HEARD = (
    sa.select(hearings.c.broadcast, sa.func.count())
    .where(among(hearings.c.broadcast, "ids"))
    .group_by(hearings.c.broadcast)
)
_MINE = sa.select(hearings.c.broadcast).where(
    among(hearings.c.broadcast, "ids"), hearings.c.agent == sa.bindparam("agent", type_=sa.Text)
)


async def for_me(read: Read) -> list[Broadcast]:
    """What stands, is for whoever asks, and was not read by them; nobody hears themselves."""
    me = await read.permit(to="see")
    if me is None:
        return []
    mine = [one for one in await _standing(read) if one.author != me.id and (one.team is None or one.team in me.teams)]
    heard = {row[0] for row in await read.all(_MINE, ids=_ids(mine), agent=me.id)} if mine else set()
    return [one for one in mine if one.id not in heard]


async def standing(read: Read) -> list[tuple[Broadcast, int]]:
    """All that stands, with how many have read it; for those who run the floor."""
    await read.permit(to="board")
    found = await _standing(read)
    heard = {row[0]: int(row[1]) for row in await read.all(_HEARD, ids=_ids(found))} if found else {}
    return [(one, heard.get(one.id, 0)) for one in found]


async def _standing(read: Read) -> list[Broadcast]:
    return await read.values(Broadcast, _STANDING, now=micros(read.now))


def _ids(found: list[Broadcast]) -> str:
    return listed([one.id for one in found])
