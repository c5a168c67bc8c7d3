"""The citizens' catalogue: no department anywhere, life events, steps, hours, and what we know to be broken."""

from __future__ import annotations

import re
from html import unescape

from crm_core.actions import dispatch
from crm_core.model.actor import Actor
from crm_core.queries import setup
from tests.gateway.portal.town import TESTS, Citizen, Town

_HREF = re.compile(r'href="(/[^"#]*)')
_UNIT_FIELD = re.compile(r'name="[^"]*(unit|department|office)', re.IGNORECASE)


async def pages(citizen: Citizen, *, language: str) -> dict[str, str]:
    """Every page that links lead to, from the first one on."""
    found: dict[str, str] = {}
    waiting = ["/", "/s", "/?q=parking", "/s/general/form/1"]
    while waiting:
        path = waiting.pop()
        if path in found or path.startswith("/portal/") or "lang=" in path:
            continue
        found[path] = unescape(await citizen.open(path, **{"Accept-Language": language}))
        waiting += _HREF.findall(found[path])
    return found


async def test_no_page_names_a_unit_or_asks_for_one(town: Town, citizen: Citizen) -> None:
    units = (await town.desk.ask(TESTS, setup.setup)).units
    assert len(units) > 5
    for language in ("en", "zh"):
        seen = await pages(citizen, language=language)
        assert len(seen) > 40
        told = [(path, unit.name) for path, words in seen.items() for unit in units if unit.name in words]
        assert told == []
        assert [path for path, words in seen.items() if _UNIT_FIELD.search(words)] == []


async def test_a_reorganisation_changes_no_address(town: Town, citizen: Citizen) -> None:
    before = set(await pages(citizen, language="en"))
    units = (await town.desk.ask(TESTS, setup.setup)).units
    into = (dispatch.Successor("Everything Else"), dispatch.Successor("One More"))
    await town.desk.do(Actor.worker("operator"), dispatch.reorganise, frozenset(unit.id for unit in units), into=into)
    await town.keeper.refresh()
    after = await pages(citizen, language="en")
    assert set(after) == before
    assert not any("Everything Else" in words for words in after.values())


async def test_a_service_says_its_steps_and_hours(citizen: Citizen) -> None:
    page = await citizen.open("/s/certificates", **{"Accept-Language": "en"})
    assert "What happens" in page
    assert "The copies come by mail" in page
    assert "Monday – Friday" in page
    assert "08:00–18:00" in page
    page = await citizen.open("/s/flooding", **{"Accept-Language": "zh"})
    assert "全天" in page


async def test_services_stand_under_life_events(citizen: Citizen) -> None:
    home = await citizen.open("/", **{"Accept-Language": "en"})
    assert "Moving home" in home
    listed = await citizen.open("/s", **{"Accept-Language": "zh"})
    assert listed.index("搬家") < listed.index("住户停车证")


async def test_a_known_problem_stands_on_the_first_page_and_on_its_service_alone(citizen: Citizen) -> None:
    for path, shown in (("/", True), ("/s/street-light", True), ("/s/pothole", False)):
        page = await citizen.open(path, **{"Accept-Language": "en"})
        assert ("Street lights out on the harbour side" in page) is shown, path
    page = await citizen.open("/s/street-light", **{"Accept-Language": "zh"})
    assert "港口区路灯停电" in page
    assert "预计" in page
