"""People lent to another team for now: they serve its queues too, until they are given back or go off duty."""

from dataclasses import replace

from crm_core.actions import offers
from crm_core.model.agent import Agent, Duty
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.event_house import AgentChanged
from crm_core.model.ids import AgentId, TeamId
from crm_core.model.queue import Team
from crm_core.store.tx import Tx


async def lend(tx: Tx, agent_id: AgentId, *, team: TeamId) -> Agent:
    """They serve this team's queues too, for now. Whoever serves them already stays as they are."""
    await tx.permit(to="lend")
    agent = await tx.get(Agent, agent_id)
    if await tx.find(Team, team) is None:
        raise BadInput(Problem("team", "There is no such team."))
    if not agent.active or agent.duty is Duty.OFFLINE:
        raise NotAllowedNow("They are not here.")
    if team in agent.teams:
        return agent
    return await _changed(tx, replace(agent, teams=agent.teams | {team}, lent=agent.lent | {team}))


async def give_back(tx: Tx, agent_id: AgentId, *, team: TeamId) -> Agent:
    """They serve their own teams again; what is held out to them there and they see no longer waits again."""
    await tx.permit(to="lend")
    agent = await tx.get(Agent, agent_id)
    if team not in agent.lent:
        return agent
    return await _changed(tx, replace(agent, teams=agent.teams - {team}, lent=agent.lent - {team}))


async def _changed(tx: Tx, agent: Agent) -> Agent:
    changed = await tx.save(replace(agent, version=agent.version + 1))
    tx.emit(AgentChanged(agent=changed))
    await offers.take_back_unseen(tx, changed)
    return changed
