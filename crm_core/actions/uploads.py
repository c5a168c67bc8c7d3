"""Files that members of staff upload before they send them."""

import sqlalchemy as sa

from crm_core.actions.keeping import keep_blob, keep_file
from crm_core.model.blob import Blob
from crm_core.model.errors import NotAllowedNow
from crm_core.model.ids import FileId, fresh
from crm_core.model.message import Attachment
from crm_core.rules import checking
from crm_core.store.tables import files
from crm_core.store.tx import Tx

MOST_WAITING = 100
"""Uploads of one person that were not sent yet."""

_WAITING = (
    sa.select(files.c.id)
    .where(files.c.owner == sa.bindparam("owner", type_=sa.Text), files.c.ticket.is_(None))
    .limit(MOST_WAITING)
)


async def upload(tx: Tx, blob: Blob, *, name: str, type: str) -> Attachment:
    """Keep a file for a message to come; only its owner can see or send it until then."""
    await tx.permit(to="file")
    if len(await tx.all(_WAITING, owner=tx.actor.id)) >= MOST_WAITING:
        raise NotAllowedNow("Too many files wait to be sent. Send some of them first.")
    id = fresh(FileId, at=tx.now)
    kept = checking.came(Attachment(id, name, type, blob.size, blob.digest), blob)
    keep_blob(tx, blob)
    keep_file(tx, kept, ticket=None, message=None, owner=tx.actor.id)
    return kept
