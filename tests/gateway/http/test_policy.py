"""The matrix: route × who asks × whose thing it is, held to `tests/policy.toml`, which the product never reads."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSServerHandshakeError, web

from crm_core.actions import reply
from crm_core.model.ids import AgentId, TicketId
from gateway.http.app import all_routes, make_app
from gateway.http.routes import Access, Route
from gateway.http.surroundings import Surroundings
from gateway.serve import PAGES
from tests.gateway.http import things
from tests.gateway.http.site import Person, Said, Site
from tests.world import ADA, ANNA, BEN, SUE
from workshop.places import ROOT

ROLES = ("anon", "other", "own", "supervisor", "admin", "reading", "writing", "citizen", "other_citizen")
STAFF = ROLES[1:7]
MISSING = "01zzzzzzzzzzzzzzzzzzzzzzz"
MISSING_NUMBER = "ON-AAAA-0000"
POLICY = tomllib.loads((Path(__file__).parents[2] / "policy.toml").read_text(encoding="utf-8"))


def expectations(row: dict[str, Any]) -> dict[str, Any]:
    """What each role gets; to the API a citizen is nobody, whatever cookie they bring."""
    everybody = row.pop("all", None)
    given = {role: row.pop(role, everybody) for role in ROLES}
    for role in ("citizen", "other_citizen"):
        given[role] = given["anon"] if given[role] is None else given[role]
    assert None not in given.values(), f"{row}: a role is left out"
    return given


@dataclass(frozen=True)
class Row:
    """One line of the policy."""

    route: str
    expected: dict[str, Any]
    of: str | None = None
    why: str = ""
    body: Any = None
    raw: str | None = None
    form: dict[str, str] | None = None
    query: str = ""
    path: str = ""
    secret: str = ""
    upload: bool = False
    socket: bool = False

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def where(self) -> str:
        path = self.path or self.route.partition(" ")[2].replace("{id}", "@id")
        return f"{path}?{self.query}" if self.query else path


ROWS = [Row(expected=expectations(row), **row) for row in POLICY["row"]]


def key(found: Route) -> str:
    return f"{found.method} {found.canonical}"


ANYBODYS = {key(found) for found in all_routes() if found.access is not Access.STAFF}


def without_a_row(app: web.Application) -> set[str]:
    """What the router of the whole application leads to and the policy says nothing about."""
    found = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource is not None}
    heads = {("HEAD", path) for method, path in found if method == "GET"}  # aiohttp's own, with the handler of GET
    return {f"{method} {path}" for method, path in found - heads} - {row.route for row in ROWS}


async def test_every_route_has_a_row_and_every_row_a_route(small: Site) -> None:
    app = small.server.app
    assert without_a_row(app) == set()
    there = {
        f"{route.method} {route.resource.canonical}" for route in app.router.routes() if route.resource is not None
    }
    assert {row.route for row in ROWS} - there == set()


@pytest.mark.parametrize(
    ("planted", "noticed"),
    [
        (web.get("/s/{slug}/secrets", things.nothing), "GET /s/{slug}/secrets"),
        (web.post("/", things.nothing), "POST /"),
        (web.route("*", "/{anything:.*}", things.nothing), "* /{anything}"),
        (web.head("/api/v1/planted", things.nothing), "HEAD /api/v1/planted"),
        (web.static("/planted", Path(__file__).parent), "GET /planted"),
    ],
    ids=["page", "method", "everything", "head", "files"],
)
async def test_a_route_without_a_row_is_noticed_wherever_it_was_added(
    small: Site, planted: web.AbstractRouteDef, noticed: str
) -> None:
    def plant(app: web.Application, _house: Surroundings) -> None:
        app.add_routes([planted])

    app = make_app(small, more=[*PAGES, plant])
    assert noticed in without_a_row(app)


async def test_every_route_of_the_whole_application_is_in_the_page_of_the_api(small: Site) -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    missing = [row.route for row in ROWS if f"### `{row.route}`\n" not in page]
    assert missing == [], "run ./onestop generate"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.route} {row.of or ''} {row.why}".strip())
async def test_each_may_do_what_the_policy_says_and_learns_nothing_else(small: Site, row: Row) -> None:
    wrong: list[str] = []
    for role in ROLES:
        expected = row.expected[role]
        id = await things.make(small, row.of) if row.of else ""
        said = await ask(small, row, role, id)
        listed = expected in ("empty", "full") and said.status == 200
        got = said.status if not listed else ("full" if said.body["items"] else "empty")
        if got != expected:
            wrong.append(f"{role}: expected {expected}, got {got}: {said.raw[:200]!r}")
        if row.secret and (row.secret.encode() in said.raw) != (role == "citizen"):
            wrong.append(f"{role}: {row.secret} is {'hidden' if role == 'citizen' else 'shown'}")
        if hidden(row, role) and "@id" in row.where:
            absent = missing(row, id)
            nothing = await ask(small, row, role, absent)
            if (nothing.status, nothing.raw.replace(absent.encode(), id.encode())) != (said.status, said.raw):
                wrong.append(f"{role}: a thing that is not there answers {nothing.status}: {nothing.raw[:200]!r}")
    assert not wrong, "\n".join(wrong)


def missing(row: Row, id: str) -> str:
    """The name of something that is not there, in the same place: `customer/addresses/identity` has two."""
    _, slash, within = id.partition("/")
    return f"{MISSING_NUMBER if row.of in ('number', 'sent') else MISSING}{slash}{within}"


def hidden(row: Row, role: str) -> bool:
    """Whether this role may not even know of the thing. A narrowed token's owner may, and a hook is known to its provider.

    A ticket of their own team agents see, also where they may not do this to it.
    """
    if row.of is None or row.route in ANYBODYS or row.form is not None:
        return False
    knows = ("reading", "writing", "own") if row.of == "ticket" else ("reading", "writing")
    return row.expected[role] in (401, 404) or (row.expected[role] == 403 and role not in knows)


async def ask(site: Site, row: Row, role: str, id: str) -> Said:
    person = await PEOPLE[role](site)
    fill = {"@id": id, "@role": role, **things.marks(site)}
    for name in ("another", "housing", "bens_upload", "somebody", "macro", "desk", "mailroom"):
        if f"@{name}" in f"{row.body} {row.query}":
            fill[f"@{name}"] = await things.make(site, name)
    where = filled(row.where, fill)
    if row.socket:
        return await handshake(person, where)
    if row.upload:
        form = aiohttp.FormData()
        form.add_field("file", b"hello", filename="a.txt", content_type="text/plain")
        return await person.ask(row.method, where, data=form)
    if row.form is not None:
        return await person.ask(row.method, where, data=filled(row.form, fill))
    if row.raw is not None:
        return await person.ask(row.method, where, data=filled(row.raw, fill).encode())
    return await person.ask(row.method, where, filled(row.body, fill))


def filled(template: Any, values: dict[str, str]) -> Any:
    if isinstance(template, str):
        for name, value in values.items():
            template = template.replace(name, value)
        return template
    if isinstance(template, dict):
        return {name: filled(part, values) for name, part in template.items()}
    return [filled(part, values) for part in template] if isinstance(template, list) else template


async def handshake(person: Person, where: str) -> Said:
    try:
        async with person.http.ws_connect(where, headers=person.headers):
            return Said(101, None, {}, b"")
    except WSServerHandshakeError as why:
        return Said(why.status, None, why.headers, b"")


def signed_in(id: AgentId) -> Callable[[Site], Awaitable[Person]]:
    return lambda site: site.person(id)


PEOPLE: dict[str, Callable[[Site], Awaitable[Person]]] = {
    "anon": lambda site: site.nobody(),
    "other": signed_in(BEN),
    "own": signed_in(ANNA),
    "supervisor": signed_in(SUE),
    "admin": signed_in(ADA),
    "reading": lambda site: site.program(ANNA, "read"),
    "writing": lambda site: site.program(ANNA, "write"),
    "citizen": lambda site: site.visitor("citizen"),
    "other_citizen": lambda site: site.visitor("other_citizen"),
}


@dataclass(frozen=True)
class Named:
    """One line of the policy about what a screen's socket may name: which roles get anything by it."""

    of: str
    why: str
    says: dict[str, Any]
    heard: tuple[str, ...]


NAMED = [Named(heard=tuple(row.pop("heard")), **row) for row in POLICY["socket"]]


@pytest.mark.parametrize("row", NAMED, ids=lambda row: row.why)
async def test_a_socket_gets_and_gives_nothing_by_naming_what_its_person_may_not_see(small: Site, row: Named) -> None:
    heard: list[str] = []
    for role in (one for one in STAFF if one != "writing"):
        id = await things.make(small, row.of)
        colleague = SUE if "signal" in row.says and role in ("own", "reading") else ANNA
        person, anna = await PEOPLE[role](small), await small.person(colleague)
        await small.settled()
        async with anna.line() as hers, person.line() as line:
            await hers.say(topics=[f"ticket:{id}"])
            await line.say(**filled(row.says, {"@id": id}))
            await line.say(ping=1)
            said = [await line.until("pong")]
            if "signal" not in row.says:
                await hers.say(signal={"kind": "typing", "ticket": id})
                await small.world.do(ANNA, reply.note, TicketId(id), "For colleagues.")
                await small.settled()
                said = await line.rest()
            else:
                said = await hers.rest()
            if id in str(said):
                heard.append(role)
    assert heard == list(row.heard)


async def test_a_file_of_another_citizens_form_can_be_neither_sent_nor_taken_away(small: Site) -> None:
    slot = await things.make(small, "draft_file")
    other = await small.visitor("other_citizen")
    fields = filled({"mark": "@mark", "remove": slot, "own_words": "Mine."}, things.marks(small))
    await other.ask("POST", "/s/permit/form/1", data=fields)
    citizen = await small.visitor("citizen")
    assert "lamp.png" in (await citizen.get("/s/permit/check")).body
    assert "lamp.png" not in (await other.get("/s/permit/check")).body


SMUGGLED = {
    "id": "x",
    "role": "admin",
    "customer_id": "x",
    "created_at": "2020-01-01T00:00:00Z",
    "state": "sent",
    "internal": False,
    "tenant": "other",
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("found", [one for one in all_routes() if one.body], ids=key)
async def test_what_a_body_has_no_name_for_is_refused_by_its_name(untouched: Site, found: Route) -> None:
    assert found.body is not None
    ada = await untouched.person(ADA)
    extra = {name: value for name, value in SMUGGLED.items() if name not in found.body.model_fields}
    path = re.sub(r"\{\w+\}", MISSING, found.path)
    said = await ada.ask(found.method, path, extra)
    assert said.status == 422, said.body
    assert {problem["field"] for problem in said.body["errors"]} >= extra.keys()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("found", [one for one in all_routes() if one.method == "GET" and not one.raw], ids=key)
async def test_a_question_nobody_knows_or_asked_twice_is_refused(untouched: Site, found: Route) -> None:
    ada = await untouched.person(ADA)
    path = found.canonical.replace("{id}", MISSING).replace("{path}", "inbox")
    said = await ada.get(f"{path}?tenant=other")
    assert said.status == 422, said.body
    assert "tenant" in {problem["field"] for problem in said.body["errors"]}
    if found.query is not None:
        name = next(iter(found.query.model_fields))
        assert (await ada.get(f"{path}?{name}=1&{name}=2")).status == 422
