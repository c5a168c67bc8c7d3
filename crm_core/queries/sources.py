"""How it stands with where contacts are fetched from, and how far each listener has come."""

import json
from datetime import datetime

import sqlalchemy as sa

from crm_core.model.ids import InboxId
from crm_core.model.inbox import Source
from crm_core.store.maps.codec import instant_of
from crm_core.store.tables import cursors, sources
from crm_core.store.tx import Read

_ALL = sa.select(sources)
_CURSOR = sa.select(cursors.c.value).where(cursors.c.name == sa.bindparam("name", type_=sa.Text))


async def all_of_them(read: Read) -> dict[InboxId, Source]:
    """By inbox. For the gateway, and for whoever it let see the inboxes."""
    return {
        InboxId(row["inbox"]): Source(_at(row["heard_at"]), _words(row["trouble"]), _at(row["since"]))
        for row in await read.all(_ALL)
    }


async def mark(read: Read, name: str) -> str | None:
    """How far a listener has come, in the words of its source."""
    row = await read.one(_CURSOR, name=name)
    return None if row is None else str(row[0])


def _words(trouble: str | None) -> dict[str, str] | None:
    """By language; what an older version wrote down is plain English."""
    if trouble is None:
        return None
    return dict(json.loads(trouble)) if trouble.startswith("{") else {"en": trouble}


def _at(micros: int | None) -> datetime | None:
    return None if micros is None else instant_of(micros)
