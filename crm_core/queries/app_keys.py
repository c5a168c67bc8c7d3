"""Keys of programs of others: those an inbox ever had, for admins, and those that open now, for its channel."""

import sqlalchemy as sa

from crm_core.model.account import AppKey
from crm_core.model.ids import AppKeyId, InboxId
from crm_core.model.inbox import Inbox
from crm_core.store.tables import app_keys
from crm_core.store.tx import Read

MOST = 500

_OF_INBOX = (
    sa.select(app_keys)
    .where(app_keys.c.inbox == sa.bindparam("inbox", type_=sa.Text))
    .order_by(app_keys.c.created_at.desc(), app_keys.c.id.desc())
    .limit(MOST)
)
_OPEN = sa.select(app_keys).where(app_keys.c.revoked_at.is_(None))


async def made(read: Read, inbox: InboxId) -> list[AppKey]:
    """All keys of an inbox, the newest first. Raises NotFound."""
    await read.permit(to="inboxes")
    await read.get(Inbox, inbox)
    return await read.values(AppKey, _OF_INBOX, inbox=inbox)


async def open_now(read: Read) -> dict[InboxId, dict[str, AppKeyId]]:
    """What opens each inbox now: a key's digest, and which key it is of."""
    found: dict[InboxId, dict[str, AppKeyId]] = {}
    for key in await read.values(AppKey, _OPEN):
        found.setdefault(key.inbox, {})[key.digest] = key.id
    return found
