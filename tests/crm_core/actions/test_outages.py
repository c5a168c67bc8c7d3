"""An exchange that cannot be reached: who waits there is held out to nobody, keeps their age, and comes first again when it is back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_core.actions import driving, offers, outages
from crm_core.actions.driving import Came
from crm_core.actions.housekeeping import take_lease
from crm_core.model.call import EXCHANGE_DOWN, CallOrder, CallState, CommandKind, CommandState, NewsKind
from crm_core.model.errors import NotAllowedNow
from crm_core.model.work import WorkState
from crm_core.queries import calls, floor
from crm_core.queries import offers as held_out
from tests.crm_core.actions.exchange import CALLER, LINE, ROUTER, Exchange
from tests.world import ANNA, World

SILENT = Came(CommandState.QUEUED, why="cannot be reached")


async def cut_off(line: Exchange) -> int:
    """Its exchange does not answer."""
    held: int = await line.world.desk.do(CALLER, outages.cut_off, LINE, ear=line.ear)
    return held


async def back(line: Exchange) -> int:
    """It answers again."""
    free: int = await line.world.desk.do(CALLER, outages.back, LINE)
    return free


async def test_who_waits_is_held_out_to_nobody_and_keeps_their_age(world: World) -> None:
    line = await Exchange.of(world)
    offered, waits = await line.waiting(), await line.waiting("+15550140124")
    age, work = (await line.work(waits)).virtual_start, await line.work(offered)
    until = world.clock() + timedelta(seconds=20)
    await world.desk.do(ROUTER, offers.make_offer, work.id, to=ANNA, until=until, why="free")
    assert await cut_off(line) == 2
    assert await cut_off(line) == 0, "said once"
    assert await world.ask(ANNA, held_out.mine) == [], "what was held out is taken back"
    [ended] = [event.facts for event in await world.events() if event.type == "offer.ended"]
    assert ended["cut_off"], "and she is told why"
    assert [work.ticket for work in (await world.desk.ask(ROUTER, floor.known)).works if work.live] == []
    with pytest.raises(NotAllowedNow, match="exchange"):
        await world.desk.do(ROUTER, offers.make_offer, work.id, to=ANNA, until=until, why="free")
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    mine = await world.do(ANNA, offers.take_next, ageing_live=minute, ageing_deferred=hour, handle=lambda _work: minute)
    assert mine is None, "nor can somebody take them by themselves"
    assert await world.desk.ask(CALLER, calls.cut_off) == {LINE}
    world.clock.pass_(seconds=40)
    assert await back(line) == 2
    again = await line.work(waits)
    assert (again.state, again.virtual_start, again.excluded) == (WorkState.QUEUED, age, frozenset())
    assert await world.desk.ask(CALLER, calls.cut_off) == set()


async def test_who_took_them_is_told_at_once_and_may_be_asked_again_and_nothing_rings_later(world: World) -> None:
    line = await Exchange.of(world)
    ringing = await line.accepted(await line.waiting(), ANNA)
    ring = await in_hand(line)
    await world.desk.do(CALLER, driving.settle_order, ring.command.id, SILENT, ear=line.ear)
    await cut_off(line)
    told, taken = await line.call(ringing.id), await line.ticket(ringing)
    assert (told.state, told.agent, told.trouble) == (CallState.WAITING, None, EXCHANGE_DOWN)
    assert (taken.assignee, taken.live) == (None, True)
    world.clock.pass_(seconds=5)
    assert await line.drive() == []
    await back(line)
    assert (await line.work(ringing)).excluded == frozenset(), "she did not refuse"
    assert (await line.accepted(told, ANNA)).state is CallState.CONNECTING


async def test_a_ring_in_hand_when_it_fell_silent_is_not_tried_again(world: World) -> None:
    line = await Exchange.of(world)
    await line.accepted(await line.waiting(), ANNA)
    order = await in_hand(line)
    await cut_off(line)
    await world.desk.do(CALLER, driving.settle_order, order.command.id, SILENT, ear=line.ear)
    world.clock.pass_(seconds=5)
    assert await line.drive() == []


async def test_who_is_to_be_called_back_after_all_is_work_like_any_other(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.waiting()
    await cut_off(line)
    await world.desk.do(CALLER, driving.give_up, call.id, house=line.house)
    work = await line.work(call)
    assert (work.state, work.live, work.cut_off) == (WorkState.QUEUED, False, False)


async def test_a_talk_that_goes_on_is_left_alone(world: World) -> None:
    line = await Exchange.of(world)
    call = await line.talking(ANNA)
    assert await cut_off(line) == 0
    await line.tell(NewsKind.CALLER_GONE, call.id, why="completed")
    assert (await line.work(call)).state is WorkState.WRAPPING


async def in_hand(line: Exchange) -> CallOrder:
    """The phone was asked to ring, and did not answer yet."""
    lease = await line.world.desk.do(CALLER, take_lease, "caller", holder="tests", seconds=60)
    assert lease is not None
    [order] = await line.world.desk.do(CALLER, driving.take_orders, lease=lease)
    assert order.command.kind is CommandKind.RING
    return order
