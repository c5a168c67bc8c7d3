"""The catalogue lives: a steward links reports, answers everybody, and hands tickets to the units that came out of a change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from crm_core.actions import dispatch, notices
from crm_core.model.address import Address
from crm_core.model.catalogue import NoticeState
from crm_core.model.ids import TicketId, UnitId
from crm_core.model.ticket import Status
from crm_core.queries import events, setup
from crm_core.rules import matching
from gateway.workers.steward import STEWARD, Steward
from tests.world import ADA, IMPORTER, SUE, World


class Keeper:
    """The house as the steward asks for it."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def house(self) -> Any:
        return self._world.house


@pytest.fixture
async def steward(world: World) -> AsyncIterator[Steward]:
    made = Steward(world.desk, Keeper(world), holder="tests", now=world.clock)  # type: ignore[arg-type]
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def refreshed(world: World) -> None:
    found = await world.desk.ask(IMPORTER, setup.setup)
    services = {service.id: service for service in found.services}
    index = matching.build(found.services, places=found.places)
    world.house = replace(
        world.house, services=services, ownerships=found.ownerships, notices=found.notices, index=index
    )


async def until(world: World, steward: Steward, seen: Callable[[], Any]) -> None:
    """As the stream would: tell of what happened, and wait for what comes of it."""
    for _ in range(600):
        await world.number()
        await steward.hear(await world.desk.ask(STEWARD, events.after, position=0, limit=1000))
        if await seen():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came")


async def test_a_notice_answers_all_who_report_it(world: World, steward: Steward) -> None:
    await refreshed(world)
    service = next(one for one in world.house.services.values() if one.slug == "permit")
    draft = notices.Draft(
        service=service.id,
        title={"en": "Permit machines are down"},
        text={"en": "We are at work."},
        words=("machine",),
        acknowledgement={"en": "We know of it."},
    )
    notice = await world.do(SUE, notices.add_notice, draft, state=NoticeState.OPEN)
    await refreshed(world)
    await until(world, steward, lambda: _led(steward))
    reports = [await _report(world, f"person{number}@example.org") for number in range(3)]
    stranger = (await world.mail("The permit machine is down", sender=Address.mail("x@example.org"))).ticket
    await until(world, steward, lambda: _told(world, reports))
    await world.do(SUE, notices.close_notice, notice.id, answer={"en": "They work again."})
    await refreshed(world)
    await until(world, steward, lambda: _solved(world, reports))
    assert (await world.ticket(stranger)).status is Status.NEW, "nobody proved this address: a person looks"


async def test_a_reorganisation_in_the_middle_of_open_tickets_is_carried_through(
    world: World, steward: Steward
) -> None:
    await refreshed(world)
    tickets = [(await world.mail(f"Words {number}")).ticket for number in range(7)]
    assert {(await world.ticket(one)).unit for one in tickets} == {UnitId("city")}
    (made,) = await world.do(ADA, dispatch.reorganise, frozenset({UnitId("city")}), into=(dispatch.Successor("Town"),))

    async def moved() -> bool:
        return {(await world.ticket(one)).unit for one in tickets} == {made.id}

    await until(world, steward, moved)


async def _led(steward: Steward) -> bool:
    return steward._leadership.lease is not None


async def _report(world: World, who: str) -> TicketId:
    return (await world.mail("The permit machine is down", sender=Address.mail(who), proven="dmarc")).ticket


async def _told(world: World, tickets: list[TicketId]) -> bool:
    noticed = [event.ticket for event in await world.events() if event.type == "ticket.noticed"]
    return set(tickets) <= set(noticed)


async def _solved(world: World, tickets: list[TicketId]) -> bool:
    return all([(await world.ticket(one)).status is Status.SOLVED for one in tickets])
