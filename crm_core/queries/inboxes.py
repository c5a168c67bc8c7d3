"""Inboxes for those who set them up: settings, and the names of the secrets that are kept."""

import sqlalchemy as sa

from crm_core.model.ids import InboxId
from crm_core.model.inbox import Inbox
from crm_core.store.tables import inboxes, secrets
from crm_core.store.tx import Read

_ALL = sa.select(inboxes).order_by(inboxes.c.created_at, inboxes.c.id)
_SECRETS = sa.select(secrets.c.inbox, secrets.c.field).order_by(secrets.c.field)


async def all_with_secrets(read: Read) -> list[tuple[Inbox, list[str]]]:
    """Every inbox with the names of its secrets."""
    await read.permit(to="inboxes")
    names: dict[str, list[str]] = {}
    for row in await read.all(_SECRETS):
        names.setdefault(row[0], []).append(row[1])
    return [(inbox, names.get(inbox.id, [])) for inbox in await read.values(Inbox, _ALL)]


async def one_with_secrets(read: Read, id: InboxId) -> tuple[Inbox, list[str]]:
    """One inbox with the names of its secrets. Raises NotFound."""
    await read.permit(to="inboxes")
    inbox = await read.get(Inbox, id)
    return inbox, [row[1] for row in await read.all(_SECRETS) if row[0] == id]


async def may_manage(read: Read) -> None:
    """Whether whoever asks may set up inboxes. Raises Forbidden."""
    await read.permit(to="inboxes")
