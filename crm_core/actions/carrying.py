"""What an agent carries, and whether more fits. Asked where the agent is locked, so that two givers come one after the other."""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.agent import Agent, Load
from crm_core.model.errors import Full, NotAllowedNow, NotFound
from crm_core.model.ids import AgentId
from crm_core.model.work import Work
from crm_core.store.tables import agents, work
from crm_core.store.tables.live import NOT_DONE
from crm_core.store.tx import Tx

_text = sa.Text
_LOCKED = sa.select(agents).where(agents.c.id == sa.bindparam("id", type_=_text)).with_for_update()
_CARRIED = sa.select(work.c.channel, work.c.units, work.c.state, work.c.live).where(
    work.c.agent == sa.bindparam("agent", type_=_text), NOT_DONE, work.c.state != sa.literal_column("'queued'")
)


@dataclass(frozen=True, slots=True)
class Carried:
    """`wraps_up`: they are still finishing something; `live`: somebody is on the line with them, or was until now."""

    load: Load
    wraps_up: bool
    live: bool


async def locked(tx: Tx, id: AgentId) -> Agent:
    """The agent, locked: two who give them work at the same moment do so one after the other."""
    agent = await tx.value(Agent, _LOCKED, id=id)
    if agent is None:
        raise NotFound
    return agent


async def carried(tx: Tx, agent: AgentId) -> Carried:
    """What somebody has now; what is held out to them counts."""
    rows = await tx.all(_CARRIED, agent=agent)
    load = Load({})
    for channel, units, _, _ in rows:
        load = load.with_more(channel, units)
    wraps_up = any(state == "wrapping" for _, _, state, _ in rows)
    return Carried(load, wraps_up, wraps_up or any(state == "active" and live for _, _, state, live in rows))


async def must_have_room(tx: Tx, agent: Agent, wanted: Work, *, else_say: str) -> None:
    """Raises Full, with these words, where their capacity is (I3); NotAllowedNow where they still wrap up (I11)."""
    has = await carried(tx, agent.id)
    if has.wraps_up:
        raise NotAllowedNow("They are still wrapping up.")
    if not agent.capacity.has_room(has.load, channel=wanted.channel, units=wanted.units, live=wanted.live):
        raise Full(else_say)
