"""The live line: who hears what, nothing lost, nothing twice, and nothing to those who may not see."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from socket import SO_RCVBUF, SO_SNDBUF, SOL_SOCKET
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError

from crm_core.actions import accounts, assign, confiding, duty, lifecycle
from crm_core.actions.accounts import Changes
from crm_core.model.agent import Duty
from crm_core.model.errors import StoreDown
from crm_core.model.ids import TeamId
from crm_core.queries import accounts as account_queries
from gateway import frames, scribe, sockets
from gateway.bus import RedisBus
from tests.gateway.http.site import OPERATOR, Site, site_on
from tests.peers.redis import RedisServer
from tests.world import ADA, ANNA, BEN, HOUSING, SUE, World


def tickets_in(events: list[dict[str, Any]]) -> set[str]:
    return {event["ticket"] for event in events if event["ticket"]}


async def test_a_contact_reaches_the_screens_of_its_queue_and_no_others(site: Site) -> None:
    anna, ben, sue = await site.person(ANNA), await site.person(BEN), await site.person(SUE)
    await site.settled()  # that they signed in is told too
    async with anna.line() as hers, ben.line() as his, sue.line() as boss:
        received = await site.world.mail("My permit ran out.")
        for line in (hers, boss):
            events = await line.events(3)
            row = next(event for event in events if event["type"] == "message.received")
            assert row["ticket"] == received.ticket
            assert row["facts"]["row"]["id"] == received.ticket
            assert row["personal"]["message"]["text"] == "My permit ran out."
        assert await his.silent()


async def test_the_one_who_acted_hears_of_it_too(site: Site) -> None:
    received = await site.world.mail()
    anna = await site.person(ANNA)
    await site.settled()
    async with anna.line() as line:
        said = await anna.post(f"tickets/{received.ticket}/assignments", {"agent": "me"})
        assert said.status == 200, said.body
        events = await line.events(1)
        assert events[0]["type"] == "ticket.assigned"
        assert events[0]["facts"]["row"]["version"] == said.body["version"]


async def test_where_the_process_is_busy_who_looks_on_hears_all_of_a_moment_in_one_frame(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scribe, "MOMENT", 0.5)
    sue = await site.person(SUE)
    await site.settled()
    site.hub.scribe.busy = lambda: True
    async with sue.line() as line:
        received = [await site.world.mail(text) for text in ("one", "two")]
        assert await line.silent()
        heard = (await line.frame())["events"]
        assert [event["ticket"] for event in heard if event["type"] == "message.received"] == [
            each.ticket for each in received
        ]
        assert await line.silent(for_=0.6), "and once is enough"


async def test_where_the_process_is_busy_who_is_concerned_hears_at_once_all_that_came_before(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scribe, "MOMENT", 60.0)
    anna, sue = await site.person(ANNA), await site.person(SUE)
    await site.settled()
    site.hub.scribe.busy = lambda: True
    async with anna.line() as hers, sue.line() as boss:
        received = await site.world.mail()
        assert await hers.silent()
        assert await boss.silent()
        await boss.say(topics=[f"ticket:{received.ticket}"])
        await boss.say(ping=1)
        assert {"message.received"} <= {event["type"] for event in await boss.events(3)}
        assert (await boss.frame())["pong"] == 1
        await anna.post(f"tickets/{received.ticket}/assignments", {"agent": "me"})
        assert {"message.received", "ticket.assigned"} <= {event["type"] for event in await hers.events(5)}
        assert {"ticket.assigned"} <= {event["type"] for event in await boss.events(2)}


def test_a_process_is_busy_while_it_computes_and_not_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scribe, "LOOKED", 0.02)
    monkeypatch.setattr(scribe, "BUSY", 0.1)
    load, until = scribe.Load(), time.monotonic() + 0.3
    found = set()
    while time.monotonic() < until:
        found.add(load.busy())
    assert True in found
    time.sleep(0.03)
    load.busy()  # which still counts the end of the computing
    time.sleep(0.03)
    assert not load.busy()


def test_what_a_process_did_before_nobody_asked_for_a_while_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scribe, "LOOKED", 0.02)
    monkeypatch.setattr(scribe, "BUSY", 0.1)
    load, until = scribe.Load(), time.monotonic() + 0.1
    while time.monotonic() < until:
        pass
    assert not load.busy()


async def test_a_ticket_that_leaves_a_scope_is_gone_and_one_that_enters_brings_its_row(site: Site) -> None:
    received = await site.world.mail()
    anna, ben = await site.person(ANNA), await site.person(BEN)
    await site.settled()
    async with anna.line() as hers, ben.line() as his:
        await site.world.do(SUE, assign.transfer, received.ticket, to=HOUSING, house=site.world.house)
        gone = (await hers.until("gone"))["gone"]
        assert [one["ticket"] for one in gone] == [received.ticket]
        moved = await his.events(1)
        assert moved[0]["facts"]["row"]["queue"] == HOUSING


async def test_after_a_lost_line_everything_missed_comes_once_and_in_order(site: Site) -> None:
    sue = await site.person(SUE)
    await site.world.mail("one")
    await site.settled()
    async with sue.line(after=0) as line:
        first = await line.events(3)
    for number in range(5):
        await site.world.mail(f"missed {number}")
    after = first[-1]["position"]
    pouring = asyncio.create_task(pour(site, 20))
    async with sue.line(after=after) as line:
        await pouring
        await site.settled()
        expected = [
            event.position
            for event in await site.world.events(after=after)
            if event.audience & {"staff", "q:q-parking", "q:q-housing", "a:sue", "role:supervisor", "role:agent"}
        ]
        heard = [event["position"] for event in await line.events(len(expected))]
        assert heard == expected
        assert await line.silent()


async def pour(site: Site, count: int) -> None:
    for number in range(count):
        await site.world.mail(f"poured {number}")


async def test_many_lines_opened_and_lost_while_mail_pours_in_lose_and_double_nothing(site: Site) -> None:
    sue = await site.person(SUE)
    await site.settled()
    after = site.stream.position
    begin, heard = after, list[int]()
    pouring = asyncio.create_task(pour(site, 40))
    while not pouring.done():
        async with sue.line(after=after) as line:
            found = await line.events(2)
            heard += [event["position"] for event in found]
            after = heard[-1]
    await site.settled()
    rest = [event.position for event in await site.world.events(after=begin) if "q:q-parking" in event.audience]
    async with sue.line(after=after) as line:
        missing = len(rest) - len(heard)
        heard += [event["position"] for event in await line.events(missing)] if missing else []
    assert heard == rest


async def test_a_line_that_was_away_too_long_is_told_to_load_anew(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "REPLAY_MOST", 10)
    sue = await small.person(SUE)
    for number in range(6):
        await small.world.mail(f"missed {number}")
    await small.settled()
    async with sue.line(after=0) as line:
        assert (await line.until("reset"))["reset"] is True
        await small.world.mail("after it")
        assert (await line.events(1))[0]["position"] > 0


async def test_losing_a_team_takes_effect_before_the_next_event(site: Site) -> None:
    anna = await site.person(ANNA)
    await site.settled()
    async with anna.line() as line:
        await site.desk.do(OPERATOR, accounts.change_user, ANNA, Changes(teams=frozenset({TeamId("t-housing")})))
        await site.world.mail("not for her any more")
        assert (await line.until("reset"))["reset"] is True
        assert not any("not for her" in json.dumps(frame) for frame in await line.rest())


async def test_a_record_that_cannot_say_who_sees_what_is_asked_again_and_nothing_is_told_until_then(
    small: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "ASK_AGAIN", 0.05)
    ask, away = small.desk.ask, True

    async def ask_while_away(actor: Any, query: Any, *args: Any, **named: Any) -> Any:
        if away and query is account_queries.scope:
            raise StoreDown("The database is away.")
        return await ask(actor, query, *args, **named)

    anna = await small.person(ANNA)
    async with anna.line() as line:
        monkeypatch.setattr(small.desk, "ask", ask_while_away)
        await small.desk.do(OPERATOR, accounts.change_user, ANNA, Changes(name="Anna K."))
        await small.world.mail("While nobody knows who may see it.")
        await small.settled()
        assert await line.silent(for_=0.3)
        away = False
        assert (await line.frame())["reset"] is True
        await small.world.mail("Afterwards.")
        events = await line.events(3)
        assert "message.received" in {event["type"] for event in events}


async def test_a_team_lost_while_the_line_was_down_means_loading_anew(site: Site) -> None:
    anna = await site.person(ANNA)
    await site.settled()
    after = site.stream.position
    await site.desk.do(OPERATOR, accounts.change_user, ANNA, Changes(teams=frozenset({TeamId("t-housing")})))
    await site.settled()
    async with anna.line(after=after) as line:
        assert (await line.until("reset"))["reset"] is True


async def test_a_confidential_ticket_is_heard_of_by_named_people_only(site: Site) -> None:
    received = await site.world.mail("a secret")
    await site.world.do(ANNA, assign.assign, received.ticket, to=ANNA, house=site.world.house)
    anna, sue, ada = await site.person(ANNA), await site.person(SUE), await site.person(ADA)
    await site.settled()
    async with anna.line() as hers, sue.line() as boss, ada.line() as admin:
        await site.world.do(ADA, confiding.confide, received.ticket, readers=[])
        assert (await boss.until("gone"))["gone"][0]["ticket"] == received.ticket
        for line in (hers, admin):
            assert [event["type"] for event in await line.events(2)] == ["ticket.confided", "work.kept"]
        await site.world.do(ANNA, lifecycle.rename, received.ticket, subject="Still a secret")
        await hers.events(1)
        assert await boss.silent()
        await site.world.do(ADA, confiding.disclose, received.ticket)
        assert [event["type"] for event in await boss.events(2)] == ["ticket.disclosed", "work.kept"]


async def test_a_screen_names_its_topics_and_hears_only_of_these(site: Site) -> None:
    one, two = await site.world.mail("one"), await site.world.mail("two")
    anna = await site.person(ANNA)
    await site.settled()
    async with anna.line() as line:
        await line.say(topics=[f"ticket:{one.ticket}"], ping=1)
        await line.until("pong")
        await site.world.do(SUE, lifecycle.rename, two.ticket, subject="Not on this screen")
        await site.world.do(SUE, duty.set_duty, to=Duty.BUSY)
        await site.world.do(SUE, lifecycle.rename, one.ticket, subject="On this screen")
        assert tickets_in(await line.events(1)) == {one.ticket}
        assert await line.silent()


async def test_the_answer_to_a_ping_comes_after_all_that_was_said_before_it(site: Site) -> None:
    received = await site.world.mail()
    anna, sue = await site.person(ANNA), await site.person(SUE)
    await site.settled()
    async with anna.line() as hers, sue.line() as boss:
        await hers.say(signal={"kind": "replying", "ticket": received.ticket, "channel": "email"})
        await boss.until("signals")
        await boss.say(topics=[f"ticket:{received.ticket}"], ping=7)
        assert "signals" in await boss.frame()
        assert await boss.frame() == {"pong": 7}


async def test_what_is_committed_together_comes_in_one_frame(site: Site) -> None:
    anna = await site.person(ANNA)
    await site.settled()
    async with anna.line() as line:
        await site.world.mail()
        assert len((await line.until("events"))["events"]) >= 3


async def test_a_frame_that_many_get_is_made_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[list[str]] = []
    frame = frames.frame

    def counted(kind: str, texts: list[str]) -> bytes:
        if kind == "events":
            made.append(texts)
        return frame(kind, texts)

    anna = await site.person(ANNA)
    await site.settled()
    async with anna.line() as one, anna.line() as two, anna.line() as three:
        await site.settled()
        monkeypatch.setattr(frames, "frame", counted)
        await site.world.mail()
        heard = [event["id"] for event in (await one.until("events"))["events"]]
        for line in (two, three):
            assert [event["id"] for event in (await line.until("events"))["events"]] == heard
    assert sum(len(texts) for texts in made) == len(heard)


async def test_colleagues_see_who_is_at_a_ticket_and_others_do_not(site: Site) -> None:
    received = await site.world.mail()
    await site.settled()
    anna, sue, ben = await site.person(ANNA), await site.person(SUE), await site.person(BEN)
    async with anna.line() as hers, sue.line() as boss, ben.line() as his:
        await hers.say(signal={"kind": "replying", "ticket": received.ticket, "channel": "email"})
        sign = (await boss.until("signals"))["signals"][0]
        assert (sign["agent"], sign["kind"], sign["ticket"]) == (ANNA, "replying", received.ticket)
        await his.say(signal={"kind": "viewing", "ticket": received.ticket})
        for line in (his, boss):
            assert not any("signals" in frame for frame in await line.rest())
        async with (await site.person(SUE)).line() as late:
            await late.say(topics=[f"ticket:{received.ticket}"])
            assert (await late.until("signals"))["signals"][0]["agent"] == ANNA


async def test_somebody_whose_line_is_lost_has_left_after_a_moment(
    small: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "GRACE", 0.1)
    received = await small.world.mail()
    anna, sue = await small.person(ANNA), await small.person(SUE)
    async with sue.line() as boss:
        async with anna.line() as hers:
            await hers.say(signal={"kind": "viewing", "ticket": received.ticket})
            await boss.until("signals")
        assert (await boss.until("signals"))["signals"][0]["kind"] == "left"


async def test_a_reader_that_does_not_read_is_cut_off_and_the_others_are_served(
    small: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scribe, "BUFFERED_MOST", 16 * 1024)
    monkeypatch.setattr(scribe, "PATIENCE", 0.5)
    anna, sue = await small.person(ANNA), await small.person(SUE)
    async with anna.line() as stuck, sue.line() as line:
        client = stuck.ws._response.connection.transport  # type: ignore[union-attr]
        assert client is not None
        client.pause_reading()
        server = next(one for one in small.hub._all if one.agent == ANNA).transport
        for transport, size in ((client, SO_RCVBUF), (server, SO_SNDBUF)):
            transport.get_extra_info("socket").setsockopt(SOL_SOCKET, size, 4096)
        async with asyncio.timeout(20):
            while len(small.hub) > 1:
                await small.world.mail("y" * 4000)
        await line.events(3)


@pytest.mark.parametrize("words", ["nonsense", '{"topics": 1}', '{"unknown": true}', "[]", '{"signal":{"kind":"x"}}'])
async def test_what_nobody_understands_ends_the_line(small: Site, words: str) -> None:
    anna = await small.person(ANNA)
    async with anna.line() as line:
        await line.ws.send_str(words)
        assert await line.closed() == 1008


async def test_another_sites_page_gets_no_line(small: Site) -> None:
    anna = await small.person(ANNA)
    with pytest.raises(WSServerHandshakeError) as refused:
        async with anna.line(headers={"Origin": "https://evil.example"}):
            pass
    assert refused.value.status == 403


async def test_nobody_gets_no_line(small: Site) -> None:
    browser = await small.nobody()
    with pytest.raises(WSServerHandshakeError) as refused:
        async with browser.line():
            pass
    assert refused.value.status == 401


async def test_the_server_says_goodbye_when_it_stops(small: Site) -> None:
    anna = await small.person(ANNA)
    async with anna.line() as line:
        await small.hub.close()
        assert await line.closed() == 1001


async def test_a_session_that_ran_out_is_noticed_by_the_heartbeat(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await small.person(ANNA)
    async with anna.line() as line:
        small.world.clock.pass_(days=2)
        await small.hub._check(set(small.hub._all))
        assert await line.closed() == 4001


@pytest.mark.redis
async def test_two_processes_are_one_house(world: World, redis_server: RedisServer, tmp_path: Path) -> None:
    """An event, a passing sign and the end of a session reach the screens of both."""
    buses = [RedisBus(redis_server.url, name=name) for name in ("one", "two")]
    for bus in buses:
        bus.start()
    async with site_on(world, tmp_path / "1", bus=buses[0]) as one, site_on(world, tmp_path / "2", bus=buses[1]) as two:
        received = await world.mail("before")
        anna, sue, elsewhere = await one.person(ANNA), await two.person(SUE), await two.person(ANNA)
        await one.settled()
        await two.settled()
        async with anna.line() as hers, sue.line() as boss, elsewhere.line() as other:
            await world.do(SUE, lifecycle.rename, received.ticket, subject="Known everywhere")
            for line in (hers, boss, other):
                assert tickets_in(await line.events(1)) == {received.ticket}
            heard: list[dict[str, Any]] = []
            async with asyncio.timeout(5):
                while not any("signals" in frame for frame in heard):  # Redis may not have both subscriptions yet
                    await hers.say(signal={"kind": "typing", "ticket": received.ticket})
                    heard = await boss.rest()
            assert heard[-1]["signals"][0]["agent"] == ANNA
            await elsewhere.delete("session")
            assert await other.closed() == 4001
            assert (await anna.get("session")).status == 200
    for bus in buses:
        await bus.close()
