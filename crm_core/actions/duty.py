"""Whether a member of staff is here, able and willing to take work; and what they do once this contact is over."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from crm_core.actions import carrying
from crm_core.model.agent import Agent, Duty
from crm_core.model.errors import BadInput, Gone, NotAllowedNow, NotFound, Problem
from crm_core.model.event_house import AgentChanged, AgentDuty
from crm_core.model.ids import AgentId
from crm_core.store.compiled import among
from crm_core.store.maps.codec import micros
from crm_core.store.tables import screens
from crm_core.store.tx import Tx, listed

_SEEN = sa.update(screens).where(among(screens.c.agent, "agents")).values(seen_at=sa.bindparam("new_seen_at"))
_KNOWN = sa.select(screens.c.agent).where(among(screens.c.agent, "agents"))
_FORGET = sa.delete(screens).where(
    screens.c.agent == sa.bindparam("agent", type_=sa.Text),
    screens.c.seen_at <= sa.bindparam("until", type_=sa.BigInteger),
)


async def set_duty(
    tx: Tx, *, to: Duty, reason: str | None = None, of: AgentId | None = None, seen: Duty | None = None
) -> Agent:
    """Change one's own state, or (supervisors) somebody else's; the clock starts anew, and what was to come next is off.

    `seen` is the state that whoever asks believes them in: raises NotAllowedNow where they are in another by now.
    """
    asking = await tx.permit(to="duty" if of is None or of == tx.actor.id else "force_state")
    agent = await tx.find(Agent, of or tx.actor.id)
    if agent is None or (asking is None and of is None):
        raise NotFound
    if seen is not None and agent.duty is not seen:
        raise NotAllowedNow(f"{agent.name} is in another state by now. Look again.")
    if agent.duty is to and agent.duty_reason == reason and agent.next_duty is None:
        return agent
    return await _become(tx, agent, to, since=tx.now, reason=reason)


async def set_next(tx: Tx, *, to: Duty | None) -> Agent:
    """Finish first, then a break: nothing new comes, and as soon as nothing live is left they are `to`. None: go on."""
    asking = await tx.permit(to="duty")
    if asking is None:
        raise NotFound
    if to is Duty.AVAILABLE:
        raise BadInput(Problem("duty", "Choose what comes after this contact: a break, say."))
    agent = await carrying.locked(tx, asking.id)
    if to is not None and not (await carrying.carried(tx, agent.id)).live:
        return await _become(tx, agent, to, since=tx.now, reason=None)
    if agent.next_duty is to:
        return agent
    changed = await tx.save(replace(agent, next_duty=to, version=agent.version + 1))
    _tell(tx, changed)
    return changed


async def move_on(tx: Tx, agent_id: AgentId) -> None:
    """Something live was finished: if it was the last, they do what they said comes next."""
    agent = await tx.find(Agent, agent_id)
    if agent is None or agent.next_duty is None or (await carrying.carried(tx, agent_id)).live:
        return
    await _become(tx, agent, agent.next_duty, since=tx.now, reason=None)


async def sign_off(tx: Tx, agent_id: AgentId, *, gone_since: datetime, reason: str) -> Agent:
    """Their last screen closed and did not come back: they get no more work. What they said later holds.

    They count as gone since the line was lost, so that who waits on the line need not wait for two graces.
    """
    await tx.permit(to="duty")
    if not await tx.change(_FORGET, agent=agent_id, until=micros(gone_since)):
        raise Gone("They are back.")
    agent = await tx.get(Agent, agent_id)
    if agent.duty is Duty.OFFLINE or agent.duty_since > gone_since:
        return agent
    return await _become(tx, agent, Duty.OFFLINE, since=gone_since, reason=reason)


async def attend(tx: Tx, agents: frozenset[AgentId]) -> int:
    """They are at a screen of ours now; how many were not a moment ago."""
    await tx.permit(to="duty")
    now, ids = micros(tx.now), listed(agents)
    if await tx.change(_SEEN, new_seen_at=now, agents=ids) == len(agents):
        return 0
    known = {row[0] for row in await tx.all(_KNOWN, agents=ids)}
    for agent in sorted(agents - known):
        tx.insert(screens, agent=agent, seen_at=now)
    return len(agents - known)


async def stand_down(tx: Tx, agent: Agent, *, reason: str) -> Agent:
    """Somebody was on the line and they did not answer: away, until they say otherwise (I8)."""
    if agent.duty is not Duty.AVAILABLE:
        return agent
    return await _become(tx, agent, Duty.AWAY, since=tx.now, reason=reason)


async def _become(tx: Tx, agent: Agent, duty: Duty, *, since: datetime, reason: str | None) -> Agent:
    if duty is Duty.OFFLINE:
        agent = await _home_again(tx, agent)
    changed = replace(agent, duty=duty, duty_since=since, duty_reason=reason, next_duty=None, version=agent.version + 1)
    await tx.save(changed)
    _tell(tx, changed)
    return changed


async def _home_again(tx: Tx, agent: Agent) -> Agent:
    """Nobody stays lent over night (see `lending.py`)."""
    if not agent.lent:
        return agent
    home = replace(agent, teams=agent.teams - agent.lent, lent=frozenset(), version=agent.version + 1)
    await tx.save(home)
    tx.emit(AgentChanged(agent=home))
    return home


def _tell(tx: Tx, agent: Agent) -> None:
    tx.emit(
        AgentDuty(
            agent=agent.id,
            duty=agent.duty,
            reason=agent.duty_reason,
            since=agent.duty_since,
            version=agent.version,
            next=agent.next_duty,
        )
    )
