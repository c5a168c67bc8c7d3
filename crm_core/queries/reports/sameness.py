"""What the answers say, and said: for the table of the same facts at every door, and for the score over weeks."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.answer import Answer
from crm_core.model.catalogue import ServiceEdition
from crm_core.model.ids import ServiceId
from crm_core.model.promise import Edition
from crm_core.store.compiled import among
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
    """The approved answers, with every wording that was approved and every state of their services, newest first."""

    answers: tuple[Answer, ...]
    wordings: tuple[Edition, ...] = ()
    services: tuple[ServiceEdition, ...] = ()


async def approved(read: Read, *, service: ServiceId | None) -> list[Answer]:
    """What is said now, of a service or of all."""
    await read.permit(to="reports")
    if service is None:
        return await read.values(Answer, _APPROVED, limit=MOST)
    return await read.values(Answer, _OF_SERVICE, service=service, limit=MOST)


async def told(read: Read) -> Told:
    """What is said now, and what was said at any time before: nothing approved is ever lost."""
    found = await approved(read, service=None)
    return Told(
        tuple(found),
        tuple(await read.values(Edition, _WORDINGS, ids=_ids([one.id for one in found]), limit=MOST_EDITIONS)),
        tuple(
            await read.values(
                ServiceEdition, _SERVICES, ids=_ids(sorted({one.service for one in found})), limit=MOST_EDITIONS
            )
        ),
    )


def _ids(ids: Sequence[str]) -> object:
    return listed(ids)
