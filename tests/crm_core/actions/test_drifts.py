"""An alert is told once, confirmed once, and goes when the promise is kept again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from crm_core.actions import drifts as actions
from crm_core.actions import importing, offers
from crm_core.model.actor import Actor
from crm_core.model.drift import DriftState, Share
from crm_core.model.errors import Forbidden, NotAllowedNow
from crm_core.model.ids import ServiceId, TicketId, WorkId, fresh
from crm_core.model.ticket import Status
from crm_core.queries import floor
from crm_core.queries.reports import drifts
from crm_core.rules.needs import work_for
from gateway.workers.router import ROUTER
from gateway.workers.watch import Watch
from tests.crm_core.queries.test_parity import a_ticket, month
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


async def test_what_waits_has_a_head_start_as_long_as_its_channel_drifts(world: World) -> None:
    await waiting(world, service="s-permit", channel="email")
    await waiting(world, service="s-general", channel="email")
    for kept, minutes in ((40, 10), (50, 10), (85, 0)):
        await world.desk.do(STEWARD, actions.watch_promises, share(kept))
        await world.desk.do(STEWARD, actions.give_head_starts)
        found = {row.ticket: row for row in (await world.desk.ask(ROUTER, floor.known)).works}
        assert found[TicketId("t-s-permit-email")].head_start == timedelta(minutes=minutes)
        assert found[TicketId("t-s-general-email")].head_start == timedelta()
    told_of = [event.facts["work"] for event in await world.events() if event.type == "work.queued"]
    assert [one["head_start"] for one in told_of if one["ticket"] == "t-s-permit-email"] == [600, 0]
    assert {(one["priority"], one["queue"]) for one in told_of} == {(2, "q-parking")}
    assert await world.desk.do(STEWARD, actions.give_head_starts) is None


async def test_a_confirmed_drift_still_gives_a_head_start(world: World) -> None:
    await waiting(world, service="s-permit", channel="email")
    await world.desk.do(STEWARD, actions.watch_promises, share(40))
    [found] = await world.ask(SUE, drifts.lasting)
    await world.do(SUE, actions.confirm_drift, found.id)
    await world.desk.do(STEWARD, actions.give_head_starts)
    assert [one.head_start for one in (await world.desk.ask(ROUTER, floor.known)).works] == [timedelta(minutes=10)]


async def test_head_starts_are_given_to_some_at_a_time_until_all_were_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in ("s-permit", "s-general"):
        await waiting(world, service=service, channel="email")
    monkeypatch.setattr(actions, "MOST", 1)
    monkeypatch.setattr(actions, "_WAITING", actions._WAITING.limit(sa.literal_column("1")))
    first = await world.desk.do(STEWARD, actions.give_head_starts)
    assert first is not None
    second = await world.desk.do(STEWARD, actions.give_head_starts, after=first)
    assert second is not None
    assert second > first
    assert await world.desk.do(STEWARD, actions.give_head_starts, after=second) is None


async def test_nobody_but_the_steward_gives_head_starts(world: World) -> None:
    with pytest.raises(Forbidden):
        await world.do(SUE, actions.give_head_starts)


async def test_new_work_at_a_door_that_drifts_has_a_head_start_and_loses_it_when_it_comes_back_after(
    world: World,
) -> None:
    await world.desk.do(STEWARD, actions.watch_promises, [Share(ServiceId("s-general"), "email", 40, 100)])
    world.house = replace(world.house, drifting=frozenset({(ServiceId("s-general"), "email")}))
    await world.mail()
    [work] = (await world.desk.ask(ROUTER, floor.known)).works
    assert work.head_start == timedelta(minutes=10)
    until = world.clock() + timedelta(minutes=2)
    _, offer = await world.desk.do(ROUTER, offers.make_offer, work.id, to=ANNA, until=until, why="why")
    assert (await world.do(ANNA, offers.decline, offer.id)).head_start == timedelta(minutes=10)
    _, offer = await world.desk.do(ROUTER, offers.make_offer, work.id, to=ANNA, until=until, why="why")
    await world.desk.do(STEWARD, actions.watch_promises, [Share(ServiceId("s-general"), "email", 90, 100)])
    assert (await world.do(ANNA, offers.decline, offer.id)).head_start == timedelta()


async def waiting(world: World, *, service: str, channel: str) -> None:
    """A ticket that waits for an agent."""
    ticket = replace(
        a_ticket(world.clock(), channel, None, None), id=TicketId(f"t-{service}-{channel}"), service=ServiceId(service)
    )
    ticket = replace(ticket, awaiting_since=world.clock(), status=Status.NEW)
    made = work_for(
        ticket,
        id=fresh(WorkId, at=world.clock()),
        service=world.house.services[ticket.service],
        queue=world.house.queues[ticket.queue],
        capabilities=world.house.can[channel],
        at=world.clock(),
    )
    await world.desk.do(IMPORTER, importing.import_values, [ticket, made])
