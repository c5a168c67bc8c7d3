"""The open door for programs: a contact by JSON, the same as by our own form."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Annotated

from aiohttp import web
from pydantic import Field, model_validator

from channels.contract import Wire
from channels.shared import submission
from channels.shared.submission import Answer, Submission
from crm_core.model import phone
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.ids import fresh
from crm_core.model.mailbox import mailbox
from crm_core.model.service import FieldKind, Service
from crm_core.model.view import Json
from crm_core.rules import filling
from gateway.house import Door
from gateway.http import faces, peers, uploads
from gateway.http.errors import TooLarge, WrongType
from gateway.http.routes import API, Access, Ask, Input, read_body, route
from gateway.http.uploads import RawFile, TooMuch

MOUNT = "/ask"
"""Whichever inbox answers our own forms takes these too."""

A_MINUTE = 1 / 60
BURST = 10

Line = Annotated[str, Field(max_length=320)]
Key = Annotated[str, Field(min_length=1, max_length=60)]
WHOLE = "contact"
"""The part of a multipart body that holds what is else the whole body."""


class ContactBody(Input):
    """What somebody wants, who they are, and how we reach them: by mail or phone.

    `fields` are answers to the questions of the service's form, by key: a choice by its
    English name, `yes` or `no`, a date as `2026-11-20`. They are checked as on our own pages;
    without `fields` nothing is asked, and `text` says it all. Files come in a multipart body:
    this JSON as the part `contact`, each file as a part named by its question, or `file`.
    """

    service: Annotated[str, Field(min_length=1, max_length=100)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    text: Annotated[str, Field(max_length=20_000)] = ""
    email: Line | None = None
    phone: Line | None = None
    fields: Annotated[dict[Key, Annotated[str, Field(max_length=filling.KEPT)]], Field(max_length=80)] | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")] | None = None

    @model_validator(mode="after")
    def _reachable(self) -> "ContactBody":
        if not self.email and not self.phone:
            raise ValueError("Give email or phone, so that we can answer.")
        return self


class Taken(faces.Face):
    """The number of the ticket."""

    number: str | None


@route("POST", f"{API}/contacts", access=Access.ANYONE, body=ContactBody, upload=True, answer=Taken, status=202)
async def take(ask: Ask) -> Json:
    """Ask for something. With an Idempotency-Key, sending the same twice is one ticket.

    JSON, or multipart where files come with it: the JSON as the part `contact`, and each file
    as a part named by the question that it answers, or `file`. 5 files at most, 10 MB each,
    25 MB together, of the kinds that our own forms take.
    """
    client = ask.request.get(peers.CLIENT)
    if not peers.is_near(client):
        ask.parts.limiter.take(f"contacts {client}", rate=A_MINUTE * 6, burst=BURST)
    raw, files = await _received(ask.request)
    body = read_body(ContactBody, raw)
    door = _door(ask)
    service = _service(ask, body.service)
    country = ask.house.keeper.house.country_of(door.inbox)
    form = _form(body, service, files=files, country=country, id=_id(ask, raw, files))
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


async def _received(request: web.Request) -> tuple[bytes, tuple[RawFile, ...]]:
    """The JSON as it came, and the files beside it."""
    if request.content_type != "multipart/form-data":
        if request.content_type != "application/json":
            raise WrongType("Send JSON, or multipart/form-data where files come with it.")
        return await request.read(), ()
    try:
        posted = await uploads.read_post(request)
    except TooMuch:
        raise TooLarge("This is more than we take, or no multipart body.") from None
    return posted.fields.get(WHOLE, "").encode(), posted.files


def _form(body: ContactBody, service: Service, *, files: tuple[RawFile, ...], country: str, id: str) -> Submission:
    """The form as our own pages would hand it in. Raises BadInput with what would go into quarantine, or come back."""
    language = body.language or "en"
    problems = list(_wrong(body, country=country))
    taken, wrong = uploads.accepted(files)
    problems += [Problem(f"files.{name}", why) for name, why in wrong]
    answers: tuple[filling.Filled, ...] = ()
    try:
        answers = _answers(body.fields, service, files=files, country=country, language=language)
    except BadInput as why:
        problems += [Problem(f"fields.{one.field}", one.why) for one in why.problems]
    if problems:
        raise BadInput(*problems)
    return Submission(
        id=id,
        service=service.id,
        answers=tuple(Answer(one.key, one.label, one.text, one.value) for one in answers),
        text=body.text,
        name=body.name,
        email=body.email,
        phone=body.phone,
        language=body.language,
        files=taken,
    )


def _answers(
    given: Mapping[str, str] | None, service: Service, *, files: tuple[RawFile, ...], country: str, language: str
) -> tuple[filling.Filled, ...]:
    if given is None:
        return ()
    asked_for = {field.key for field in service.fields if field.kind is FieldKind.FILE}
    came_for = {file.key for file in files} & asked_for
    return filling.fill(service.fields, given=given, files=came_for, country=country, language=language)


def _wrong(body: ContactBody, *, country: str) -> Iterator[Problem]:
    """What the channel would put into quarantine is told to whoever sent it."""
    if body.email and mailbox(body.email) is None:
        yield Problem("email", "This is no mail address.")
    if body.phone and phone.e164(body.phone, country=country) is None:
        yield Problem("phone", "This is no phone number. Begin with + and the country's code.")
    if not body.text.strip() and not any((body.fields or {}).values()):
        yield Problem("text", "Say what you need.")


def _id(ask: Ask, raw: bytes, files: tuple[RawFile, ...]) -> str:
    """The submission's id: of the key and what it came with, so that nobody can claim another's by its key."""
    if ask.key is None:
        return fresh(str, at=ask.house.clock())
    came = [f"{file.key} {file.name} {hashlib.sha256(file.content or b'').hexdigest()}" for file in files]
    key = ask.saying(hashlib.sha256(raw).hexdigest(), *came).key
    assert key is not None
    said = f"{key.key}\n{key.request}".encode()
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
