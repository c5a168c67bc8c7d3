"""What I have now, and where colleagues ask each other in."""

import sqlalchemy as sa

from crm_core.model.agent import Agent
from crm_core.model.consult import Consult
from crm_core.model.ids import AgentId, TicketId
from crm_core.model.ticket import Ticket
from crm_core.model.work import Work
from crm_core.rules import access
from crm_core.store.compiled import among
from crm_core.store.tables import consults, tickets, work
from crm_core.store.tables.live import NOT_DONE
from crm_core.store.tx import Read, listed

_text = sa.Text
_WORKS = (
    sa.select(work)
    .where(
        work.c.agent == sa.bindparam("agent", type_=_text),
        NOT_DONE,
        work.c.state.in_([sa.literal_column("'active'"), sa.literal_column("'wrapping'")]),
    )
    .order_by(work.c.id)
    .limit(200)
)
_CONSULTS = (
    sa.select(consults)
    .where(
        sa.or_(
            consults.c.asker == sa.bindparam("agent", type_=_text),
            consults.c.asked == sa.bindparam("agent", type_=_text),
        ),
        consults.c.state.in_([sa.literal_column("'asked'"), sa.literal_column("'joined'")]),
    )
    .order_by(consults.c.made_at, consults.c.id)
    .limit(50)
)
_ROWS = sa.select(tickets).where(among(tickets.c.id, "ids"))


async def works(read: Read) -> list[tuple[Work, Ticket]]:
    """What whoever asks has now, or still wraps up."""
    agent = await read.permit(to="offer")
    found = await read.values(Work, _WORKS, agent=_id(agent))
    rows = await _rows(read, [one.ticket for one in found])
    return [(one, rows[one.ticket]) for one in found if one.ticket in rows]


async def consulted(read: Read) -> list[tuple[Consult, Ticket]]:
    """Consults of whoever asks that go on, as long as who asked has the ticket: theirs, and those they are asked into."""
    agent = await read.permit(to="offer")
    found = await read.values(Consult, _CONSULTS, agent=_id(agent))
    rows = await _rows(read, [one.ticket for one in found])
    return [(one, row) for one in found if (row := rows.get(one.ticket)) and row.assignee == one.asker]


async def _rows(read: Read, ids: list[TicketId]) -> dict[TicketId, Ticket]:
    """Their tickets, of what they may see."""
    rows = await read.values(Ticket, _ROWS, ids=listed(ids)) if ids else []
    scope = (await read.standing()).scope
    return {ticket.id: ticket for ticket in rows if access.sees(scope, audience=access.audience(ticket))}


def _id(agent: Agent | None) -> AgentId:
    return AgentId("") if agent is None else agent.id
