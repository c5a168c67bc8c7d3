"""The open door for programs: a contact by JSON, the same as by our own form."""

import hmac
import json
from typing import Annotated

from pydantic import Field, model_validator

from channels.contract import Wire
from channels.shared import submission
from channels.shared.mailbox import mailbox
from channels.shared.submission import Submission
from crm_core.model import phone
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.ids import fresh
from crm_core.model.service import Service
from crm_core.model.view import Json
from gateway.house import Door
from gateway.http import faces, peers
from gateway.http.routes import API, Access, Ask, Input, route

MOUNT = "/ask"
"""Whichever inbox answers our own forms takes these too."""

A_MINUTE = 1 / 60
BURST = 10

Line = Annotated[str, Field(max_length=320)]


class ContactBody(Input):
    """What somebody wants, who they are, and how we reach them: by mail or phone."""

    service: Annotated[str, Field(min_length=1, max_length=100)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    email: Line | None = None
    phone: Line | None = None

    @model_validator(mode="after")
    def _reachable(self) -> "ContactBody":
        if not self.email and not self.phone:
            raise ValueError("Give email or phone, so that we can answer.")
        return self


class Taken(faces.Face):
    """The number of the ticket."""

    number: str | None


@route("POST", f"{API}/contacts", access=Access.ANYONE, body=ContactBody, answer=Taken, status=202)
async def take(ask: Ask, *, body: ContactBody) -> Json:
    """Ask for something. With an Idempotency-Key, sending the same twice is one ticket."""
    client = ask.request.get(peers.CLIENT)
    if not peers.is_near(client):
        ask.parts.limiter.take(f"contacts {client}", rate=A_MINUTE * 6, burst=BURST)
    door = _door(ask)
    service = _service(ask, body.service)
    _check(body, door)
    form = Submission(
        id=_id(ask), service=service.id, text=body.text, name=body.name, email=body.email, phone=body.phone
    )
    wire = Wire(
        body=submission.write(form),
        headers={"Content-Type": "application/json"},
        url=f"{ask.house.settings.public_url}{ask.request.path}",
        arrived_at=ask.house.clock(),
    )
    response = await ask.house.reception.take(door, wire)
    answer: Json = json.loads(response.body)
    return {"number": answer.get("number")}


def _door(ask: Ask) -> Door:
    for door in ask.house.keeper.doors.values():
        if MOUNT in door.type.mounts:
            return door
    raise NotAllowedNow("No inbox takes forms at the moment.")


def _service(ask: Ask, key: str) -> Service:
    for service in ask.house.keeper.setup.services:
        if service.active and key in (service.id, service.slug):
            return service
    raise BadInput(Problem("service", "There is no such service. GET /api/v1/services lists them."))


def _check(body: ContactBody, door: Door) -> None:
    """What the channel would put into quarantine is told to whoever sent it."""
    problems = []
    if body.email and mailbox(body.email) is None:
        problems.append(Problem("email", "This is no mail address."))
    country = str(door.inbox.settings.get("country") or getattr(door.type.settings(), "country", "US"))
    if body.phone and phone.e164(body.phone, country=country) is None:
        problems.append(Problem("phone", "This is no phone number. Begin with + and the country's code."))
    if not body.text.strip():
        problems.append(Problem("text", "Say what you need."))
    if problems:
        raise BadInput(*problems)


def _id(ask: Ask) -> str:
    """The submission's id: of the key and what it came with, so that nobody can claim another's by its key."""
    if ask.key is None:
        return fresh(str, at=ask.house.clock())
    said = f"{ask.key.key}\n{ask.key.request}".encode()
    return hmac.new(ask.house.keys.of("contacts")[0], said, "sha256").hexdigest()


class ServiceItem(faces.Face):
    """Something a person can want."""

    id: str
    slug: str
    name: dict[str, str]
    about: dict[str, str]


@route("GET", f"{API}/services", access=Access.ANYONE, answer=faces.Page[ServiceItem])
async def services(ask: Ask) -> Json:
    """The catalogue."""
    found = [service for service in ask.house.keeper.setup.services if service.active]
    items = [{"id": one.id, "slug": one.slug, "name": one.name, "about": one.about} for one in found]
    return {"items": items, "next": None}
