"""Refusals as RFC 9457 problem documents. This file alone knows status codes of refusals."""

import json
from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web

from channels.contract import Forged
from crm_core.model import errors
from crm_core.model.errors import Refusal
from gateway.http import refusals
from gateway.http.languages import preferred

log = structlog.get_logger()

STATUS: dict[type[Refusal], int] = {
    errors.BadInput: 422,
    errors.Busy: 429,
    errors.Conflict: 409,
    errors.FileHeld: 409,
    errors.Forbidden: 403,
    errors.Full: 409,
    errors.Gone: 410,
    errors.NotAllowedNow: 409,
    errors.NotFound: 404,
    errors.Outdated: 409,
    errors.Stale: 409,
    errors.StoreDown: 503,
    errors.StoreFull: 507,
    errors.Unauthenticated: 401,
}
"""Each refusal and its status. `tests/test_house.py` fails where one is missing."""

TYPE = "application/problem+json"

Shown = Callable[[web.Request, web.Response], web.Response]
SHOWN: "web.AppKey[Shown]" = web.AppKey("shown", object)  # type: ignore[arg-type]
"""How a refusal is shown to people who read pages; set by what brings the pages. It may leave the answer as it is."""

_ADVICE = {
    400: "The request could not be read. Look at its headers and body.",
    404: errors.NotFound().why,
    405: "This address does not know this method. The Allow header says which it knows.",
    413: "This is larger than we take. Send less at once.",
    415: "Send it as the type that this address takes: see /api/docs.",
    500: "Something went wrong on our side. It is in our log; try again.",
}


class Slower(Refusal):
    """More requests than one client may make; not a fault of the record."""

    def __init__(self, *, retry_after: float) -> None:
        super().__init__("Too many requests. Wait a moment and try again.")
        self.retry_after = max(1, round(retry_after))


class WrongType(Refusal):
    """A body of a type that this address does not take."""


class TooLarge(Refusal):
    """A body or file larger than we take."""


class FromElsewhere(Refusal):
    """A browser sent this from another site, or without the token that proves it did not."""


STATUS |= {Slower: 429, WrongType: 415, TooLarge: 413, FromElsewhere: 403}


def problem(status: int, *, detail: str, title: str | None = None, **more: Any) -> web.Response:
    """A problem document: what happened, and what to do."""
    phrase = title or HTTPStatus(status).phrase
    body = {"type": f"/api/docs#problem-{status}", "title": phrase, "status": status, "detail": detail, **more}
    return web.Response(status=status, body=json.dumps(body).encode(), content_type=TYPE)


def refused(refusal: Refusal, *, language: str = "en") -> web.Response:
    """The answer to something that was not done, in the language of whoever asked for it."""
    status = next(code for kind in type(refusal).__mro__ if (code := STATUS.get(kind)) is not None)
    more: dict[str, Any] = {}
    detail = refusals.said(refusal.why, language=language)
    if isinstance(refusal, errors.BadInput):
        more["errors"] = [_problem(one, language=language) for one in refusal.problems]
        detail = refusals.of_fields(refusal.problems, language=language)
    if isinstance(refusal, errors.Outdated):
        more["facts"] = [asdict(one) for one in refusal.facts]
    if isinstance(refusal, errors.Full):
        more["code"] = "full"
    if isinstance(refusal, errors.Stale):
        more["version"] = refusal.version
    answer = problem(status, detail=detail, **more)
    if isinstance(refusal, errors.Busy | Slower):
        answer.headers["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, errors.StoreDown | errors.StoreFull):
        answer.headers["Retry-After"] = "5"
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Onestop"'
    return answer


def _problem(one: errors.Problem, *, language: str) -> dict[str, str]:
    why = refusals.said(one.why, language=language)
    return {"field": one.field, "why": why, **({"code": one.code} if one.code else {})}


def raised(why: web.HTTPException, *, language: str = "en") -> web.Response:
    """What aiohttp itself refuses, in the same form."""
    detail = _ADVICE.get(why.status, HTTPStatus(why.status).description or HTTPStatus(why.status).phrase)
    answer = problem(why.status, detail=refusals.said(detail, language=language))
    if "Allow" in why.headers:
        answer.headers["Allow"] = why.headers["Allow"]
    return answer


@web.middleware
async def told(request: web.Request, handler: Any) -> web.StreamResponse:
    """Every refusal becomes a problem document, or a page for people who read pages.

    A fault of ours is logged and says nothing about itself.
    """
    try:
        answer: web.StreamResponse = await handler(request)
    except web.HTTPMove as why:  # as an answer, so that it is hardened and counted like others
        return web.Response(status=why.status, headers={"Location": why.headers["Location"]})
    except web.HTTPException as why:
        if why.status < HTTPStatus.BAD_REQUEST:
            raise
        return _shown(request, raised(why, language=_language(request)))
    except Refusal as why:
        return _shown(request, refused(why, language=_language(request)))
    except Forged:
        return problem(403, detail="This is not signed by whom it claims to come from. Nothing was kept.")
    except ConnectionError:
        if request.transport is not None and not request.transport.is_closing():
            log.exception("request failed", route=_pattern(request))
        return _shown(request, _fault(request))  # or the caller is gone: then nobody reads it
    except Exception:  # whatever it is, the caller gets an answer and the log the reason
        log.exception("request failed", route=_pattern(request))
        return _shown(request, _fault(request))
    return answer


def _language(request: web.Request) -> str:
    return preferred(request.headers.get("Accept-Language", "")) or "en"


def _fault(request: web.Request) -> web.Response:
    return problem(500, detail=refusals.said(_ADVICE[500], language=_language(request)))


def _shown(request: web.Request, answer: web.Response) -> web.Response:
    show = request.app.get(SHOWN)
    return answer if show is None else show(request, answer)


def _pattern(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "?"
