"""Macros: for supervisors to write, for agents to run on a ticket, all of it or nothing."""

from typing import Annotated, Any, Literal

from pydantic import Field

from crm_core.actions import macros as actions
from crm_core.actions.macros import Parts
from crm_core.actions.reply import Draft
from crm_core.model.ids import AnswerId, FileId, MacroId, QueueId, TicketId
from crm_core.model.sla import Reason
from crm_core.model.ticket import Priority, Status
from crm_core.model.view import Json, ticket_row
from crm_core.queries import answers, ticket
from gateway.http import faces, replies
from gateway.http.faces_answers import MacroItem, macro_item
from gateway.http.routes import API, Ask, Input, route

Key = Annotated[str, Field(min_length=1, max_length=60)]
Words = Annotated[str, Field(max_length=100_000)]
Version = Annotated[int, Field(ge=1, le=1 << 53)] | None
Level = Literal["low", "normal", "high", "urgent", "emergency"]
Names = Annotated[
    dict[Annotated[str, Field(min_length=2, max_length=12)], Annotated[str, Field(max_length=120)]],
    Field(max_length=12),
]


class MacroBody(Input):
    """What it does; a part that it leaves alone is null. `snooze` is in hours."""

    name: Names
    answer: Key | None = None
    status: Status | None = Field(default=None, strict=False)
    reason: Reason | None = Field(default=None, strict=False)
    priority: Level | None = None
    queue: Key | None = None
    snooze: Annotated[int, Field(ge=1, le=24 * 365)] | None = None
    active: bool = True


@route("GET", f"{API}/macros", answer=faces.Page[MacroItem])
async def everything(ask: Ask) -> Json:
    """All macros, those that are offered first."""
    return {"items": [macro_item(one) for one in await ask.read(answers.every_macro)], "next": None}


@route("POST", f"{API}/macros", body=MacroBody, answer=MacroItem, status=201)
async def add(ask: Ask, *, body: MacroBody) -> Any:
    """A new macro (supervisors)."""
    return await ask.do(macro_item, actions.add_macro, _parts(body), house=ask.house.keeper.house)


class MacroChanges(MacroBody):
    """The same, and which version was seen."""

    seen_version: Version = None


@route("PUT", f"{API}/macros/{{id}}", body=MacroChanges, answer=MacroItem)
async def change(ask: Ask, *, id: str, body: MacroChanges) -> Json:
    """It does something else from now on, or is not offered any more (supervisors)."""
    house, seen = ask.house.keeper.house, body.seen_version
    desk = ask.house.desk
    return macro_item(
        await desk.do(ask.actor, actions.change_macro, MacroId(id), _parts(body), house=house, seen_version=seen)
    )


class RunBody(Input):
    """Which macro; `text` is its answer as it was left in the composer, else the server says it itself."""

    macro: Key
    text: Words | None = None
    html: Words | None = None
    channel: Key | None = None
    files: Annotated[list[Key], Field(max_length=50)] = Field(default_factory=list)
    answers: Annotated[list[Key], Field(max_length=20)] = Field(default_factory=list)
    cites: replies.Cites = Field(default_factory=list)
    """What they said when they were inserted, as for a reply."""
    seen_version: Version = None


@route("POST", f"{API}/tickets/{{id}}/macros", body=RunBody, answer=faces.TicketRow)
async def run(ask: Ask, *, id: str, body: RunBody) -> Any:
    """Run it, with my own rights: the answer is queued and the ticket changed, or nothing of both."""
    on, house = await ask.read(ticket.resolve, id), ask.house.keeper.house
    draft = await _draft(ask, on, body)
    return await ask.do(
        ticket_row, actions.run_macro, on, MacroId(body.macro), draft=draft, house=house, seen_version=body.seen_version
    )


async def _draft(ask: Ask, on: TicketId, body: RunBody) -> Draft | None:
    files = tuple(FileId(one) for one in body.files)
    named = tuple(AnswerId(one) for one in body.answers)
    if body.text is not None:
        cites = replies.cites_of(body.cites)
        return Draft(text=body.text, html=body.html, channel=body.channel, files=files, answers=named, cites=cites)
    macro = await ask.read(answers.macro, MacroId(body.macro))
    if macro.answer is None:
        return None
    said = await ask.read(answers.said, on, macro.answer, channel=body.channel, house=ask.house.keeper.house)
    return Draft(text=said.said.text, channel=body.channel, files=files, answers=(macro.answer,))


def _parts(body: MacroBody) -> Parts:
    return Parts(
        name=body.name,
        answer=None if body.answer is None else AnswerId(body.answer),
        status=body.status,
        reason=body.reason,
        priority=None if body.priority is None else Priority[body.priority.upper()],
        queue=None if body.queue is None else QueueId(body.queue),
        snooze=body.snooze,
        active=body.active,
    )
