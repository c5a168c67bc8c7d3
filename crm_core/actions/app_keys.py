"""Keys by which programs of others file at an inbox. Only digests come here; whoever holds a key may file, and nothing else."""

from dataclasses import replace

import sqlalchemy as sa

from crm_core.model.account import AppKey
from crm_core.model.errors import NotFound
from crm_core.model.event_house import KeyMade, KeyRevoked
from crm_core.model.ids import AppKeyId, InboxId, fresh
from crm_core.model.inbox import Inbox
from crm_core.store.maps.codec import micros
from crm_core.store.tables import app_keys
from crm_core.store.tx import Tx

_USE = (
    sa.update(app_keys)
    .where(app_keys.c.id == sa.bindparam("key_id", type_=sa.Text))
    .values(used_at=sa.bindparam("new_used", type_=sa.BigInteger))
)


async def make_key(tx: Tx, inbox: InboxId, *, name: str, digest: str) -> AppKey:
    """A program of others may file here. Raises NotFound."""
    await tx.permit(to="inboxes")
    await tx.get(Inbox, inbox)
    made = AppKey(fresh(AppKeyId, at=tx.now), inbox, digest, name, tx.now)
    tx.add(made)
    tx.emit(KeyMade(key=made.id, inbox=inbox))
    return made


async def revoke_key(tx: Tx, inbox: InboxId, *, key: AppKeyId) -> None:
    """It opens nothing from now on; what was filed with it stays. Twice is once. Raises NotFound."""
    await tx.permit(to="inboxes")
    known = await tx.get(AppKey, key)
    if known.inbox != inbox:
        raise NotFound
    if known.revoked_at is None:
        await tx.save(replace(known, revoked_at=tx.now))
        tx.emit(KeyRevoked(key=key, inbox=inbox))


async def touch_key(tx: Tx, key: AppKeyId) -> None:
    """It is in use (housekeeping: written at most once a minute)."""
    await tx.permit(to="session")
    await tx.change(_USE, key_id=key, new_used=micros(tx.now))
