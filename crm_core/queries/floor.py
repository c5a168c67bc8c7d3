"""What routing has to know: the work that is not done, the offers held out, the staff.

Work of confidential tickets is left out: named people only, so people hand it on. So is that of callers whose exchange
cannot be reached, as long as it cannot.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.agent import Agent
from crm_core.model.ids import AgentId, WorkId
from crm_core.model.work import Offer, Work
from crm_core.store.compiled import among
from crm_core.store.tables import agents, offers, tickets, work
from crm_core.store.tables.live import IN_REACH, NOT_DONE
from crm_core.store.tx import Read, listed

_OPEN_TO_ALL = ~sa.exists().where(tickets.c.id == work.c.ticket, tickets.c.confidential == sa.literal_column("1"))
_ALL = sa.select(work).where(NOT_DONE, IN_REACH, _OPEN_TO_ALL).order_by(work.c.id)
_SOME = sa.select(work).where(among(work.c.id, "ids"), IN_REACH, _OPEN_TO_ALL).order_by(work.c.id)
_CARRIED = sa.select(work).where(work.c.agent == sa.bindparam("agent", type_=sa.Text), NOT_DONE, _OPEN_TO_ALL)
_HELD_OUT = sa.select(offers).where(offers.c.state == sa.literal_column("'held_out'")).order_by(offers.c.work)
_STAFF = sa.select(agents).order_by(agents.c.id)


@dataclass(frozen=True, slots=True)
class Known:
    """All that a floor starts from."""

    staff: tuple[Agent, ...]
    works: tuple[Work, ...]
    offers: tuple[Offer, ...]


async def known(read: Read) -> Known:
    """Everything, as it is now."""
    await read.permit(to="route")
    return Known(
        tuple(await read.values(Agent, _STAFF)),
        tuple(await read.values(Work, _ALL)),
        tuple(await read.values(Offer, _HELD_OUT)),
    )


async def works(read: Read, ids: Iterable[WorkId]) -> list[Work]:
    """These pieces of work as they are now, the done ones too; one that is not routed is missing."""
    await read.permit(to="route")
    return await read.values(Work, _SOME, ids=listed(ids))


async def agent(read: Read, id: AgentId) -> tuple[Agent | None, list[Work]]:
    """A member of staff as they are now, and what they carry."""
    await read.permit(to="route")
    return await read.find(Agent, id), await read.values(Work, _CARRIED, agent=id)
