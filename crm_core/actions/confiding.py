"""A matter for named people only, whatever the roles and queues of others; and for all who serve its queue again."""

from collections.abc import Iterable

import sqlalchemy as sa

from crm_core.actions import sharing, working
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.event_privacy import TicketConfided, TicketDisclosed
from crm_core.model.ids import AgentId, TicketId
from crm_core.model.ticket import Ticket
from crm_core.rules import lifecycle
from crm_core.store.compiled import among
from crm_core.store.tables import ticket_readers
from crm_core.store.tx import Tx, listed

MOST = 50
"""People that may be named on one ticket at a time."""

_UNNAME = sa.delete(ticket_readers).where(
    ticket_readers.c.ticket == sa.bindparam("key_ticket", type_=sa.Text), among(ticket_readers.c.agent, "agents")
)


async def confide(
    tx: Tx, ticket_id: TicketId, *, readers: Iterable[AgentId], seen_version: int | None = None
) -> Ticket:
    """From now on these see it, whoever has it, and who says so: somebody must be able to open it again. Nobody else does.

    Routing leaves it alone; an offer that is held out is taken back. Raises NotAllowedNow while somebody waits
    for an answer now, for nobody would be asked to come to them.
    """
    before = await tx.ticket(ticket_id, to="confide")
    if before.live and before.assignee is None:
        raise NotAllowedNow("Somebody waits there for an answer now. Let it be taken first.")
    named = frozenset(readers) | {AgentId(tx.actor.id)}
    if len(named) > MOST:
        raise BadInput(Problem("readers", f"Name at most {MOST} people."))
    await sharing.must_work_here(tx, named, otherwise=Problem("readers", "Somebody you name does not work here."))
    ticket = await tx.save(lifecycle.confide(before, readers=named, at=tx.now, seen_version=seen_version))
    sharing.shown(tx, ticket, before=before)
    if unnamed := before.readers - named:
        await tx.change(_UNNAME, key_ticket=ticket.id, agents=listed(unnamed))
    tx.emit(TicketConfided(ticket=ticket, before=before))
    await working.seen_by_others(tx, ticket)
    return ticket


async def disclose(tx: Tx, ticket_id: TicketId, *, seen_version: int | None = None) -> Ticket:
    """All who serve its queue see it again, and routing does; who was named stays so."""
    before = await tx.ticket(ticket_id, to="confide")
    ticket = await tx.save(lifecycle.disclose(before, at=tx.now, seen_version=seen_version))
    tx.emit(TicketDisclosed(ticket=ticket, before=before))
    await working.seen_by_others(tx, ticket)
    return ticket
