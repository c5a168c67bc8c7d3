"""What we know, for everybody: the same answers as at every other door, without a script, in both languages."""

from __future__ import annotations

import re
from html import unescape

from crm_core.actions import answers
from crm_core.model.actor import Actor
from crm_core.model.answer import Wording
from crm_core.model.ids import AgentId, AnswerId
from crm_core.queries import answers as library
from crm_core.queries import setup
from crm_core.queries.answers import Wanted, Whole
from gateway.workers.indexer import Indexer
from tests.gateway.portal.town import TESTS, Citizen, Town

PAGE = "/s/resident-permit/answers/permit-cost"


async def agent(town: Town, email: str = "supervisor@larkhaven.example") -> Actor:
    people = await town.desk.ask(TESTS, setup.staff)
    return Actor.agent(AgentId(next(one.id for one in people if one.email == email)))


async def known(town: Town, slug: str) -> Whole:
    found = await town.desk.ask(await agent(town), library.page, Wanted(limit=100))
    id = AnswerId(next(one.id for one in found.items if one.slug == slug))
    return await town.desk.ask(await agent(town), library.one, id)


async def indexed(town: Town) -> None:
    indexer = Indexer(town.desk, holder="tests")
    while await indexer.index():
        pass


async def test_an_answer_stands_on_its_page_with_the_facts_of_its_service(citizen: Citizen) -> None:
    page = await citizen.open(PAGE, **{"Accept-Language": "en"})
    assert "What a resident parking permit costs" in page
    assert "$48 a year" in page
    assert "⟦" not in page
    page = await citizen.open(PAGE, **{"Accept-Language": "zh"})
    assert "每年 48 美元" in page
    assert 'lang="zh-Hans"' in page


async def test_the_page_of_a_service_and_the_search_lead_to_it(town: Town, citizen: Citizen) -> None:
    await indexed(town)
    for where in ("/s/resident-permit", "/?q=permit+costs", "/?q=停车证收费"):
        assert f'href="{PAGE}"' in await citizen.open(where, **{"Accept-Language": "en"}), where


async def test_what_is_not_for_everybody_is_not_there(town: Town, citizen: Citizen) -> None:
    await indexed(town)
    for path in (
        "/s/resident-permit/answers/permit-renewal",
        "/s/general/answers/not-our-street",
        "/s/resident-permit/answers/no-such-answer",
    ):
        await citizen.open(path)
        assert citizen.status == 404, path
    assert "permit-renewal" not in await citizen.open("/?q=renewing+a+permit")
    told = await known(town, "permit-cost")
    await town.desk.do(await agent(town), answers.retire, told.answer.id)
    await citizen.open(PAGE)
    assert citizen.status == 404
    assert PAGE not in await citizen.open("/s/resident-permit")


async def test_an_answer_that_moved_to_another_service_is_found_at_its_old_address(citizen: Citizen) -> None:
    await citizen.open("/s/missed-bin/answers/permit-cost")
    assert (citizen.status, citizen.path) == (200, PAGE)


async def test_whether_it_helped_is_counted_once_from_each_browser(town: Town, citizen: Citizen) -> None:
    before = (await known(town, "permit-cost")).answer
    page = await citizen.open(PAGE, **{"Accept-Language": "en"})
    mark = re.findall(r'name="mark" value="([^"]+)"', page)[0]
    page = await citizen.post({"helpful": "no"}, to=PAGE)
    assert "Thank you for telling us." in unescape(page)
    assert "Did this help you?" not in page
    await citizen.post_raw({"mark": mark, "helpful": "no"}, to=PAGE)
    after = (await known(town, "permit-cost")).answer
    assert (after.helpful, after.unhelpful) == (before.helpful, before.unhelpful + 1)


async def test_without_our_mark_from_elsewhere_or_with_other_words_nothing_is_counted(
    town: Town, citizen: Citizen
) -> None:
    before = (await known(town, "permit-cost")).answer
    await citizen.open(PAGE)
    await citizen.post({"helpful": "perhaps"}, to=PAGE)
    await citizen.post_raw({"helpful": "yes"}, to=PAGE)
    await citizen.post({"helpful": "yes"}, to=PAGE, headers={"Sec-Fetch-Site": "cross-site"})
    assert citizen.status == 403
    assert (await known(town, "permit-cost")).answer == before


async def test_what_somebody_writes_into_an_answer_is_text_on_the_page(town: Town, citizen: Citizen) -> None:
    told = await known(town, "permit-cost")
    evil = {"en": "<script>alert(1)</script>"}
    writing = Wording(evil, {"en": '<img src=x onerror="alert(1)"> {cost}'}, {}, {})
    await town.desk.do(await agent(town), answers.draft_answer, told.answer.id, writing)
    await town.desk.do(await agent(town), answers.approve, told.answer.id)
    for where in (PAGE, "/s/resident-permit"):
        page = await citizen.open(where, **{"Accept-Language": "en"})
        assert "&lt;script&gt;" in page
        assert "<script>alert" not in page
        assert "<img src=x" not in page
