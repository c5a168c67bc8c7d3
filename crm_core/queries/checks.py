"""What waits for the virus scanner, and how it does."""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.check import Health, Verdict
from crm_core.store.checked import HEALTH, health_in, verdicts_of
from crm_core.store.maps.codec import micros
from crm_core.store.settings import setting
from crm_core.store.tables import unchecked, verdicts
from crm_core.store.tx import Read

COUNTED = 1000

_DUE = (
    sa.select(unchecked.c.digest, unchecked.c.tries, verdicts.c.digest.label("known"))
    .select_from(unchecked.outerjoin(verdicts, verdicts.c.digest == unchecked.c.digest))
    .where(unchecked.c.due_at <= sa.bindparam("now", type_=sa.BigInteger))
    .order_by(unchecked.c.due_at, unchecked.c.file)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_WAITING = sa.select(sa.func.count()).select_from(sa.select(unchecked.c.file).limit(COUNTED).subquery())


@dataclass(frozen=True, slots=True)
class Due:
    """A content that the scanner is to see now, unless it is known already."""

    digest: str
    tries: int
    known: bool


async def due(read: Read, *, limit: int) -> list[Due]:
    """The longest waiting first, each content once."""
    rows = await read.all(_DUE, now=micros(read.now), limit=limit)
    found = {row["digest"]: Due(row["digest"], row["tries"], row["known"] is not None) for row in rows}
    return list(found.values())


async def verdict(read: Read, digest: str) -> Verdict | None:
    """What is known of a content, for whoever examines it."""
    await read.permit(to="examine")
    return (await verdicts_of(read, [digest])).get(digest)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the scanner does, as far as was noted, and how many files wait for it, of the first 1,000."""

    health: Health
    waiting: int


async def standing(read: Read) -> Standing:
    """For admins. Raises Forbidden."""
    await read.permit(to="inboxes")
    return await figures(read)


async def figures(read: Read) -> Standing:
    """The same for whoever watches over the house."""
    row = await read.one(_WAITING)
    return Standing(await health(read), int(row[0]) if row else 0)


async def health(read: Read) -> Health:
    """How the scanner does, as far as was noted."""
    noted = await setting(read, HEALTH)
    return Health() if noted is None else health_in(noted)
