"""The wall: displays let in and shut out by those who run the floor, and the live line of figures that they read."""

import asyncio
import json
from contextlib import suppress
from typing import Any, cast

from aiohttp import WSMsgType, web

from crm_core.actions import displays as actions
from crm_core.model.actor import Actor
from crm_core.model.errors import Refusal
from crm_core.model.view import Json
from crm_core.queries import displays as record
from crm_core.queries.board import board_now
from crm_core.rules.board import millis_of
from gateway.days import today
from gateway.displays import figures
from gateway.http import faces, who
from gateway.http.bootstrap import channels, queue_item
from gateway.http.errors import FromElsewhere
from gateway.http.routes import API, Access, Ask, route
from gateway.sockets import SESSION_ENDED

DISPLAY = Actor.worker("display")
PATIENCE = 10.0
"""Seconds in which a display must have said its token."""

ALIVE_EVERY = 4.0
"""Seconds after which a display hears something, though nothing happened: it shows nothing that is older than ten."""

CHECKED_EVERY = 20.0
"""Seconds between two looks at whether it is still let in."""

AGAIN = 1012
"""The close code that says: come back and begin anew."""


class DisplayItem(faces.Face):
    """`url` opens the wall at a screen without a person; it is shown once. It ends after half a year, or when all are shut."""

    url: str


@route("POST", f"{API}/board/displays", answer=DisplayItem, status=201)
async def open_display(ask: Ask) -> Json:
    """An address for a screen on the wall: figures without a name, and nothing else."""
    epoch = await ask.house.desk.do(ask.actor, actions.open_display)
    token = ask.parts.displays.token(epoch)
    return {"url": f"{ask.house.settings.public_url.rstrip('/')}/console/wall#{token}"}


@route("DELETE", f"{API}/board/displays", status=204)
async def shut_displays(ask: Ask) -> None:
    """Shut out every display that was let in until now; those that are open go dark within half a minute."""
    await ask.house.desk.do(ask.actor, actions.shut_displays)


@route("GET", f"{API}/wall", access=Access.ANYONE, raw=True, status=101)
async def line(ask: Ask) -> web.StreamResponse:
    """The figures and what moves them, over a WebSocket; the first words of the display are its token."""
    if not who.is_own_origin(ask.request, ask.house.settings):
        raise FromElsewhere("A page of another site asked for this line.")
    ws = web.WebSocketResponse(compress=False, max_msg_size=4096, timeout=2)
    await ws.prepare(ask.request)
    token = await _token(ws)
    if token is None or not await _opens(ask, token):
        await ws.close(code=SESSION_ENDED, message=b"not let in")
        return ws
    heard = ask.parts.displays.enter()
    reading = asyncio.create_task(_until_closed(ws))
    try:
        await ws.send_str(json.dumps({"hello": await _hello(ask)}))
        await _tell(ask, ws, heard, token=token, closed=reading)
    except (ConnectionError, Refusal):
        await ws.close(code=AGAIN, message=b"come back")
    finally:
        ask.parts.displays.leave(heard)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
    return ws


async def _tell(
    ask: Ask, ws: web.WebSocketResponse, heard: "asyncio.Queue[str | None]", *, token: str, closed: "asyncio.Task[None]"
) -> None:
    loop = asyncio.get_running_loop()
    checked = loop.time()
    while not closed.done():
        if loop.time() - checked > CHECKED_EVERY:
            checked = loop.time()
            if not await _opens(ask, token):
                await ws.close(code=SESSION_ENDED, message=b"shut out")
                return
        try:
            said = await asyncio.wait_for(heard.get(), ALIVE_EVERY)
        except TimeoutError:
            said = '{"alive":true}'
        if said is None:
            await ws.close(code=AGAIN, message=b"begin anew")
            return
        await ws.send_str(said)


async def _until_closed(ws: web.WebSocketResponse) -> None:
    """A display says nothing after its token; what it says is not heard."""
    async for _ in ws:
        pass


async def _token(ws: web.WebSocketResponse) -> str | None:
    try:
        said = await ws.receive(timeout=PATIENCE)
        return str(json.loads(cast(Any, said).data)["token"]) if said.type is WSMsgType.TEXT else None
    except (TimeoutError, ValueError, KeyError, TypeError):
        return None


async def _opens(ask: Ask, token: str) -> bool:
    try:
        return ask.parts.displays.opens(token, epoch=await ask.house.desk.ask(DISPLAY, record.epoch))
    except Refusal:
        return False


async def _hello(ask: Ask) -> Json:
    setup = ask.house.keeper.setup
    day, until = today(setup.calendars, at=ask.house.clock())
    board = await ask.house.desk.ask(DISPLAY, board_now, day=day, aims=setup.aims)
    return {
        "now": millis_of(ask.house.clock()),
        "until": millis_of(until),
        "aims": setup.aims.shown(),
        **figures(board),
        "queues": [queue_item(queue) for queue in setup.queues if queue.active],
        "channels": channels(ask),
        "open": sorted({inbox.channel for inbox in setup.inboxes if inbox.active}),
    }
