"""Inboxes are made and changed; their secrets come in sealed and never go out."""

from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa

from crm_core.model.errors import BadInput, Problem
from crm_core.model.event_house import InboxAdded, InboxChanged
from crm_core.model.ids import InboxId, QueueId, fresh
from crm_core.model.inbox import Inbox
from crm_core.model.queue import Queue
from crm_core.store.tables import inboxes, secrets
from crm_core.store.tx import Tx

_text = sa.Text
_SAME = sa.select(inboxes.c.id).where(
    inboxes.c.channel == sa.bindparam("channel", type_=_text), inboxes.c.address == sa.bindparam("address", type_=_text)
)
_FORGET = sa.delete(secrets).where(
    secrets.c.inbox == sa.bindparam("key_inbox", type_=_text), secrets.c.field == sa.bindparam("key_field", type_=_text)
)


async def add_inbox(
    tx: Tx,
    *,
    channel: str,
    name: str,
    queue: QueueId,
    address: str | None,
    settings: Mapping[str, object],
    id: InboxId | None = None,
    bound: bool = False,
) -> Inbox:
    """A new door. `bound`: what comes in waits in its queue, whatever service it is. Its secrets follow with `keep_secrets`, sealed for its id. Never calls the provider."""
    await tx.permit(to="inboxes")
    if await tx.find(Queue, queue) is None:
        raise BadInput(Problem("queue", "There is no such queue."))
    if address is not None:
        await _must_be_free(tx, address, channel=channel)
    inbox = Inbox(
        id or fresh(InboxId, at=tx.now),
        channel,
        name,
        queue,
        address,
        dict(settings),
        active=True,
        created_at=tx.now,
        bound=bound,
    )
    tx.add(inbox)
    tx.emit(InboxAdded(inbox=inbox))
    return inbox


async def change_inbox(
    tx: Tx,
    inbox_id: InboxId,
    *,
    name: str | None = None,
    queue: QueueId | None = None,
    address: str | None = None,
    settings: Mapping[str, object] | None = None,
    active: bool | None = None,
    bound: bool | None = None,
) -> Inbox:
    """Change what is given; the rest stays."""
    await tx.permit(to="inboxes")
    inbox = await tx.get(Inbox, inbox_id)
    if queue is not None and await tx.find(Queue, queue) is None:
        raise BadInput(Problem("queue", "There is no such queue."))
    if address is not None and address != inbox.address:
        await _must_be_free(tx, address, channel=inbox.channel)
    changed = replace(
        inbox,
        name=inbox.name if name is None else name,
        queue=inbox.queue if queue is None else queue,
        address=inbox.address if address is None else address,
        settings=inbox.settings if settings is None else dict(settings),
        active=inbox.active if active is None else active,
        bound=inbox.bound if bound is None else bound,
        version=inbox.version + 1,
    )
    await tx.save(changed)
    tx.emit(InboxChanged(inbox=changed))
    return changed


async def keep_secrets(tx: Tx, inbox_id: InboxId, sealed: Mapping[str, bytes | None]) -> None:
    """Keep sealed settings, each in place of an older one; None: there is none from now on. The caller sealed them: keys never come here."""
    await tx.permit(to="inboxes")
    inbox = await tx.get(Inbox, inbox_id)
    for field, content in sealed.items():
        await tx.change(_FORGET, key_inbox=inbox_id, key_field=field)
        if content is not None:
            tx.insert(secrets, inbox=inbox_id, field=field, sealed=content)
    tx.emit(InboxChanged(inbox=inbox))


async def _must_be_free(tx: Tx, address: str, *, channel: str) -> None:
    if await tx.one(_SAME, channel=channel, address=address) is not None:
        raise BadInput(Problem("address", "An inbox has this address already.", "taken"))
