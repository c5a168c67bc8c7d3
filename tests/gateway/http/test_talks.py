"""Visitors talk to us: in, committed, on the agent's screen, answered, and nothing lost or seen by others."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import FormData, WSServerHandshakeError

from crm_core.actions import assign, clock, duty, working
from crm_core.model.address import Address
from crm_core.model.agent import Duty
from crm_core.model.ticket import Ticket
from crm_core.model.view import Json
from crm_core.model.work import Work, WorkState
from crm_core.queries import ticket as ticket_query
from crm_core.queries import timers
from crm_core.store.tx import Tx
from gateway.workers.clock import CLOCK
from tests.gateway.http.site import Person, Site
from tests.gateway.http.talker import Page, chat_on, fresh_id, sending, talk
from tests.world import ADA, ANNA


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


async def ring(site: Site) -> None:
    """What is due rings, as the clock does it."""
    house = site.keeper.house
    for timer in await site.desk.ask(CLOCK, timers.due, window=None):
        await site.desk.do(CLOCK, clock.ring, timer.id, house=house, window=None)
    await site.settled()


async def work_of(site: Site, number: str) -> Work | None:
    async def found(tx: Tx) -> Work | None:
        return await working.open_work(tx, await tx.get(Ticket, await ticket_query.resolve(tx, number)))

    left: Work | None = await site.desk.do(CLOCK, found)
    return left


async def test_a_talk_stays_with_its_agent_between_words_and_is_wrapped_up_after_its_end(site: Site) -> None:
    inbox = await chat_on(site)
    anna = await site.person(ANNA)
    async with sending(site), talk(site, inbox) as visitor:
        number = (await visitor.say("Where is my permit?"))["taken"]["number"]
        await visitor.until(lambda: visitor.page.state["place"] == 1)
        assert (await anna.post(f"tickets/{number}/replies", {"text": "I look."})).status == 201
        held = await work_of(site, number)
        assert held is not None
        assert (held.state, held.agent, held.live) == (WorkState.ACTIVE, ANNA, True)
        await visitor.ws.send_json({"end": True})
        await visitor.until(lambda: not visitor.page.state["live"])
        held = await work_of(site, number)
        assert held is not None
        assert held.state is WorkState.WRAPPING
        site.world.clock.pass_(seconds=61)
        await ring(site)
        assert await work_of(site, number) is None
        lines = (await anna.get(f"tickets/{number}/timeline")).body["items"]
        assert [one["facts"]["why"] for one in lines if one.get("event") == "talk.ended"] == ["visitor"]
        await visitor.say("One more thing.")
        await visitor.until(lambda: visitor.page.state["live"])
        assert visitor.page.number == number


async def test_once_a_talk_is_over_its_page_asks_how_we_did_and_only_theirs_may_say(site: Site) -> None:
    inbox = await chat_on(site)
    anna, ada = await site.person(ANNA), await site.person(ADA)
    assert (await ada.put(f"inboxes/{inbox}/asking", {"asks": True})).status == 200
    async with sending(site), talk(site, inbox) as visitor, talk(site, inbox) as stranger:
        number = (await visitor.say("Where is my permit?"))["taken"]["number"]
        assert (await anna.post(f"tickets/{number}/replies", {"text": "In the mail."})).status == 201
        await visitor.until(lambda: "In the mail." in visitor.page.texts)
        assert visitor.page.state["asks"] is False, "while they talk nobody is asked"
        await visitor.ws.send_json({"rate": {"score": 1}})
        await visitor.ws.send_json({"end": True})
        await visitor.until(lambda: visitor.page.state["asks"])
        assert visitor.page.state["rated"] is None
        await stranger.ws.send_json({"rate": {"score": 1}})
        await visitor.ws.send_json({"rate": {"score": 4}})
        await visitor.until(lambda: visitor.page.state["rated"] == 4)
        await visitor.ws.send_json({"rate": {"score": 2, "comment": "Too slow."}})
        await visitor.until(lambda: visitor.page.state["rated"] == 2)
        [said] = (await anna.get(f"tickets/{number}/feedback")).body["items"]
        assert (said["score"], said["comment"], said["channel"]) == (2, "Too slow.", "chat")
        assert (await anna.post(f"tickets/{number}/closures", {})).status == 200
        assert len((await anna.get(f"tickets/{number}/feedback")).body["items"]) == 1, "solved later, not asked again"


async def test_silence_ends_a_talk_and_what_was_asked_is_still_to_be_answered(site: Site) -> None:
    inbox = await chat_on(site)
    async with talk(site, inbox) as visitor:
        number = (await visitor.say("Where is my permit?"))["taken"]["number"]
    site.world.clock.pass_(minutes=16)
    await ring(site)
    left = await work_of(site, number)
    assert left is not None
    assert (left.state, left.live) == (WorkState.QUEUED, False)
    anna = await site.person(ANNA)
    row = (await anna.get(f"tickets/{number}")).body
    assert (row["live"], row["awaiting_since"] is not None) == (False, True)


async def test_an_answer_to_a_visitor_who_is_gone_goes_where_they_asked_and_no_other_word_does(site: Site) -> None:
    inbox = await chat_on(site)
    anna = await site.person(ANNA)
    await site.world.mail("An older matter of somebody with this address.", sender=Address.mail("wei@example.org"))
    async with sending(site):
        async with talk(site, inbox) as visitor:
            number = (await visitor.say("Where is my permit?"))["taken"]["number"]
            await visitor.ws.send_json({"reach": {"email": "wei@example.org"}, "ping": 1})
            await visitor.say("I have to go.")
        assert (await anna.post(f"tickets/{number}/replies", {"text": "It is on its way."})).status == 201
        await delivered(anna, number, count=1)
        site.world.clock.pass_(seconds=61)
        await ring(site)
        out = await delivered(anna, number, count=2)
    assert [(one["channel"], one["text"]) for one in out] == [
        ("chat", "It is on its way."),
        ("email", "It is on its way."),
    ]
    assert out[0]["instead"] == out[1]["id"]
    assert (await anna.get(f"tickets/{number}")).body["customer_name"].startswith("Visitor")
    async with talk(site, inbox, visitor.page) as back:
        await back.until(lambda: "It is on its way." in visitor.page.texts)
        assert [one["elsewhere"] for one in visitor.page.messages.values()] == [False, False, True]


async def test_without_another_way_the_answer_waits_until_the_visitor_comes_back(small: Site) -> None:
    inbox = await chat_on(small)
    anna = await small.person(ANNA)
    async with sending(small):
        async with talk(small, inbox) as visitor:
            number = (await visitor.say("Where is my permit?"))["taken"]["number"]
        assert (await anna.post(f"tickets/{number}/replies", {"text": "It is on its way."})).status == 201
        await delivered(anna, number, count=1)
        small.world.clock.pass_(seconds=61)
        await ring(small)
        assert len(await delivered(anna, number, count=1)) == 1
    async with talk(small, inbox, visitor.page) as back:
        await back.until(lambda: "It is on its way." in visitor.page.texts)


async def delivered(who: Person, number: str, *, count: int) -> list[Json]:
    """Our messages in a ticket, once so many have left."""
    async with asyncio.timeout(10):
        while True:
            items = (await who.get(f"tickets/{number}/timeline")).body["items"]
            out = [one for one in items if one.get("direction") == "out"]
            if sum(one["delivery"] == "sent" for one in out) >= count:
                return out
            await asyncio.sleep(0.02)


async def test_outside_the_hours_it_is_a_message_for_later_and_that_is_said_before(small: Site) -> None:
    inbox = await chat_on(small)
    browser = await small.nobody()
    assert (await browser.get(f"/w/{inbox}/about")).body["now"]["open"]
    small.world.clock.pass_(hours=12)
    now = (await browser.get(f"/w/{inbox}/about")).body["now"]
    assert (now["open"], now["opens"][:16]) == (False, "2026-11-24T08:00")
    async with talk(small, inbox) as visitor:
        number = (await visitor.say("Where is my permit?"))["taken"]["number"]
        await visitor.until(lambda: visitor.page.number == number)
        assert (visitor.page.state["live"], visitor.page.state["place"]) == (False, None)
    left = await work_of(small, number)
    assert left is not None
    assert not left.live


async def test_the_same_words_get_through_without_a_socket_with_files_known_by_their_content(small: Site) -> None:
    inbox, page = await chat_on(small), Page()
    browser = await small.nobody()
    words = {"hello": page.hello, "say": {"id": fresh_id(), "text": "Here is a picture."}}
    body = FormData()
    body.add_field("words", json.dumps(words))
    body.add_field("file", b"\x89PNG\r\n\x1a\nrest", filename="../evil\u202egnp.png", content_type="text/html")
    async with browser.http.post(f"/w/{inbox}/turns", data=body) as answer:
        assert answer.status == 200, await answer.text()
        page.apply(await answer.json())
    [message] = page.messages.values()
    [file] = message["files"]
    assert file["type"] == "image/png"
    assert "/" not in file["name"]
    assert "\u202e" not in file["name"]
    got = await browser.get(f"/w/{inbox}/files/{message['id']}/0", headers={"X-Visitor": page.secret})
    assert (got.status, got.headers["Content-Disposition"].partition(";")[0]) == (200, "attachment")
    again = await browser.post(f"/w/{inbox}/turns", {"hello": page.hello, "say": words["say"]})
    assert again.body["taken"]["number"] == page.number
    program = FormData()
    program.add_field("words", json.dumps({"hello": page.hello, "say": {"id": fresh_id(), "text": "run me"}}))
    program.add_field("file", b"MZ\x90\x00", filename="photo.png")
    async with browser.http.post(f"/w/{inbox}/turns", data=program) as answer:
        assert answer.status == 422


@pytest.mark.parametrize(
    "words",
    [
        "no json",
        '{"hello": 1}',
        json.dumps({"say": {"id": "x" * 20, "text": "y" * 5000}}),
        json.dumps({"unknown": True}),
        "[" * 4000,
        "x" * 30_000,
    ],
)
async def test_what_no_page_of_ours_says_ends_the_line_and_nothing_else(small: Site, words: str) -> None:
    inbox = await chat_on(small)
    async with talk(small, inbox) as visitor, talk(small, inbox) as other:
        await visitor.ws.send_str(words)
        assert await visitor.silent(5.0)
        assert "taken" in await other.say("I am still heard.")


async def test_who_says_too_much_is_asked_to_wait_and_loses_nothing(small: Site) -> None:
    inbox = await chat_on(small)
    async with talk(small, inbox) as visitor:
        said = [(await visitor.say(f"word {number}")) for number in range(14)]
        assert "later" in said[-1]
        assert "taken" in said[0]


async def test_whoever_stands_in_line_is_told_their_place_and_an_honest_wait(site: Site) -> None:
    inbox = await chat_on(site)
    async with talk(site, inbox) as first, talk(site, inbox) as second, talk(site, inbox) as third:
        for number, visitor in enumerate((first, second, third), 1):
            await visitor.say(f"I am number {number}.")
            await site.settled()
            await visitor.until(lambda visitor=visitor, number=number: visitor.page.state["place"] == number)
        wait = third.page.state
        assert (wait["least"], wait["most"]) == (15, 20), "Anna alone serves, and a talk takes five minutes"
        id = (await (await site.person(ANNA)).get(f"tickets/{first.page.number}")).body["id"]
        await site.world.do(ANNA, assign.assign, id, to=ANNA, house=site.keeper.house)
        await site.settled()
        await third.until(lambda: third.page.state["place"] == 2)
        assert (third.page.state["least"], third.page.state["most"]) == (10, 15)


async def test_a_wait_once_said_grows_by_a_step_at_most_also_where_the_page_comes_back(site: Site) -> None:
    inbox, page = await chat_on(site), Page()
    async with talk(site, inbox) as before, talk(site, inbox) as also:
        for visitor in (before, also):
            await visitor.say("Before them.")
        async with talk(site, inbox, page=page) as visitor:
            await visitor.say("And I?")
            await visitor.until(lambda: page.state["place"] == 3)
        page.told = 0  # less than a minute, said when hardly anybody waited
        async with talk(site, inbox, page=page):
            assert (page.state["step"], page.state["least"], page.state["most"]) == (1, 1, 2)
        await site.world.do(ANNA, duty.set_duty, to=Duty.BREAK)
        await site.settled()
        async with talk(site, inbox, page=page):
            assert (page.state["place"], page.state["least"]) == (3, None), "nobody is there of whom to reckon"
