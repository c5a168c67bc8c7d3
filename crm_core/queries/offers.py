"""What is held out to me."""

import sqlalchemy as sa

from crm_core.model.ids import AgentId
from crm_core.model.ticket import Ticket
from crm_core.model.work import Offer
from crm_core.store.compiled import among
from crm_core.store.tables import offers, tickets
from crm_core.store.tx import Read, listed

_MINE = (
    sa.select(offers)
    .where(offers.c.agent == sa.bindparam("agent", type_=sa.Text), offers.c.state == sa.literal_column("'held_out'"))
    .order_by(offers.c.made_at, offers.c.id)
    .limit(50)
)
_THEIRS = sa.select(tickets).where(among(tickets.c.id, "ids"))


async def mine(read: Read) -> list[tuple[Offer, Ticket]]:
    """Offers held out to whoever asks, each with its ticket."""
    agent = await read.permit(to="offer")
    found = await read.values(Offer, _MINE, agent=AgentId("") if agent is None else agent.id)
    rows = await read.values(Ticket, _THEIRS, ids=listed(offer.ticket for offer in found)) if found else []
    by_id = {ticket.id: ticket for ticket in rows}
    return [(offer, by_id[offer.ticket]) for offer in found if offer.ticket in by_id]
