"""Policies, calendars and their editions, for those who set them up."""

import sqlalchemy as sa

from crm_core.model.errors import NotFound
from crm_core.model.promise import Edition
from crm_core.model.sla import Calendar, SlaPolicy
from crm_core.store import ruling
from crm_core.store.tables import editions
from crm_core.store.tx import Read

_text, _big = sa.Text, sa.BigInteger
_DRAFTS = sa.select(editions).where(sa.text("state = 'draft'"), ruling.RULINGS).order_by(editions.c.of)
_DRAFT = sa.select(editions).where(
    editions.c.of == sa.bindparam("of", type_=_text), sa.text("state = 'draft'"), ruling.RULINGS
)
_OF = (
    sa.select(editions)
    .where(
        editions.c.of == sa.bindparam("of", type_=_text),
        editions.c.number > 0,
        ruling.RULINGS,
        editions.c.number < sa.bindparam("below", type_=_big),
    )
    .order_by(editions.c.number.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


async def policies(read: Read) -> list[SlaPolicy]:
    """Every policy in force."""
    await read.permit(to="see")
    return await read.values(SlaPolicy, ruling.POLICIES)


async def calendars(read: Read) -> list[Calendar]:
    """Every calendar in force."""
    await read.permit(to="see")
    return await read.values(Calendar, ruling.CALENDARS)


async def drafts(read: Read) -> dict[str, Edition]:
    """The draft of each policy and calendar that has one; nobody but an admin sees any."""
    await read.permit(to="promises")
    return {edition.of: edition for edition in await read.values(Edition, _DRAFTS)}


async def draft(read: Read, of: str) -> Edition:
    """The draft of a policy or a calendar. Raises NotFound."""
    await read.permit(to="promises")
    found = await read.value(Edition, _DRAFT, of=of)
    if found is None:
        raise NotFound
    return found


async def history(read: Read, of: str, *, below: int, limit: int) -> list[Edition]:
    """What was in force, the newest first."""
    await read.permit(to="promises")
    return await read.values(Edition, _OF, of=of, below=below, limit=limit)
