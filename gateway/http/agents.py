"""Colleagues: who is here, and one's own state."""

from typing import Annotated, Any

from pydantic import Field

from crm_core.actions import duty, lending
from crm_core.model.actor import Actor
from crm_core.model.agent import Agent, Duty, Load
from crm_core.model.errors import NotFound
from crm_core.model.ids import AgentId, TeamId
from crm_core.model.view import Json, agent_item
from crm_core.queries import accounts
from gateway.http import faces
from gateway.http.routes import API, Ask, Input, route

NOTHING = Load({})


@route("GET", f"{API}/agents", answer=faces.Page[faces.AgentItem])
async def everybody(ask: Ask) -> Json:
    """All members of staff, with what they carry."""
    return {"items": await all_shown(ask), "next": None}


@route("GET", f"{API}/agents/me/state", answer=faces.AgentItem)
async def my_state(ask: Ask) -> Json:
    """My own state, as colleagues see it."""
    return await shown(ask, ask.known.agent, actor=ask.actor)


class State(Input):
    """What I am doing; only `available` gets offers."""

    duty: Duty
    reason: Annotated[str, Field(max_length=200)] | None = None


@route("PUT", f"{API}/agents/me/state", body=State, answer=faces.AgentItem)
async def change_my_state(ask: Ask, *, body: State) -> Json:
    """Say that I am available, on a break, gone."""
    agent = await ask.house.desk.do(ask.actor, duty.set_duty, to=body.duty, reason=body.reason)
    return await _with_load(ask, agent)


class NextState(Input):
    """What I do as soon as nothing live is left with me; null: go on as now."""

    duty: Duty | None


@route("PUT", f"{API}/agents/me/next-state", body=NextState, answer=faces.AgentItem)
async def change_my_next_state(ask: Ask, *, body: NextState) -> Json:
    """Finish first, then a break: nothing new comes, and the break begins by itself."""
    return await _with_load(ask, await ask.house.desk.do(ask.actor, duty.set_next, to=body.duty))


class ForcedState(State):
    """And in which state they were on the screen; in any other by now, they stay in it."""

    seen: Duty | None = None


@route("PUT", f"{API}/agents/{{id}}/state", body=ForcedState, answer=faces.AgentItem)
async def force_state(ask: Ask, *, id: str, body: ForcedState) -> Json:
    """Say it for somebody else (supervisors)."""
    how: dict[str, Any] = {"to": body.duty, "reason": body.reason, "of": AgentId(id), "seen": body.seen}
    agent = await ask.house.desk.do(ask.actor, duty.set_duty, **how)
    return await _with_load(ask, agent)


class Loan(Input):
    """To which team."""

    team: Annotated[str, Field(min_length=1, max_length=60)]


@route("POST", f"{API}/agents/{{id}}/loans", body=Loan, answer=faces.AgentItem, status=201)
async def lend(ask: Ask, *, id: str, body: Loan) -> Json:
    """They serve this team's queues too, until they are given back or go off duty (supervisors)."""
    agent = await ask.house.desk.do(ask.actor, lending.lend, AgentId(id), team=TeamId(body.team))
    return await _with_load(ask, agent)


@route("POST", f"{API}/agents/{{id}}/returns", body=Loan, answer=faces.AgentItem, status=201)
async def give_back(ask: Ask, *, id: str, body: Loan) -> Json:
    """They do not serve this team any more, where they were lent to it (supervisors)."""
    agent = await ask.house.desk.do(ask.actor, lending.give_back, AgentId(id), team=TeamId(body.team))
    return await _with_load(ask, agent)


async def shown(ask: Ask, id: AgentId, *, actor: Actor) -> Json:
    """A member of staff with what they carry. Raises NotFound."""
    agent = await ask.house.desk.ask(actor, accounts.agent, id)
    if agent is None:
        raise NotFound
    loads = await ask.house.desk.ask(actor, accounts.loads)
    return agent_item(agent, load=loads.get(agent.id, NOTHING))


async def all_shown(ask: Ask) -> list[Json]:
    """Everybody, with what they carry."""
    staff = await ask.read(accounts.staff)
    loads = await ask.read(accounts.loads)
    return [agent_item(agent, load=loads.get(agent.id, NOTHING)) for agent in staff]


async def _with_load(ask: Ask, agent: Agent) -> Json:
    loads = await ask.read(accounts.loads)
    return agent_item(agent, load=loads.get(agent.id, NOTHING))
