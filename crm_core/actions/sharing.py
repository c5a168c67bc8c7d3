"""Who was named to see a ticket finds it by a line of their own."""

from crm_core.model.ticket import Ticket
from crm_core.store.tables import ticket_readers
from crm_core.store.tx import Tx


def shown(tx: Tx, ticket: Ticket, *, before: Ticket) -> None:
    """Keep who may see it now and was not named before."""
    for agent in sorted(ticket.readers - before.readers):
        tx.insert(ticket_readers, agent=agent, ticket=ticket.id)
