"""Everything about a person, read by the same inventory by which it would be erased."""

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from crm_core.model.ids import CustomerId, ExportId
from crm_core.model.privacy import Export
from crm_core.model.view import Json, instant
from crm_core.store import personal
from crm_core.store.compiled import among
from crm_core.store.maps.codec import instant_of, micros
from crm_core.store.tables import exports, identities, tickets
from crm_core.store.tx import Read, listed

AT_ONCE = 200
_SECRET = frozenset({"digest", "salt", "external_id", "wire_id", "key", "wire", "inbox", "conversation", "assignee"})
_MACHINERY = frozenset(
    {"clock", "rank", "version", "at_version", "readers", "live", "attempts", "confidence", "matched", "confidential"}
)
"""Keys, digests and counters of ours: they tell a person nothing."""

_TIMES = frozenset({"at", "awaiting_since"})
_TICKETS = sa.select(tickets.c.id).where(among(tickets.c.customer, "customers")).order_by(tickets.c.id)
_OWN = sa.select(identities.c.address).where(among(identities.c.customer, "customers"))
_ASKED = sa.select(exports.c.id).where(exports.c.state == "asked").order_by(exports.c.id).limit(1)
_OVER = sa.select(exports.c.id).where(
    exports.c.state == "ready", exports.c.expires_at <= sa.bindparam("now", type_=sa.BigInteger)
)
_READY = sa.select(exports.c.id).where(exports.c.state == "ready")


async def asked_export(read: Read) -> Export | None:
    """The oldest that waits to be written."""
    await read.permit(to="forget")
    row = await read.one(_ASKED)
    return None if row is None else await read.find(Export, row[0])


async def exports_over(read: Read) -> list[ExportId]:
    """Those that nobody fetched in time."""
    await read.permit(to="forget")
    return [ExportId(row[0]) for row in await read.all(_OVER, now=micros(read.now))]


async def exports_ready(read: Read) -> set[str]:
    """Whose archives may lie on the disk."""
    await read.permit(to="forget")
    return {row[0] for row in await read.all(_READY)}


async def whom(read: Read, id: CustomerId) -> dict[str, list[str]]:
    """What leads to everything about them: ids of their records and tickets, and their addresses."""
    await read.permit(to="forget")
    person = await read.records(id)
    ids = person.ids if person else "[]"
    return {
        "customers": json.loads(ids),
        "tickets": [row[0] for row in await read.all(_TICKETS, customers=ids)],
        "addresses": [row[0] for row in await read.all(_OWN, customers=ids)],
    }


def parts() -> list[tuple[str, str, str]]:
    """Tables with words for them: table, by what it is found, and the name of its part."""
    told = []
    for name, held in personal.inventory().items():
        by = next((one for one in ("customers", "tickets") if one in held.found_by), None)
        if held.file is not None and by is not None:
            told.append((name, by, held.file))
    return told


async def some(read: Read, table: str, *, by: str, ids: Iterable[str], after: str) -> list[Json]:
    """The next rows of a part, as somebody who is no machine reads them."""
    await read.permit(to="forget")
    rows = await read.all(personal.told(table, by), after=after, limit=AT_ONCE, **{by: listed(ids)})
    return [_plain(row) for row in rows]


def _plain(row: Any) -> Json:
    return {name: _value(name, value) for name, value in dict(row).items() if name not in _SECRET | _MACHINERY}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, int) and (name in _TIMES or name.endswith("_at")):
        return instant(instant_of(value))
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
