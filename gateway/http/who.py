"""Who is asking: a person's session cookie or a program's token, looked up fresh for each request.

Only digests are kept. A cookie opens nothing across sites: it is SameSite, and every
change needs the session's own token in a header, which no other site can read.
"""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from urllib.parse import urlsplit

from aiohttp import web

from config.settings import Settings
from crm_core.actions import accounts as account_actions
from crm_core.model.account import Session
from crm_core.model.actor import Actor
from crm_core.model.errors import Refusal, Unauthenticated
from crm_core.model.ids import AgentId, TokenId
from crm_core.queries import accounts
from gateway.house import GATEWAY
from gateway.http.errors import FromElsewhere
from gateway.http.surroundings import Surroundings

CSRF_HEADER = "X-CSRF-Token"
TOKEN_PREFIX = "ons_"  # noqa: S105 - marks our tokens for secret scanners; it is none
_SAFE = ("GET", "HEAD", "OPTIONS")
_TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody we know: at a browser (`session`) or by program (`token`)."""

    actor: Actor
    session: Session | None = None
    token: TokenId | None = None

    @property
    def agent(self) -> AgentId:
        """The member of staff behind it."""
        return AgentId(self.actor.id)


def secret() -> str:
    """256 random bits, fit for a cookie, a header or an address."""
    return secrets.token_urlsafe(32)


def digest(text: str) -> str:
    """What is kept of a secret. It has 256 bits of chance, so one round of SHA-256 is enough."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


async def identify(request: web.Request, house: Surroundings) -> Who | None:
    """Who asks, or None for nobody we know. A token counts before a cookie."""
    authorization = request.headers.get("Authorization", "")
    if authorization:
        kind, _, given = authorization.partition(" ")
        return await _by_token(given.strip(), house) if kind.casefold() == "bearer" else None
    cookie = request.cookies.get(cookie_name(house.settings), "")
    return await _by_cookie(cookie, house) if cookie else None


def must_be_from_here(request: web.Request, house: Surroundings, *, who: Who | None) -> None:
    """A change that a browser sends must come from our own pages. Raises FromElsewhere.

    Programs with a token send no cookie, so no other site can borrow it.
    """
    if request.method in _SAFE or (who is not None and who.token is not None):
        return
    if not is_own_origin(request, house.settings):
        raise FromElsewhere("This was sent from another site. Nothing was done.")
    if who is None or who.session is None:
        return
    if not compare_digest(request.headers.get(CSRF_HEADER, "").encode(), who.session.csrf.encode()):
        raise FromElsewhere(f"The header {CSRF_HEADER} is missing or old. Load the page again; nothing was done.")


def is_own_origin(request: web.Request, settings: Settings) -> bool:
    """Whether a browser says that our own page sent it; programs say nothing and pass."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    return origin == _origin(settings.public_url) or urlsplit(origin).netloc == request.host


def must_be_known(who: Who | None) -> Who:
    """Raises Unauthenticated."""
    if who is None:
        raise Unauthenticated("Sign in first, or send a token in the Authorization header.")
    return who


def cookie_name(settings: Settings) -> str:
    """With https the browser itself guards the name: no sub-domain and no plain page can set it."""
    return "__Host-onestop" if settings.public_url.startswith("https:") else "onestop"


def set_cookie(answer: web.StreamResponse, settings: Settings, *, value: str) -> None:
    """Hand the secret to the browser, where no script can read it."""
    secure = settings.public_url.startswith("https:")
    answer.set_cookie(cookie_name(settings), value, path="/", httponly=True, secure=secure, samesite="Lax")


def forget_cookie(answer: web.StreamResponse, settings: Settings) -> None:
    """And take it back, with all that the browser kept of us."""
    secure = settings.public_url.startswith("https:")
    answer.del_cookie(cookie_name(settings), path="/", httponly=True, secure=secure, samesite="Lax")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'


async def _by_token(given: str, house: Surroundings) -> Who | None:
    if not given.startswith(TOKEN_PREFIX):
        return None
    token = await house.desk.ask(GATEWAY, accounts.token, digest(given))
    if token is None:
        return None
    if token.used_at is None or house.clock() - token.used_at > _TOUCH_EVERY:
        with suppress(Refusal):  # whoever only reads may read when nothing can be written
            await house.desk.do(GATEWAY, account_actions.touch_token, token.id)
    return Who(Actor.client(token.agent, scopes=token.scopes), token=token.id)


async def _by_cookie(given: str, house: Surroundings) -> Who | None:
    session = await house.desk.ask(GATEWAY, accounts.session, digest(given))
    if session is None:
        return None
    if house.clock() - session.seen_at > _TOUCH_EVERY:
        await house.desk.do(GATEWAY, account_actions.touch_session, session.digest)
    return Who(Actor.agent(session.agent), session=session)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
