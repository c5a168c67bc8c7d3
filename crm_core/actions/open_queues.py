"""Whether somebody answers in a queue: a contact that happens now is not sent to where nobody does (I16)."""

import sqlalchemy as sa

from crm_core.model.agent import Agent, Duty
from crm_core.model.errors import NotAllowedNow
from crm_core.model.house import House
from crm_core.model.ticket import Ticket
from crm_core.rules.calendar import is_open
from crm_core.store.tables import agents
from crm_core.store.tx import Tx

_HERE = sa.select(agents).where(
    agents.c.active == sa.literal_column("1"), agents.c.duty != sa.literal_column(f"'{Duty.OFFLINE.value}'")
)


async def must_take(tx: Tx, moved: Ticket, *, house: House) -> None:
    """Raises NotAllowedNow, with the reason, where a live contact would ring in an empty room. Letters may wait till morning."""
    if not moved.live:
        return
    queue = house.queues[moved.queue]
    if not is_open(tx.now, calendar=house.calendars[queue.calendar]):
        raise NotAllowedNow(f"{queue.name} is closed now, and somebody is on the line. Choose a queue that is open.")
    if not any(queue.team in agent.teams for agent in await tx.values(Agent, _HERE)):
        raise NotAllowedNow(
            f"Nobody is on duty for {queue.name} now, and somebody is on the line. Choose another queue."
        )
