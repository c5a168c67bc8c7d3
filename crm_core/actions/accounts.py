"""Accounts of staff and what opens them: passwords, sessions, one-time links, API tokens.

Only digests come here. Hashing and making secrets is done before `desk.do`; a secret
is never in the record, an event or a log.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta

import sqlalchemy as sa

from crm_core.actions import offers
from crm_core.model.account import Session, Token
from crm_core.model.agent import USUAL_CAPACITY, Agent, Capacity, Duty, Role
from crm_core.model.errors import BadInput, Forbidden, Gone, NotAllowedNow, NotFound, Problem
from crm_core.model.event_house import AgentAdded, AgentChanged, SessionEnded, SessionOpened, TokenMade, TokenRevoked
from crm_core.model.ids import AgentId, TeamId, TokenId, fresh
from crm_core.model.queue import Team
from crm_core.rules.access import SCOPES, VERBS
from crm_core.store.maps.codec import micros
from crm_core.store.tables import agents, credentials, links, sessions, teams, tokens
from crm_core.store.tx import Tx

LONGEST_SESSION = timedelta(hours=24)
"""However busy: once a day one signs in again."""

SIGN_IN = "sign-in"
"""What a one-time link for staff is for."""

_text, _big = sa.Text, sa.BigInteger


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A member of staff to be added."""

    email: str
    name: str
    role: Role = Role.AGENT
    teams: frozenset[TeamId] = frozenset()
    languages: tuple[str, ...] = ("en",)
    skills: dict[str, int] | None = None
    capacity: Capacity = field(default_factory=lambda: Capacity(USUAL_CAPACITY, {}))


_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_SAME_EMAIL = sa.select(agents.c.id).where(agents.c.email == sa.bindparam("email", type_=_text))
_TEAMS = sa.select(teams)
_ADMINS = sa.select(agents.c.id).where(agents.c.role == Role.ADMIN.value, agents.c.active == 1).limit(2)


async def add_user(tx: Tx, newcomer: Newcomer, *, password: str | None = None) -> Agent:
    """Somebody joins. `password` is its hash; without one they sign in by link and set it."""
    await tx.permit(to="users")
    email = newcomer.email.strip().casefold()
    if not _ADDRESS.fullmatch(email):
        raise BadInput(Problem("email", f"{email!r} is no mail address."))
    if await tx.one(_SAME_EMAIL, email=email) is not None:
        raise BadInput(Problem("email", "Somebody has this address already."))
    await _must_be_teams(tx, newcomer.teams)
    agent = Agent(
        id=fresh(AgentId, at=tx.now),
        email=email,
        name=newcomer.name,
        role=newcomer.role,
        languages=newcomer.languages,
        skills=newcomer.skills or {},
        capacity=newcomer.capacity,
        duty=Duty.OFFLINE,
        duty_since=tx.now,
        duty_reason=None,
        active=True,
        created_at=tx.now,
        teams=newcomer.teams,
    )
    tx.add(agent)
    if password is not None:
        tx.insert(credentials, agent=agent.id, password=password, changed_at=micros(tx.now))
    tx.emit(AgentAdded(agent=agent))
    return agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be different about an account; None leaves it."""

    name: str | None = None
    role: Role | None = None
    teams: frozenset[TeamId] | None = None
    languages: tuple[str, ...] | None = None
    skills: dict[str, int] | None = None
    capacity: Capacity | None = None
    active: bool | None = None


async def change_user(tx: Tx, agent_id: AgentId, changes: Changes) -> Agent:
    """Change an account. A new role, or closing it, ends every session of theirs."""
    await tx.permit(to="users")
    before = await tx.get(Agent, agent_id)
    given = {name: value for name in changes.__slots__ if (value := getattr(changes, name)) is not None}
    await _must_be_teams(tx, changes.teams or frozenset())
    agent = replace(before, **given, version=before.version + 1)
    if before.role is Role.ADMIN and before.active and not (agent.role is Role.ADMIN and agent.active):
        await _must_not_be_last_admin(tx)
    if before.active and not agent.active:
        agent = replace(agent, duty=Duty.OFFLINE, duty_since=tx.now)
    await tx.save(agent)
    tx.emit(AgentChanged(agent=agent))
    await offers.take_back_unseen(tx, agent)
    if agent.role is not before.role or not agent.active:
        await _end_sessions(tx, agent.id, keep="", why="account changed")
    return agent


_FORGET_PASSWORD = sa.delete(credentials).where(credentials.c.agent == sa.bindparam("key_agent", type_=_text))


async def set_password(tx: Tx, agent_id: AgentId, *, password: str, keep_session: str = "") -> None:
    """A new password (its hash), by its owner or an admin; every session but the one named ends."""
    if tx.actor.id != agent_id or not tx.actor.is_person:
        await tx.permit(to="users")
    elif tx.actor.scopes:
        raise Forbidden("A token with scopes cannot change passwords.")
    await tx.get(Agent, agent_id)
    await tx.change(_FORGET_PASSWORD, key_agent=agent_id)
    tx.insert(credentials, agent=agent_id, password=password, changed_at=micros(tx.now))
    await _end_sessions(tx, agent_id, keep=keep_session, why="password changed")


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session to be opened: the cookie's digest, and the token against forged requests."""

    digest: str
    csrf: str
    replaces: str | None = None


async def open_session(tx: Tx, agent_id: AgentId, new: NewSession) -> Session:
    """Somebody showed who they are. The session they had at this browser ends: sessions are never carried over."""
    await tx.permit(to="session")
    agent = await tx.get(Agent, agent_id)
    if not agent.active:
        raise NotFound
    if new.replaces is not None:
        await tx.change(_END, key_digest=new.replaces)
    opened = Session(new.digest, agent.id, new.csrf, tx.now, tx.now, tx.now + LONGEST_SESSION)
    tx.insert(
        sessions,
        digest=opened.digest,
        agent=opened.agent,
        csrf=opened.csrf,
        created_at=micros(opened.created_at),
        seen_at=micros(opened.seen_at),
        expires_at=micros(opened.expires_at),
    )
    tx.emit(SessionOpened(agent=agent.id, detail=opened.ref))
    return opened


_LINK = sa.select(links).where(links.c.digest == sa.bindparam("digest", type_=_text))
_USE_LINK = (
    sa.update(links)
    .where(links.c.digest == sa.bindparam("key_digest", type_=_text), links.c.used_at.is_(None))
    .values(used_at=sa.bindparam("new_used", type_=_big))
)


async def make_link(tx: Tx, agent_id: AgentId, *, digest: str, lasts: timedelta) -> None:
    """A way in that works once, for a newcomer, or somebody who forgot."""
    await tx.permit(to="users")
    agent = await tx.get(Agent, agent_id)
    if not agent.active:
        raise NotAllowedNow("This account is closed.")
    tx.insert(
        links,
        digest=digest,
        purpose=SIGN_IN,
        subject=agent.id,
        created_at=micros(tx.now),
        expires_at=micros(tx.now + lasts),
        used_at=None,
    )
    tx.emit(TokenMade(agent=agent.id, detail="one-time sign-in link"))


async def open_session_by_link(tx: Tx, *, link: str, new: NewSession) -> Session:
    """The link's owner is in, and the link is used up. Raises Gone for used, late and unknown ones alike."""
    await tx.permit(to="session")
    row = await tx.one(_LINK, digest=link)
    if row is None or row["purpose"] != SIGN_IN or row["used_at"] is not None or row["expires_at"] <= micros(tx.now):
        raise Gone("This link was used already, or is too old. Ask for a new one.")
    if not await tx.change(_USE_LINK, key_digest=link, new_used=micros(tx.now)):
        raise Gone("This link was used already, or is too old. Ask for a new one.")
    return await open_session(tx, row["subject"], new)


_END = sa.delete(sessions).where(sessions.c.digest == sa.bindparam("key_digest", type_=_text))
_END_OF = sa.delete(sessions).where(
    sessions.c.agent == sa.bindparam("key_agent", type_=_text),
    sessions.c.digest != sa.bindparam("key_keep", type_=_text),
)
_BY_REF = sa.select(sessions.c.digest).where(
    sessions.c.agent == sa.bindparam("agent", type_=_text),
    sa.func.substr(sessions.c.digest, 1, 16) == sa.bindparam("ref", type_=_text),
)


async def end_session(tx: Tx, agent_id: AgentId, *, digest: str) -> None:
    """Signed out at one browser."""
    await tx.permit(to="session")
    if await tx.change(_END, key_digest=digest):
        tx.emit(SessionEnded(agent=agent_id, detail=digest[:16]))


async def end_session_of(tx: Tx, agent_id: AgentId, *, ref: str) -> None:
    """One of somebody's sessions, as their list names it: by themselves or an admin. Raises NotFound."""
    if tx.actor.id != agent_id or not tx.actor.is_person:
        await tx.permit(to="users")
    row = await tx.one(_BY_REF, agent=agent_id, ref=ref)
    if row is None:
        raise NotFound
    await tx.change(_END, key_digest=row[0])
    tx.emit(SessionEnded(agent=agent_id, detail=ref))


_TOUCH = (
    sa.update(sessions)
    .where(sessions.c.digest == sa.bindparam("key_digest", type_=_text))
    .values(seen_at=sa.bindparam("new_seen", type_=_big))
)


async def touch_session(tx: Tx, digest: str) -> None:
    """It is in use (housekeeping: written at most once a minute)."""
    await tx.permit(to="session")
    await tx.change(_TOUCH, key_digest=digest, new_seen=micros(tx.now))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token to be made: its digest, whose rights it has, and to what they are narrowed (nothing: all of them)."""

    digest: str
    agent: AgentId
    name: str
    scopes: frozenset[str] = frozenset()
    lasts: timedelta | None = None


async def make_token(tx: Tx, new: NewToken) -> Token:
    """A program may act for somebody."""
    await tx.permit(to="tokens")
    if unknown := sorted(new.scopes - SCOPES.keys() - VERBS.keys()):
        raise BadInput(Problem("scopes", f"There is no scope {unknown[0]!r}."))
    agent = await tx.find(Agent, new.agent)
    if agent is None or not agent.active:
        raise BadInput(Problem("agent", "Nobody here has this account."))
    made = Token(
        fresh(TokenId, at=tx.now),
        agent.id,
        new.name,
        new.scopes,
        tx.now,
        None if new.lasts is None else tx.now + new.lasts,
        None,
    )
    tx.insert(
        tokens,
        id=made.id,
        digest=new.digest,
        agent=agent.id,
        name=new.name,
        scopes=" ".join(sorted(new.scopes)),
        created_at=micros(tx.now),
        expires_at=None if made.expires_at is None else micros(made.expires_at),
        revoked_at=None,
        used_at=None,
    )
    tx.emit(TokenMade(agent=agent.id, detail=made.id))
    return made


_USE = (
    sa.update(tokens)
    .where(tokens.c.id == sa.bindparam("key_id", type_=_text))
    .values(used_at=sa.bindparam("new_used", type_=_big))
)


async def touch_token(tx: Tx, id: TokenId) -> None:
    """It is in use (housekeeping: written at most once a minute)."""
    await tx.permit(to="session")
    await tx.change(_USE, key_id=id, new_used=micros(tx.now))


_OWNER = sa.select(tokens.c.agent).where(tokens.c.id == sa.bindparam("id", type_=_text))
_REVOKE = (
    sa.update(tokens)
    .where(tokens.c.id == sa.bindparam("key_id", type_=_text), tokens.c.revoked_at.is_(None))
    .values(revoked_at=sa.bindparam("new_revoked", type_=_big))
)


async def revoke_token(tx: Tx, id: TokenId) -> None:
    """A program may no longer act for somebody. Twice is once."""
    await tx.permit(to="tokens")
    row = await tx.one(_OWNER, id=id)
    if row is None:
        raise NotFound
    if await tx.change(_REVOKE, key_id=id, new_revoked=micros(tx.now)):
        tx.emit(TokenRevoked(agent=row[0], detail=id))


async def _end_sessions(tx: Tx, agent_id: AgentId, *, keep: str, why: str) -> None:
    await tx.change(_END_OF, key_agent=agent_id, key_keep=keep)
    tx.emit(SessionEnded(agent=agent_id, detail=why))


async def _must_be_teams(tx: Tx, wanted: frozenset[TeamId]) -> None:
    if wanted and wanted - {team.id for team in await tx.values(Team, _TEAMS)}:
        raise BadInput(Problem("teams", "There is no such team."))


async def _must_not_be_last_admin(tx: Tx) -> None:
    if len(await tx.all(_ADMINS)) < 2:
        raise NotAllowedNow("This is the only admin. Make somebody else an admin first.")
