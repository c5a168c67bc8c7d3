"""Looks up what is remembered about this installation. Here, because both who changes it and who only shows it needs it."""

import sqlalchemy as sa

from crm_core.store.tables import settings
from crm_core.store.tx import Read

_VALUE = sa.select(settings.c.value).where(settings.c.name == sa.bindparam("name", type_=sa.Text))


async def setting(read: Read, name: str) -> str | None:
    """None: nobody ever said. No permission is checked."""
    row = await read.one(_VALUE, name=name)
    return None if row is None else str(row[0])
