"""Who is asking: sessions, API tokens and passwords, looked up by digest. Nothing here is shown to people as it is."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from crm_core.model.account import Account, Session, Token
from crm_core.model.agent import Agent, Load
from crm_core.model.ids import AgentId, TokenId
from crm_core.store.compiled import among
from crm_core.store.maps.codec import instant_of, micros
from crm_core.store.tables import agents, credentials, sessions, tokens, work
from crm_core.store.tables.live import NOT_DONE
from crm_core.store.tx import Read, listed

IDLE = timedelta(hours=8)
"""A session that nobody used for so long is over: a working day without a sign of life."""

_text, _big = sa.Text, sa.BigInteger


_ALIVE = (
    agents.c.active == 1,
    sessions.c.expires_at > sa.bindparam("now", type_=_big),
    sessions.c.seen_at > sa.bindparam("idle", type_=_big),
)
_JOINED = sessions.join(agents, agents.c.id == sessions.c.agent)
_SESSION = (
    sa.select(sessions).select_from(_JOINED).where(sessions.c.digest == sa.bindparam("digest", type_=_text), *_ALIVE)
)
_STILL = sa.select(sessions.c.digest).select_from(_JOINED).where(among(sessions.c.digest, "digests"), *_ALIVE)
_OF_AGENT = (
    sa.select(sessions)
    .select_from(_JOINED)
    .where(sessions.c.agent == sa.bindparam("agent", type_=_text), *_ALIVE)
    .order_by(sessions.c.created_at.desc())
    .limit(100)
)
_VALID = (
    agents.c.active == 1,
    tokens.c.revoked_at.is_(None),
    sa.or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > sa.bindparam("now", type_=_big)),
)
_TOKENED = tokens.join(agents, agents.c.id == tokens.c.agent)
_TOKEN = sa.select(tokens).select_from(_TOKENED).where(tokens.c.digest == sa.bindparam("digest", type_=_text), *_VALID)
_VALID_TOKENS = sa.select(tokens.c.id).select_from(_TOKENED).where(among(tokens.c.id, "ids"), *_VALID)
_TOKENS = sa.select(tokens).order_by(tokens.c.created_at.desc(), tokens.c.id.desc()).limit(500)
_LOGIN = (
    sa.select(agents.c.id, credentials.c.password)
    .select_from(agents.outerjoin(credentials, credentials.c.agent == agents.c.id))
    .where(agents.c.email == sa.bindparam("email", type_=_text), agents.c.active == 1)
)
_BY_EMAIL = sa.select(agents).where(agents.c.email == sa.bindparam("email", type_=_text))
_STAFF = sa.select(agents).order_by(agents.c.name, agents.c.id)
_CARRIED = sa.select(work.c.agent, work.c.channel, work.c.units).where(
    NOT_DONE, work.c.state != sa.literal_column("'queued'"), work.c.agent.is_not(None)
)


async def session(read: Read, digest: str) -> Session | None:
    """The session of this cookie, if it lives and its account is open."""
    await read.permit(to="session")
    row = await read.one(_SESSION, digest=digest, **_clock(read))
    return None if row is None else _session(row)


async def sessions_of(read: Read, agent: AgentId) -> list[Session]:
    """Where somebody is signed in now: for themselves, or for an admin."""
    if read.actor.id != agent or not read.actor.is_person:
        await read.permit(to="users")
    return [_session(row) for row in await read.all(_OF_AGENT, agent=agent, **_clock(read))]


async def token(read: Read, digest: str) -> Token | None:
    """The API token with this digest, if it holds and its owner's account is open."""
    await read.permit(to="session")
    row = await read.one(_TOKEN, digest=digest, now=micros(read.now))
    return None if row is None else _token(row)


async def tokens_made(read: Read) -> list[Token]:
    """All API tokens, newest first."""
    await read.permit(to="tokens")
    return [_token(row) for row in await read.all(_TOKENS)]


async def still_good(read: Read, *, digests: frozenset[str], ids: frozenset[TokenId]) -> frozenset[str]:
    """Which of these sessions and tokens still open anything."""
    await read.permit(to="session")
    alive = await read.all(_STILL, digests=listed(digests), **_clock(read)) if digests else []
    valid = await read.all(_VALID_TOKENS, ids=listed(ids), now=micros(read.now)) if ids else []
    return frozenset(row[0] for row in (*alive, *valid))


async def account(read: Read, email: str) -> Account | None:
    """Whose address this is and what is kept of their password; None for nobody and for closed accounts."""
    await read.permit(to="session")
    row = await read.one(_LOGIN, email=email.strip().casefold())
    return None if row is None else Account(row[0], row[1])


async def agent_by_email(read: Read, email: str) -> Agent | None:
    """The member of staff with this address; for the command line."""
    await read.permit(to="users")
    return await read.value(Agent, _BY_EMAIL, email=email.strip().casefold())


async def agent(read: Read, id: AgentId) -> Agent | None:
    """A member of staff, as colleagues see them."""
    await read.permit(to="see")
    return await read.find(Agent, id)


async def staff(read: Read) -> list[Agent]:
    """All members of staff, the closed accounts too, as colleagues see them."""
    await read.permit(to="see")
    return await read.values(Agent, _STAFF)


async def loads(read: Read) -> dict[AgentId, Load]:
    """How much each agent carries now, in units."""
    carried: dict[AgentId, Load] = {}
    for row in await read.all(_CARRIED):
        carried[row[0]] = carried.get(row[0], Load({})).with_more(row[1], row[2])
    return carried


async def may_manage(read: Read) -> None:
    """Whether whoever asks may manage accounts. Raises Forbidden."""
    await read.permit(to="users")


async def scope(read: Read) -> frozenset[str]:
    """The keys that open things to whoever asks; empty where they may not even look."""
    await read.permit(to="see")
    return (await read.standing()).scope


def _clock(read: Read) -> dict[str, int]:
    return {"now": micros(read.now), "idle": micros(read.now - IDLE)}


def _session(row: Any) -> Session:
    digest, agent_id, csrf, created_at, seen_at, expires_at = row
    return Session(digest, agent_id, csrf, instant_of(created_at), instant_of(seen_at), instant_of(expires_at))


def _token(row: Any) -> Token:
    id, _digest, agent_id, name, scopes, created_at, expires_at, revoked_at, used_at = row
    return Token(
        id,
        agent_id,
        name,
        frozenset(scopes.split()),
        instant_of(created_at),
        None if expires_at is None else instant_of(expires_at),
        None if revoked_at is None else instant_of(revoked_at),
        None if used_at is None else instant_of(used_at),
    )
