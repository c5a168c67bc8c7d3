"""Whether a member of staff is here, able and willing to take work."""

from dataclasses import replace
from datetime import datetime

from crm_core.model.agent import Agent, Duty
from crm_core.model.errors import NotFound
from crm_core.model.event_house import AgentDuty
from crm_core.model.ids import AgentId
from crm_core.store.tx import Tx


async def set_duty(tx: Tx, *, to: Duty, reason: str | None = None, of: AgentId | None = None) -> Agent:
    """Change one's own state, or (supervisors) somebody else's; the clock starts anew."""
    asking = await tx.permit(to="duty" if of is None or of == tx.actor.id else "force_state")
    agent = await tx.find(Agent, of or tx.actor.id)
    if agent is None or (asking is None and of is None):
        raise NotFound
    if agent.duty is to and agent.duty_reason == reason:
        return agent
    changed = await tx.save(replace(agent, duty=to, duty_since=tx.now, duty_reason=reason, version=agent.version + 1))
    tx.emit(
        AgentDuty(
            agent=changed.id, duty=changed.duty, reason=changed.duty_reason, since=tx.now, version=changed.version
        )
    )
    return changed


async def sign_off(tx: Tx, agent_id: AgentId, *, gone_since: datetime, reason: str) -> Agent:
    """Their last screen closed and did not come back: they get no more work. What they said later holds."""
    await tx.permit(to="duty")
    agent = await tx.get(Agent, agent_id)
    if agent.duty is Duty.OFFLINE or agent.duty_since > gone_since:
        return agent
    changed = replace(agent, duty=Duty.OFFLINE, duty_since=tx.now, duty_reason=reason, version=agent.version + 1)
    await tx.save(changed)
    tx.emit(
        AgentDuty(
            agent=changed.id, duty=changed.duty, reason=changed.duty_reason, since=tx.now, version=changed.version
        )
    )
    return changed
