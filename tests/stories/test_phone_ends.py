"""What happens at the edges of a call: two tabs, a tab that is lost, an agent who goes home, a door that closes, a message without a word."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.shared.twilio.simulator.callers import Answering, Person
from crm_core.actions import duty, offers, queues
from crm_core.model.actor import Actor
from crm_core.model.agent import Duty
from crm_core.model.call import CallEnding, CallState
from crm_core.model.ids import AgentId
from crm_core.model.queue import Profile
from crm_core.model.sla import Calendar
from crm_core.model.ticket import Ticket
from crm_core.model.work import Offer, Work, WorkState
from crm_core.queries import offers as held_out
from crm_core.store import tables
from crm_core.store.maps.codec import micros
from gateway.house import GATEWAY
from tests.stories.test_phone import ALWAYS, NUMBER, OPERATOR, Town, town
from tests.world import ANNA, IMPORTER, PARKING, SUE


def calls_in(city: Town, number: str, **more: Any) -> Person:
    """Somebody calls, and has patience."""
    person = Person(number, patience=100_000, talks=100_000, **more)
    city.provider.later(city.callers.call(person, to=NUMBER))
    return person


async def offered(city: Town, agent: AgentId) -> Offer:
    """What is held out to them next."""
    async with asyncio.timeout(20):
        while not (found := await city.house.desk.ask(Actor.agent(agent), held_out.mine)):
            await asyncio.sleep(0.02)
    offer: Offer = found[0][0]
    return offer


async def works(city: Town) -> list[Work]:
    found: list[Work] = await city.house.desk.ask(IMPORTER, lambda read: read.values(Work, tables.work.select()))
    return found


async def test_two_tabs_that_accept_at_the_same_moment_ring_one_phone_and_neither_is_told_it_was_too_late(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with town("sqlite", request, tmp_path) as city:
        city.provider.exchange.devices[ANNA] = phone = Answering(city.provider.exchange)
        calls_in(city, "+15550142001")
        offer = await offered(city, ANNA)
        tabs = (city.house.desk.do(Actor.agent(ANNA), offers.accept, offer.id) for _ in range(2))
        taken: list[Ticket] = await asyncio.gather(*tabs)
        assert {one.assignee for one in taken} == {ANNA}
        await city.until(lambda known: known[0].state is CallState.TALKING)
        assert phone.rang == 1


async def test_an_agent_whose_last_tab_is_lost_before_the_bridge_does_not_take_the_caller_along(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Her phone rings on in an empty room; the caller has never left the line, and is as old as they were."""
    async with town("sqlite", request, tmp_path) as city:
        city.provider.exchange.devices[ANNA] = Answering(city.provider.exchange, after=100_000)
        calls_in(city, "+15550142001")
        offer = await offered(city, ANNA)
        await city.house.desk.do(Actor.agent(ANNA), offers.accept, offer.id)
        await city.until(lambda known: known[0].state is CallState.CONNECTING)
        [before] = await works(city)
        await city.house.desk.do(OPERATOR, last_seen, ANNA, city.house.clock() - timedelta(minutes=2))
        await city.house.desk.do(
            GATEWAY, duty.sign_off, ANNA, gone_since=city.house.clock() - timedelta(minutes=2), reason="Gone."
        )
        await city.until(lambda known: known[0].state is CallState.WAITING)
        [back] = await works(city)
        assert (back.virtual_start, back.live, back.agent) == (before.virtual_start, True, None)
        city.provider.exchange.devices[ANNA] = Answering(city.provider.exchange)
        await city.house.desk.do(Actor.agent(ANNA), duty.set_duty, to=Duty.AVAILABLE)
        offer = await offered(city, ANNA)
        await city.house.desk.do(Actor.agent(ANNA), offers.accept, offer.id)
        await city.until(lambda known: known[0].state is CallState.TALKING)


async def last_seen(tx: Any, agent: AgentId, at: datetime) -> None:
    """Their last screen was there then."""
    tx.insert(tables.screens, agent=agent, seen_at=micros(at))


async def test_a_wrap_up_ends_though_its_agent_closed_everything_and_went_home(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with town("sqlite", request, tmp_path) as city:
        brief = Profile(wrap_up=timedelta(seconds=1))
        await city.house.desk.do(Actor.agent(SUE), queues.shape, PARKING, profile=brief, house=city.house.keeper.house)
        city.provider.exchange.devices[ANNA] = Answering(city.provider.exchange)
        calls_in(city, "+15550142001")
        offer = await offered(city, ANNA)
        await city.house.desk.do(Actor.agent(ANNA), offers.accept, offer.id)
        await city.until(lambda known: known[0].state is CallState.TALKING)
        city.provider.exchange.hang_up(city.callers.placed[0][0])
        await city.until(lambda known: known[0].state is CallState.WRAPPING)
        await city.house.desk.do(Actor.agent(ANNA), duty.set_duty, to=Duty.OFFLINE)
        await city.until(lambda known: known[0].state is CallState.ENDED)
        [work] = await works(city)
        assert work.state is WorkState.DONE


async def test_who_waits_when_the_door_closes_is_still_served_and_who_comes_then_hears_that_it_is_closed(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with town("sqlite", request, tmp_path) as city:
        city.provider.exchange.devices[ANNA] = Answering(city.provider.exchange)
        in_line = calls_in(city, "+15550142001")
        await city.until(lambda known: bool(known) and known[0].state is CallState.WAITING)
        await city.house.desk.do(OPERATOR, closed_from_now_on)
        await city.house.keeper.refresh()
        late = calls_in(city, "+15550142002")
        found = await city.until(lambda known: len(known) == 2 and known[1].state is not CallState.ARRIVED)
        assert found[1].ending is CallEnding.CLOSED
        assert any("closed" in words for words in late.heard)
        work = asyncio.ensure_future(city.works(ANNA))
        await city.until(lambda known: known[0].state is CallState.TALKING)
        work.cancel()
        assert not any("closed" in words for words in in_line.heard)


async def closed_from_now_on(tx: Any) -> None:
    """Whoever works late does so by themselves."""
    await tx.find(Calendar, ALWAYS.id)
    await tx.save(replace(ALWAYS, windows=()))


async def test_who_says_nothing_after_the_tone_left_no_message_and_is_called_back(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with town("sqlite", request, tmp_path) as city:
        silent = Person("+15550142001", patience=300, talks=5, keys=["2"], message=(0, ""))
        nobody = Person("+266696687", patience=300, talks=5, keys=["2"], message=(0, ""))
        await asyncio.gather(*(city.callers.call(one, to=NUMBER) for one in (silent, nobody)))
        found = await city.until(lambda known: len(known) == 2 and all(one.over for one in known))
        assert [one.tape for one in found] == [None, None]
        assert {one.ending for one in found} == {CallEnding.ABANDONED}
        due = {one.ticket: one.state for one in await works(city)}
        is_due = {one.number: due[one.ticket] is not WorkState.DONE for one in found if one.ticket is not None}
        assert is_due == {"+15550142001": True, None: False}, "there is nobody to call back"
