"""Secrets sealed anew with the newest key, so that an old one can be taken out of use."""

from collections.abc import Mapping

import sqlalchemy as sa

from crm_core.model.event_house import InboxChanged
from crm_core.model.ids import InboxId
from crm_core.model.inbox import Inbox
from crm_core.store.tables import secrets
from crm_core.store.tx import Tx

_SEAL = (
    sa.update(secrets)
    .where(
        secrets.c.inbox == sa.bindparam("key_inbox", type_=sa.Text),
        secrets.c.field == sa.bindparam("key_field", type_=sa.Text),
    )
    .values(sealed=sa.bindparam("new_sealed", type_=sa.LargeBinary))
)


async def seal_again(tx: Tx, inbox_id: InboxId, sealed: Mapping[str, bytes]) -> None:
    """Put each secret's new sealing in place of the old; who could not open one leaves it out."""
    await tx.permit(to="inboxes")
    inbox = await tx.get(Inbox, inbox_id)
    for field, content in sealed.items():
        await tx.change(_SEAL, key_inbox=inbox_id, key_field=field, new_sealed=content)
    tx.emit(InboxChanged(inbox=inbox))
