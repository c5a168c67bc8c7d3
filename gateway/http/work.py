"""What I have now, its wrap-up, and colleagues whom I ask in."""

from typing import Annotated, Any, Literal

from pydantic import Field

from crm_core.actions import consulting, handing, undoing, wrapping
from crm_core.model.consult import Consult, consult_facts
from crm_core.model.errors import BadInput, Problem
from crm_core.model.ids import AgentId, ConsultId, QueueId, TicketId
from crm_core.model.ticket import Ticket
from crm_core.model.view import Json, ticket_row, work_facts
from crm_core.model.work import Refused, Work
from crm_core.queries import live, ticket
from gateway.http import faces
from gateway.http.routes import API, Ask, Input, route

Words = Annotated[str, Field(max_length=10_000)]
Key = Annotated[str, Field(min_length=1, max_length=60)]


class WorkItem(faces.Face):
    """A piece of work that I have, or still wrap up, with its ticket.

    `virtual_start`: since when it counts as waiting, unchanged by offers, refusals and transfers; `first`: who took it
    first, whoever has it since; `wraps_until`: when its wrap-up ends by itself.
    """

    id: str
    ticket: str
    channel: str
    live: bool
    state: str
    virtual_start: str
    entered_at: str
    first: str | None
    wraps_until: str | None
    row: faces.TicketRow


@route("GET", f"{API}/work", answer=faces.Page[WorkItem])
async def mine(ask: Ask) -> Json:
    """What I have now: active, or being wrapped up."""
    found = await ask.read(live.works)
    return {"items": [_held(work, row) for work, row in found], "next": None}


@route("POST", f"{API}/tickets/{{id}}/wrap-ups", answer=faces.TicketRow)
async def wrapped_up(ask: Ask, *, id: str) -> Any:
    """I am done with it: the next one may come before its time is over."""
    return await ask.do(ticket_row, wrapping.end_wrap_up, await _id(ask, id))


@route("POST", f"{API}/tickets/{{id}}/wrap-up-extensions", answer=faces.TicketRow)
async def wrap_up_extended(ask: Ask, *, id: str) -> Any:
    """I need longer: sixty seconds more, once."""
    return await ask.do(ticket_row, wrapping.extend_wrap_up, await _id(ask, id))


class ConsultItem(faces.Face):
    """A colleague who is asked to look at a contact with whoever has it."""

    id: str
    ticket: str
    asker: str
    asked: str
    made_at: str
    state: str
    """asked, joined; then declined, taken or ended."""
    refusal: str | None
    version: int
    row: faces.TicketRow


class ConsultBody(Input):
    """Whom to ask in, and what about."""

    agent: Key
    note: Words | None = None


@route("GET", f"{API}/consults", answer=faces.Page[ConsultItem])
async def consults(ask: Ask) -> Json:
    """Those that go on: mine, and those I am asked into."""
    return {"items": [_item(consult, row) for consult, row in await ask.read(live.consulted)], "next": None}


@route("POST", f"{API}/tickets/{{id}}/consults", body=ConsultBody, status=201)
async def ask_in(ask: Ask, *, id: str, body: ConsultBody) -> Any:
    """Ask a colleague who is here; they see the ticket from now on, and I keep it."""
    to, words = AgentId(body.agent), body.note or ""
    return await ask.do(consult_facts, consulting.ask_in, await _id(ask, id), to=to, words=words)


@route("POST", f"{API}/consults/{{id}}/joins")
async def join(ask: Ask, *, id: str) -> Any:
    """I am there."""
    return await ask.do(consult_facts, consulting.join, ConsultId(id))


class LeaveBody(Input):
    """Why not, of whoever is asked in and does not come."""

    reason: Refused = Refused.OTHER


@route("POST", f"{API}/consults/{{id}}/endings", body=LeaveBody)
async def leave(ask: Ask, *, id: str, body: LeaveBody) -> Any:
    """Not now, or not any more; it stays with whoever has it."""
    return await ask.do(consult_facts, consulting.step_out, ConsultId(id), why=body.reason)


@route("POST", f"{API}/consults/{{id}}/transfers", answer=faces.TicketRow)
async def take_over(ask: Ask, *, id: str) -> Any:
    """Who joined has it from now on; said by either of the two."""
    return await ask.do(ticket_row, consulting.take_over, ConsultId(id))


async def _id(ask: Ask, key: str) -> TicketId:
    return await ask.read(ticket.resolve, key)


def _item(consult: Consult, row: Ticket) -> Json:
    return {**consult_facts(consult), "row": ticket_row(row)}


def _held(work: Work, row: Ticket) -> Json:
    facts = work_facts(work)
    return {name: facts[name] for name in WorkItem.model_fields if name != "row"} | {"row": ticket_row(row)}


class HandoverBody(Input):
    """What goes on to others at the end of a shift: to a colleague, to whoever serves a queue, or back to where each came from."""

    tickets: Annotated[list[Key], Field(min_length=1, max_length=handing.MOST)]
    agent: Key | None = None
    queue: Key | None = None
    note: Words | None = None
    then: Literal["stay", "offline"] = "stay"
    """Whether I am off duty with it, in the same act."""


@route("POST", f"{API}/work/handovers", body=HandoverBody, answer=faces.Page[faces.TicketRow])
async def hand_over(ask: Ask, *, body: HandoverBody) -> Any:
    """All of it or nothing; 409 with `code` full where a colleague has no room for so much."""
    if body.agent is not None and body.queue is not None:
        raise BadInput(Problem("queue", "Name a colleague or a queue, not both."))
    heir = handing.Heir(
        agent=None if body.agent is None else AgentId(body.agent),
        queue=None if body.queue is None else QueueId(body.queue),
    )
    ids = [TicketId(one) for one in body.tickets]
    given: dict[str, Any] = {"to": heir, "words": body.note or "", "then": body.then}
    return await ask.do(_rows, handing.hand_over, ids, house=ask.house.keeper.house, **given)


class DoneBody(Input):
    """A ticket as it was after I handed it over, gave it to somebody or moved it: the version that was answered then."""

    ticket: Key
    version: Annotated[int, Field(ge=1, le=1 << 53)]


class HandbackBody(Input):
    """What I did a moment ago."""

    items: Annotated[list[DoneBody], Field(min_length=1, max_length=undoing.MOST)]


class Handback(faces.Page[faces.TicketRow]):
    """What is as it was before."""

    full: list[str]
    """Tickets that nobody touched either, and that are more than whoever had them can carry by now: they stay where they are."""


@route("POST", f"{API}/work/handbacks", body=HandbackBody, answer=Handback)
async def take_back(ask: Ask, *, body: HandbackBody) -> Any:
    """Undone in this order, also where I do not see it any more: where nobody touched it since and there is room for it."""
    done = [undoing.Done(TicketId(one.ticket), one.version) for one in body.items]
    return await ask.do(_back, undoing.take_back, done, house=ask.house.keeper.house)


def _back(back: undoing.Back) -> Json:
    return {**_rows(list(back.tickets)), "full": list(back.full)}


def _rows(tickets: list[Ticket]) -> Json:
    return {"items": [ticket_row(one) for one in tickets], "next": None}
