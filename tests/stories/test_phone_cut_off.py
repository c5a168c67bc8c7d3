"""The telephone exchange is killed while people are on the line: nobody is lost by it, and nobody counts as waiting for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from channels.shared.twilio.simulator.app import Simulator
from channels.shared.twilio.simulator.callers import Answering, Person
from channels.shared.twilio.simulator.carrier import Carrier
from channels.shared.twilio.simulator.faults import Odds
from crm_core.model.actor import Actor
from crm_core.model.call import EXCHANGE_DOWN, CallEnding, CallState
from crm_core.model.ticket import Ticket
from crm_core.model.work import Work
from crm_core.queries import alerts
from crm_core.queries import offers as held_out
from crm_core.store import tables
from gateway.workers import comparing
from tests.stories.test_phone import ACCOUNT, LINE, SCALE, TOKEN, Town, town
from tests.world import ANNA, IMPORTER, SUE


async def test_who_waits_at_a_dead_exchange_is_told_apart_then_called_back_and_no_ghost_is_left_when_it_is_back(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "LOOKED_AT_EVERY", 0.3)
    monkeypatch.setattr(comparing, "LOOKED_AGAIN_AFTER", 0.1)
    async with town("sqlite", request, tmp_path) as city:
        port = urlsplit(city.provider.url).port or 0
        city.provider.exchange.devices[ANNA] = Answering(city.provider.exchange)
        work = asyncio.ensure_future(city.works(ANNA))
        for number in ("+15550142001", "+15550142002"):
            city.provider.later(city.callers.call(Person(number, 100_000, 100_000), to="+15550140911"))
            await city.until(lambda known: bool(known) and known[0].state is CallState.TALKING)
        await city.until(lambda known: len(known) == 2 and known[1].state is CallState.WAITING)
        work.cancel()

        await city.provider.close()
        await _is_down(city, down=True)
        assert [one.state for one in await city.calls()] == [CallState.TALKING, CallState.WAITING], "it may come back"
        await city.provider.open(port=port)
        await _is_down(city, down=False)
        assert [one.state for one in await city.calls()] == [CallState.TALKING, CallState.WAITING], "as it did"

        monkeypatch.setattr(comparing, "GIVEN_UP_AFTER", 0.5)
        await city.provider.close()
        talks, waited = await city.until(lambda known: known[1].over)
        assert talks.state is CallState.TALKING, "that is their agent's to end"
        assert waited.ending is CallEnding.ERROR
        assert waited.ticket is not None
        ticket: Ticket = await city.house.desk.ask(IMPORTER, lambda read: read.get(Ticket, waited.ticket or ""))
        assert (ticket.status.active, ticket.live, ticket.assignee) == (True, False, None)
        assert ticket.awaiting_since is not None, "they are to be called back"

        async with exchange(port, "another token"):
            await asyncio.sleep(1.5)  # it is asked once a second
            assert (await city.calls())[0].state is CallState.TALKING, "what it will not tell us is not over"
        async with exchange(port, TOKEN):
            talks, _ = await city.until(lambda known: known[0].state is CallState.WRAPPING)
            assert talks.ending is CallEnding.CALLER
            await _is_down(city, down=False)


async def test_an_agent_who_takes_a_caller_of_a_dead_exchange_is_told_and_nobody_is_asked_again_until_it_is_back(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by the first ring that did not leave us: nobody looks at the lines for half a minute yet."""
    monkeypatch.setattr(comparing, "LOOKED_AGAIN_AFTER", 0.1)
    async with town("sqlite", request, tmp_path) as city:
        city.provider.exchange.devices[ANNA] = Answering(city.provider.exchange)
        for number in ("+15550142001", "+15550142002"):
            city.provider.later(city.callers.call(Person(number, 100_000, 100_000), to="+15550140911"))
        await city.until(lambda known: [one.state for one in known] == [CallState.WAITING] * 2)
        ages = sorted(one.virtual_start for one in await _works(city))
        city.provider.dice.odds = Odds(down=1)
        work = asyncio.ensure_future(city.works(ANNA))
        await city.until(lambda known: EXCHANGE_DOWN in {one.trouble for one in known}, seconds=4)
        await _is_down(city, down=True)
        work.cancel()
        assert [one.state for one in await city.calls()] == [CallState.WAITING] * 2
        assert await city.house.desk.ask(Actor.agent(ANNA), held_out.mine) == []
        assert [(one.cut_off, one.excluded) for one in await _works(city)] == [(True, frozenset())] * 2

        city.provider.dice.odds = Odds()
        work = asyncio.ensure_future(city.works(ANNA))
        await city.until(lambda known: CallState.TALKING in {one.state for one in known})
        work.cancel()
        assert sorted(one.virtual_start for one in await _works(city)) == ages


async def _works(city: Town) -> list[Work]:
    found: list[Work] = await city.house.desk.ask(IMPORTER, lambda read: read.values(Work, tables.work.select()))
    return found


@asynccontextmanager
async def exchange(port: int, token: str) -> AsyncIterator[None]:
    """One that knows of no call, where the other was."""
    anew = Simulator(Carrier(ACCOUNT, token, []), scale=SCALE, hang=0.3, pace=0.02)
    await anew.open(port=port)
    try:
        yield
    finally:
        await anew.close()


async def _is_down(city: Town, *, down: bool) -> None:
    """Until the board says so of the exchange."""
    async with asyncio.timeout(20):
        while (LINE in (await city.house.desk.ask(Actor.agent(SUE), alerts.troubles)).down) != down:
            await asyncio.sleep(0.05)
