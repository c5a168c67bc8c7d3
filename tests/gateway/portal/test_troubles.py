"""Whatever goes wrong, a citizen gets a page in their language that says what to do; a program gets its document."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crm_core.model.errors import StoreDown
from gateway.http.portal.troubles import FIRST
from tests.gateway.portal.town import Citizen, town_at, visitor

BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
async def outsider(tmp_path: Path) -> AsyncIterator[Citizen]:
    """Somebody from outside, behind a trusted proxy, of whom a house with little patience hears too often."""
    async with town_at(tmp_path, ONESTOP_TRUSTED_PROXIES="127.0.0.0/8") as town:
        town.settings = replace(town.settings, requests_per_second=1)
        async with visitor(town) as citizen:
            citizen.client.session.headers["X-Forwarded-For"] = "5.6.7.8"
            yield citizen


async def _until_slowed(citizen: Citizen, path: str, **headers: str) -> str:
    for _ in range(60):
        page = await citizen.open(path, **headers)
        if citizen.status == 429:
            return page
    raise AssertionError("nobody was slowed")


async def test_who_loads_too_much_is_told_so_by_a_page_in_their_language(outsider: Citizen) -> None:
    page = await _until_slowed(outsider, "/", **{"Accept-Language": "zh-CN"})
    assert outsider.headers["Content-Type"].startswith("text/html")
    assert '<html lang="zh-Hans"' in page
    seconds = outsider.headers["Retry-After"]
    assert f"请等待 {seconds} 秒" in page
    assert "seconds, then load this page again" in await _until_slowed(outsider, "/s")


async def test_a_program_that_is_slowed_gets_its_document(outsider: Citizen) -> None:
    await _until_slowed(outsider, "/api/v1/services")
    assert outsider.headers["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("path", ["/", "/s", "/s/general/form/1", "/done/ON-AAAA-0000"])
@pytest.mark.parametrize(
    ("language", "words"), [("en", "Something went wrong on our side"), ("zh", "我们这边出了问题")]
)
async def test_a_fault_of_ours_is_a_page_that_says_nothing_about_itself(
    citizen: Citizen, monkeypatch: pytest.MonkeyPatch, path: str, language: str, words: str
) -> None:
    from gateway.http.portal.front import Front

    page_of = Front.page

    def broken(front: Front, visit: Any, template: str, **values: Any) -> Any:
        if template != "trouble.html" or values["title"] == visit.words.gone_title:
            raise ZeroDivisionError("a secret of ours")
        return page_of(front, visit, template, **values)

    monkeypatch.setattr(Front, "page", broken)
    page = await citizen.open(path, **{"Accept-Language": language})
    assert citizen.status == 500
    assert words in page
    assert "secret" not in page
    assert citizen.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")


async def test_a_record_that_is_away_is_a_page(citizen: Citizen, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*given: Any, **named: Any) -> Any:
        raise StoreDown("The database is away.")

    monkeypatch.setattr(citizen.town.desk, "ask", down)
    page = await citizen.open("/")
    assert (citizen.status, citizen.headers["Retry-After"]) == (503, "5")
    assert "Something went wrong on our side" in page


@pytest.mark.parametrize("first", sorted(FIRST - {""}))
async def test_a_wrong_address_of_ours_is_a_page_whoever_asks(citizen: Citizen, first: str) -> None:
    page = await citizen.open(f"/{first}/no/such/page")
    assert citizen.status == 404
    assert "This page does not exist" in page


async def test_a_wrong_address_elsewhere_is_a_page_for_a_browser_and_a_document_for_a_program(citizen: Citizen) -> None:
    assert "This page does not exist" in await citizen.open("/parking", **BROWSER)
    await citizen.open("/parking")
    assert citizen.headers["Content-Type"].startswith("application/problem+json")
    await citizen.open("/api/v1/parking", **BROWSER)
    assert citizen.headers["Content-Type"].startswith("application/problem+json")


async def test_a_method_that_a_page_does_not_know_says_which_it_knows(citizen: Citizen) -> None:
    async with citizen.client.put("/s/general/check") as answer:
        assert (answer.status, answer.content_type) == (405, "text/html")
        assert set(answer.headers["Allow"].split(",")) >= {"GET", "POST"}


async def test_where_a_page_sends_a_browser_on_it_is_as_careful_as_elsewhere(citizen: Citizen) -> None:
    async with citizen.client.get("/ask", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/s/general/form/1")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
