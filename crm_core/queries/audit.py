"""The audit log: who did what, newest first. Facts only; what is personal stays with the tickets."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from crm_core.model.event import Stamped
from crm_core.queries import events as stream
from crm_core.store.tables import events
from crm_core.store.tx import Read

_text, _big = sa.Text, sa.BigInteger


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which events: of a ticket, by an actor, of a type; none means any."""

    ticket: str | None = None
    actor: str | None = None
    type: str | None = None


async def page(read: Read, sought: Sought, *, before: int, limit: int) -> list[Stamped]:
    """At most `limit` events before a position, newest first."""
    await read.permit(to="audit")
    named = tuple(name for name in ("ticket", "actor", "type") if getattr(sought, name) is not None)
    values = {name: getattr(sought, name) for name in named}
    return [stream.stamped(row) for row in await read.all(_page(named), until=before, limit=limit, **values)]


@cache
def _page(named: tuple[str, ...]) -> Any:
    columns = (events.c.position, events.c.id, events.c.type, events.c.at, events.c.actor_kind, events.c.actor)
    more = (events.c.ticket, events.c.at_version, events.c.audience, events.c.before, events.c.facts)
    return (
        sa.select(*columns, *more, sa.null().label("personal"))
        .where(
            events.c.position < sa.bindparam("until", type_=_big),
            *(events.c[name] == sa.bindparam(name, type_=_text) for name in named),
        )
        .order_by(events.c.position.desc())
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )
