"""People found by what is typed: names in any order and script, pinyin initials, mail, the ends of numbers.

Each question is a range of one index (`person_keys`), walked in portions until a page is
full of people whom the asker may see, or enough was looked at: never a scan.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crm_core.model.customer import Customer, Identity
from crm_core.queries.visible import seen_by, visible
from crm_core.rules import cursors, likeness
from crm_core.store.compiled import among
from crm_core.store.tables import customers, identities, person_keys, tickets
from crm_core.store.tx import Read, listed

PORTIONS = (32, 240, 960)
"""Keys that are looked at for one page, in portions; most pages are full after the first."""

_text = sa.Text
_END = "\U0010ffff"
_WALK = (
    sa.select(person_keys.c.key, person_keys.c.customer)
    .where(
        person_keys.c.key < sa.bindparam("end", type_=_text),
        sa.tuple_(person_keys.c.key, person_keys.c.customer)
        > sa.tuple_(sa.bindparam("key", type_=_text), sa.bindparam("customer", type_=_text)),
    )
    .order_by(person_keys.c.key, person_keys.c.customer)
    .limit(sa.bindparam("portion", type_=sa.Integer))
)
_IDS = among(customers.c.id, "ids")


def _survivors() -> Any:
    """Of these customers: who they are now, with the id that was asked for."""
    first = sa.select(customers.c.id.label("asked"), customers.c.id, customers.c.merged_into).where(_IDS)
    up = first.cte("up", recursive=True)
    step = sa.select(up.c.asked, customers.c.id, customers.c.merged_into).where(customers.c.id == up.c.merged_into)
    up = up.union(step)
    return sa.select(up.c.asked, up.c.id).where(up.c.merged_into.is_(None))


_SURVIVORS = _survivors()


def _family_tickets() -> Any:
    """Survivors one of whose records has a ticket that the asker may see, or who have none at all."""
    first = sa.select(customers.c.id.label("root"), customers.c.id).where(_IDS)
    down = first.cte("down", recursive=True)
    down = down.union(sa.select(down.c.root, customers.c.id).where(customers.c.merged_into == down.c.id))
    seen = sa.exists().where(tickets.c.customer == down.c.id, visible())
    anything = sa.exists().where(tickets.c.customer == down.c.id)
    return sa.select(
        down.c.root, sa.func.max(sa.case((seen, 1), else_=0)), sa.func.max(sa.case((anything, 1), else_=0))
    ).group_by(down.c.root)


_SEEN = _family_tickets()
_PEOPLE = sa.select(customers).where(_IDS)
_ADDRESSES = (
    sa.select(identities)
    .where(among(identities.c.customer, "customers"))
    .order_by(identities.c.created_at, identities.c.id)
    .limit(500)
)


@dataclass(frozen=True, slots=True)
class Found:
    """People with their addresses; `next` is where the rest goes on (None: that is all)."""

    items: list[tuple[Customer, tuple[Identity, ...]]]
    next: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk is: which beginning, and the last key of it."""

    beginning: int
    key: str
    customer: str


async def find(read: Read, typed: str, *, limit: int = 25, cursor: str | None = None) -> Found:
    """A page of people whom the actor may see. Raises BadInput for a cursor that is not ours."""
    await read.permit(to="search")
    place = _Place(*cursors.opened(cursor, int, str, str)) if cursor else _Place(0, "", "")
    beginnings = likeness.asked_for(typed)
    kept: dict[str, None] = {}
    for portion in PORTIONS:
        if place.beginning >= len(beginnings) or len(kept) >= limit:
            break
        rows = await _walk(read, beginnings, place, portion)
        seen = await _seen(read, [row["customer"] for row in rows])
        for row in rows:
            place = _Place(place.beginning, row["key"], row["customer"])
            root = seen.get(row["customer"])
            if root is not None:
                kept[root] = None
            if len(kept) >= limit:
                break
        if len(rows) < portion and len(kept) < limit:
            place = _Place(place.beginning + 1, "", "")
    more = place.beginning < len(beginnings)
    return Found(
        await _shown(read, list(kept)), cursors.made(place.beginning, place.key, place.customer) if more else None
    )


async def _walk(read: Read, beginnings: Sequence[str], place: _Place, portion: int) -> list[Any]:
    """Where it begins is said by one bound only: with two, PostgreSQL walks from the lower one (0.9 s in a million)."""
    begin = beginnings[place.beginning]
    key = max(begin, place.key)
    return await read.all(_WALK, end=begin + _END, key=key, customer=place.customer, portion=portion)


async def _seen(read: Read, ids: list[str]) -> dict[str, str]:
    """Of these customers those whom the asker may see, each with who they are now."""
    if not ids:
        return {}
    now = {row[0]: row[1] for row in await read.all(_SURVIVORS, ids=listed(set(ids)))}
    rows = await read.all(_SEEN, ids=listed(set(now.values())), **await seen_by(read))
    may = {row[0] for row in rows if row[1] or not row[2]}
    return {asked: root for asked, root in now.items() if root in may}


async def _shown(read: Read, ids: list[str]) -> list[tuple[Customer, tuple[Identity, ...]]]:
    if not ids:
        return []
    people = {one.id: one for one in await read.values(Customer, _PEOPLE, ids=listed(ids))}
    theirs: dict[str, list[Identity]] = {}
    for identity in await read.values(Identity, _ADDRESSES, customers=listed(ids)):
        theirs.setdefault(identity.customer, []).append(identity)
    return [(people[id], tuple(theirs.get(id, ()))) for id in ids if id in people]  # type: ignore[index]
