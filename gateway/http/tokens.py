"""Tokens by which programs act for somebody, for admins."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from crm_core.actions import accounts as actions
from crm_core.actions.accounts import NewToken
from crm_core.model.account import Token
from crm_core.model.ids import AgentId, TokenId
from crm_core.model.view import Json, instant, maybe_instant
from crm_core.queries import accounts
from gateway.http import faces, who
from gateway.http.routes import API, Ask, Input, route


class TokenItem(faces.Face):
    """A token without its secret."""

    id: str
    agent: str
    name: str
    scopes: list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    used_at: str | None
    """When it was last used, to the minute."""


class FreshToken(TokenItem):
    """A token with its secret, which is shown this once. A repeated request gets null in its place."""

    token: str | None


class TokenBody(Input):
    """For whom (me, if not said), for what, and for how long. Without scopes it has its owner's rights."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    agent: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    scopes: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=50)] = Field(default_factory=list)
    days: Annotated[int, Field(ge=1, le=3650)] | None = None


@route("GET", f"{API}/tokens", answer=faces.Page[TokenItem])
async def made(ask: Ask) -> Json:
    """All tokens, newest first."""
    return {"items": [_item(token) for token in await ask.read(accounts.tokens_made)], "next": None}


@route("POST", f"{API}/tokens", body=TokenBody, answer=FreshToken, status=201)
async def make(ask: Ask, *, body: TokenBody) -> Any:
    """Make a token. Its secret is in this answer and nowhere else."""
    secret = who.TOKEN_PREFIX + who.secret()
    new = NewToken(
        digest=who.digest(secret),
        agent=AgentId(body.agent) if body.agent else ask.known.agent,
        name=body.name,
        scopes=frozenset(body.scopes),
        lasts=None if body.days is None else timedelta(days=body.days),
    )
    shown = await ask.do(lambda token: {**_item(token), "digest": new.digest}, actions.make_token, new)
    return {**{name: value for name, value in shown.items() if name != "digest"}, "token": _if_new(shown, new, secret)}


@route("DELETE", f"{API}/tokens/{{id}}", status=204)
async def revoke(ask: Ask, *, id: str) -> None:
    """It opens nothing from now on; sockets that it opened close within a second."""
    await ask.house.desk.do(ask.actor, actions.revoke_token, TokenId(id))


def _if_new(shown: Json, new: NewToken, secret: str) -> str | None:
    return secret if shown["digest"] == new.digest else None


def _item(token: Token) -> Json:
    return {
        "id": token.id,
        "agent": token.agent,
        "name": token.name,
        "scopes": sorted(token.scopes),
        "created_at": instant(token.created_at),
        "expires_at": maybe_instant(token.expires_at),
        "revoked_at": maybe_instant(token.revoked_at),
        "used_at": maybe_instant(token.used_at),
    }
