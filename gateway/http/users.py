"""Accounts of staff, for admins."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from crm_core.actions import accounts as actions
from crm_core.actions.accounts import Changes, Newcomer
from crm_core.model.agent import USUAL_CAPACITY, Agent, Capacity, Role
from crm_core.model.errors import BadInput, Problem
from crm_core.model.ids import AgentId, TeamId
from crm_core.model.view import Json, agent_item, instant
from crm_core.queries import accounts
from crm_core.rules import passwords as rule
from gateway.http import faces, who
from gateway.http.agents import NOTHING, all_shown
from gateway.http.routes import API, Ask, Input, route
from gateway.http.session import SessionItem, session_item

LINK_LASTS = timedelta(hours=24)

Name = Annotated[str, Field(min_length=1, max_length=200)]
Key = Annotated[str, Field(min_length=1, max_length=60)]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=320)]
Level = Annotated[int, Field(ge=0, le=5)]
Units = Annotated[int, Field(ge=0, le=1000)]


class CapacityBody(Input):
    """The most somebody carries at once."""

    total: Units
    by_channel: Annotated[dict[Key, Units], Field(max_length=50)] = Field(default_factory=dict)


class UserBody(Input):
    """Somebody who joins. Without a password they sign in by a one-time link and set one."""

    email: Email
    name: Name
    role: Role = Role.AGENT
    teams: Annotated[list[Key], Field(max_length=100)] = Field(default_factory=list)
    languages: Annotated[list[Key], Field(max_length=20)] = Field(default_factory=lambda: ["en"])
    skills: Annotated[dict[Key, Level], Field(max_length=100)] = Field(default_factory=dict)
    capacity: CapacityBody | None = None
    password: Annotated[str, Field(max_length=1000)] | None = None


@route("GET", f"{API}/users", answer=faces.Page[faces.AgentItem])
async def everybody(ask: Ask) -> Json:
    """All accounts, closed ones too."""
    await ask.read(accounts.may_manage)
    return {"items": await all_shown(ask), "next": None}


@route("POST", f"{API}/users", body=UserBody, answer=faces.AgentItem, status=201)
async def add(ask: Ask, *, body: UserBody) -> Any:
    """Add somebody."""
    await ask.read(accounts.may_manage)
    newcomer = Newcomer(
        email=body.email,
        name=body.name,
        role=body.role,
        teams=frozenset(TeamId(team) for team in body.teams),
        languages=tuple(body.languages),
        skills=dict(body.skills),
        capacity=_capacity(body.capacity) or Capacity(USUAL_CAPACITY, {}),
    )
    hashed = None if body.password is None else await _hashed(ask, body.password, email=body.email)
    return await ask.do(_item, actions.add_user, newcomer, password=hashed)


class ChangesBody(Input):
    """What is to be different; what is not given stays."""

    name: Name | None = None
    role: Role | None = None
    teams: Annotated[list[Key], Field(max_length=100)] | None = None
    languages: Annotated[list[Key], Field(max_length=20)] | None = None
    skills: Annotated[dict[Key, Level], Field(max_length=100)] | None = None
    capacity: CapacityBody | None = None
    active: bool | None = None


@route("PATCH", f"{API}/users/{{id}}", body=ChangesBody, answer=faces.AgentItem)
async def change(ask: Ask, *, id: str, body: ChangesBody) -> Any:
    """Change an account. A new role, or closing it, signs its owner out everywhere."""
    changes = Changes(
        name=body.name,
        role=body.role,
        teams=None if body.teams is None else frozenset(TeamId(team) for team in body.teams),
        languages=None if body.languages is None else tuple(body.languages),
        skills=None if body.skills is None else dict(body.skills),
        capacity=_capacity(body.capacity),
        active=body.active,
    )
    return await ask.do(_item, actions.change_user, AgentId(id), changes)


class LinkItem(faces.Face):
    """A way in that works once; shown only now."""

    url: str
    expires_at: str


@route("POST", f"{API}/users/{{id}}/links", answer=LinkItem, status=201)
async def link(ask: Ask, *, id: str) -> Json:
    """A one-time sign-in link, for a newcomer or somebody who forgot."""
    secret = who.secret()
    await ask.house.desk.do(ask.actor, actions.make_link, AgentId(id), digest=who.digest(secret), lasts=LINK_LASTS)
    url = f"{ask.house.settings.public_url}/console/sign-in?link={secret}"
    return {"url": url, "expires_at": instant(ask.house.clock() + LINK_LASTS)}


@route("GET", f"{API}/users/{{id}}/sessions", answer=faces.Page[SessionItem])
async def sessions(ask: Ask, *, id: str) -> Json:
    """Where somebody is signed in."""
    found = await ask.read(accounts.sessions_of, AgentId(id))
    return {"items": [session_item(one, current=False) for one in found], "next": None}


@route("DELETE", f"{API}/users/{{id}}/sessions/{{session}}", status=204)
async def end_session(ask: Ask, *, id: str, session: str) -> None:
    """Sign somebody out at one place."""
    await ask.house.desk.do(ask.actor, actions.end_session_of, AgentId(id), ref=session)


async def _hashed(ask: Ask, password: str, *, email: str) -> str:
    if (why := rule.why_not(password, email=email)) is not None:
        raise BadInput(Problem("password", why))
    return await ask.parts.passwords.hashed(password)


def _capacity(body: CapacityBody | None) -> Capacity | None:
    return None if body is None else Capacity(body.total, dict(body.by_channel))


def _item(agent: Agent) -> Json:
    return agent_item(agent, load=NOTHING)
