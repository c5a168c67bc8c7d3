"""Calls: what goes on, what I may ask of it, and where my own calls ring."""

from typing import Annotated, Any

from pydantic import Field

from channels.contract import Device, LiveCalls
from crm_core.actions import calling
from crm_core.model import phone as numbers
from crm_core.model.call import Phone, Wish
from crm_core.model.errors import BadInput, Problem
from crm_core.model.event_calls import call_item
from crm_core.model.ids import AgentId, CallId, QueueId, TicketId
from crm_core.model.view import Json, maybe_instant
from crm_core.queries import calls
from gateway.http import faces
from gateway.http.faces_calls import CallItem, PhoneItem
from gateway.http.routes import API, Ask, Input, route

Number = Annotated[str, Field(max_length=numbers.LONGEST)]


@route("GET", f"{API}/me/phone", answer=PhoneItem)
async def my_phone(ask: Ask) -> Json:
    """Where my calls ring, and what my browser needs to be that phone."""
    own = await ask.read(calls.phone)
    return _phone(own, None if own is not None else await _device(ask))


class PhoneBody(Input):
    """My telephone; null: calls ring in the browser."""

    number: Number | None


@route("PUT", f"{API}/me/phone", body=PhoneBody, answer=PhoneItem)
async def set_phone(ask: Ask, *, body: PhoneBody) -> Any:
    """My calls ring there from now on."""
    number = None if body.number is None else _number(ask, body.number)
    device = None if number is not None else await _device(ask)
    return await ask.do(lambda own: _phone(own, device), calling.set_phone, number=number)


@route("GET", f"{API}/calls", answer=faces.Page[CallItem])
async def going_on(ask: Ask) -> Json:
    """Calls going on in my queues."""
    return {"items": [call_item(call) for call in await ask.read(calls.going_on)], "next": None}


@route("GET", f"{API}/calls/{{id}}", answer=CallItem)
async def one(ask: Ask, *, id: str) -> Json:
    """One call, also when it is over."""
    return call_item(await ask.read(calls.call, CallId(id)))


@route("GET", f"{API}/tickets/{{id}}/calls", answer=faces.Page[CallItem])
async def of_ticket(ask: Ask, *, id: str) -> Json:
    """All calls of a ticket, the oldest first; `message` names each one's record in the timeline."""
    return {"items": [call_item(call) for call in await ask.read(calls.of_ticket, TicketId(id))], "next": None}


class StartBody(Input):
    """Whom to call: the ticket's person, at their number or another one."""

    ticket: str
    number: Number | None = None


@route("POST", f"{API}/calls", body=StartBody, answer=CallItem, status=201)
async def start(ask: Ask, *, body: StartBody) -> Any:
    """Call somebody: my phone rings first, then theirs."""
    number = None if body.number is None else _number(ask, body.number)
    house = ask.house.keeper.house
    return await ask.do(call_item, calling.start_call, TicketId(body.ticket), number=number, house=house)


class TowardsBody(Input):
    """To whom: one of the three."""

    agent: str | None = None
    queue: str | None = None
    number: Number | None = None


@route("POST", f"{API}/calls/{{id}}/hold", answer=CallItem)
async def hold(ask: Ask, *, id: str) -> Any:
    """The caller hears music."""
    return await _asked(ask, id, Wish("hold"))


@route("POST", f"{API}/calls/{{id}}/resume", answer=CallItem)
async def resume(ask: Ask, *, id: str) -> Any:
    """The caller hears me again."""
    return await _asked(ask, id, Wish("resume"))


@route("POST", f"{API}/calls/{{id}}/mute", answer=CallItem)
async def mute(ask: Ask, *, id: str) -> Any:
    """Nobody hears me."""
    return await _asked(ask, id, Wish("mute"))


@route("POST", f"{API}/calls/{{id}}/unmute", answer=CallItem)
async def unmute(ask: Ask, *, id: str) -> Any:
    """All hear me again."""
    return await _asked(ask, id, Wish("unmute"))


@route("POST", f"{API}/calls/{{id}}/transfer", body=TowardsBody, answer=CallItem)
async def transfer(ask: Ask, *, id: str, body: TowardsBody) -> Any:
    """Pass the caller on without asking first: to an agent or queue, with their age, or to whoever answers at a number."""
    return await _asked(ask, id, _towards(ask, "transfer", body))


@route("POST", f"{API}/calls/{{id}}/consult", body=TowardsBody, answer=CallItem)
async def consult(ask: Ask, *, id: str, body: TowardsBody) -> Any:
    """Ask an agent, or somebody at a number, while the caller hears music."""
    return await _asked(ask, id, _towards(ask, "consult", body))


@route("POST", f"{API}/calls/{{id}}/complete-transfer", answer=CallItem)
async def complete_transfer(ask: Ask, *, id: str) -> Any:
    """Whoever I asked has the caller now, and I leave."""
    return await _asked(ask, id, Wish("complete-transfer"))


@route("POST", f"{API}/calls/{{id}}/return", answer=CallItem)
async def bring_back(ask: Ask, *, id: str) -> Any:
    """Whoever I asked leaves, and the caller is back."""
    return await _asked(ask, id, Wish("return"))


@route("POST", f"{API}/calls/{{id}}/conference", answer=CallItem)
async def conference(ask: Ask, *, id: str) -> Any:
    """All of us talk together."""
    return await _asked(ask, id, Wish("conference"))


@route("POST", f"{API}/calls/{{id}}/record", answer=CallItem)
async def record(ask: Ask, *, id: str) -> Any:
    """Record from here on; they agreed to it."""
    return await _asked(ask, id, Wish("record"))


@route("POST", f"{API}/calls/{{id}}/pause-recording", answer=CallItem)
async def pause_recording(ask: Ask, *, id: str) -> Any:
    """Nothing is recorded until I go on."""
    return await _asked(ask, id, Wish("pause-recording"))


@route("POST", f"{API}/calls/{{id}}/hang-up", answer=CallItem)
async def hang_up(ask: Ask, *, id: str) -> Any:
    """The call is over."""
    return await _asked(ask, id, Wish("hang-up"))


@route("POST", f"{API}/calls/{{id}}/wrap-up", answer=CallItem)
async def wrap_up(ask: Ask, *, id: str) -> Any:
    """What belonged to the call is done; I am free for the next one."""
    return await _asked(ask, id, Wish("wrap-up"))


@route("POST", f"{API}/calls/{{id}}/listen", answer=CallItem)
async def listen(ask: Ask, *, id: str) -> Any:
    """Hear both; nobody hears me."""
    return await _overheard(ask, id, "listen")


@route("POST", f"{API}/calls/{{id}}/whisper", answer=CallItem)
async def whisper(ask: Ask, *, id: str) -> Any:
    """Only the agent hears me."""
    return await _overheard(ask, id, "whisper")


@route("POST", f"{API}/calls/{{id}}/join", answer=CallItem)
async def join(ask: Ask, *, id: str) -> Any:
    """All hear me."""
    return await _overheard(ask, id, "join")


@route("POST", f"{API}/calls/{{id}}/leave", answer=CallItem)
async def leave(ask: Ask, *, id: str) -> Any:
    """I listen no more."""
    return await _overheard(ask, id, "leave")


async def _asked(ask: Ask, id: str, wish: Wish) -> Any:
    return await ask.do(call_item, calling.ask_of_call, CallId(id), wish, house=ask.house.keeper.house)


async def _overheard(ask: Ask, id: str, verb: str) -> Any:
    return await ask.do(call_item, calling.overhear, CallId(id), verb)


def _towards(ask: Ask, verb: str, body: TowardsBody) -> Wish:
    number = None if body.number is None else _number(ask, body.number)
    agent, queue = body.agent, body.queue
    return Wish(verb, AgentId(agent) if agent else None, QueueId(queue) if queue else None, number)


def _number(ask: Ask, typed: str) -> str:
    number = numbers.e164(typed, country=ask.house.keeper.house.country)
    if number is None:
        raise BadInput(Problem("number", "This is no number that can be called.", "not_a_number"))
    return number


async def _device(ask: Ask) -> Device | None:
    """What the first inbox of calls makes for my browser."""
    for door in ask.house.keeper.doors.values():
        if isinstance(door.channel, LiveCalls) and ask.known.agent is not None:
            return await door.channel.device(ask.known.agent, now=ask.house.clock())
    return None


def _phone(own: Phone | None, device: Device | None) -> Json:
    nothing = dict.fromkeys(("token", "identity", "address", "number", "expires_at"))
    if own is not None:
        return {**nothing, "kind": "pstn", "number": own.number}
    if device is None:
        return {**nothing, "kind": "none"}
    return {
        "kind": device.kind,
        "token": device.token,
        "identity": device.identity,
        "address": device.address,
        "number": None,
        "expires_at": maybe_instant(device.expires_at),
    }
