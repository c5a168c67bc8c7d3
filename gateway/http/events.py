"""The live line to a screen: `/api/v1/events?after=<position>`."""

import asyncio
from typing import Annotated, Any, Literal, cast

from aiohttp import WSMessage, WSMsgType, web
from pydantic import Field, ValidationError

from crm_core.model.errors import Refusal
from crm_core.model.ids import TicketId
from crm_core.queries import accounts
from crm_core.queries import ticket as ticket_query
from crm_core.rules.limits import Bucket, take
from gateway.http import who
from gateway.http.errors import FromElsewhere
from gateway.http.routes import API, Ask, Asked, Input, route
from gateway.presence import Sign
from gateway.screen import Socket
from gateway.sockets import HEARTBEAT

WORDS_A_SECOND = 20.0
LONGEST_WORDS = 16 * 1024
NEVER_WAIT = 1 << 62
"""The hub looks at the buffer itself; a writer that waits for one slow reader would hold up all."""


class After(Asked):
    """Where the screen stands."""

    after: Annotated[int, Field(ge=0, le=1 << 53)] | None = None


class Signal(Input):
    """What somebody does at a ticket."""

    kind: Literal["viewing", "typing", "replying", "left"]
    ticket: Annotated[str, Field(min_length=1, max_length=60)]
    channel: Annotated[str, Field(max_length=60)] | None = None


class Words(Input):
    """What a screen says: topics, a sign, or that it is still there."""

    topics: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=300)] | None = None
    signal: Signal | None = None
    ping: int | None = None


@route("GET", f"{API}/events", query=After, status=101)
async def live(ask: Ask, *, query: After) -> web.StreamResponse:
    """The events that this person may see, from a position on, as JSON text frames over a WebSocket."""
    if not who.is_own_origin(ask.request, ask.house.settings):
        raise FromElsewhere("A page of another site asked for this line.")
    known, hub = ask.known, ask.parts.hub
    await ask.read(accounts.scope)  # refused before the line opens, not after
    ws = web.WebSocketResponse(
        heartbeat=HEARTBEAT, compress=False, max_msg_size=LONGEST_WORDS, writer_limit=NEVER_WAIT, timeout=2
    )
    await ws.prepare(ask.request)
    transport = cast(asyncio.Transport, ask.request.transport)
    socket = Socket(ws, transport, actor=known.actor, session=known.session, token=known.token)
    try:
        await hub.enter(socket, after=query.after)
        await _listen(ask, socket)
    except Refusal:
        await ws.close(code=1011, message=b"try again")
    finally:
        hub.leave(socket)
    return ws


async def _listen(ask: Ask, socket: Socket) -> None:
    """Until the line ends, or says what nobody understands."""
    bucket: Bucket | None = None
    async for message in socket.ws:
        taken = take(bucket, at=asyncio.get_running_loop().time(), rate=WORDS_A_SECOND, burst=WORDS_A_SECOND * 3)
        bucket, words = taken.bucket, _words(message)
        if words is None or not taken.allowed:
            await socket.ws.close(code=1008, message=b"not understood" if words is None else b"too much")
            return
        await _understand(ask, socket, words)


def _words(message: WSMessage) -> Words | None:
    if message.type is not WSMsgType.TEXT:
        return None
    try:
        return Words.model_validate_json(cast(Any, message).data)
    except ValidationError:
        return None


async def _understand(ask: Ask, socket: Socket, words: Words) -> None:
    if words.topics is not None:
        ask.parts.hub.listen_to(socket, frozenset(words.topics))
    if words.signal is not None:
        await _pass_on(ask, words.signal)
    if words.ping is not None:
        ask.parts.hub.answer(socket, words.ping)


async def _pass_on(ask: Ask, signal: Signal) -> None:
    """A sign at a ticket they cannot see is not passed on, and they are told nothing."""
    try:
        audience = await ask.read(ticket_query.audience, TicketId(signal.ticket))
    except Refusal:
        return
    now = ask.house.clock()
    agent = ask.known.agent
    ask.parts.hub.tell(Sign(signal.kind, TicketId(signal.ticket), agent, signal.channel, now, now, audience))
