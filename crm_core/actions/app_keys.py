"""Keys by which programs of others file at an inbox. Only digests come here; whoever holds a key may file, and nothing else."""

from dataclasses import replace

from crm_core.model.account import AppKey
from crm_core.model.errors import NotFound
from crm_core.model.event_house import KeyMade, KeyRevoked
from crm_core.model.ids import AppKeyId, InboxId, fresh
from crm_core.model.inbox import Inbox
from crm_core.store.tx import Tx


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
