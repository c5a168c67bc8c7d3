"""`onestop user add` and `onestop token`: the first people, and programs that act for them."""

import secrets
import sys
from datetime import timedelta

from config.settings import Settings
from crm_core.actions import accounts
from crm_core.actions.accounts import Newcomer, NewToken
from crm_core.model.actor import Actor
from crm_core.model.agent import Role
from crm_core.model.errors import NotFound
from crm_core.queries.accounts import agent_by_email
from gateway.http.who import TOKEN_PREFIX, digest
from gateway.wiring import open_record

OPERATOR = Actor.worker("operator")
LINK_LASTS = timedelta(hours=24)


async def add_user(settings: Settings, email: str, *, role: str, name: str) -> int:
    """Add somebody and print their one-time sign-in link."""
    secret = secrets.token_urlsafe(24)
    async with open_record(settings) as desk:
        newcomer = Newcomer(email=email, name=name or email.partition("@")[0].title(), role=Role(role))
        agent = await desk.do(OPERATOR, accounts.add_user, newcomer)
        await desk.do(OPERATOR, accounts.make_link, agent.id, digest=digest(secret), lasts=LINK_LASTS)
    print(f"{settings.public_url}/console/sign-in?link={secret}")
    print(f"{agent.name} is {agent.role}. The link works once, for a day.", file=sys.stderr)
    return 0


async def make_token(settings: Settings, email: str, *, scopes: str) -> int:
    """Make a token that acts for somebody; it alone is printed on stdout."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    async with open_record(settings) as desk:
        agent = await desk.ask(OPERATOR, agent_by_email, email)
        if agent is None or not agent.active:
            raise NotFound(f"Nobody here has the address {email}. Add them: onestop user add {email}")
        wanted = frozenset(scope.strip() for scope in scopes.split(",") if scope.strip())
        token = NewToken(agent=agent.id, name="command line", digest=digest(secret), scopes=wanted)
        await desk.do(OPERATOR, accounts.make_token, token)
    print(secret)
    print(f"It acts for {agent.name} ({agent.role}). It is shown only this once.", file=sys.stderr)
    return 0
