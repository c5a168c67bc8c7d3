"""Looks up the pictures of a message. Here, because both who fetches more of them and who only shows them needs it."""

import sqlalchemy as sa

from crm_core.model.message import Message
from crm_core.model.picture import Picture
from crm_core.store.tables import files
from crm_core.store.tx import Read

_OF_MESSAGE = sa.select(files.c.content_id, files.c.type, files.c.digest, files.c.size).where(
    files.c.ticket == sa.bindparam("ticket", type_=sa.Text),
    files.c.message == sa.bindparam("message", type_=sa.Text),
    files.c.content_id.is_not(None),
)


async def pictures_of(read: Read, message: Message) -> dict[str, Picture]:
    """By content id. No permission is checked."""
    rows = await read.all(_OF_MESSAGE, ticket=message.ticket, message=message.id)
    return {row["content_id"]: Picture(row["type"], row["digest"], row["size"]) for row in rows}
