"""Visitors talk to us: in, committed, on the agent's screen, answered, and nothing lost or seen by others."""

from __future__ import annotations

from aiohttp import WSServerHandshakeError
import pytest

from tests.gateway.http.site import Site
from tests.gateway.http.talker import Page, chat_on, fresh_id, sending, talk
from tests.world import ANNA


async def test_words_become_a_ticket_on_the_agents_screen_and_the_answer_comes_back(site: Site) -> None:
    inbox = await chat_on(site)
    anna = await site.person(ANNA)
    async with sending(site), anna.line() as screen, talk(site, inbox) as visitor:
        taken = await visitor.say("My permit ran out.", name="Wei")
        number = taken["taken"]["number"]
        row = (await anna.get(f"tickets/{number}")).body
        assert (row["channel"], row["live"], row["customer_name"]) == ("chat", True, "Wei")
        events = await screen.events(3)
        assert "message.received" in {event["type"] for event in events}
        await visitor.until(lambda: visitor.page.state["number"] == number)
        said = await anna.post(f"tickets/{number}/replies", {"text": "Here is a new one."})
        assert said.status == 201, said.body
        await visitor.until(lambda: "Here is a new one." in visitor.page.texts)
        assert visitor.page.texts == ["My permit ran out.", "Here is a new one."]
        assert visitor.page.state["agent"] == "Anna"
        [answer] = [one for one in visitor.page.messages.values() if not one["mine"]]
        await visitor.ws.send_json({"got": [answer["id"]], "read": [answer["id"]]})
        await visitor.until(lambda: visitor.page.messages[answer["id"]]["state"] == "read")


async def test_a_page_that_was_away_misses_nothing_and_a_message_said_again_is_the_same(site: Site) -> None:
    inbox = await chat_on(site)
    anna, page, again = await site.person(ANNA), Page(), fresh_id()
    async with sending(site):
        async with talk(site, inbox, page) as visitor:
            await visitor.say("one")
            await visitor.until(lambda: page.texts == ["one"])
        for words in ("two", "three"):
            said = await anna.post(f"tickets/{page.number}/replies", {"text": words})
            assert said.status == 201, said.body
        for _ in range(3):
            async with talk(site, inbox, page) as visitor:
                await visitor.ws.send_json({"say": {"id": again, "text": "four"}})
                await visitor.until(lambda: "taken" in page.heard[-1])
        async with talk(site, inbox, page) as visitor:
            await visitor.until(lambda: len(page.messages) == 4)
        assert page.texts == ["one", "two", "three", "four"]
    fresh = Page(secret=page.secret)
    async with talk(site, inbox, fresh):
        assert fresh.texts == page.texts


async def test_a_visitor_sees_nothing_of_another_and_a_typed_address_opens_nothing(site: Site) -> None:
    inbox = await chat_on(site)
    known = await site.world.mail("My secret matter.", sender_name="Wei")
    assert known.number
    async with talk(site, inbox) as first, talk(site, inbox) as second:
        await first.say("Only for you.", email="wei@example.org", name="Wei")
        await first.until(lambda: first.page.texts == ["Only for you."])
        assert second.page.messages == {}
        assert await second.silent()
        [message] = first.page.messages
        stolen = Page(number=first.page.number, position=0)
        async with talk(site, inbox, stolen):
            assert stolen.messages == {}
        browser = await site.nobody()
        for secret in (second.page.secret, "x" * 43, ""):
            said = await browser.get(f"/w/{inbox}/files/{message}/0", headers={"X-Visitor": secret})
            assert said.status in (401, 404)


async def test_a_page_of_another_site_opens_no_line(small: Site) -> None:
    inbox = await chat_on(small)
    with pytest.raises(WSServerHandshakeError) as refused:
        async with talk(small, inbox, Origin="https://evil.example"):
            pass
    assert refused.value.status == 403
    browser = await small.nobody()
    said = await browser.post(f"/w/{inbox}/turns", {}, headers={"Origin": "https://evil.example"})
    assert said.status == 403
