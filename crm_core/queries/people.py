"""People found by what is typed: names in any order and script, pinyin initials, mail, the ends of numbers.

Each question is a range of one index (`person_keys`), walked by one statement until a page
is full of people whom the asker may see, or enough was looked at: never a scan.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import sqlalchemy as sa

from crm_core.model.customer import Customer, Identity
from crm_core.queries.visible import seen_by, visible
from crm_core.rules import cursors, likeness
from crm_core.store.compiled import among
from crm_core.store.tables import customers, identities, person_keys, tickets
from crm_core.store.tx import Read, listed

ENOUGH = 1_200
"""Keys that are looked at for one page at most. Then the page is shorter, and its cursor goes on from there."""

BESIDE = 7
"""Rows read beyond a page: the same person often stands under two keys of one beginning."""

ROUNDS = 4
"""How often a page is gone on with, where the same people stand under many keys."""

_text = sa.Text
_END = "\U0010ffff"
_PLACE = sa.tuple_(person_keys.c.key, person_keys.c.customer)
_end = sa.bindparam("end", type_=_text)
_AFTER = sa.tuple_(sa.bindparam("key", type_=_text), sa.bindparam("customer", type_=_text)) < _PLACE
_FURTHER = (
    sa.select(person_keys.c.key, person_keys.c.customer)
    .where(person_keys.c.key < _end, _AFTER)
    .order_by(person_keys.c.key, person_keys.c.customer)
    .limit(1)
    .offset(sa.bindparam("skipped", type_=sa.Integer))
    .cte("further")
)
"""The last key that is looked at, if there are so many."""


class _Is(IntEnum):
    """What a row of the walk says: somebody to show, somebody whose family is to be looked at, or where enough was seen."""

    SHOWN, JOINED, ENOUGH = 0, 1, 2


def _walk() -> Any:
    """Keys of people whom the asker may see: by one of their tickets, or because there is none yet.

    Whoever was merged, or had others merged into them, comes unasked as JOINED. The questions are
    scalar on purpose: an `EXISTS` PostgreSQL would answer for all customers there are. Where enough
    was looked at comes with the same round trip.
    """
    other = customers.alias("other")
    into = sa.select(other.c.id).where(other.c.merged_into == customers.c.id).limit(1)
    joined = sa.or_(customers.c.merged_into.is_not(None), into.scalar_subquery().is_not(None))
    theirs = sa.select(tickets.c.id).where(tickets.c.customer == customers.c.id).limit(1)
    seen = sa.or_(theirs.where(visible()).scalar_subquery().is_not(None), theirs.scalar_subquery().is_(None))
    last = (
        sa.func.coalesce(sa.select(_FURTHER.c.key).scalar_subquery(), _end),
        sa.func.coalesce(sa.select(_FURTHER.c.customer).scalar_subquery(), sa.literal_column("''")),
    )
    found = (
        sa.select(
            person_keys.c.key,
            person_keys.c.customer,
            sa.case((joined, _is(_Is.JOINED)), else_=_is(_Is.SHOWN)).label("is"),
        )
        .select_from(person_keys.join(customers, customers.c.id == person_keys.c.customer))
        .where(_AFTER, sa.tuple_(*last) >= _PLACE, sa.or_(joined, seen))
        .order_by(person_keys.c.key, person_keys.c.customer)
        .limit(sa.bindparam("wanted", type_=sa.Integer))
        .subquery("found")
    )
    return sa.union_all(sa.select(found), sa.select(_FURTHER, _is(_Is.ENOUGH)))


def _is(what: _Is) -> Any:
    return sa.literal_column(str(int(what)))


_WALK = _walk()
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
    for _ in range(ROUNDS):
        if place.beginning >= len(beginnings) or len(kept) >= limit:
            break
        place, enough = await _keep(read, beginnings[place.beginning], place, kept, limit=limit)
        if enough:
            break
    more = place.beginning < len(beginnings)
    return Found(
        await _shown(read, list(kept)), cursors.made(place.beginning, place.key, place.customer) if more else None
    )


async def _keep(read: Read, begin: str, place: _Place, kept: dict[str, None], *, limit: int) -> tuple[_Place, bool]:
    """Walk on from this place until `limit` people are kept; the place where to go on, and whether enough was looked at."""
    wanted = limit + BESIDE
    rows, further = await _walked(read, begin, place, wanted=wanted)
    now = await _now(read, rows)
    for row in rows:
        place = _Place(place.beginning, row["key"], row["customer"])
        if row["customer"] in now:
            kept[now[row["customer"]]] = None
        if len(kept) >= limit:
            return place, False
    if len(rows) == wanted:
        return place, False
    return (_Place(place.beginning + 1, "", ""), False) if further is None else (further, True)


async def _walked(read: Read, begin: str, place: _Place, *, wanted: int) -> tuple[list[Any], _Place | None]:
    """Rows in their order, and the last key that was looked at (None: there are no more).

    Where it begins is said by one bound only: with two, PostgreSQL walks from the lower one (0.9 s in a million).
    """
    key = max(begin, place.key)
    asked = {"end": begin + _END, "key": key, "customer": place.customer, "wanted": wanted, "skipped": ENOUGH - 1}
    found = await read.all(_WALK, **asked, **await seen_by(read))
    rows = sorted((row for row in found if row["is"] != _Is.ENOUGH), key=lambda row: (row["key"], row["customer"]))
    further = [_Place(place.beginning, row["key"], row["customer"]) for row in found if row["is"] == _Is.ENOUGH]
    return rows, further[0] if further else None


async def _now(read: Read, rows: list[Any]) -> dict[str, str]:
    """Who these are now, if the asker may see them: those who were joined by their whole family."""
    shown = {row["customer"]: row["customer"] for row in rows if row["is"] == _Is.SHOWN}
    joined = {row["customer"] for row in rows if row["is"] == _Is.JOINED}
    if not joined:
        return shown
    now = {row[0]: row[1] for row in await read.all(_SURVIVORS, ids=listed(joined))}
    families = await read.all(_SEEN, ids=listed(set(now.values())), **await seen_by(read))
    may = {row[0] for row in families if row[1] or not row[2]}
    return shown | {asked: root for asked, root in now.items() if root in may}


async def _shown(read: Read, ids: list[str]) -> list[tuple[Customer, tuple[Identity, ...]]]:
    if not ids:
        return []
    people = {one.id: one for one in await read.values(Customer, _PEOPLE, ids=listed(ids))}
    theirs: dict[str, list[Identity]] = {}
    for identity in await read.values(Identity, _ADDRESSES, customers=listed(ids)):
        theirs.setdefault(identity.customer, []).append(identity)
    return [(people[id], tuple(theirs.get(id, ()))) for id in ids if id in people]  # type: ignore[index]
