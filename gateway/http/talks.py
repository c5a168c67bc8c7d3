"""A visitor talks to us: over a socket, or by the same words in single requests where sockets do not get through.

Who they are is a secret of 256 bits that their browser made. We keep its digest, which is
their address: who has the secret sees that conversation, and nobody sees another.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any, cast

from aiohttp import WSMessage, WSMsgType, web
from pydantic import Field, ValidationError

from channels.contract import Wire
from channels.shared import spoken
from channels.shared.json_body import Upload
from channels.shared.spoken import LONGEST_ID, SHORTEST_ID, Spoken
from crm_core.actions import talks as actions
from crm_core.actions.feedback import rate_in_talk
from crm_core.model import phone
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.errors import BadInput, Gone, NotFound, Problem, Refusal, Unauthenticated
from crm_core.model.feedback import BEST, LONGEST_COMMENT, WORST, Given
from crm_core.model.ids import InboxId, MessageId
from crm_core.model.mailbox import mailbox
from crm_core.model.message import Delivery
from crm_core.model.view import Json, ticket_row
from crm_core.queries import talks, ticket
from crm_core.queries.talks import Seen
from crm_core.rules.limits import Bucket, take
from gateway.files import opened
from gateway.house import Door
from gateway.http import faces, files, headers, peers, uploads, who
from gateway.http.errors import FromElsewhere, Slower, TooLarge, WrongType
from gateway.http.routes import API, Access, Ask, Input, read_body, route
from gateway.http.there import now_at, service_at
from gateway.http.uploads import TooMuch
from gateway.visits import Visit

MOUNT = "/w/"
"""A channel that claims this prefix is one whose visitors' pages these are."""

SECRET_HEADER = "X-Visitor"  # noqa: S105 - the name of a header
HEARTBEAT = 25.0
FIRST_WORDS = 10.0
LONGEST_FRAME = 24 * 1024
WORDS_A_SECOND, WORDS_AT_ONCE = 2.0, 30
SAID_A_SECOND, SAID_AT_ONCE = 0.5, 12
"""Utterances of one session; what is typed by hand never comes faster for long."""

LINES_A_SECOND, LINES_AT_ONCE = 0.5, 40
PEER_A_SECOND, PEER_AT_ONCE = 2.0, 60
"""Lines, and utterances, of one peer from outside: a library or a mobile network shares one."""

Id = Annotated[str, Field(min_length=SHORTEST_ID, max_length=LONGEST_ID, pattern=r"^[A-Za-z0-9_-]+$")]
Short = Annotated[str, Field(max_length=200)]
Answer = Annotated[str, Field(max_length=5000)]
Ids = Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=50)]


class Hello(Input):
    """Who is there, how far the page has come, and which step of waiting it was told last."""

    secret: Annotated[str, Field(max_length=60)]
    after: Annotated[int, Field(ge=0, le=1 << 53)] | None = None
    number: Annotated[str, Field(max_length=20)] | None = None
    told: Annotated[int, Field(ge=0, le=100)] | None = None


class Say(Input):
    """One utterance; the first may say for which service it is, and answer its questions."""

    id: Id
    text: Annotated[str, Field(max_length=4000)] = ""
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")] | None = None
    name: Annotated[str, Field(max_length=120)] = ""
    email: Short | None = None
    phone: Short | None = None
    service: Annotated[str, Field(max_length=100)] | None = None
    answers: Annotated[dict[Annotated[str, Field(max_length=60)], Answer], Field(max_length=80)] | None = None


class Reach(Input):
    """Where an answer is to go, should they be gone: claimed, and used for this matter alone."""

    email: Short = ""
    phone: Short = ""


class Rate(Input):
    """How we did, from 1 (worst) to 5; a comment if they like. Said again, it is changed."""

    score: Annotated[int, Field(ge=WORST, le=BEST)]
    comment: Annotated[str, Field(max_length=LONGEST_COMMENT)] = ""


class Words(Input):
    """What a page says: who it is, an utterance, what arrived and was read, or a passing sign."""

    hello: Hello | None = None
    say: Say | None = None
    got: Ids | None = None
    read: Ids | None = None
    typing: bool = False
    stay: bool = False
    reach: Reach | None = None
    end: bool = False
    rate: Rate | None = None
    ping: int | None = None


@route("GET", "/w/{id}/line", access=Access.ANYONE, raw=True, produces="*/*")
async def line(ask: Ask, *, id: str) -> web.StreamResponse:
    """A visitor's line, a WebSocket for our own page: its first frame says `hello`, with the visitor's secret."""
    if not who.is_own_origin(ask.request, ask.house.settings):
        raise FromElsewhere("A page of another site asked for this line.")
    door = door_of(ask, id)
    _pace(ask, "lines", rate=LINES_A_SECOND, burst=LINES_AT_ONCE)
    ws = web.WebSocketResponse(heartbeat=HEARTBEAT, compress=False, max_msg_size=LONGEST_FRAME, timeout=2)
    await ws.prepare(ask.request)
    try:
        visit = await _first(ws, door)
        if visit is None:
            await ws.close(code=1008, message=b"say hello first")
            return ws
        await _talk(ask, door, visit)
    finally:
        await ws.close()
    return ws


@route("POST", "/w/{id}/turns", access=Access.ANYONE, body=Words, upload=True, raw=True)
async def turn(ask: Ask, *, id: str) -> Json:
    """The same words without a line, with their answer: for files, and where no socket gets through.

    JSON, or multipart where files come with it: the JSON as the part `words`, each file as one named `file`.
    """
    raw, sent = await _received(ask.request)
    words, door = read_body(Words, raw), door_of(ask, id)
    visitor = _visitor(door, words.hello)
    said: Json = {}
    if words.say is not None:
        said = await say(ask, door, visitor, words.say, sent=sent)
    await _done(ask, door, visitor, words)
    seen = _seen(words.hello)
    news = await ask.parts.visits.look(door.inbox, visitor, seen=seen)
    return {**said, "news": await ask.parts.visits.told(door.inbox, news, before=seen)}


@route("GET", "/w/{id}/files/{message}/{number}", access=Access.ANYONE, raw=True, produces="*/*")
async def file(ask: Ask, *, id: str, message: str, number: str) -> web.Response:
    """A file of a visitor's own conversation, to whoever brings their secret in the header `X-Visitor`."""
    door = door_of(ask, id)
    visitor = _visitor(door, Hello(secret=ask.request.headers.get(SECRET_HEADER, "")[:60]))
    if not number.isascii() or not number.isdigit():
        raise NotFound
    actor, desk = Actor.inbox(door.inbox.id), ask.house.desk
    found = await desk.ask(
        actor, talks.attachment, visitor, inbox=door.inbox.id, message=MessageId(message), number=int(number[:3])
    )
    content = await opened(found.digest, desk=desk, actor=actor, files=ask.house.files)
    return web.Response(
        body=content,
        headers={
            "Content-Type": files.passed_on(found.type, content),
            "Content-Disposition": files.disposition(found.name),
            "Content-Security-Policy": headers.NOTHING,
        },
    )


@route("POST", f"{API}/tickets/{{id}}/endings", answer=faces.TicketRow)
async def end(ask: Ask, *, id: str) -> Any:
    """End the talk that goes on about this ticket; what is still to be answered is answered like a message."""
    house = ask.house.keeper.house
    return await ask.do(ticket_row, actions.end, await ask.read(ticket.resolve, id), house=house)


def door_of(ask: Ask, inbox: str) -> Door:
    """The open inbox whose visitors these are. Raises NotFound."""
    door = ask.house.keeper.doors.get(InboxId(inbox))
    if door is None or MOUNT not in door.type.mounts:
        raise NotFound
    return door


async def say(ask: Ask, door: Door, visitor: Address, said: Say, *, sent: Sequence[Upload] = ()) -> Json:
    """Hand an utterance in; what the page is told after the commit. Said again, it is the same one."""
    if not said.text.strip() and not sent and not said.answers:
        return _refused(said, "Say something first.")
    ask.parts.limiter.take(f"talk {visitor.value}", rate=SAID_A_SECOND, burst=SAID_AT_ONCE)
    _pace(ask, "talk", rate=PEER_A_SECOND, burst=PEER_AT_ONCE)
    now = await now_at(ask, service_at(ask, said.service) if said.service else None)
    utterance = Spoken(
        id=said.id,
        visitor=visitor.value,
        text=said.text.strip(),
        name=said.name,
        language=said.language,
        service=said.service,
        answers=said.answers,
        email=said.email,
        phone=said.phone,
        files=tuple(sent),
        later=not now.there,
    )
    settings = ask.house.settings
    wire = Wire(
        body=spoken.write(utterance),
        headers={"Content-Type": "application/json"},
        url=f"{settings.public_url.rstrip('/')}{ask.request.path}",
        arrived_at=ask.house.clock(),
        evidence={"peer": str(ask.request.get(peers.CLIENT) or "")},
    )
    response = await ask.house.reception.take(door, wire)
    told = json.loads(response.body)
    if told.get("number") is None:
        return _refused(said, told.get("why") or "This could not be read.", errors=told.get("errors", ()))
    ask.parts.visits.wrote(visitor)
    return {"taken": {"id": said.id, "number": told["number"]}}


def _refused(said: Say, why: str, *, errors: Sequence[Any] = ()) -> Json:
    return {"refused": {"id": said.id, "why": why, "errors": list(errors)}}


async def _first(ws: web.WebSocketResponse, door: Door) -> Visit | None:
    """Whose line it is; None where nobody says so in time."""
    try:
        async with asyncio.timeout(FIRST_WORDS):
            words = _words(await ws.receive())
        visitor = _visitor(door, words.hello if words is not None else None)
    except (TimeoutError, Refusal):
        return None
    assert words is not None
    return Visit(ws, inbox=door.inbox, visitor=visitor, seen=_seen(words.hello))


async def _talk(ask: Ask, door: Door, visit: Visit) -> None:
    """Until the line ends: what the page says, and beside it what it is told."""
    telling = asyncio.create_task(ask.parts.visits.serve(visit))
    try:
        bucket: Bucket | None = None
        async for message in visit.ws:
            now = asyncio.get_running_loop().time()
            taken = take(bucket, at=now, rate=WORDS_A_SECOND, burst=WORDS_AT_ONCE)
            bucket, words = taken.bucket, _words(message)
            if words is None or not taken.allowed:
                await visit.ws.close(code=1008, message=b"not understood" if words is None else b"too much")
                return
            await _understand(ask, door, visit, words)
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling


def _words(message: WSMessage) -> Words | None:
    if message.type is not WSMsgType.TEXT:
        return None
    try:
        return Words.model_validate_json(cast(Any, message).data)
    except ValidationError:
        return None


async def _understand(ask: Ask, door: Door, visit: Visit, words: Words) -> None:
    visits = ask.parts.visits
    if words.typing:
        visits.types(visit)
    if words.ping is not None:
        await visits.say(visit, {"pong": words.ping})
    try:
        if words.say is not None:
            await visits.say(visit, await say(ask, door, visit.visitor, words.say))
        await _done(ask, door, visit.visitor, words)
    except Slower as why:
        await visits.say(visit, {"later": {"id": words.say.id if words.say else None, "after": why.retry_after}})
    except Refusal:  # the record cannot take it now: the page sends it again, and it is the same utterance
        await visits.say(visit, {"later": {"id": words.say.id if words.say else None, "after": 2}})


async def _done(ask: Ask, door: Door, visitor: Address, words: Words) -> None:
    """That our messages arrived and were read, that they are still there, that they end it, and how it was."""
    actor, desk = Actor.inbox(door.inbox.id), ask.house.desk
    for ids, far in ((words.got, Delivery.DELIVERED), (words.read, Delivery.READ)):
        if ids:
            named = tuple(MessageId(id) for id in ids)
            await desk.do(actor, actions.arrived, named, visitor=visitor, far=far)
    if words.stay:
        await desk.do(actor, actions.stay, visitor)
        ask.parts.visits.wrote(visitor)
    if words.reach is not None:
        await desk.do(
            actor, actions.give, visitor, _addresses(words.reach, country=ask.house.keeper.house.country_of(door.inbox))
        )
    if words.rate is not None:
        said = Given(words.rate.score, words.rate.comment.strip() or None)
        with suppress(NotFound, Gone):  # nobody was asked, or too long ago: the page hears so from the news
            await desk.do(actor, rate_in_talk, visitor, said)
    if words.end:
        await desk.do(actor, actions.leave, visitor, house=ask.house.keeper.house)


def _addresses(reach: Reach, *, country: str) -> list[Address]:
    """What can be one; the rest is left out, as with the first words."""
    mail = mailbox(reach.email)
    number = phone.e164(reach.phone, country=country)
    return [*([Address.mail(mail)] if mail else []), *([Address.phone(number)] if number else [])]


def _visitor(door: Door, hello: Hello | None) -> Address:
    try:
        return Address(door.type.address_scheme, spoken.visitor_of(hello.secret if hello is not None else ""))
    except ValueError as why:
        raise Unauthenticated("Say hello with a visitor's secret first.") from why


def _seen(hello: Hello | None) -> Seen | None:
    if hello is None or hello.after is None or hello.number is None:
        return None
    return Seen(hello.after, hello.number, hello.told)


def _pace(ask: Ask, what: str, *, rate: float, burst: float) -> None:
    client = ask.request.get(peers.CLIENT)
    if not peers.is_near(client):
        ask.parts.limiter.take(f"{what} {peers.network_of(client)}", rate=rate, burst=burst)


async def _received(request: web.Request) -> tuple[bytes, tuple[Upload, ...]]:
    if request.content_type == "application/json":
        return await request.read(), ()
    if request.content_type != "multipart/form-data":
        raise WrongType("Send JSON, or multipart with the JSON as the part `words`.")
    try:
        posted = await uploads.read_post(request)
    except TooMuch as why:
        raise TooLarge("This is more than we take.") from why
    taken, wrong = uploads.accepted(posted.files)
    if wrong:
        raise BadInput(*(Problem(name or "file", why, "file" if name else "files") for name, why in wrong))
    return posted.fields.get("words", "").encode(), taken
