"""Calls from a telephone to the record and back: a population of scripted callers through the real hooks, on both databases.

The provider is our simulator; an agent's phone answers by itself, and so does the agent. A second takes a
hundredth of one.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from twilio.request_validator import RequestValidator

from channels.shared.twilio.simulator.app import Simulator
from channels.shared.twilio.simulator.callers import Answering, Callers, Person
from channels.shared.twilio.simulator.carrier import Carrier, Number
from channels.shared.twilio.simulator.exchange import Phone
from channels.shared.twilio.simulator.faults import Odds
from channels.shared.twilio.simulator.lines import Line
from config.settings import load
from crm_core.actions import calling, inboxes, offers
from crm_core.model.actor import Actor
from crm_core.model.call import Call, CallDirection, CallEnding, CallState, Part, TapeConsent, Taping, Wish
from crm_core.model.errors import Refusal
from crm_core.model.ids import AgentId, CalendarId, InboxId
from crm_core.model.message import Message
from crm_core.model.sla import Calendar, Window
from crm_core.model.ticket import Ticket
from crm_core.model.work import WorkState
from crm_core.queries import calls, live
from crm_core.queries import offers as held_out
from crm_core.store import tables
from gateway.http.app import make_app
from gateway.wiring import House, build, running
from tests.peers.kept import free_port
from tests.stories.service import KEY
from tests.world import ANNA, BEN, IMPORTER, PARKING

ACCOUNT, TOKEN, NUMBER = "AC" + "1" * 32, "a token of thirty-two characters", "+15550140911"
LINE = InboxId("i-phone")
ADMIN, OPERATOR = Actor.agent(AgentId("ada")), Actor.worker("operator")
SCALE = 0.02
ALWAYS = Calendar(CalendarId("office"), "Always", "UTC", tuple(Window(day, 0, 1440) for day in range(7)), {})


@dataclass
class Town:
    """A running house with a number, the provider, and callers."""

    house: House
    provider: Simulator
    callers: Callers
    hook: str

    async def calls(self) -> list[Call]:
        """All that the record knows."""
        found: list[Call] = await self.house.desk.ask(IMPORTER, _all_calls)
        return found

    async def record(self, call: Call) -> Message:
        """What stands of it in its ticket."""
        [found] = [one for one in await self.house.desk.ask(IMPORTER, _messages) if one.id == call.message]
        return found

    async def until(self, what: Callable[[list[Call]], bool], *, seconds: float = 20) -> list[Call]:
        """Until the record says so."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        while not what(found := await self.calls()):
            assert loop.time() < ends, [(one.state, one.ending, one.trouble) for one in found]
            await asyncio.sleep(0.05)
        return found

    async def works(self, *who: AgentId) -> None:
        """These take every call that is offered to them, until cancelled."""
        while True:
            for agent in who:
                for offer, _ in await self.house.desk.ask(Actor.agent(agent), held_out.mine):
                    with suppress(Refusal):
                        await self.house.desk.do(Actor.agent(agent), offers.accept, offer.id)
                for call in await self.house.desk.ask(Actor.agent(agent), calls.mine):
                    if call.state is CallState.WRAPPING:
                        done, house = Wish("wrap-up"), self.house.keeper.house
                        with suppress(Refusal):
                            await self.house.desk.do(
                                Actor.agent(agent), calling.ask_of_call, call.id, done, house=house
                            )
            await asyncio.sleep(0.05)


async def _messages(read: Any) -> list[Message]:
    return list(await read.values(Message, tables.messages.select()))


async def _all_calls(read: Any) -> list[Call]:
    return await read.values(Call, tables.calls.select().order_by(tables.calls.c.id))  # type: ignore[no-any-return]


@asynccontextmanager
async def town(
    database: str, request: pytest.FixtureRequest, folder: Path, *, odds: Odds | None = None, **settings: str
) -> AsyncIterator[Town]:
    port = free_port()
    environ = {
        "ONESTOP_DATA_DIR": str(folder),
        "ONESTOP_SECRET_KEY": KEY,
        "ONESTOP_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    if database == "postgres":
        environ["ONESTOP_DATABASE_URL"] = request.getfixturevalue("fresh_database")()
    else:
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "onestop.db")
    async with asyncio.timeout(60), build(load(environ)) as house:
        server = TestServer(make_app(house), port=port)
        await server.start_server()
        provider = Simulator(Carrier(ACCOUNT, TOKEN, []), odds or Odds(), scale=SCALE, hang=0.3, pace=0.02)
        await provider.open()
        try:
            hook = await _set_up(house, provider, settings)
            provider.carrier.numbers[NUMBER] = Number(NUMBER, hook, TOKEN, voice=True)
            async with running(house):
                yield Town(house, provider, Callers(provider.exchange, random.Random(1)), hook)
        finally:
            await provider.close()
            await server.close()


async def _set_up(house: House, provider: Simulator, settings: dict[str, str]) -> str:
    """An inbox of calls at the simulator; its hook."""
    await house.desk.do(OPERATOR, open_always)
    plain = {"account_sid": ACCOUNT, "number": NUMBER, "api": provider.url, "callback_minutes": "0", **settings}
    inbox: dict[str, Any] = {"channel": "voice", "name": "Larkhaven", "queue": PARKING, "address": NUMBER, "id": LINE}
    await house.desk.do(ADMIN, inboxes.add_inbox, settings=plain, **inbox)
    sealed = house.keys.seal(TOKEN, bound_to=f"{LINE}/auth_token")
    await house.desk.do(OPERATOR, inboxes.keep_secrets, LINE, {"auth_token": sealed})
    await house.keeper.refresh()
    return house.keeper.doors[LINE].opening.hook_url


async def open_always(tx: Any) -> None:
    """Open day and night."""
    await tx.find(Calendar, ALWAYS.id)
    await tx.save(ALWAYS)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    """Each in turn."""
    return str(request.param)


async def test_a_population_calls_and_every_call_ends_in_one_ticket_or_is_counted_as_given_up(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Talked to, gave up in line and at once, kept their place, left a message, withheld their number."""
    async with town(database, request, tmp_path) as city:
        phones: dict[str, Phone] = {str(agent): Answering(city.provider.exchange) for agent in (ANNA, BEN)}
        city.provider.exchange.devices.update(phones)
        work = asyncio.ensure_future(city.works(ANNA))
        people = [
            Person("+15550142001", patience=900, talks=20),
            Person("+15550142002", patience=900, talks=5),
            Person("+15550142003", patience=0.4, talks=5),
            Person("+266696687", patience=900, talks=5),
            Person("+15550142005", patience=300, talks=5, keys=["2"], message=(6, "Please call me about my permit.")),
        ]
        lines = await asyncio.gather(*(city.callers.call(one, to=NUMBER) for one in people))
        found = await city.until(lambda known: len(known) == 5 and all(_done(one) for one in known))
        work.cancel()
        assert all(line.over for line in lines)
        assert city.provider.exchange.errors == []
        assert max(city.provider.exchange.bridged.values()) == 1, "nobody is put through twice"
        endings = Counter(one.ending for one in found)
        assert endings[CallEnding.CALLER] == 3
        assert endings[CallEnding.VOICEMAIL] == 1
        assert endings[CallEnding.ABANDONED] == 1
        with_ticket = [one.ticket for one in found if one.ticket is not None]
        assert len(set(with_ticket)) == len(with_ticket), "a ticket for each"
        assert all(one.ticket is not None or one.ending is CallEnding.ABANDONED for one in found)
        tickets = await city.house.desk.ask(IMPORTER, _tickets)
        assert sorted(tickets) == sorted(with_ticket)


def _done(call: Call) -> bool:
    return call.state in (CallState.ENDED, CallState.WRAPPING)


async def _tickets(read: Any) -> list[str]:
    return [one.id for one in await read.values(Ticket, tables.tickets.select())]


async def test_faults_on_the_way_lose_nobody_and_put_nobody_through_twice(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Webhooks come twice, late, in another order or not at all; requests fail after they were carried out."""
    odds = Odds(duplicate=0.3, delay=0.3, reorder=0.2, drop=0.15, late_error=0.2, down=0.1, slower=0.1)
    async with town("sqlite", request, tmp_path, odds=odds) as city:
        for agent in (ANNA, BEN):
            city.provider.exchange.devices[agent] = Answering(city.provider.exchange)
        work = asyncio.ensure_future(city.works(ANNA, BEN))
        people = [Person(f"+155501421{number:02}", patience=200, talks=10) for number in range(4)]
        lines = await asyncio.gather(*(city.callers.call(one, to=NUMBER) for one in people))
        found = await city.until(lambda known: len(known) == 4 and all(_done(one) for one in known), seconds=45)
        work.cancel()
        assert all(line.over for line in lines)
        assert max(city.provider.exchange.bridged.values(), default=0) <= 1
        assert len({one.ticket for one in found}) == 4


async def test_an_agents_phone_that_nobody_answers_gives_the_caller_to_the_next(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with town("sqlite", request, tmp_path) as city:
        silent = Answering(city.provider.exchange, result="no-answer")
        city.provider.exchange.devices[ANNA] = silent
        work = asyncio.ensure_future(city.works(ANNA))
        call = asyncio.ensure_future(city.callers.call(Person("+15550142001", patience=400, talks=5), to=NUMBER))
        await city.until(lambda known: bool(known) and known[0].trouble == "no-answer")
        assert silent.rang == 1
        assert not call.done(), "the caller is still in line"
        work.cancel()
        call.cancel()


async def _talks(city: Town) -> Line:
    """Somebody called, and Anna talks with them."""
    work = asyncio.ensure_future(city.works(ANNA))
    person = Person("+15550142001", patience=900, talks=100_000)
    city.provider.later(city.callers.call(person, to=NUMBER))
    await city.until(lambda known: bool(known) and known[-1].state is CallState.TALKING)
    work.cancel()
    return city.callers.placed[-1][0]


async def _asks(city: Town, verb: str, **more: Any) -> Call:
    [call] = [one for one in await city.house.desk.ask(Actor.agent(ANNA), calls.mine) if one.agent == ANNA]
    done: Call = await city.house.desk.do(
        Actor.agent(ANNA), calling.ask_of_call, call.id, Wish(verb, **more), house=city.house.keeper.house
    )
    return done


async def test_a_caller_is_passed_on_to_a_number_as_soon_as_somebody_answers_there_and_comes_back_where_nobody_does(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with town("sqlite", request, tmp_path) as city:
        exchange = city.provider.exchange
        exchange.devices[ANNA] = Answering(exchange)
        exchange.phones["+15550199001"] = Answering(exchange, result="busy")
        exchange.phones["+15550199002"] = outside = Answering(exchange)
        line = await _talks(city)
        await _asks(city, "transfer", number="+15550199001")
        [back] = await city.until(lambda known: known[0].trouble == "busy")
        caller = back.leg(Part.CALLER)
        assert back.agent == ANNA, "Anna has them again"
        assert caller is not None
        assert not caller.held
        await _asks(city, "transfer", number="+15550199002")
        [left] = await city.until(lambda known: known[0].agent is None)
        assert left.state is CallState.TALKING
        assert not line.over
        [(work, _)] = await city.house.desk.ask(Actor.agent(ANNA), live.works)
        assert work.state is WorkState.WRAPPING, "Anna writes down what belongs to it, while they talk"
        exchange.hang_up(outside.on[0])
        await city.until(lambda known: known[0].state is CallState.ENDED)
        await asyncio.wait_for(line.hung.wait(), 5)


async def test_who_chooses_chinese_by_a_key_is_spoken_to_in_chinese_and_whoever_presses_nothing_stays_in_line(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with town("sqlite", request, tmp_path, menu="yes") as city:
        city.provider.exchange.devices[ANNA] = Answering(city.provider.exchange)
        people = [Person("+15550142001", 900, 5, ["2"]), Person("+15550142002", 900, 5)]
        calling = [asyncio.ensure_future(city.callers.call(one, to=NUMBER)) for one in people]
        told = [(people[0], "您排在第"), (people[1], "number")]
        await city.until(lambda _: all(any(words in said for said in one.heard) for one, words in told))
        for line, _ in city.callers.placed:
            city.provider.exchange.hang_up(line)
        await asyncio.gather(*calling)
        found = await city.until(lambda known: len(known) == 2 and all(_done(one) for one in known))
        languages = {one.number: one.language for one in found}
        assert languages == {people[0].number: "zh", people[1].number: "en"}


async def test_who_keeps_their_place_is_called_in_their_turn_before_whoever_came_later_and_wrapped_up(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A key, goodbye, nobody on the line; the agent's phone rings, then theirs; the one behind them waits so long."""
    async with town("sqlite", request, tmp_path) as city:
        exchange = city.provider.exchange
        exchange.devices[ANNA] = Answering(exchange)
        exchange.phones["+15550142001"] = theirs = Answering(exchange)
        first = Person("+15550142001", patience=900, talks=5, keys=["1"])
        line = await asyncio.wait_for(city.callers.call(first, to=NUMBER), 20)
        assert line.over
        assert any("You keep your place" in words for words in first.heard)
        [promised] = await city.calls()
        assert (promised.state, promised.agent) == (CallState.PROMISED, None)
        later = asyncio.ensure_future(city.callers.call(Person("+15550142002", patience=900, talks=5), to=NUMBER))
        await city.until(lambda known: len(known) == 2 and known[1].state is CallState.WAITING)
        work = asyncio.ensure_future(city.works(ANNA))
        back, _ = await city.until(lambda known: known[0].state is CallState.TALKING)
        assert (back.agent, back.attempts, theirs.rang, back.ticket) == (ANNA, 1, 1, promised.ticket)
        assert not later.done(), "whoever came later waits"
        exchange.hang_up(theirs.on[0])
        await later
        found = await city.until(lambda known: all(one.state is CallState.ENDED for one in known))
        work.cancel()
        assert [one.ending for one in found] == [CallEnding.CALLER] * 2
        assert found[0].bridged_at is not None
        assert found[1].bridged_at is not None
        assert found[0].bridged_at < found[1].bridged_at, "in turn"


async def test_callers_are_asked_in_their_language_and_what_they_say_is_kept_and_obeyed(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Yes in Chinese, no, and nothing at all: each goes on at once, and only the first is recorded."""
    async with town("sqlite", request, tmp_path, menu="yes", recorded="asked") as city:
        city.provider.exchange.devices[ANNA] = Answering(city.provider.exchange)
        work = asyncio.ensure_future(city.works(ANNA))
        people = [
            Person("+15550142001", 900, 5, ["2"], agrees="1"),
            Person("+15550142002", 900, 5, agrees="7"),
            Person("+15550142003", 900, 5),
        ]
        await asyncio.gather(*(city.callers.call(one, to=NUMBER) for one in people))
        found = await city.until(lambda known: len(known) == 3 and all(_done(one) for one in known))
        work.cancel()
        assert city.provider.exchange.errors == []
        assert [sum("录音" in words for words in one.heard) for one in people] == [1, 0, 0]
        assert [sum("record this call" in words for words in one.heard) for one in people] == [0, 1, 1]
        said = {one.number: one for one in found}
        stands = [said[one.number].consent for one in people]
        assert stands == [TapeConsent.AGREED, TapeConsent.REFUSED, TapeConsent.ASKED]
        assert all(one.consent_at is not None and one.bridged_at is not None for one in found)
        yes = said[people[0].number].id
        await city.until(lambda known: all((one.tape is not None) == (one.id == yes) for one in known))


async def test_an_agents_own_telephone_rings_instead_of_the_browser_and_we_call_people_from_it_too(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Who puts such a telephone down has ended the call."""
    async with town("sqlite", request, tmp_path) as city:
        exchange = city.provider.exchange
        exchange.phones["+15550199003"] = own = Answering(exchange)
        await city.house.desk.do(Actor.agent(ANNA), calling.set_phone, number="+15550199003")
        line = await _talks(city)
        assert own.on, "the telephone is off the hook"
        exchange.hang_up(own.on[0])
        [over] = await city.until(lambda known: _done(known[0]))
        await asyncio.wait_for(line.hung.wait(), 5)
        assert over.ending is CallEnding.AGENT
        assert over.ticket is not None
        await _asks(city, "wrap-up")

        exchange.phones["+15550142001"] = theirs = Answering(exchange)
        await city.house.desk.do(
            Actor.agent(ANNA), calling.start_call, over.ticket, number=None, house=city.house.keeper.house
        )
        found = await city.until(lambda known: len(known) == 2 and known[1].state is CallState.TALKING)
        assert (own.rang, theirs.rang) == (2, 1), "hers first, then theirs"
        assert found[1].direction is CallDirection.OUT
        assert found[1].number == "+15550142001"
        exchange.hang_up(theirs.on[0])
        found = await city.until(lambda known: _done(known[1]))
        assert found[1].ending is CallEnding.CALLER
        assert {one.ticket for one in found} == {over.ticket}


async def test_a_message_whose_recording_cannot_be_fetched_is_in_the_record_at_once_and_its_sound_later(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with town("sqlite", request, tmp_path) as city:
        city.provider.exchange.shelved = True
        person = Person("+15550142005", 300, 5, keys=["2"], message=(6, "Please call me about my permit."))
        await city.callers.call(person, to=NUMBER)
        [call] = await city.until(lambda known: bool(known) and known[0].recording is Taping.COMING)
        assert call.ending is CallEnding.VOICEMAIL
        assert (await city.record(call)).attachments == ()
        city.provider.exchange.shelved = False
        [call] = await city.until(lambda known: known[0].recording is Taping.OFF)
        [file] = (await city.record(call)).attachments
        assert file.type.startswith("audio/")


async def test_a_webhook_that_is_not_signed_for_this_address_is_refused_and_leaves_nothing(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fields = {"CallSid": "CA1", "From": "+15550142001", "To": NUMBER, "CallStatus": "ringing", "AccountSid": ACCOUNT}
    async with town("sqlite", request, tmp_path) as city, aiohttp.ClientSession() as http:
        right = RequestValidator(TOKEN).compute_signature(city.hook, fields)
        elsewhere = RequestValidator(TOKEN).compute_signature(city.hook.replace("127.0.0.1", "example.org"), fields)
        stolen = RequestValidator("another token").compute_signature(city.hook, fields)
        for signature in ("", elsewhere, stolen):
            headers = {"X-Twilio-Signature": signature} if signature else {}
            async with http.post(city.hook, data=fields, headers=headers) as answer:
                assert answer.status == 403
        async with http.post(
            city.hook, data={**fields, "CallSid": "CA2"}, headers={"X-Twilio-Signature": right}
        ) as answer:
            assert answer.status == 403, "a signature is good for its own fields alone"
        assert await city.calls() == []
        bodies = set()
        for _ in range(3):
            async with http.post(city.hook, data=fields, headers={"X-Twilio-Signature": right}) as answer:
                bodies.add(await answer.text())
        assert len(bodies) == len(await city.calls()) == 1, "the same again is the same call"
        assert "Enqueue" in bodies.pop()
