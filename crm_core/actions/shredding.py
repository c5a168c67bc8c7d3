"""Beside the erasures: contents that were shredded, and archives that were made. Housekeeping."""

import sqlalchemy as sa

from crm_core.model.ids import fresh
from crm_core.store.maps.codec import micros
from crm_core.store.tables import backups, shreds
from crm_core.store.tx import Tx

_SHREDDED = sa.delete(shreds).where(shreds.c.digest == sa.bindparam("key_digest", type_=sa.Text))


async def shredded(tx: Tx, digest: str) -> None:
    """The file is gone, or somebody uses its content again."""
    await tx.permit(to="forget")
    await tx.change(_SHREDDED, key_digest=digest)


async def note_backup(tx: Tx, file: str) -> None:
    """An archive was made: who is forgotten later still is in it."""
    await tx.permit(to="forget")
    tx.insert(backups, id=fresh(str, at=tx.now), file=file, made_at=micros(tx.now))
