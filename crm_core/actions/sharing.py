"""Who was named to see a ticket finds it by a line of their own."""

import sqlalchemy as sa

from crm_core.model.agent import Agent
from crm_core.model.errors import BadInput, Problem
from crm_core.model.ids import AgentId
from crm_core.model.ticket import Ticket
from crm_core.store.compiled import among
from crm_core.store.tables import agents, ticket_readers
from crm_core.store.tx import Tx, listed

_NAMED = sa.select(agents).where(among(agents.c.id, "ids"))


def shown(tx: Tx, ticket: Ticket, *, before: Ticket) -> None:
    """Keep who may see it now and was not named before."""
    for agent in sorted(ticket.readers - before.readers):
        tx.insert(ticket_readers, agent=agent, ticket=ticket.id)


async def must_work_here(tx: Tx, named: frozenset[AgentId], *, otherwise: Problem) -> None:
    """Raises BadInput where somebody who is named does not, or not any more."""
    here = {agent.id for agent in await tx.values(Agent, _NAMED, ids=listed(named)) if agent.active}
    if named - here:
        raise BadInput(otherwise)
