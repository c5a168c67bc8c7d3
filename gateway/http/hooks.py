"""Where providers call us: whatever comes becomes a wire of that inbox, and the channel proves and answers it."""

from typing import Any

from aiohttp import web

from channels.contract import Wire
from crm_core.model.errors import NotFound
from crm_core.model.ids import InboxId
from gateway.http import peers
from gateway.http.errors import TooLarge
from gateway.http.inboxes import takes_hooks
from gateway.http.routes import Access, Ask, route

LARGEST = 10 * 1024 * 1024


@route("POST", "/hooks/{channel}/{inbox}", access=Access.ANYONE, raw=True, produces="*/*")
async def post(ask: Ask, *, channel: str, inbox: str) -> web.Response:
    """A provider's call. Answered after the commit; what is not signed by them is 403 and nothing is kept."""
    return await _take(ask, channel, inbox)


@route("GET", "/hooks/{channel}/{inbox}", access=Access.ANYONE, raw=True, produces="*/*")
async def get(ask: Ask, *, channel: str, inbox: str) -> web.Response:
    """For providers that call by GET."""
    return await _take(ask, channel, inbox)


async def _take(ask: Ask, channel: str, inbox: str) -> web.Response:
    door = ask.house.keeper.doors.get(InboxId(inbox))
    if door is None or door.inbox.channel != channel or not takes_hooks(door.type):
        raise NotFound
    wire = Wire(
        body=await _body(ask.request),
        headers=_headers(ask.request),
        url=f"{ask.house.settings.public_url}{ask.request.raw_path}",
        arrived_at=ask.house.clock(),
        evidence={"peer": str(ask.request.get(peers.CLIENT) or "")},
    )
    response = await ask.house.reception.take(door, wire)
    headers = {**response.headers, "Content-Type": response.type}
    return web.Response(status=response.status, body=response.body, headers=headers)


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
