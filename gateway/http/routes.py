"""Typed routes: what an address takes and gives stands beside its handler, is enforced, and becomes the API's description.

A handler is called only with what was validated: `async def reply(ask: Ask, *, id: str,
body: ReplyBody)`. It returns JSON-ready values, None (204) or a response of its own.
Everything is for staff unless a route says otherwise.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from types import ModuleType
from typing import Any, Concatenate, ParamSpec, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from crm_core.actions.desk import Action, Query
from crm_core.actions.once import RequestKey, once
from crm_core.model.actor import Actor
from crm_core.model.errors import BadInput, NotFound, Problem
from gateway.http import who as whose
from gateway.http.errors import WrongType
from gateway.http.parts import PARTS, Parts
from gateway.http.surroundings import Surroundings
from gateway.http.who import Who

P = ParamSpec("P")
T = TypeVar("T")
B = TypeVar("B", bound="Input")
Handler = Callable[..., Awaitable[Any]]

API = "/api/v1"
KEY_HEADER = "Idempotency-Key"
ACTOR: "web.RequestKey[Actor]" = web.RequestKey("actor", Actor)
LONGEST_KEY = 200


class Access(Enum):
    """Who may call a route at all; what they may do is decided where the record is.

    ANYONE may look and fill in, at our own pages; OUTSIDE are programs of others, from wherever
    they run: they prove themselves by what they bring, and no cookie counts.
    """

    ANYONE = "anyone"
    OUTSIDE = "outside"
    STAFF = "staff"


class Input(BaseModel):
    """What comes from outside: unknown names are refused, nothing is converted behind the caller's back."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    @model_validator(mode="after")
    def _no_zero_bytes(self) -> "Input":
        if any(_has_zero(value) for value in self.__dict__.values()):
            raise ValueError("A text holds a zero byte, which no record can keep.")
        return self


class Asked(Input):
    """A query string: texts become numbers and choices where the field says so."""

    model_config = ConfigDict(extra="forbid", strict=False, frozen=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class Route:
    """One address and method. `answer` is the type that describes the answer in the API's description.

    `upload`: the handler reads a multipart body, or JSON where there is a `body`, too; `raw`: it
    reads body and query as they are.
    `may_be_empty`: it may answer 204; `may_be_missing`: what its query names may not be there (404).
    """

    method: str
    path: str
    handler: Handler
    access: Access
    body: type[Input] | None
    query: type[Asked] | None
    answer: Any
    status: int
    upload: bool
    raw: bool
    may_be_empty: bool
    produces: str
    may_be_missing: bool

    @property
    def name(self) -> str:
        """Unique, for the description's operation ids."""
        return f"{self.handler.__module__.rpartition('.')[2]}_{self.handler.__name__}"

    @property
    def canonical(self) -> str:
        """The path without the patterns that our router reads: as it is described."""
        return canonical(self.path)

    @property
    def parameters(self) -> list[str]:
        """Names in the path."""
        return [part.partition("}")[0] for part in self.path.split("{")[1:]]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, as handlers see it."""

    request: web.Request
    parts: Parts
    who: Who | None
    key: RequestKey | None

    @property
    def house(self) -> Surroundings:
        """What stands behind the web."""
        return self.parts.house

    @property
    def known(self) -> Who:
        """Who asks. Raises Unauthenticated."""
        return whose.must_be_known(self.who)

    @property
    def actor(self) -> Actor:
        """The actor for the desk. Raises Unauthenticated."""
        return self.known.actor

    def saying(self, *said: str) -> "Ask":
        """The same request where its handler read the body itself: its key holds for what was said, too."""
        if self.key is None:
            return self
        whole = "\n".join((self.key.request, *said)).encode()
        return replace(self, key=replace(self.key, request=hashlib.sha256(whole).hexdigest()))

    async def read(self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the record."""
        return await self.house.desk.ask(self.actor, query, *args, **kwargs)

    async def do(self, show: Callable[[T], Any], action: Action[P, T], *args: P.args, **kwargs: P.kwargs) -> Any:
        """Change the record and show what came of it; with an Idempotency-Key, once."""
        if self.key is None:
            return show(await self.house.desk.do(self.actor, action, *args, **kwargs))
        act = partial(_act, action, args, kwargs)
        return await self.house.desk.do(self.actor, once, self.key, act, show=show)


def route(
    method: str,
    path: str,
    *,
    access: Access = Access.STAFF,
    body: type[Input] | None = None,
    query: type[Asked] | None = None,
    answer: Any = None,
    status: int = 200,
    upload: bool = False,
    raw: bool = False,
    may_be_empty: bool = False,
    produces: str = "application/json",
    may_be_missing: bool = False,
) -> Callable[[Handler], Route]:
    """Make a route of a handler; its docstring becomes the description."""

    def made(handler: Handler) -> Route:
        return Route(
            method,
            path,
            handler,
            access,
            body,
            query,
            answer,
            status,
            upload,
            raw,
            may_be_empty,
            produces,
            may_be_missing,
        )

    return made


def canonical(path: str) -> str:
    """A path without the patterns that our router reads."""
    return web.UrlDispatcher().add_resource(path).canonical


def routes_of(module: ModuleType) -> Iterator[Route]:
    """The routes a module defines, in order."""
    return (value for value in vars(module).values() if isinstance(value, Route))


def add(app: web.Application, found: Route) -> None:
    """Put a route into an application."""
    app.router.add_route(found.method, found.path, partial(_answer, found))


async def _answer(found: Route, request: web.Request) -> web.StreamResponse:
    parts = request.app[PARTS]
    who = await _who(found, request, parts)
    given: dict[str, Any] = {name: _clean(value) for name, value in request.match_info.items()}
    if found.query is not None:
        given["query"] = _query(found.query, request)
    elif request.query and not found.raw:
        raise BadInput(*(Problem(name, "This address asks nothing of that name.") for name in request.query))
    raw = b"" if found.upload or found.raw else await request.read()
    if found.body is not None and not found.upload:
        given["body"] = _body(found.body, request, raw)
    result = await found.handler(Ask(request, parts, who, _key(request, raw)), **given)
    return _response(result, found)


async def _who(found: Route, request: web.Request, parts: Parts) -> Who | None:
    if found.access is Access.OUTSIDE:
        return None
    if found.access is Access.ANYONE:
        whose.must_be_from_here(request, parts.house, who=None)
        return None
    who = whose.must_be_known(await whose.identify(request, parts.house))
    whose.must_be_from_here(request, parts.house, who=who)
    request[ACTOR] = who.actor
    return who


def _query(model: type[Asked], request: web.Request) -> Asked:
    twice = sorted({name for name in request.query if len(request.query.getall(name)) > 1})
    if twice:
        raise BadInput(*(Problem(name, "Give this once.") for name in twice))
    try:
        return model.model_validate(dict(request.query))
    except ValidationError as why:
        raise _bad(why) from None


def _body(model: type[B], request: web.Request, raw: bytes) -> B:
    if raw and request.content_type != "application/json":
        raise WrongType("Send JSON, with Content-Type: application/json.")
    return read_body(model, raw)


def read_body(model: type[B], raw: bytes) -> B:
    """JSON as it was declared. Raises BadInput, with each problem's field."""
    try:
        return model.model_validate_json(raw or b"{}")
    except ValidationError as why:
        raise _bad(why) from None


def _bad(why: ValidationError) -> BadInput:
    """Each problem with its field; inputs are not repeated, they may be secrets."""
    return BadInput(
        *(
            Problem(".".join(str(part) for part in error["loc"]) or "body", error["msg"])
            for error in why.errors(include_url=False, include_input=False, include_context=False)
        )
    )


def _clean(part: str) -> str:
    """A part of the path; what cannot be an id of ours is not there."""
    if "\0" in part or not part.isprintable() or len(part) > 200:
        raise NotFound
    return part


def _key(request: web.Request, raw: bytes) -> RequestKey | None:
    key = request.headers.get(KEY_HEADER)
    if key is None or request.method != "POST":
        return None
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise BadInput(Problem(KEY_HEADER, f"1 to {LONGEST_KEY} plain characters."))
    said = f"{request.method} {request.path_qs}\n".encode() + raw
    return RequestKey(key, hashlib.sha256(said).hexdigest())


def _response(result: Any, found: Route) -> web.StreamResponse:
    if isinstance(result, web.StreamResponse):
        return result
    if result is None:
        return web.Response(status=204)
    return web.Response(
        status=found.status,
        body=json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode(),
        content_type="application/json",
    )


def _act(action: Callable[Concatenate[Any, P], Awaitable[T]], args: Any, kwargs: Any, tx: Any) -> Awaitable[T]:
    return action(tx, *args, **kwargs)


def _has_zero(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_zero(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set | frozenset):
        return any(_has_zero(part) for part in value)
    return False
