"""What the answers say, and said: for the table of the same facts at every door, and for the score over weeks."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from crm_core.model.answer import Answer, Wording
from crm_core.model.catalogue import ServiceEdition
from crm_core.model.ids import ServiceId
from crm_core.model.promise import Edition
from crm_core.store.compiled import among
from crm_core.store.library import wording_of
from crm_core.store.tables import answers, editions, service_editions
from crm_core.store.tx import Read, listed

MOST = 200
"""Approved answers that are looked at: those that changed last."""

MOST_EDITIONS = 2_000
"""Editions of them, and of their services, that are looked at: the newest ones of each."""

_LIMIT = sa.bindparam("limit", type_=sa.Integer)
_APPROVED = (
    sa.select(answers)
    .where(sa.text("state = 'approved'"))
    .order_by(answers.c.updated_at.desc(), answers.c.id.desc())
    .limit(_LIMIT)
)
_OF_SERVICE = _APPROVED.where(answers.c.service == sa.bindparam("service", type_=sa.Text))
_WORDINGS = (
    sa.select(editions)
    .where(among(editions.c.of, "ids"), sa.text("state = 'published'"))
    .order_by(editions.c.of, editions.c.number.desc(), editions.c.id)
    .limit(_LIMIT)
)
_SERVICES = (
    sa.select(service_editions)
    .where(among(service_editions.c.service, "ids"), sa.text("state = 'published'"))
    .order_by(service_editions.c.service, service_editions.c.number.desc())
    .limit(_LIMIT)
)


@dataclass(frozen=True, slots=True)
class Told:
    """The approved answers; their approved wordings, each from when on, oldest first; the states of their services."""

    answers: tuple[Answer, ...]
    wordings: dict[str, list[tuple[datetime, Wording]]]
    services: tuple[ServiceEdition, ...]


async def approved(read: Read, *, service: ServiceId | None) -> list[Answer]:
    """What is said now, of a service or of all."""
    await read.permit(to="reports")
    if service is None:
        return await read.values(Answer, _APPROVED, limit=MOST)
    return await read.values(Answer, _OF_SERVICE, service=service, limit=MOST)


async def told(read: Read) -> Told:
    """What is said now, and what was said at any time before: nothing approved is ever lost."""
    found = await approved(read, service=None)
    ids, services = listed(one.id for one in found), listed({one.service for one in found})
    editions = await read.values(Edition, _WORDINGS, ids=ids, limit=MOST_EDITIONS)
    wordings: dict[str, list[tuple[datetime, Wording]]] = {}
    for one in reversed(editions):
        if one.published_at is not None:
            wordings.setdefault(one.of, []).append((one.published_at, wording_of(one)))
    states = await read.values(ServiceEdition, _SERVICES, ids=services, limit=MOST_EDITIONS)
    return Told(tuple(found), wordings, tuple(states))
