"""An alert is told once, confirmed once, and goes when the promise is kept again."""

from __future__ import annotations

import pytest

from crm_core.actions import drifts as actions
from crm_core.actions import importing
from crm_core.model.actor import Actor
from crm_core.model.drift import DriftState, Share
from crm_core.model.errors import Forbidden, NotAllowedNow
from crm_core.model.ids import ServiceId
from crm_core.queries.reports import drifts
from gateway.workers.watch import Watch
from tests.crm_core.queries.test_parity import month
from tests.world import ANNA, IMPORTER, SUE, World

STEWARD = Actor.worker("steward")


def share(kept: int) -> list[Share]:
    return [Share(ServiceId("s-permit"), "email", kept, 100)]


async def told(world: World) -> list[str]:
    return [event.type for event in await world.events() if event.type.startswith("drift.")]


async def test_it_is_told_once_however_often_it_is_noticed(world: World) -> None:
    for _ in range(3):
        await world.desk.do(STEWARD, actions.watch_promises, share(40))
    assert await told(world) == ["drift.found"]
    [found] = await world.ask(SUE, drifts.lasting)
    assert (found.channel, found.kept, found.of, found.state) == ("email", 40, 100, DriftState.OPEN)


async def test_a_supervisor_confirms_it_once_and_it_lasts_until_the_promise_is_kept(world: World) -> None:
    await world.desk.do(STEWARD, actions.watch_promises, share(40))
    [found] = await world.ask(SUE, drifts.lasting)
    with pytest.raises(Forbidden):
        await world.do(ANNA, actions.confirm_drift, found.id)
    await world.do(SUE, actions.confirm_drift, found.id)
    seen = await world.do(SUE, actions.confirm_drift, found.id)
    assert (seen.state, seen.seen_by) == (DriftState.SEEN, SUE)
    await world.desk.do(STEWARD, actions.watch_promises, share(79))
    assert [one.state for one in await world.ask(SUE, drifts.lasting)] == [DriftState.SEEN]
    await world.desk.do(STEWARD, actions.watch_promises, share(85))
    assert await world.ask(SUE, drifts.lasting) == []
    assert await told(world) == ["drift.found", "drift.seen", "drift.over"]
    with pytest.raises(NotAllowedNow):
        await world.do(SUE, actions.confirm_drift, found.id)


async def test_it_comes_back_as_a_new_one(world: World) -> None:
    for kept in (40, 90, 40):
        await world.desk.do(STEWARD, actions.watch_promises, share(kept))
    assert await told(world) == ["drift.found", "drift.over", "drift.found"]


async def test_agents_do_not_see_alerts(world: World) -> None:
    with pytest.raises(Forbidden):
        await world.ask(ANNA, drifts.lasting)


async def test_the_watch_finds_the_slow_door_in_the_record_and_looks_once_an_hour(world: World) -> None:
    await world.desk.do(IMPORTER, importing.import_values, list(month(1, slow="counter")))
    watch = Watch(world.desk, STEWARD, now=world.clock)
    assert await watch.look()
    assert [one.channel for one in await world.ask(SUE, drifts.lasting)] == ["counter"]
    assert not await watch.look()
    world.clock.pass_(hours=2)
    assert await watch.look()
    assert await told(world) == ["drift.found"]
