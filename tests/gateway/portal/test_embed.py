"""A form on another site: no cookies, nothing lost between two tries, and only where an admin allows it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession
from aiohttp.test_utils import TestServer

from crm_core.actions import forms
from crm_core.actions.forms import choose_forms
from crm_core.model.actor import Actor
from crm_core.model.errors import BadInput
from crm_core.model.ids import ServiceId
from crm_core.model.service import Service
from crm_core.rules import origins
from tests.gateway.portal.town import Town

OPERATOR = Actor.worker("operator")
HOME = "/e/general"


@pytest.fixture
async def base(town: Town) -> AsyncIterator[str]:
    """The address of a running portal."""
    async with TestServer(town.app()) as server:
        yield str(server.make_url("")).rstrip("/")


async def allow(town: Town, *sites: str, confirm: bool = False) -> None:
    door = next(door for door in town.keeper.doors.values() if not door.type.capabilities.replies)
    await town.desk.do(OPERATOR, forms.choose_forms, door.inbox.id, confirm=confirm, origins=sites)
    await town.keeper.refresh()


async def posted(http: ClientSession, base: str, *, path: str = HOME, **form: str) -> tuple[ClientResponse, str]:
    async with http.get(f"{base}{path}") as answer:
        page = await answer.text()
    mark = re.findall(r'name="mark" value="([^"]+)"', page)
    async with http.post(f"{base}{path}", data={"mark": mark[0], **form}) as answer:
        return answer, await answer.text()


async def test_a_whole_form_is_filled_in_on_one_page_without_a_cookie(town: Town, base: str) -> None:
    await allow(town, "https://www.example.org")
    async with ClientSession() as http:
        async with http.get(f"{base}{HOME}") as answer:
            page = await answer.text()
        mark = re.findall(r'name="mark" value="([^"]+)"', page)[0]
        typed = {"mark": mark, "words": "The lamp is dark.", "your_name": "Wei"}
        async with http.post(f"{base}{HOME}", data=typed) as answer:
            assert answer.status == 422
            again = await answer.text()
        assert "The lamp is dark." in again, "what was typed comes back"
        assert await town.tickets() == []
        town.clock.pass_(seconds=10)
        mark = re.findall(r'name="mark" value="([^"]+)"', again)[0]
        typed |= {"mark": mark, "your_email": "wei@example.org"}
        town.clock.pass_(seconds=10)
        done = ""
        for _ in range(2):  # a reload sends it again
            async with http.post(f"{base}{HOME}", data=typed) as answer:
                done = await answer.text()
        [ticket] = await town.tickets()
        assert ticket.number in done
        assert len(http.cookie_jar) == 0


async def test_it_stands_in_frames_of_the_named_sites_and_of_nobody_else(town: Town, base: str) -> None:
    async with ClientSession() as http:
        async with http.get(f"{base}{HOME}") as answer:
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Frame-Options"] == "DENY"
        await allow(town, "https://www.example.org", "https://other.example:8443")
        async with http.get(f"{base}{HOME}") as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert policy.endswith("frame-ancestors https://www.example.org https://other.example:8443")
            assert "X-Frame-Options" not in answer.headers
        async with http.get(f"{base}/s/general/form/1") as answer:
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        async with http.get(f"{base}/embed.js") as answer:
            assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_robots_are_asked_again_as_on_our_own_pages(town: Town, base: str) -> None:
    async with ClientSession() as http:
        form = {"words": "Buy now", "your_email": "v@example.org", "your_name": "V", "website": ""}
        answer, _ = await posted(http, base, **form)
        assert answer.status == 422, "quicker than anybody reads"
        async with http.get(f"{base}{HOME}") as first:
            mark = re.findall(r'name="mark" value="([^"]+)"', await first.text())[0]
        town.clock.pass_(seconds=10)
        async with http.post(f"{base}{HOME}", data={**form, "mark": mark, "website": "x"}) as trapped:
            assert trapped.status == 422
        assert await town.tickets() == []


@pytest.mark.parametrize("asked_by", ["inbox", "service", "nobody"])
async def test_where_addresses_are_confirmed_the_page_says_so(town: Town, base: str, asked_by: str) -> None:
    await allow(town, confirm=asked_by == "inbox")
    if asked_by == "service":
        general = town.keeper.house.general
        assert general is not None
        await town.desk.do(OPERATOR, _confirmed, general.id)
        await town.keeper.refresh()
    async with ClientSession() as http:
        async with http.get(f"{base}{HOME}") as answer:
            mark = re.findall(r'name="mark" value="([^"]+)"', await answer.text())[0]
        town.clock.pass_(seconds=10)
        form = {"mark": mark, "words": "The lamp is dark.", "your_email": "wei@example.org", "your_name": "Wei"}
        async with http.post(f"{base}{HOME}", data=form) as answer:
            assert ("Open the link in the mail" in await answer.text()) is (asked_by != "nobody")


async def _confirmed(tx: Any, id: ServiceId) -> None:
    service = await tx.get(Service, id)
    await tx.save(replace(service, confirm=True, version=service.version + 1))


@pytest.mark.parametrize(
    "site",
    [
        "*",
        "https://*.example.org",
        "https://a.example/path",
        "http://a.example",
        "https://a.example; script-src *",
        "a",
    ],
)
async def test_only_single_sites_are_taken(town: Town, site: str) -> None:
    door = next(iter(town.keeper.doors.values()))
    with pytest.raises(BadInput):
        await town.desk.do(OPERATOR, choose_forms, door.inbox.id, confirm=False, origins=[site])


def test_sites_are_written_as_browsers_say_them() -> None:
    assert origins.tidy([" HTTPS://WWW.Example.org/ ", "https://www.example.org"]) == ("https://www.example.org",)
    assert origins.strange(["https://www.example.org:8443", "http://localhost:8000"]) == []
