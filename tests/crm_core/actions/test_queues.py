"""How a queue looks for an agent, and where its work goes when nobody came."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.actions import queues
from crm_core.model.errors import BadInput, Forbidden, Gone, NotAllowedNow, NotFound, Stale
from crm_core.model.ids import QueueId
from crm_core.model.queue import Profile, Queue, Widening
from crm_core.model.ticket import Ticket
from crm_core.model.work import WorkState
from crm_core.queries import floor
from crm_core.store.tx import Tx
from tests.crm_core.actions.test_offers import ROUTER, arrived, held_out
from tests.world import ADA, ANNA, HOUSING, PARKING, SUE, World

LEGAL = Profile(
    rings=(
        Widening(after=timedelta(seconds=30), skill="law", least=2),
        Widening(after=timedelta(90), skill=None, least=0),
    ),
    hold=timedelta(seconds=12),
    handle=timedelta(minutes=4),
    overflow=HOUSING,
    overflow_after=timedelta(minutes=10),
    wrap_up=timedelta(seconds=45),
)


async def kept(world: World, id: QueueId) -> Queue:
    async def look(tx: Tx) -> Queue:
        return await tx.get(Queue, id)

    return await world.desk.do(ROUTER, look)


async def test_a_supervisor_says_how_a_queue_looks_for_an_agent(world: World) -> None:
    changed = await world.do(SUE, queues.shape, PARKING, profile=LEGAL, house=world.house)
    assert await kept(world, PARKING) == changed
    assert changed.profile == LEGAL
    event = (await world.events())[-1]
    assert (event.type, event.facts["profile"]["rings"][0]) == (
        "queue.changed",
        {"after": 30, "skill": "law", "least": 2},
    )
    assert await world.do(SUE, queues.shape, PARKING, profile=LEGAL, house=world.house) == changed, "nothing changed"


async def test_an_agent_may_not_and_nobody_on_top_of_what_they_had_not_seen(world: World) -> None:
    with pytest.raises(Forbidden):
        await world.do(ANNA, queues.shape, PARKING, profile=LEGAL, house=world.house)
    with pytest.raises(NotFound):
        await world.do(ADA, queues.shape, QueueId("q-none"), profile=LEGAL, house=world.house)
    await world.do(ADA, queues.shape, PARKING, profile=LEGAL, house=world.house, seen_version=1)
    with pytest.raises(Stale):
        await world.do(ADA, queues.shape, PARKING, profile=Profile(), house=world.house, seen_version=1)


async def test_work_overflows_into_open_queues_only_and_never_in_a_circle(world: World) -> None:
    back = replace(world.house.queues[HOUSING], profile=Profile(overflow=PARKING))
    circle = replace(world.house, queues={**world.house.queues, HOUSING: back})
    closed = replace(world.house, queues={**world.house.queues, HOUSING: replace(back, active=False)})
    for house in (circle, closed):
        with pytest.raises(BadInput):
            await world.do(SUE, queues.shape, PARKING, profile=LEGAL, house=house)


async def test_what_nobody_took_waits_elsewhere_with_its_age(world: World) -> None:
    work = await arrived(world)
    world.clock.pass_(seconds=60)
    moved = await world.desk.do(ROUTER, queues.overflow, work.id, to=HOUSING, house=world.house)
    assert (moved.queue, moved.state, moved.virtual_start) == (HOUSING, WorkState.QUEUED, work.virtual_start)
    assert moved.entered_at > work.entered_at, "the clock of that queue begins anew"
    told = [event.type for event in await world.events()]
    assert told[-2:] == ["ticket.moved", "work.queued"]
    with pytest.raises(Gone):
        await world.desk.do(ROUTER, queues.overflow, work.id, to=HOUSING, house=world.house)
    (found,) = await world.desk.ask(ROUTER, floor.works, [work.id])
    assert found == moved


async def test_what_is_held_out_by_then_or_has_nowhere_to_go_stays(world: World) -> None:
    work = await arrived(world)
    with pytest.raises(NotAllowedNow):
        await world.desk.do(ROUTER, queues.overflow, work.id, to=QueueId("q-none"), house=world.house)
    await held_out(world, work)
    with pytest.raises(Gone):
        await world.desk.do(ROUTER, queues.overflow, work.id, to=HOUSING, house=world.house)

    async def ticket(tx: Tx) -> Ticket:
        return await tx.get(Ticket, work.ticket)

    assert (await world.desk.do(ROUTER, ticket)).queue == PARKING
