"""What staff enter for whoever stands at a counter, or whose letter came; and the slip that people take along."""

import asyncio
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import AwareDatetime, Field

from channels.contract import Entered, Entering, Undeliverable, Wire
from channels.paper import Slip, Slips, Sort
from channels.shared import submission
from channels.shared.submission import Answer, Submission
from crm_core.actions import naming, registering
from crm_core.actions.intake import Received
from crm_core.actions.people import Profile
from crm_core.actions.registering import Behalf, Entry
from crm_core.model import phone
from crm_core.model.address import Address
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem
from crm_core.model.house import House
from crm_core.model.ids import CustomerId, FileId, InboxId, TicketId
from crm_core.model.mailbox import mailbox
from crm_core.model.preferences import Need
from crm_core.model.ticket import Priority, Ticket
from crm_core.model.view import Json, ticket_row
from crm_core.queries import ticket
from crm_core.rules import filling
from crm_core.rules.registering import BACKDATING
from gateway.house import Door
from gateway.http import faces, headers
from gateway.http.files import disposition
from gateway.http.people import NeedBody, Short
from gateway.http.question import question
from gateway.http.routes import API, Access, Ask, Asked, Input, route

Key = Annotated[str, Field(min_length=1, max_length=60)]
Words = Annotated[str, Field(max_length=registering.LONGEST)]
Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]


class SomebodyBody(Input):
    """What they say of themselves. Nobody has to say a name; what is left out of somebody known stays as it is."""

    name: Short | None = None
    language: Language | None = None
    street: Short | None = None
    place: Short | None = None
    needs: Annotated[list[NeedBody], Field(max_length=12)] | None = None

    def profile(self) -> Profile:
        """As the action takes it."""
        said: dict[str, Any] = {name: value for name, value in self if value is not None}
        if self.needs is not None:
            said["needs"] = tuple(Need(one.code, one.detail) for one in self.needs)
        return Profile(**said)


class BehalfBody(Input):
    """For whom they speak (somebody known, or a name), and how that one agreed: without it nobody speaks for anybody."""

    customer: Key | None = None
    name: Short = ""
    role: Short = ""
    consent: Short = ""
    consented_at: Annotated[AwareDatetime, Field(strict=False)] | None = None


class RegistrationBody(Input):
    """All that is entered at once, at an inbox where staff enter contacts.

    `entry` is random, made by the screen: sent twice, it is one. `customer` is somebody known;
    without it `person` is somebody new. `fields` are answers to the service's questions, checked
    as at every door. `papers`: their papers were seen, so what they gave counts as theirs.
    `ticket`: the matter that it belongs to, or `code`: the signed code that stood on it. `received`: the day a letter came. `solved`: what they
    were told there and then; with it the matter is solved.
    """

    inbox: Key
    entry: Annotated[str, Field(min_length=16, max_length=60)]
    customer: Key | None = None
    person: SomebodyBody | None = None
    phone: Annotated[str, Field(max_length=60)] = ""
    email: Annotated[str, Field(max_length=320)] = ""
    papers: bool = False
    behalf: BehalfBody | None = None
    service: Key | None = None
    subject: Annotated[str, Field(max_length=300)] = ""
    text: Words = ""
    fields: Annotated[dict[Key, Annotated[str, Field(max_length=filling.KEPT)]], Field(max_length=80)] | None = None
    language: Language | None = None
    priority: Literal["low", "normal", "high", "urgent", "emergency"] = "normal"
    files: Annotated[list[Key], Field(max_length=20)] = Field(default_factory=list)
    ticket: Key | None = None
    code: Annotated[str, Field(max_length=100)] = ""
    received: Annotated[date, Field(strict=False)] | None = None
    solved: Words = ""


class RegisteredItem(faces.Face):
    """What became of it. `ticket` is null where our own code led it into a matter that I may not see."""

    id: str
    number: str
    ticket: faces.TicketRow | None


@route("POST", f"{API}/registrations", body=RegistrationBody, answer=RegisteredItem, status=201)
async def register(ask: Ask, *, body: RegistrationBody) -> Any:
    """Enter a contact for somebody: the same ticket, with the same promise, as by any other door."""
    door = _door(ask, body.inbox)
    manner = _manner(door)
    given = _addresses(body, door=door, house=ask.house.keeper.house)
    if not (body.text.strip() or body.files or any((body.fields or {}).values())):
        raise BadInput(Problem("text", "Say what they want."))
    contact = await ask.house.reception.entered(door, _wire(ask, body))
    entry = Entry(
        customer=None if body.customer is None else CustomerId(body.customer),
        profile=None if body.person is None else body.person.profile(),
        addresses=given,
        papers=body.papers,
        behalf=None if body.behalf is None else _behalf(body.behalf),
        priority=Priority[body.priority.upper()],
        files=tuple(FileId(one) for one in body.files),
        joins=None if body.ticket is None else TicketId(body.ticket),
        code=body.code,
        received=body.received,
        backdating=BACKDATING if manner.backdating is None else manner.backdating,
        solved=body.solved,
    )
    house = ask.house.keeper.house
    made = await ask.do(_made, registering.register, contact, entry, inbox=door.inbox.id, house=house)
    try:
        shown = ticket_row((await ask.read(ticket.whole, made["id"])).ticket)
    except NotFound:
        shown = None
    return {**made, "ticket": shown}


class SenderBody(Input):
    """Whose a letter is that came by itself: `customer` is somebody known; without it `person` is somebody new, by name."""

    customer: Key | None = None
    person: SomebodyBody | None = None
    phone: Annotated[str, Field(max_length=60)] = ""
    email: Annotated[str, Field(max_length=320)] = ""


@route("POST", f"{API}/tickets/{{id}}/senders", body=SenderBody, answer=faces.TicketRow)
async def say_whose(ask: Ask, *, id: str, body: SenderBody) -> Any:
    """Say whose a letter is that the drop folder brought; the answer goes where it says."""
    found, house = (await ask.read(ticket.whole, id)).ticket, ask.house.keeper.house
    door = next((one for one in ask.house.keeper.doors.values() if one.inbox.channel == found.channel), None)
    if door is None:
        raise NotAllowedNow("The inbox that it came by is gone.")
    said = naming.Whose(
        customer=None if body.customer is None else CustomerId(body.customer),
        profile=None if body.person is None else body.person.profile(),
        addresses=_addresses(body, door=door, house=house),
    )
    return await ask.do(ticket_row, naming.say_whose, found.id, said, house=house)


class SlipQuery(Asked):
    """Which counter prints, and on what; without `paper` on what its settings say. `language` is the person's."""

    inbox: Key
    language: Language = "en"
    paper: Sort | None = None


@route("GET", f"{API}/tickets/{{id}}/slip", query=SlipQuery, produces="application/pdf")
async def slip(ask: Ask, *, id: str, query: SlipQuery) -> web.Response:
    """What a person takes along: number, promise, and where to follow it, to be printed."""
    found = (await ask.read(ticket.whole, id)).ticket
    door = _door(ask, query.inbox)
    if not isinstance(door.channel, Slips):
        raise NotFound("This inbox prints no slips.")
    try:
        drawn = await asyncio.to_thread(door.channel.slip, _slip(ask, found, query=query))
    except Undeliverable as why:
        raise NotAllowedNow(str(why)) from why
    return web.Response(
        body=drawn,
        content_type="application/pdf",
        headers={
            "Content-Disposition": disposition(f"{found.number}.pdf", "inline"),
            "Content-Security-Policy": headers.PAPER,
            "Cache-Control": "no-store",
        },
    )


class FormItem(faces.Face):
    """A service's questions, as every door asks them."""

    id: str
    slug: str
    name: dict[str, str]
    fields: list[dict[str, Any]]


@route("GET", f"{API}/services/{{id}}", access=Access.ANYONE, answer=FormItem)
async def form(ask: Ask, *, id: str) -> Json:
    """The questions of one service, by its id or slug."""
    found = next((one for one in ask.house.keeper.setup.services if one.active and id in (one.id, one.slug)), None)
    if found is None:
        raise NotFound
    return {
        "id": found.id,
        "slug": found.slug,
        "name": found.name,
        "fields": [question(one, choices=[*one.choices]) for one in found.fields],
    }


def _door(ask: Ask, id: str) -> Door:
    """Raises NotFound where staff enter nothing."""
    door = ask.house.keeper.doors.get(InboxId(id))
    if door is None or not door.type.capabilities.entered:
        raise NotFound
    return door


def _manner(door: Door) -> Entering:
    """How it is done at this inbox. Raises NotFound where staff enter nothing."""
    if not isinstance(door.channel, Entered):
        raise NotFound
    return door.channel.entering()


def _addresses(body: RegistrationBody | SenderBody, *, door: Door, house: House) -> tuple[Address, ...]:
    """What they gave to be reached at, a letterbox first where they wrote a letter and last where not. Raises BadInput."""
    country = house.country_of(door.inbox)
    number, mail = phone.e164(body.phone, country=country), mailbox(body.email)
    wrong = []
    if body.phone.strip() and number is None:
        wrong.append(Problem("phone", "This is no phone number. Begin with + and the country's code."))
    if body.email.strip() and mail is None:
        wrong.append(Problem("email", "This is no mail address."))
    if wrong:
        raise BadInput(*wrong)
    box = _letterbox(body, house=house)
    reached = [Address.phone(number) if number else None, Address.mail(mail) if mail else None]
    given = [box, *reached] if door.type.capabilities.posted else [*reached, box]
    return tuple(address for address in given if address is not None)


def _letterbox(body: RegistrationBody | SenderBody, *, house: House) -> Address | None:
    """Where a letter of ours arrives: street and town as they stand on an envelope. None where we send no letters."""
    mailrooms = [one.channel for one in house.inboxes.values() if one.active and house.can[one.channel].posted]
    if body.person is None or not mailrooms:
        return None
    lines = [" ".join(line.split()) for line in (body.person.street or "", body.person.place or "")]
    return Address(house.schemes[mailrooms[0]], "\n".join(lines)) if all(lines) else None


def _wire(ask: Ask, body: RegistrationBody) -> Wire:
    said = Submission(
        id=body.entry,
        service=body.service,
        subject=body.subject or None,
        answers=tuple(Answer(key, key, value) for key, value in (body.fields or {}).items() if value),
        text=body.text,
        name=(body.person.name or "") if body.person else "",
        language=body.language,
    )
    url = f"{ask.house.settings.public_url}{ask.request.path}"
    kind = {"Content-Type": "application/json"}
    return Wire(submission.write(said), kind, url, ask.house.clock(), evidence={"entered by": ask.known.agent})


def _behalf(body: BehalfBody) -> Behalf:
    other = None if body.customer is None else CustomerId(body.customer)
    return Behalf(other=other, name=body.name, role=body.role, consent=body.consent, consented_at=body.consented_at)


def _slip(ask: Ask, found: Ticket, *, query: SlipQuery) -> Slip:
    house = ask.house.keeper.house
    service = house.services[found.service]
    zone = ZoneInfo(house.promise(service)[1].zone)
    language = "zh" if query.language.startswith("zh") else "en"
    due = found.due_at if found.status.active else None
    return Slip(
        number=found.number,
        about=service.name.get(language) or found.subject,
        at=found.created_at.astimezone(zone),
        promised=None if due is None else due.astimezone(zone),
        solved=not found.status.active,
        follow=f"{house.public_url}/track?number={quote(found.number)}",
        language=query.language,
        paper=query.paper,
    )


def _made(received: Received) -> Json:
    return {"id": received.ticket, "number": received.number}
