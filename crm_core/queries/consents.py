"""The ledger of consents of one person: what was asked for at any of their addresses, by which inbox, and how we know."""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.consent import Consent
from crm_core.model.ids import CustomerId
from crm_core.rules import cursors
from crm_core.store.compiled import among
from crm_core.store.maps.codec import micros
from crm_core.store.tables import consents, identities
from crm_core.store.tx import Read, listed

_ADDRESSES = sa.select(identities.c.address).where(among(identities.c.customer, "customers")).distinct().limit(200)
_LINES = (
    sa.select(consents)
    .where(
        among(consents.c.address, "addresses"),
        sa.tuple_(consents.c.at, consents.c.id)
        < sa.tuple_(sa.bindparam("at", type_=sa.BigInteger), sa.bindparam("id", type_=sa.Text)),
    )
    .order_by(consents.c.at.desc(), consents.c.id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Lines, the newest first; the newest for an address and an inbox holds."""

    items: tuple[Consent, ...]
    next: str | None


async def ledger(read: Read, id: CustomerId, *, limit: int, cursor: str | None) -> Ledger:
    """Of a person of whom the actor may see a ticket. Raises NotFound."""
    at, last = cursors.opened(cursor, int, str) if cursor else (1 << 62, "~")
    person = await read.person(id, to="see")
    addresses = listed(row[0] for row in await read.all(_ADDRESSES, customers=person.ids))
    found = await read.values(Consent, _LINES, addresses=addresses, at=at, id=last, limit=limit + 1)
    more = found[limit - 1] if len(found) > limit else None
    return Ledger(tuple(found[:limit]), None if more is None else cursors.made(micros(more.at), more.id))
