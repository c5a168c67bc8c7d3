"""Filters of a search: what a ticket must be like for its hits to stay.

One statement for every combination: a filter that is not set is a parameter that lets
everything pass.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crm_core.model.ids import AgentId, CustomerId, QueueId, ServiceId
from crm_core.model.ticket import Status
from crm_core.store.compiled import among
from crm_core.store.maps.codec import micros
from crm_core.store.tables import customers, tickets
from crm_core.store.tx import Read, listed
from crm_core.store.words import search_docs

_text, _big = sa.Text, sa.BigInteger
_NAMES = ("status", "queue", "assignee", "service", "channel")
_FAMILY = sa.select(customers.c.id).where(customers.c.merged_into == sa.bindparam("customer", type_=_text))
_EVER = (1 << 62) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """What is left out. `since` and `until` (exclusive) are times of the thing found, not of its ticket."""

    status: Status | None = None
    queue: QueueId | None = None
    assignee: AgentId | None = None
    service: ServiceId | None = None
    channel: str | None = None
    customer: CustomerId | None = None
    since: datetime | None = None
    until: datetime | None = None


ALL = Narrow()
"""Nothing is left out."""


def fits() -> Any:
    """A condition on `tickets` and `search_docs`; its parameters come from `values`."""
    one = (_same(name) for name in _NAMES)
    theirs = sa.or_(sa.bindparam("anybody", type_=_big) == 1, among(tickets.c.customer, "family"))
    since, until = sa.bindparam("since", type_=_big), sa.bindparam("until", type_=_big)
    return sa.and_(*one, theirs, search_docs.c.created_at >= since, search_docs.c.created_at < until)


async def values(read: Read, narrow: Narrow) -> dict[str, Any]:
    """The parameters of `fits`, and `narrowed`: whether a thing without a ticket may stay at all."""
    family = set()
    if narrow.customer is not None:
        rows = await read.all(_FAMILY, customer=narrow.customer)
        family = {narrow.customer, *(row[0] for row in rows)}
    return {
        **{f"only_{name}": str(getattr(narrow, name) or "") for name in _NAMES},
        "anybody": int(narrow.customer is None),
        "family": listed(family),
        "since": 0 if narrow.since is None else micros(narrow.since),
        "until": _EVER if narrow.until is None else micros(narrow.until),
        "narrowed": int(narrow != ALL),
    }


def _same(name: str) -> Any:
    wanted = sa.bindparam(f"only_{name}", type_=_text)
    return sa.or_(wanted == "", tickets.c[name] == wanted)
