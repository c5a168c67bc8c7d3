"""The voice side of the simulator: its answers held to Twilio's own description, TwiML carried out, and what is wrong refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import jsonschema_rs
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant
from twilio.request_validator import RequestValidator

from channels.shared.twilio.simulator.app import Simulator
from channels.shared.twilio.simulator.callers import Answering, Person
from channels.shared.twilio.simulator.carrier import Carrier, Number
from channels.shared.twilio.simulator.lines import Line
from channels.shared.twilio.simulator.twiml import IN_LINE, VERBS, Wrong, parsed
from tests.channels.shared.twilio.provider import ACCOUNT, TOKEN, schema_of

OURS = "+15550140911"
REST = "/2010-04-01/Accounts/{AccountSid}"


class Side:
    """Our side of the wire: a document for each step, and what was told."""

    def __init__(self, **documents: str) -> None:
        self.documents = documents
        self.told: list[dict[str, str]] = []
        self.forged = 0

    async def answer(self, request: web.Request) -> web.Response:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        signed = request.headers.get("X-Twilio-Signature", "")
        self.forged += not RequestValidator(TOKEN).validate(str(request.url), fields, signed)
        step = request.query.get("step", "start")
        self.told.append({"step": step, **fields})
        return web.Response(text=self.documents.get(step, "<Response/>"), content_type="text/xml")

    def steps(self) -> list[str]:
        return [one["step"] for one in self.told]


@asynccontextmanager
async def opened(side: Side) -> AsyncIterator[tuple[Simulator, str]]:
    app = web.Application()
    app.router.add_post("/hook", side.answer)
    server = TestServer(app)
    await server.start_server()
    hook = str(server.make_url("/hook"))
    side.documents = {name: text.replace("HOOK", hook) for name, text in side.documents.items()}
    simulator = Simulator(Carrier(ACCOUNT, TOKEN, [Number(OURS, hook, TOKEN, voice=True)]), scale=0.01, pace=0.01)
    await simulator.open()
    try:
        yield simulator, hook
    finally:
        await simulator.close()
        await server.close()


async def over(line: Line) -> None:
    async with asyncio.timeout(10):
        while not line.over:
            await asyncio.sleep(0.01)


async def test_a_document_is_carried_out_verb_by_verb_and_the_line_is_hung_up_at_its_end() -> None:
    side = Side(
        start='<Response><Say>Hello</Say><Gather numDigits="1" action="HOOK?step=key"><Say>Press</Say></Gather>'
        "<Say>No key</Say></Response>",
        key="<Response><Say>Thanks</Say><Redirect>HOOK?step=last</Redirect><Say>Never</Say></Response>",
        last='<Response><Record action="HOOK?step=bye" recordingStatusCallback="HOOK?step=tape"/></Response>',
        bye="<Response><Hangup/></Response>",
    )
    async with opened(side) as (simulator, _):
        person = Person("+15550142001", 60, 1, keys=["5"], message=(4, "Words."))
        await over(simulator.exchange.call(person.number, to=OURS, caller=person))
        await simulator.settle()
        assert person.heard == ["Hello", "Press", "Thanks"]
        assert set(side.steps()) == {"start", "key", "last", "bye", "tape"}
        assert next(one for one in side.told if one["step"] == "key")["Digits"] == "5"
        assert side.told[-1]["CallStatus"] in ("completed", "in-progress")
        assert side.forged == 0


async def test_a_line_that_waits_hears_its_document_again_until_a_request_leads_it_elsewhere() -> None:
    side = Side(
        start='<Response><Enqueue waitUrl="HOOK?step=wait">line</Enqueue></Response>',
        wait="<Response><Say>Wait</Say><Pause length='1'/></Response>",
        talk="<Response><Dial><Conference participantLabel='caller' endConferenceOnExit='true'>room</Conference></Dial></Response>",
        first="<Response><Say>Before anybody is with you.</Say></Response>",
    )
    async with opened(side) as (simulator, hook):
        auth = aiohttp.BasicAuth(ACCOUNT, TOKEN)
        root = f"{simulator.url}/2010-04-01/Accounts/{ACCOUNT}"
        person, phone = Person("+15550142001", 60, 1), Answering(simulator.exchange)
        simulator.exchange.devices["anna"] = phone
        line = simulator.exchange.call(person.number, to=OURS, caller=person)
        async with aiohttp.ClientSession(auth=auth) as http, asyncio.timeout(20):
            while side.steps().count("wait") < 2:
                await asyncio.sleep(0.01)
            form = {"From": OURS, "To": "client:anna?call=1", "Label": "leg"}
            participant = await _asked(http, "POST", f"{root}/Conferences/room/Participants.json", form)
            _held_to(participant, f"{REST}/Conferences/{{ConferenceSid}}/Participants.json", "post", "201")
            called = await _asked(http, "POST", f"{root}/Calls/{line.sid}.json", {"Url": f"{hook}?step=talk"})
            _held_to(called, f"{REST}/Calls/{{Sid}}.json", "post", "200")
            room = participant["conference_sid"]
            while len(simulator.exchange.rooms[room].seats) < 2:
                await asyncio.sleep(0.01)
            held = await _asked(http, "POST", f"{root}/Conferences/{room}/Participants/caller.json", {"Hold": "true"})
            _held_to(held, f"{REST}/Conferences/{{ConferenceSid}}/Participants/{{CallSid}}.json", "post", "200")
            assert held["hold"] is True
            coach = {"Coaching": "true", "CallSidToCoach": line.sid}
            async with http.post(f"{root}/Conferences/{room}/Participants/leg.json", data=coach) as refused:
                assert (await refused.json())["code"] == 16027, "nobody coaches somebody on hold"
            seats = await _asked(http, "GET", f"{root}/Conferences/{room}/Participants.json")
            _held_to(seats, f"{REST}/Conferences/{{ConferenceSid}}/Participants.json", "get", "200")
            rooms = await _asked(http, "GET", f"{root}/Conferences.json?FriendlyName=room")
            _held_to(rooms, f"{REST}/Conferences.json", "get", "200")
            tape = await _asked(http, "POST", f"{root}/Calls/{line.sid}/Recordings.json", {})
            _held_to(tape, f"{REST}/Calls/{{CallSid}}/Recordings.json", "post", "201")
            simulator.exchange.phones[person.number] = theirs = Answering(simulator.exchange)
            form = {
                "From": OURS,
                "To": person.number,
                "Url": f"{hook}?step=first",
                "StatusCallback": f"{hook}?step=over",
            }
            placed = await _asked(http, "POST", f"{root}/Calls.json", form)
            _held_to(placed, f"{REST}/Calls.json", "post", "201")
            while "over" not in side.steps():
                await asyncio.sleep(0.01)
            assert theirs.heard == ["Before anybody is with you."]
            simulator.exchange.hang_up(line)
            while not simulator.exchange.rooms[room].over or phone.on:
                await asyncio.sleep(0.01)


async def _asked(http: aiohttp.ClientSession, method: str, url: str, form: dict[str, str] | None = None) -> Any:
    async with http.request(method, url, data=form) as answer:
        page = await answer.json()
        assert answer.status in (200, 201), page
        return page


def _held_to(page: Any, path: str, method: str, status: str) -> None:
    jsonschema_rs.validate(schema_of(path, method, status), page)


@pytest.mark.parametrize(
    ("document", "allowed", "code"),
    [
        ("<Response><Say>Hello</Response>", VERBS, 12100),
        ("<Answer/>", VERBS, 12100),
        ("<Response><Sing/></Response>", VERBS, 12200),
        ("<Response><Dial/></Response>", IN_LINE, 12200),
    ],
)
def test_a_document_that_twilio_would_not_carry_out_is_an_error(
    document: str, allowed: frozenset[str], code: int
) -> None:
    with pytest.raises(Wrong) as why:
        parsed(document, allowed=allowed)
    assert why.value.code == code


async def test_where_our_side_fails_the_fallback_is_asked_and_at_last_an_apology_is_heard() -> None:
    async with opened(Side()) as (simulator, hook):
        simulator.carrier.numbers[OURS] = Number(OURS, hook.replace("/hook", "/nowhere"), TOKEN, voice=True)
        person = Person("+15550142001", 60, 1)
        await over(simulator.exchange.call(person.number, to=OURS, caller=person))
        assert person.heard == ["An application error has occurred. Goodbye."]
        assert simulator.exchange.errors


async def test_a_browser_with_a_token_of_ours_is_a_phone_and_one_without_is_not() -> None:
    async with opened(Side()) as (simulator, _):
        token = AccessToken(ACCOUNT, "SK1", TOKEN, identity="anna", ttl=60)
        token.add_grant(VoiceGrant(incoming_allow=True))
        async with aiohttp.ClientSession() as http, asyncio.timeout(10):
            async with http.get(f"{simulator.url}/device?token=nonsense") as refused:
                assert refused.status == 401
            async with http.ws_connect(f"{simulator.url}/device?token={token.to_jwt()}") as device:
                assert (await device.receive_json())["type"] == "ready"
                room = simulator.exchange.room("room")
                seat = simulator.exchange.dial(
                    room, {"From": OURS, "To": "client:anna?call=7", "Label": "leg", "StatusCallbackEvent": "answered"}
                )
                ring = await device.receive_json()
                assert (ring["type"], ring["params"]) == ("ring", {"call": "7"})
                await device.send_json({"type": "accept", "call": ring["call"]})
                assert (await device.receive_json())["type"] == "accepted"
                while not room.seats:
                    await asyncio.sleep(0.01)
                await device.send_json({"type": "hang-up", "call": ring["call"]})
                assert (await device.receive_json())["type"] == "ended"
                assert seat.line.over
