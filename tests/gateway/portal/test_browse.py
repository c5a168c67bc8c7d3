"""The pages that help to find the right service."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_core.actions import intake
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Inbound
from gateway.http.languages import preferred
from gateway.http.portal import front
from tests.gateway.portal.town import Citizen, Town


async def ask_for(town: Town, slug: str, *, times: int) -> None:
    [service] = [one for one in town.keeper.setup.services if one.slug == slug]
    [inbox] = [one for one in town.keeper.setup.inboxes if one.address is None]
    for number in range(times):
        contact = Inbound(f"{slug}-{number}", Address.mail("wei@example.org"), "Wei", "Hello", service=service.id)
        await town.desk.do(
            Actor.inbox(inbox.id),
            intake.receive,
            intake.Contact(contact, (), None),
            inbox=inbox,
            house=town.keeper.house,
            reopen_window=timedelta(days=14),
        )


async def test_what_was_asked_for_most_stands_first(citizen: Citizen) -> None:
    await ask_for(citizen.town, "pothole", times=2)
    await ask_for(citizen.town, "certificates", times=3)
    await ask_for(citizen.town, "general", times=5)
    page = await citizen.open("/")
    assert "Used most this month" in page
    assert page.index("/s/certificates") < page.index("/s/pothole")
    assert '/s/general"' not in page


async def test_without_any_request_nothing_is_said_to_be_used_most(citizen: Citizen) -> None:
    assert "Used most" not in await citizen.open("/")


async def test_the_language_is_asked_for_remembered_or_preferred(citizen: Citizen) -> None:
    assert 'lang="zh-Hans"' in (await citizen.open("/", **{"Accept-Language": "fr, zh-TW;q=0.9, en;q=0.5"}))[:60]
    assert "What do you need?" in await citizen.open("/?lang=en", **{"Accept-Language": "zh"})
    assert "Something else" in await citizen.open("/s/general", **{"Accept-Language": "zh"})
    assert "您需要办什么" in await citizen.open("/?lang=zh")
    assert "您需要办什么" in await citizen.open("/")
    assert "What do you need?" in await citizen.open("/?lang=en")
    assert "What do you need?" in await citizen.open("/?lang=xx")


async def test_the_link_to_the_other_language_keeps_what_was_searched(citizen: Citizen) -> None:
    assert 'href="/?q=bins&amp;lang=zh"' in await citizen.open("/?q=bins&part=")


async def test_a_service_says_what_it_costs_and_how_else_to_reach_us(citizen: Citizen) -> None:
    page = await citizen.open("/s/resident-permit")
    for words in ("$48 a year", "5 minutes", "2 working days", "proof of address from the last 3 months"):
        assert words in page
    assert 'href="mailto:parking@larkhaven.example"' in page
    assert 'href="mailto:hello@larkhaven.example"' in await citizen.open("/s/certificates")


def test_citizens_are_shown_what_every_phone_and_mail_program_can_do() -> None:
    call = Capabilities(text=False, live=True, starts=False, replies=False, calls=True)
    assert [front._kind(can, scheme) for can, scheme in ((call, "tel"), (Capabilities(), "tel"))] == ["call", "text"]
    assert front._kind(Capabilities(), "mailto") == "email"
    assert front._kind(Capabilities(starts=False), "tel") is None, "an app of others, which a text would not reach"
    way = front._way("call", "+15550140911", country="US")
    assert (way.address, way.href) == ("+1 555 014 0911", "tel:+15550140911")


async def test_the_hours_are_said_as_people_say_them(citizen: Citizen) -> None:
    assert "We are open now, until 18:00." in await citizen.open("/")
    citizen.town.clock.pass_(hours=10)
    assert "We open at 08:00 on Tuesday. You can write now." in await citizen.open("/")
    assert "我们周二 08:00 上班" in await citizen.open("/?lang=zh")


async def test_all_services_are_listed_in_order(citizen: Citizen) -> None:
    page = await citizen.open("/s")
    assert page.rindex("Bins and recycling") < page.rindex("Certificates") < page.rindex("Resident parking permit")


async def test_a_search_that_finds_nothing_still_leads_on(citizen: Citizen) -> None:
    page = await citizen.open("/?q=zzzzqqqq")
    assert "No service is called that." in page
    assert 'href="/ask"' in page


async def test_own_words_have_an_address_of_their_own(citizen: Citizen) -> None:
    await citizen.open("/ask")
    assert citizen.path == "/s/general/form/1"


async def test_style_and_script_are_kept_by_browsers_only_in_their_version(citizen: Citizen) -> None:
    page = await citizen.open("/")
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    await citizen.open(address)
    assert "immutable" in citizen.headers["Cache-Control"]
    await citizen.open("/portal/portal.css?v=old")
    assert citizen.headers["Cache-Control"] == "no-cache"
    await citizen.open("/portal/front.py")
    assert citizen.status == 404


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en", "en"),
        ("zh-CN,zh;q=0.9", "zh"),
        ("de;q=1, en;q=0.2, zh;q=0.1", "en"),
        ("de", "en"),
        (";q=x,,", "en"),
        ("zh;q=0", "en"),
    ],
)
def test_the_browsers_wish_is_read(header: str, language: str) -> None:
    assert (preferred(header) or "en") == language
