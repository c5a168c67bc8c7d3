"""Where providers call us: whatever comes becomes a wire of an inbox, and its channel proves and answers it.

Below `/hooks` each inbox has an address of its own. A channel that promises a fixed address
(`mounts`) says itself which of its inboxes a wire is for.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from aiohttp import web

from channels.contract import ChannelType, Forged, Unavailable, Wire
from crm_core.model.errors import Busy, Conflict, NotFound
from crm_core.model.ids import InboxId
from gateway.house import HOOKS, Door
from gateway.http import errors, peers, who
from gateway.http.errors import TooLarge
from gateway.http.routes import Access, Ask, Route, route

OF_A_KEY, OF_A_KEY_AT_ONCE = 2.0, 120
"""Calls a second by one key, and how many at once."""

LARGEST = 10 * 1024 * 1024


@route("POST", f"{HOOKS}/{{channel}}/{{inbox}}", access=Access.OUTSIDE, raw=True, produces="*/*")
async def post(ask: Ask, *, channel: str, inbox: str) -> web.Response:
    """A provider's call. Answered after the commit; what is not signed by them is 403 and nothing is kept."""
    return await _take(ask, _door(ask, channel, inbox))


@route("GET", f"{HOOKS}/{{channel}}/{{inbox}}", access=Access.OUTSIDE, raw=True, produces="*/*")
async def get(ask: Ask, *, channel: str, inbox: str) -> web.Response:
    """For providers that call by GET."""
    return await _take(ask, _door(ask, channel, inbox))


def fixed(types: Iterable[ChannelType]) -> Iterator[Route]:
    """The routes of channels that answer at addresses of their own, which they promise to outsiders."""
    for kind in types:
        for number, mount in enumerate(kind.mounts if kind.choose is not None else ()):
            if mount != HOOKS and not mount.startswith(f"{HOOKS}/"):
                for method in ("GET", "POST"):
                    handler = _described(kind, partial(_chosen, kind), name=f"{method.lower()}_{kind.name}_{number}")
                    made = route(method, f"{mount}/{{path:.*}}", access=Access.OUTSIDE, raw=True, produces="*/*")
                    yield made(handler)


async def _chosen(kind: ChannelType, ask: Ask, *, path: str) -> web.Response:  # noqa: ARG001 - the channel reads the URL
    wire = await _wire(ask)
    doors = [door for door in ask.house.keeper.doors.values() if door.type is kind]
    inbox = kind.choose(wire, [door.opening for door in doors]) if kind.choose is not None and doors else None
    door = next((door for door in doors if door.inbox.id == inbox), None)
    if door is None:
        raise NotFound
    return await _answered(ask, door, wire)


def _described(kind: ChannelType, handler: Any, *, name: str) -> Any:
    """A partial has neither the name nor the words that the description is made of."""
    handler.__module__, handler.__name__ = __name__, name
    handler.__doc__ = f"{kind.title['en']}: what it answers here is said on its card (docs/channels.md)."
    return handler


def _door(ask: Ask, channel: str, inbox: str) -> Door:
    door = ask.house.keeper.doors.get(InboxId(inbox))
    if door is None or door.inbox.channel != channel or not door.opening.hook_url:
        raise NotFound
    return door


async def _take(ask: Ask, door: Door) -> web.Response:
    return await _answered(ask, door, await _wire(ask))


async def _answered(ask: Ask, door: Door, wire: Wire) -> web.Response:
    """What the provider gets; where we can take nothing now, what makes it come again."""
    _pace(ask, door, wire)
    try:
        response = await ask.house.reception.take(door, wire)
    except Busy as why:
        return _later(why.why, after=why.retry_after)
    except Conflict as why:  # many at once for one ticket: somebody was faster, again and again
        return _later(why.why, after=1)
    except Unavailable as why:
        return _later(str(why), after=5)
    except Forged:
        await ask.parts.calls.refused(door, ask.house)
        raise
    await ask.parts.calls.well(door, ask.house)
    await ask.parts.calls.used(door, wire, ask.house)
    headers = {**response.headers, "Content-Type": response.type}
    return web.Response(status=response.status, body=response.body, headers=headers)


def _later(why: str, *, after: int) -> web.Response:
    later = errors.problem(503, detail=why)
    later.headers["Retry-After"] = str(after)
    return later


def _pace(ask: Ask, door: Door, wire: Wire) -> None:
    """A program of others is counted by its key, from wherever it comes. Raises Slower."""
    key = door.type.key_of(wire) if door.type.key_of is not None else ""
    if key and not peers.is_near(ask.request.get(peers.CLIENT)):
        ask.parts.limiter.take(f"key {who.digest(key)}", rate=OF_A_KEY, burst=OF_A_KEY_AT_ONCE)


async def _wire(ask: Ask) -> Wire:
    return Wire(
        body=await _body(ask.request),
        headers=_headers(ask.request),
        url=f"{ask.house.settings.public_url.rstrip('/')}{ask.request.raw_path}",
        arrived_at=ask.house.clock(),
        evidence={"peer": str(ask.request.get(peers.CLIENT) or "")},
        method=ask.request.method,
    )


async def _body(request: web.Request) -> bytes:
    content = bytearray()
    async for chunk in request.content.iter_chunked(65536):
        content += chunk
        if len(content) > LARGEST:
            raise TooLarge("This is larger than we take.")
    return bytes(content)


def _headers(request: web.Request) -> dict[str, Any]:
    """By name, several of one name with commas, as HTTP allows."""
    return {name: ", ".join(request.headers.getall(name)) for name in dict.fromkeys(request.headers)}
