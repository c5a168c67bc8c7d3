"""The API's description is true: what it says is taken is taken, and nothing is answered that it does not say."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

import pytest

from gateway.http.app import all_routes
from gateway.http.description import describe
from gateway.http.face import Face, said_of_fields
from tests.gateway.http import things
from tests.gateway.http.site import Person, Site
from tests.scale import LONG, grows
from tests.world import ADA, ANNA

CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
SECONDS = 3000 if LONG else 900
"""A bound for what hangs, not a measure: two busy cores take their time."""

ASKERS: dict[str, Callable[[Site], Awaitable[Person]]] = {
    "admin": lambda site: site.program(ADA),
    "agent": lambda site: site.program(ANNA),
    "agent, reading only": lambda site: site.program(ANNA, "read"),
    "nobody": lambda site: site.nobody(),
}

OUTSIDE = "^/(hooks|console|api/v1/tokens/)"
"""Doors have signatures, the console is pages; and who takes back the token it works with is nobody from then on."""

DAILY = frozenset({"admin"})
"""Who sees everything tries in every run; whoever sees a part of it or nothing, in the long one."""


def test_every_route_is_described_and_says_what_it_does() -> None:
    described = describe(all_routes())
    assert described["openapi"].startswith("3.1")
    operations = [one for methods in described["paths"].values() for one in methods.values()]
    assert len(operations) == len(all_routes())
    assert len({one["operationId"] for one in operations}) == len(operations)
    for one in operations:
        assert one["summary"], one["operationId"]
        assert one["responses"], one["operationId"]


def test_what_stands_behind_a_field_in_the_source_is_said_of_it_also_where_a_name_occurs_twice() -> None:
    """Read only here: pydantic would read the sources at every start."""
    schemas = describe(all_routes())["components"]["schemas"]
    said = schemas["TicketRow"]["properties"]["erased_at"]["description"]
    assert said == "Since when its words are gone; counts, times and service stay."
    described = [one for schema in schemas.values() for one in schema.get("properties", {}).values()]
    told = [text for fields in said_of_fields().values() for text in fields.values()]
    assert 25 <= len(told) <= sum("description" in one for one in described)
    assert not Face.model_config.get("use_attribute_docstrings")


async def test_the_page_for_people_names_every_address(small: Site) -> None:
    said = await (await small.nobody()).get("/api/docs")
    assert said.status == 200
    for found in all_routes():
        assert f"{found.method} " in said.body
    assert 'id="problem-422"' in said.body
    assert "http" not in said.headers["Content-Security-Policy"]


@grows
@pytest.mark.parametrize(
    "asker", [pytest.param(asker, marks=[] if asker in DAILY else pytest.mark.long) for asker in ASKERS]
)
async def test_whoever_tries_everything_finds_no_fault_and_no_surprise(small: Site, asker: str) -> None:
    for kind in ("ticket", "confidential", "solved", "wire", "file"):
        await things.make(small, kind)
    person = await ASKERS[asker](small)
    tried_how = ("50", "examples,coverage,fuzzing") if LONG else ("1", "coverage")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", str(small.server.make_url("/api/openapi.json"))),
        *("--checks", ",".join(CHECKS), "--max-examples", tried_how[0], "--phases", tried_how[1]),
        *(word for name, value in person.headers.items() for word in ("--header", f"{name}: {value}")),
        *("--exclude-path", "/api/v1/events", "--exclude-path-regex", OUTSIDE),
        *("--request-timeout", "10", "--no-color", "--generation-deterministic", "--max-failures", "5"),
    ]
    tried = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await asyncio.wait_for(tried.communicate(), SECONDS)
    except TimeoutError:
        tried.kill()
        raise
    assert tried.returncode == 0, said.decode()[-6000:]
