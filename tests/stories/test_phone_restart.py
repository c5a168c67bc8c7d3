"""The house is killed while people are on the line: who still is there is found again, who hung up meanwhile is not waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

from channels.shared.twilio.simulator.app import Simulator
from channels.shared.twilio.simulator.callers import Answering, Callers, Person
from channels.shared.twilio.simulator.carrier import Carrier, Number
from channels.shared.twilio.simulator.lines import Line
from config.settings import load
from crm_core.model.call import Call, CallEnding, CallState
from crm_core.store import tables
from gateway.wiring import open_record
from tests.stories.conftest import Install
from tests.stories.face import Api, token_for
from tests.stories.service import Service
from tests.stories.test_phone import ACCOUNT, NUMBER, OPERATOR, SCALE, TOKEN, open_always
from tests.world import ANNA, IMPORTER


async def test_a_house_that_is_killed_during_calls_finds_each_as_it_stands(install: Install) -> None:
    service = install()
    provider = Simulator(Carrier(ACCOUNT, TOKEN, []), scale=SCALE, hang=0.3, pace=0.02)
    await provider.open()
    try:
        async with open_record(load(service.environment)) as record:
            await record.do(OPERATOR, open_always)
        await asyncio.to_thread(service.start)
        await _has_a_number(service, provider)
        provider.exchange.devices[ANNA] = Answering(provider.exchange)
        token = await token_for(service, f"{ANNA}@larkhaven.example")
        async with Api.open(service, token) as anna:
            talks = await _calls(service, provider, "+15550142001")
            await _answers(anna)
            await _until(service, lambda found: found[0].state is CallState.TALKING)
            waits = await _calls(service, provider, "+15550142002")
            gives_up = await _calls(service, provider, "+15550142003")

            await asyncio.to_thread(service.kill)
            provider.exchange.hang_up(gives_up)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(service.start)

            found = await _until(service, lambda found: found[2].ending is CallEnding.ABANDONED)
            assert [one.state for one in found[:2]] == [CallState.TALKING, CallState.WAITING]
            assert not any((talks.over, waits.over)), "whoever is on the line has noticed nothing"
            provider.exchange.hang_up(talks)
            found = await _until(service, lambda found: found[0].state is CallState.WRAPPING)
            await anna.post(f"/calls/{found[0].id}/wrap-up", {})
            await _answers(anna)
            await _until(service, lambda found: found[1].state is CallState.TALKING)
            provider.exchange.hang_up(waits)
            found = await _until(service, lambda found: found[1].state is CallState.WRAPPING)
            tickets = [row["id"] for row in await anna.tickets()]
        assert not any("does not belong" in one for one in provider.exchange.errors), provider.exchange.errors
        assert max(provider.exchange.bridged.values()) == 1, "nobody is put through twice"
        assert len({one.ticket for one in found}) == 3, "a ticket for each"
        assert all(tickets.count(one.ticket) == 1 for one in found)
    finally:
        await provider.close()


async def _has_a_number(service: Service, provider: Simulator) -> None:
    async with Api.open(service, await token_for(service, "ada@larkhaven.example")) as api:
        plain = {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": NUMBER, "api": provider.url}
        asked = {"channel": "voice", "name": "City line", "queue": "parking", "settings": plain}
        made = await api.post("/inboxes", asked)
    provider.carrier.numbers[NUMBER] = Number(NUMBER, str(made["hook_url"]), TOKEN, voice=True)


async def _calls(service: Service, provider: Simulator, number: str) -> Line:
    """Somebody calls, and stands in line."""
    callers = Callers(provider.exchange, Random(1))
    before = len(await _all(service))
    provider.later(callers.call(Person(number, patience=100_000, talks=100_000), to=NUMBER))
    await _until(service, lambda found: len(found) > before and found[-1].state is CallState.WAITING)
    return callers.placed[0][0]


async def _answers(anna: Api) -> None:
    """What is held out to her next."""
    async with asyncio.timeout(20):
        while not (held_out := (await anna.get("/offers"))["items"]):
            await asyncio.sleep(0.05)
    await anna.post(f"/offers/{held_out[0]['id']}/acceptances", {})


async def _until(service: Service, what: Callable[[list[Call]], bool]) -> list[Call]:
    """Until the record says so."""
    async with asyncio.timeout(20), open_record(load(service.environment)) as record:
        while not what(found := await record.ask(IMPORTER, _found)):
            await asyncio.sleep(0.05)
        return list(found)


async def _all(service: Service) -> list[Call]:
    return await _until(service, lambda _: True)


async def _found(read: object) -> list[Call]:
    found = await read.values(Call, tables.calls.select().order_by(tables.calls.c.id))  # type: ignore[attr-defined]
    return list(found)
