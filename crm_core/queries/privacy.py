"""What we owe people, as screens and the archivist ask it: what is held, what goes on, what waits for the disk."""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.ids import CustomerId, ErasureId
from crm_core.model.privacy import Backup, Erasure, Export, LegalHold
from crm_core.store.compiled import among
from crm_core.store.maps.codec import instant_of, micros
from crm_core.store.tables import backups, blobs, erasures, exports, files, holds, identities, messages, shreds, tickets
from crm_core.store.tx import Read

_text, _big = sa.Text, sa.BigInteger
_HOLDS = sa.select(holds).where(among(holds.c.customer, "customers")).order_by(holds.c.id.desc()).limit(50)
_ERASURES_OF = (
    sa.select(erasures).where(erasures.c.customer == sa.bindparam("customer", type_=_text)).order_by(erasures.c.id)
)
_EXPORTS_OF = sa.select(exports).where(among(exports.c.customer, "customers")).order_by(exports.c.id.desc()).limit(5)
_TICKETS_OF = sa.select(tickets.c.id).where(among(tickets.c.customer, "customers"))
_COUNTS = sa.select(
    sa.select(sa.func.count())
    .select_from(identities)
    .where(among(identities.c.customer, "customers"))
    .scalar_subquery(),
    sa.select(sa.func.count()).select_from(tickets).where(among(tickets.c.customer, "customers")).scalar_subquery(),
    sa.select(sa.func.count()).select_from(messages).where(messages.c.ticket.in_(_TICKETS_OF)).scalar_subquery(),
    sa.select(sa.func.count()).select_from(files).where(files.c.ticket.in_(_TICKETS_OF)).scalar_subquery(),
)
_RUNNING = sa.select(erasures.c.id).where(erasures.c.ended_at.is_(None)).order_by(erasures.c.id).limit(1)
_NEWEST = sa.select(erasures).order_by(erasures.c.id.desc()).limit(50)
_UNFINISHED = (
    sa.select(erasures)
    .where(erasures.c.finished_at.is_(None), erasures.c.id > sa.bindparam("after", type_=_text))
    .order_by(erasures.c.id)
    .limit(200)
)
_SHREDS = (
    sa.select(shreds.c.digest, blobs.c.digest.is_not(None).label("used"))
    .select_from(shreds.outerjoin(blobs, blobs.c.digest == shreds.c.digest))
    .order_by(shreds.c.digest)
    .limit(100)
)
_BACKUPS = (
    sa.select(backups.c.file, backups.c.made_at)
    .where(backups.c.made_at >= sa.bindparam("since", type_=_big))
    .order_by(backups.c.made_at)
)


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept of a person, by kind, and what stands in the way of forgetting it."""

    addresses: int
    tickets: int
    messages: int
    files: int
    holds: tuple[LegalHold, ...]
    erasures: tuple[Erasure, ...]
    exports: tuple[Export, ...]


async def held(read: Read, id: CustomerId) -> Held:
    """For the dialog that asks before somebody is forgotten, and for whoever wonders why they cannot be."""
    person = await read.person(id, to="history")
    counts = await read.one(_COUNTS, customers=person.ids)
    assert counts is not None
    standing = await read.values(LegalHold, _HOLDS, customers=person.ids)
    done = await read.values(Erasure, _ERASURES_OF, customer=person.customer.id)
    archives = await read.values(Export, _EXPORTS_OF, customers=person.ids)
    return Held(counts[0], counts[1], counts[2], counts[3], tuple(standing), tuple(done), tuple(archives))


async def newest_erasures(read: Read) -> list[Erasure]:
    """The newest, done or not."""
    await read.permit(to="erase")
    return await read.values(Erasure, _NEWEST)


async def running(read: Read) -> ErasureId | None:
    """The oldest erasure that has not ended."""
    await read.permit(to="forget")
    row = await read.one(_RUNNING)
    return None if row is None else ErasureId(row[0])


async def unfinished(read: Read, *, after: str = "") -> list[Erasure]:
    """Erasures whose bytes may still lie in the database's files, in portions."""
    await read.permit(to="forget")
    return await read.values(Erasure, _UNFINISHED, after=after)


async def to_shred(read: Read) -> list[tuple[str, bool]]:
    """The next contents to be shredded, and whether somebody brought the same content again meanwhile."""
    await read.permit(to="forget")
    return [(row["digest"], bool(row["used"])) for row in await read.all(_SHREDS)]


async def backups_since(read: Read, erasure: Erasure) -> list[Backup]:
    """The archives that still hold this person: made since they first came, and before they were forgotten."""
    await read.permit(to="forget")
    rows = await read.all(_BACKUPS, since=micros(erasure.known_since))
    made = [Backup(row["file"], instant_of(row["made_at"])) for row in rows]
    return [one for one in made if one.made_at <= (erasure.ended_at or erasure.at)]
