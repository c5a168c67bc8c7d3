"""Looks up what somebody wants to be told of. Here, because both who changes it and who only shows it needs it."""

import json
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from crm_core.model.ids import AgentId
from crm_core.model.wishes import Hours, News, Wishes
from crm_core.store.tables import wishes
from crm_core.store.tx import Read

_OF = sa.select(wishes).where(wishes.c.agent == sa.bindparam("agent", type_=sa.Text))


async def wishes_of(read: Read, agent: AgentId) -> Wishes | None:
    """None: they never said. No permission is checked."""
    row = await read.one(_OF, agent=agent)
    return None if row is None else wishes_in(row)


def wishes_in(row: Any) -> Wishes:
    """As a row holds them."""
    return Wishes(
        browser=frozenset(News(one) for one in json.loads(row["browser"])),
        mail=frozenset(News(one) for one in json.loads(row["mail"])),
        words=bool(row["words"]),
        every=timedelta(minutes=row["every"]),
        hours=Hours(row["hours"]),
        proven=row["proven"],
    )
