"""Signing in and out, passwords, and one's sessions."""

from typing import Annotated

from aiohttp import web
from pydantic import Field, model_validator

from crm_core.actions import accounts as actions
from crm_core.actions.accounts import NewSession
from crm_core.model.account import Session
from crm_core.model.actor import Actor
from crm_core.model.errors import BadInput, NotFound, Problem, Unauthenticated
from crm_core.model.view import Json, instant
from crm_core.queries import accounts, events
from crm_core.rules import passwords as rule
from gateway.house import GATEWAY
from gateway.http import faces, limits, peers, who
from gateway.http.agents import shown
from gateway.http.routes import API, Access, Ask, Input, route
from gateway.http.who import Who

NO_FIT = "The address or the password is not right."

Secret = Annotated[str, Field(min_length=1, max_length=1000)]


class SignIn(Input):
    """By address and password, or by a one-time link."""

    email: Annotated[str, Field(max_length=320)] | None = None
    password: Secret | None = None
    link: Secret | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "SignIn":
        by_password = self.email is not None and self.password is not None
        if by_password == (self.link is not None):
            raise ValueError("Give email and password, or link.")
        return self


@route("POST", f"{API}/session", access=Access.ANYONE, body=SignIn, answer=faces.Session)
async def sign_in(ask: Ask, *, body: SignIn) -> web.Response:
    """Sign in; the session is a cookie that no script can read."""
    fresh = who.secret()
    new = NewSession(who.digest(fresh), who.secret(), await _replaced(ask))
    opened = await (_by_link(ask, body, new) if body.link is not None else _by_password(ask, body, new))
    known = Who(Actor.agent(opened.agent), session=opened)
    answer = web.json_response(await _shown(ask, known))
    who.set_cookie(answer, ask.house.settings, value=fresh)
    return answer


@route("GET", f"{API}/session", answer=faces.Session)
async def show(ask: Ask) -> Json:
    """Who I am; `csrf` goes into the X-CSRF-Token header of every change."""
    return await _shown(ask, ask.known)


@route("DELETE", f"{API}/session", status=204)
async def sign_out(ask: Ask) -> web.Response:
    """Sign out here; sockets of this session close within a second."""
    session = ask.known.session
    if session is not None:
        await ask.house.desk.do(GATEWAY, actions.end_session, session.agent, digest=session.digest)
    answer = web.Response(status=204)
    who.forget_cookie(answer, ask.house.settings)
    return answer


class NewPassword(Input):
    """The one that holds now, and the one that shall."""

    current: Secret | None = None
    password: Secret


@route("PUT", f"{API}/session/password", body=NewPassword, status=204)
async def change_password(ask: Ask, *, body: NewPassword) -> None:
    """Change my password; every other session of mine ends. The first one, after a link, needs no current one."""
    session = ask.known.session
    if session is None:
        raise NotFound
    agent = await ask.read(accounts.agent, session.agent)
    email = "" if agent is None else agent.email
    tries = limits.who_tries(session.agent, client=ask.request.get(peers.CLIENT))
    limits.guard_sign_in(ask.parts.limiter, tries)
    account = await ask.house.desk.ask(GATEWAY, accounts.account, email)
    kept = None if account is None else account.password
    if kept is not None and not await ask.parts.passwords.fits(body.current or "", kept=kept):
        limits.count_failure(ask.parts.limiter, tries)
        raise BadInput(Problem("current", "This is not your password."))
    if (why := rule.why_not(body.password, email=email)) is not None:
        raise BadInput(Problem("password", why))
    hashed = await ask.parts.passwords.hashed(body.password)
    await ask.house.desk.do(
        ask.actor, actions.set_password, session.agent, password=hashed, keep_session=session.digest
    )


class SessionItem(faces.Face):
    """Somewhere I am signed in; `id` opens nothing."""

    id: str
    created_at: str
    seen_at: str
    expires_at: str
    current: bool


@route("GET", f"{API}/sessions", answer=faces.Page[SessionItem])
async def mine(ask: Ask) -> Json:
    """Where I am signed in."""
    here = ask.known.session
    found = await ask.read(accounts.sessions_of, ask.known.agent)
    return {
        "items": [session_item(one, current=here is not None and one.digest == here.digest) for one in found],
        "next": None,
    }


@route("DELETE", f"{API}/sessions/{{id}}", status=204)
async def end(ask: Ask, *, id: str) -> None:
    """Sign out somewhere else."""
    await ask.house.desk.do(ask.actor, actions.end_session_of, ask.known.agent, ref=id)


async def _by_link(ask: Ask, body: SignIn, new: NewSession) -> Session:
    return await ask.house.desk.do(GATEWAY, actions.open_session_by_link, link=who.digest(body.link or ""), new=new)


async def _by_password(ask: Ask, body: SignIn, new: NewSession) -> Session:
    """Whoever is unknown costs the same time and gets the same answer."""
    email = (body.email or "").strip().casefold()
    tries = limits.who_tries(who.digest(email), client=ask.request.get(peers.CLIENT))
    limits.guard_sign_in(ask.parts.limiter, tries)
    account = await ask.house.desk.ask(GATEWAY, accounts.account, email)
    kept = None if account is None else account.password
    if not await ask.parts.passwords.fits(body.password or "", kept=kept) or account is None:
        limits.count_failure(ask.parts.limiter, tries)
        raise Unauthenticated(NO_FIT)
    return await ask.house.desk.do(GATEWAY, actions.open_session, account.agent, new)


async def _replaced(ask: Ask) -> str | None:
    """The session this browser had: it ends, so that nobody can plant one."""
    found = await who.identify(ask.request, ask.house)
    return None if found is None or found.session is None else found.session.digest


async def _shown(ask: Ask, known: Who) -> Json:
    desk = ask.house.desk
    position = await desk.ask(known.actor, events.top)
    scope = await desk.ask(known.actor, accounts.scope)
    return {
        "agent": await shown(ask, known.agent, actor=known.actor),
        "csrf": None if known.session is None else known.session.csrf,
        "position": position,
        "scope": sorted(scope),
        "language": None,
        "theme": None,
    }


def session_item(session: Session, *, current: bool) -> Json:
    """Somewhere somebody is signed in."""
    return {
        "id": session.ref,
        "created_at": instant(session.created_at),
        "seen_at": instant(session.seen_at),
        "expires_at": instant(session.expires_at),
        "current": current,
    }
