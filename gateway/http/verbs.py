"""What is done to a ticket. Each verb is a noun that is added to it."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from crm_core.actions import assign, confiding, lifecycle, reply
from crm_core.actions.reply import Draft
from crm_core.model.errors import BadInput, Problem
from crm_core.model.ids import AgentId, AnswerId, FileId, QueueId, ServiceId, TicketId
from crm_core.model.message import Message
from crm_core.model.sla import Reason
from crm_core.model.ticket import Priority, Status
from crm_core.model.view import Json, message_item, ticket_row
from crm_core.queries import ticket, ways
from gateway.http import faces, replies
from gateway.http.offers import FLOOR
from gateway.http.routes import API, Ask, Input, route

Words = Annotated[str, Field(max_length=100_000)]
Key = Annotated[str, Field(min_length=1, max_length=60)]
Why = Literal["citizen", "documents", "appointment", "third_party", "authority", "force"]
Version = Annotated[int, Field(ge=1, le=1 << 53)] | None
OF_TICKET = f"{API}/tickets/{{id}}"


class ReplyBody(Input):
    """An answer to the citizen. Without a channel or address it takes the usual way: what they prefer, else where they last wrote."""

    text: Words = ""
    html: Words | None = None
    channel: Key | None = None
    template: replies.FilledBody | None = None
    """An approved text instead of words, where only such goes."""
    files: Annotated[list[Key], Field(max_length=50)] = Field(default_factory=list)
    status: Status | None = None
    reason: Why | None = None
    answers: Annotated[list[Key], Field(max_length=20)] = Field(default_factory=list)
    """The answers of the library that it says: they are counted."""
    cites: replies.Cites = Field(default_factory=list)
    """What they said when they were inserted: a fact that is another one by now refuses the reply (409, `facts`)."""
    address: replies.Place | None = None
    at: AwareDatetime | None = None
    """When it is to leave; it stops if the person writes first."""
    undo: Annotated[int, Field(ge=1, le=60)] | None = None
    """For how many seconds it may still be taken back, where the way can hold it; without it, it leaves at once."""
    seen_version: Version = None


@route("POST", f"{OF_TICKET}/replies", body=ReplyBody, answer=faces.MessageItem, status=201)
async def reply_to(ask: Ask, *, id: str, body: ReplyBody) -> Any:
    """Answer; the message is queued and sent, and its delivery is told over the socket."""
    draft = Draft(
        text=body.text,
        html=body.html,
        channel=body.channel,
        files=tuple(FileId(file) for file in body.files),
        status=body.status,
        reason=None if body.reason is None else Reason(body.reason),
        answers=tuple(AnswerId(one) for one in body.answers),
        cites=replies.cites_of(body.cites),
        address=replies.address_of(body.address),
        at=None if body.at is None else replies.sane(body.at),
        undo=None if body.undo is None else timedelta(seconds=body.undo),
        template=replies.filled_of(body.template),
    )
    ticket_id = await _id(ask, id)
    words = ways.Words(
        text=draft.text, html=draft.html, channel=draft.channel, address=draft.address, template=draft.template
    )
    await replies.must_fit(ask, ticket_id, words)
    house = ask.house.keeper.house
    return await ask.do(_message, reply.reply, ticket_id, draft, house=house, seen_version=body.seen_version)


class NoteBody(Input):
    """Words for colleagues; whoever is mentioned may see the ticket from then on."""

    text: Words
    mentions: Annotated[list[Key], Field(max_length=50)] = Field(default_factory=list)


@route("POST", f"{OF_TICKET}/notes", body=NoteBody, answer=faces.MessageItem, status=201)
async def note(ask: Ask, *, id: str, body: NoteBody) -> Any:
    """Leave a note; it never leaves the house."""
    mentions = frozenset(AgentId(agent) for agent in body.mentions)
    return await ask.do(_message, reply.note, await _id(ask, id), body.text, mentions=mentions)


class AssignmentBody(Input):
    """Whose it is from now on: an id, `me`, or null for nobody."""

    agent: Key | None
    above_capacity: Literal["refuse", "allow"] = "refuse"
    """Whether they get it though they carry as much as they can: for supervisors, and the record says so."""
    seen_version: Version = None


@route("POST", f"{OF_TICKET}/assignments", body=AssignmentBody, answer=faces.TicketRow)
async def assign_to(ask: Ask, *, id: str, body: AssignmentBody) -> Any:
    """Give it to somebody, take it, or let go. 409 with `code` full where they have no room."""
    to = ask.known.agent if body.agent == "me" else body.agent
    house = ask.house.keeper.house
    given = None if to is None else AgentId(to)
    seen = {"seen_version": body.seen_version}
    if given is not None and body.above_capacity == "allow":
        return await ask.do(ticket_row, assign.overload, await _id(ask, id), to=given, **seen)
    return await ask.do(ticket_row, assign.assign, await _id(ask, id), to=given, house=house, **seen)


class TransferBody(Input):
    """To whom: a queue, a colleague, or a service whose queue gets it; one of them. And why."""

    queue: Key | None = None
    agent: Key | None = None
    service: Key | None = None
    note: Words | None = None
    seen_version: Version = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if [self.queue, self.agent, self.service].count(None) != 2:
            raise ValueError("Name a queue, an agent or a service: one of them.")
        return self


@route("POST", f"{OF_TICKET}/transfers", body=TransferBody, answer=faces.TicketRow)
async def transfer(ask: Ask, *, id: str, body: TransferBody) -> Any:
    """Pass it on without asking first, with its age. Somebody on the line goes only where somebody answers."""
    of, house, words = await _id(ask, id), ask.house.keeper.house, body.note or ""
    seen: dict[str, Any] = {"house": house, "seen_version": body.seen_version}
    if body.queue is not None:
        return await ask.do(ticket_row, assign.transfer, of, to=QueueId(body.queue), words=words, **seen)
    if body.agent is not None:
        until = ask.house.clock() + FLOOR.live.offer
        return await ask.do(ticket_row, assign.pass_on, of, to=AgentId(body.agent), until=until, words=words, **seen)
    service = ServiceId(body.service or "")
    return await ask.do(ticket_row, lifecycle.classify, of, service=service, words=words, **seen)


class ClosureBody(Input):
    """Solved may be reopened by the citizen; closed is for good."""

    status: Literal["solved", "closed"] = "solved"
    open_parts: Literal["refuse", "leave"] = "refuse"
    """What to do where parts of it are still open."""
    seen_version: Version = None


@route("POST", f"{OF_TICKET}/closures", body=ClosureBody, answer=faces.TicketRow)
async def close(ask: Ask, *, id: str, body: ClosureBody) -> Any:
    """It is done."""
    seen: dict[str, Any] = {"open_parts": body.open_parts, "seen_version": body.seen_version}
    if body.status == "solved":
        return await ask.do(ticket_row, lifecycle.solve, await _id(ask, id), house=ask.house.keeper.house, **seen)
    return await ask.do(ticket_row, lifecycle.close, await _id(ask, id), **seen)


class SeenBody(Input):
    """The version that was on the screen."""

    seen_version: Version = None


@route("POST", f"{OF_TICKET}/reopenings", body=SeenBody, answer=faces.TicketRow)
async def reopen(ask: Ask, *, id: str, body: SeenBody) -> Any:
    """It was not over after all."""
    house = ask.house.keeper.house
    return await ask.do(ticket_row, lifecycle.reopen, await _id(ask, id), house=house, seen_version=body.seen_version)


class PriorityBody(Input):
    """How much it presses."""

    priority: Literal["low", "normal", "high", "urgent", "emergency"]
    seen_version: Version = None


@route("POST", f"{OF_TICKET}/priorities", body=PriorityBody, answer=faces.TicketRow)
async def prioritise(ask: Ask, *, id: str, body: PriorityBody) -> Any:
    """Set its priority."""
    to = Priority[body.priority.upper()]
    house = ask.house.keeper.house
    return await ask.do(
        ticket_row, lifecycle.prioritise, await _id(ask, id), to=to, house=house, seen_version=body.seen_version
    )


class SnoozeBody(Input):
    """Until when it sleeps; null wakes it."""

    until: AwareDatetime | None
    seen_version: Version = None


@route("POST", f"{OF_TICKET}/snoozes", body=SnoozeBody, answer=faces.TicketRow)
async def snooze(ask: Ask, *, id: str, body: SnoozeBody) -> Any:
    """Put it out of sight until a time. Its promises do not sleep."""
    until: datetime | None = body.until
    if until is not None and until.year > 9000:
        raise BadInput(Problem("until", "Choose a time that is not so far away."))
    return await ask.do(ticket_row, lifecycle.snooze, await _id(ask, id), until=until, seen_version=body.seen_version)


class ConfidenceBody(Input):
    """Who sees it, beside whoever has it and whoever says so."""

    readers: Annotated[list[Key], Field(max_length=confiding.MOST)]
    seen_version: Version = None


@route("POST", f"{OF_TICKET}/confidences", body=ConfidenceBody, answer=faces.TicketRow)
async def confide(ask: Ask, *, id: str, body: ConfidenceBody) -> Any:
    """Make it a matter for named people only, or for others than until now."""
    readers = [AgentId(reader) for reader in body.readers]
    return await ask.do(
        ticket_row, confiding.confide, await _id(ask, id), readers=readers, seen_version=body.seen_version
    )


class DisclosureBody(Input):
    """As it was seen."""

    seen_version: Version = None


@route("POST", f"{OF_TICKET}/disclosures", body=DisclosureBody, answer=faces.TicketRow)
async def disclose(ask: Ask, *, id: str, body: DisclosureBody) -> Any:
    """Let all who serve its queue see it again."""
    return await ask.do(ticket_row, confiding.disclose, await _id(ask, id), seen_version=body.seen_version)


class SubjectBody(Input):
    """What it is about."""

    subject: Annotated[str, Field(max_length=2000)]
    seen_version: Version = None


@route("POST", f"{OF_TICKET}/subjects", body=SubjectBody, answer=faces.TicketRow)
async def rename(ask: Ask, *, id: str, body: SubjectBody) -> Any:
    """Say it in better words."""
    return await ask.do(
        ticket_row, lifecycle.rename, await _id(ask, id), subject=body.subject, seen_version=body.seen_version
    )


class StatusBody(Input):
    """Where it stands; of what waits or is on hold, why its clock stands still."""

    status: Status
    reason: Why | None = None
    seen_version: Version = None


@route("POST", f"{OF_TICKET}/statuses", body=StatusBody, answer=faces.TicketRow)
async def set_status(ask: Ask, *, id: str, body: StatusBody) -> Any:
    """Any step from one status to another that makes sense."""
    house = ask.house.keeper.house
    return await ask.do(
        ticket_row,
        lifecycle.set_status,
        await _id(ask, id),
        to=body.status,
        house=house,
        reason=None if body.reason is None else Reason(body.reason),
        seen_version=body.seen_version,
    )


class ServiceBody(Input):
    """What they want, from the catalogue."""

    service: Key
    seen_version: Version = None


@route("POST", f"{OF_TICKET}/services", body=ServiceBody, answer=faces.TicketRow)
async def classify(ask: Ask, *, id: str, body: ServiceBody) -> Any:
    """It is another service than was thought: its queue and promises follow."""
    house = ask.house.keeper.house
    return await ask.do(
        ticket_row,
        lifecycle.classify,
        await _id(ask, id),
        service=ServiceId(body.service),
        house=house,
        seen_version=body.seen_version,
    )


class MergeBody(Input):
    """The ticket that goes on, by id or number."""

    into: Key
    seen_version: Version = None


@route("POST", f"{OF_TICKET}/merges", body=MergeBody, answer=faces.TicketRow)
async def merge(ask: Ask, *, id: str, body: MergeBody) -> Any:
    """One matter that came as two: its messages go over to the other, which is answered."""
    house = ask.house.keeper.house
    return await ask.do(
        ticket_row,
        lifecycle.merge,
        await _id(ask, id),
        into=await _id(ask, body.into),
        house=house,
        seen_version=body.seen_version,
    )


async def _id(ask: Ask, key: str) -> TicketId:
    return await ask.read(ticket.resolve, key)


def _message(made: Message) -> Json:
    return message_item(made)
