"""Twilio's REST interface for calls, as far as it is needed, and the surface by which a browser is a simulated phone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jwt
from aiohttp import WSMsgType, web

from channels.shared.twilio.simulator.carrier import Refused
from channels.shared.twilio.simulator.lines import Line, Room, Seat, Tape

if TYPE_CHECKING:
    from channels.shared.twilio.simulator.exchange import Exchange

DEVICE = "/device"
BASE = "/2010-04-01/Accounts/{account}"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def mount(app: web.Application, exchange: "Exchange") -> None:
    """All routes of calls."""
    rest = _Rest(exchange)
    room = f"{BASE}/Conferences/{{room}}"
    app.router.add_post(f"{BASE}/Calls.json", rest.place)
    app.router.add_get(f"{BASE}/Calls/{{sid}}.json", rest.call)
    app.router.add_post(f"{BASE}/Calls/{{sid}}.json", rest.change_call)
    app.router.add_post(f"{BASE}/Calls/{{sid}}/Recordings.json", rest.record)
    app.router.add_post(f"{BASE}/Calls/{{sid}}/Recordings/{{tape}}.json", rest.change_recording)
    app.router.add_get(f"{BASE}/Recordings/{{tape}}", rest.content)
    app.router.add_get(f"{BASE}/Conferences.json", rest.conferences)
    app.router.add_post(f"{room}/Participants.json", rest.ring)
    app.router.add_get(f"{room}/Participants.json", rest.participants)
    app.router.add_post(f"{room}/Participants/{{who}}.json", rest.change_participant)
    app.router.add_get(DEVICE, Devices(exchange).open)


@dataclass(frozen=True)
class _Rest:
    exchange: "Exchange"

    async def call(self, request: web.Request) -> web.Response:
        return web.json_response(self._line(request).page())

    async def change_call(self, request: web.Request) -> web.Response:
        """Ended, or led on elsewhere."""
        line, form = self._line(request), await _form(request)
        if line.over:
            raise Refused(21220, 404 if "Status" in form else 400, "Call is not in-progress. Cannot redirect.")
        if form.get("Status") in ("completed", "canceled"):
            self.exchange.hang_up(line, "completed" if line.began else "canceled")
        elif form.get("Url"):
            line.mover.put_nowait(form["Url"])
        self._lost()
        return web.json_response(line.page())

    async def record(self, request: web.Request) -> web.Response:
        line, form = self._line(request), await _form(request)
        tape = self.exchange.tape(line, 0)
        self.exchange.turn(tape, "in-progress")
        if told := form.get("RecordingStatusCallback"):
            self.exchange.simulator.later(self._when_over(line, tape, told))
        return web.json_response(tape.page(), status=201)

    async def _when_over(self, line: Line, tape: Tape, told: str) -> None:
        await line.hung.wait()
        self.exchange.turn(tape, "completed")
        await self.exchange.taped(line, tape, told)

    async def change_recording(self, request: web.Request) -> web.Response:
        line, form = self._line(request), await _form(request)
        found = next((one for one in reversed(self.exchange.tapes.values()) if one.call == line.sid), None)
        if found is None or found.status == "completed":
            raise Refused(20404, 404, "No recording is running")
        if form.get("Status") in ("paused", "in-progress", "stopped"):
            self.exchange.turn(found, form["Status"].replace("stopped", "completed"))
        return web.json_response(found.page())

    async def content(self, request: web.Request) -> web.Response:
        name, _, ending = request.match_info["tape"].partition(".")
        tape = self.exchange.tapes.get(name)
        if tape is None:
            raise Refused(20404, 404, f"The requested resource {request.path} was not found")
        if self.exchange.shelved:
            raise Refused(20503, 503, "Service is unavailable")
        if ending == "json":
            return web.json_response(tape.page())
        return web.Response(body=tape.content, content_type="audio/mpeg" if ending == "mp3" else "audio/wav")

    async def conferences(self, request: web.Request) -> web.Response:
        query = request.query
        found = [
            one.page()
            for one in self.exchange.rooms.values()
            if query.get("FriendlyName") in (None, one.name)
            and query.get("Status") in (None, "completed" if one.over else "in-progress")
        ]
        return _page(request, "conferences", found)

    async def place(self, request: web.Request) -> web.Response:
        """A call that hears a document first."""
        form = await self._asked_to_ring(request)
        if not form.get("Url"):
            raise Refused(21205, 400, "A 'Url' or 'Twiml' is required.")
        line = self.exchange.place(form)
        await self._late()
        return web.json_response(line.page(), status=201)

    async def ring(self, request: web.Request) -> web.Response:
        form = await self._asked_to_ring(request)
        name = request.match_info["room"]
        room = self.exchange.rooms.get(name) or self.exchange.room(name)
        seat = self.exchange.dial(room, form)
        page = {**room.participant(seat), "status": "queued"}
        await self._late()
        return web.json_response(page, status=201)

    async def _asked_to_ring(self, request: web.Request) -> dict[str, str]:
        form = await _form(request)
        if not form.get("To") or not form.get("From"):
            raise Refused(21201, 400, "A 'To' and a 'From' are required.")
        if form["From"] not in self.exchange.simulator.carrier.numbers:
            raise Refused(21212, 400, f"The 'From' number {form['From']} is not a valid phone number for this account.")
        return form

    async def _late(self) -> None:
        """It was done, and the answer takes its time, or is an error."""
        if self.exchange.simulator.dice.throw("timeout"):
            await asyncio.sleep(self.exchange.simulator.hang)
        self._lost()

    async def participants(self, request: web.Request) -> web.Response:
        room = self._room(request)
        return _page(request, "participants", [room.participant(one) for one in room.seats])

    async def change_participant(self, request: web.Request) -> web.Response:
        room, form = self._room(request), await _form(request)
        seat = self._seat(room, request.match_info["who"])
        if form.get("Coaching") == "true":
            coached = room.seat(form.get("CallSidToCoach", ""))
            if coached is None or coached.held:
                raise Refused(16027, 400, "The participant to coach is not there, or on hold")
            seat.coached = coached.line.sid
        seat.held = form.get("Hold", str(seat.held).lower()) == "true"
        seat.muted = form.get("Muted", str(seat.muted).lower()) == "true"
        seat.coaching = form.get("Coaching", str(seat.coaching).lower()) == "true"
        return web.json_response(room.participant(seat))

    def _lost(self) -> None:
        if self.exchange.simulator.dice.throw("late_error"):
            raise Refused(20500, 500, "Internal Server Error")

    def _line(self, request: web.Request) -> Line:
        found = self.exchange.lines.get(request.match_info["sid"])
        if found is None:
            raise Refused(20404, 404, f"The requested resource {request.path} was not found")
        return found

    def _room(self, request: web.Request) -> Room:
        found = self.exchange.rooms.get(request.match_info["room"])
        if found is None or found.over:
            raise Refused(20404, 404, f"The requested resource {request.path} was not found")
        return found

    def _seat(self, room: Room, key: str) -> Seat:
        found = room.seat(key)
        if found is None:
            raise Refused(20404, 404, f"No participant {key} in this conference")
        return found


@dataclass(eq=False)
class Browser:
    """An agent's phone in a browser: it is told what rings, and says what is answered."""

    socket: web.WebSocketResponse
    identity: str
    ringing: "dict[str, asyncio.Future[str]]" = field(default_factory=dict)
    sent: set[asyncio.Task[None]] = field(default_factory=set)

    async def ring(self, line: Line) -> str:
        """Until it is accepted, rejected, or closed."""
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.ringing[line.sid] = answer
        await self.socket.send_json(
            {"type": "ring", "call": line.sid, "from": line.sender, "params": dict(line.params)}
        )
        return await answer

    def over(self, line: Line) -> None:
        """Its line is gone."""
        self.ringing.pop(line.sid, None)
        self._say({"type": "ended", "call": line.sid, "why": line.status})

    def closed(self) -> None:
        """The page is gone: nothing will be answered here."""
        for answer in self.ringing.values():
            if not answer.done():
                answer.set_result("no-answer")

    def _say(self, page: Mapping[str, Any]) -> None:
        if not self.socket.closed:
            task = asyncio.ensure_future(self.socket.send_json(page))
            self.sent.add(task)
            task.add_done_callback(self.sent.discard)


@dataclass(frozen=True)
class Devices:
    """Opens phones in browsers: each brings the token that our side signed for it."""

    exchange: "Exchange"

    async def open(self, request: web.Request) -> web.StreamResponse:
        """A socket for as long as the page lives; a newer one of the same identity takes over."""
        identity = self._identity(request.query.get("token", ""))
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        phone = Browser(socket, identity)
        self.exchange.devices[identity] = phone
        await socket.send_json({"type": "ready"})
        held: dict[str, Line] = {}
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._said(phone, message.json(), held)
        phone.closed()
        if self.exchange.devices.get(identity) is phone:
            del self.exchange.devices[identity]
        for line in held.values():
            self.exchange.hang_up(line)
        return socket

    async def _said(self, phone: Browser, page: Mapping[str, Any], held: dict[str, Line]) -> None:
        if "ping" in page:
            await phone.socket.send_json({"type": "pong"})
            return
        line = self.exchange.lines.get(str(page.get("call")))
        if line is None or line.to != f"client:{phone.identity}":
            return
        waits = phone.ringing.get(line.sid)
        match page.get("type"):
            case "accept" if waits is not None and not waits.done():
                held[line.sid] = line
                waits.set_result("in-progress")
                await phone.socket.send_json({"type": "accepted", "call": line.sid})
            case "reject" if waits is not None and not waits.done():
                waits.set_result("busy")
            case "hang-up":
                self.exchange.hang_up(line)
            case "digits":
                line.pressed += str(page.get("digits", ""))
            case "mute":
                await phone.socket.send_json({"type": "muted", "call": line.sid, "muted": bool(page.get("muted"))})
            case _:
                pass

    def _identity(self, token: str) -> str:
        try:
            said = jwt.decode(token, self.exchange.simulator.carrier.token, algorithms=["HS256"])
        except jwt.InvalidTokenError as why:
            raise Refused(20101, 401, "Invalid Access Token") from why
        return str(said.get("grants", {}).get("identity", ""))


async def _form(request: web.Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.post()).items()}


def _page(request: web.Request, name: str, items: list[dict[str, Any]]) -> web.Response:
    whole = {"uri": request.path, "first_page_uri": request.path, "next_page_uri": None, "previous_page_uri": None}
    return web.json_response(
        {**whole, name: items, "page": 0, "page_size": 50, "start": 0, "end": max(0, len(items) - 1)}
    )
