"""The matrix: route × who asks × whose thing it is, held to `tests/policy.toml`, which the product never reads."""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSServerHandshakeError

from crm_core.model.ids import AgentId
from gateway.http.app import all_routes
from gateway.http.routes import Access, Route
from tests.gateway.http import things
from tests.gateway.http.site import Person, Said, Site
from tests.world import ADA, ANNA, BEN, SUE

ROLES = ("anon", "other", "own", "supervisor", "admin", "reading", "writing")
MISSING = "01zzzzzzzzzzzzzzzzzzzzzzz"
MISSING_NUMBER = "ON-AAAA-0000"


@dataclass(frozen=True)
class Row:
    """One line of the policy."""

    route: str
    expected: dict[str, Any]
    of: str | None = None
    why: str = ""
    body: Any = None
    raw: str | None = None
    query: str = ""
    path: str = ""
    upload: bool = False
    socket: bool = False
    named: tuple[str, ...] = field(default=())

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def where(self) -> str:
        path = self.path or self.route.partition(" ")[2].replace("{id}", "@id")
        return f"{path}?{self.query}" if self.query else path


def rows() -> list[Row]:
    found = tomllib.loads((Path(__file__).parents[2] / "policy.toml").read_text(encoding="utf-8"))["row"]
    return [
        Row(expected={role: row.pop(role) for role in ROLES}, **row)  # a role left out fails here
        for row in found
    ]


ROWS = rows()


def key(found: Route) -> str:
    return f"{found.method} {found.path}"


ANYBODYS = {key(found) for found in all_routes() if found.access is Access.ANYONE}


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert {row.route for row in ROWS} == {key(found) for found in all_routes()}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.route} {row.of or ''} {row.why}".strip())
async def test_each_may_do_what_the_policy_says_and_learns_nothing_else(small: Site, row: Row) -> None:
    wrong: list[str] = []
    for role in ROLES:
        expected = row.expected[role]
        id = await things.make(small, row.of) if row.of else ""
        said = await ask(small, row, role, id)
        got = (
            said.status
            if expected != "empty" or said.status != 200
            else ("empty" if not said.body["items"] else "full")
        )
        if got != expected:
            wrong.append(f"{role}: expected {expected}, got {got}: {said.raw[:200]!r}")
        if hidden(row, role) and "@id" in row.where:
            nothing = await ask(small, row, role, MISSING_NUMBER if row.of == "number" else MISSING)
            if (nothing.status, nothing.raw) != (said.status, said.raw):
                wrong.append(f"{role}: a thing that is not there answers {nothing.status}: {nothing.raw[:200]!r}")
    assert not wrong, "\n".join(wrong)


def hidden(row: Row, role: str) -> bool:
    """Whether this role may not even know of the thing. A narrowed token's owner may, and a hook is known to its provider."""
    if row.of is None or row.route in ANYBODYS:
        return False
    return row.expected[role] in (401, 404) or (row.expected[role] == 403 and role not in ("reading", "writing"))


async def ask(site: Site, row: Row, role: str, id: str) -> Said:
    person = await PEOPLE[role](site)
    fill = {"@id": id, "@role": role}
    for name in ("another", "housing", "bens_upload"):
        if f"@{name}" in str(row.body):
            fill[f"@{name}"] = await things.make(site, name)
    where = filled(row.where, fill)
    if row.socket:
        return await handshake(person, where)
    if row.upload:
        form = aiohttp.FormData()
        form.add_field("file", b"hello", filename="a.txt", content_type="text/plain")
        return await person.ask(row.method, where, data=form)
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
}

SMUGGLED = {
    "id": "x",
    "role": "admin",
    "customer_id": "x",
    "created_at": "2020-01-01T00:00:00Z",
    "state": "sent",
    "internal": False,
    "tenant": "other",
}


@pytest.mark.parametrize("found", [one for one in all_routes() if one.body], ids=key)
async def test_what_a_body_has_no_name_for_is_refused_by_its_name(small: Site, found: Route) -> None:
    assert found.body is not None
    ada = await small.person(ADA)
    extra = {name: value for name, value in SMUGGLED.items() if name not in found.body.model_fields}
    path = found.path.replace("{id}", MISSING)
    said = await ada.ask(found.method, path, extra)
    assert said.status == 422, said.body
    assert {problem["field"] for problem in said.body["errors"]} >= extra.keys()


@pytest.mark.parametrize("found", [one for one in all_routes() if one.method == "GET" and not one.raw], ids=key)
async def test_a_question_nobody_knows_or_asked_twice_is_refused(small: Site, found: Route) -> None:
    ada = await small.person(ADA)
    path = found.path.replace("{id}", MISSING).replace("{path:.*}", "inbox")
    said = await ada.get(f"{path}?tenant=other")
    assert said.status == 422, said.body
    assert "tenant" in {problem["field"] for problem in said.body["errors"]}
    if found.query is not None:
        name = next(iter(found.query.model_fields))
        assert (await ada.get(f"{path}?{name}=1&{name}=2")).status == 422
