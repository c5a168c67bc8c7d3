"""What was just given away is taken back by whoever did it, seen or not, and by nobody else; never over what somebody did since."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_core.actions import assign, handing, lifecycle, undoing
from crm_core.actions.undoing import Done
from crm_core.model.agent import Capacity
from crm_core.model.errors import NotFound
from crm_core.model.ids import AgentId, QueueId, ServiceId, TicketId
from crm_core.model.ticket import Ticket
from crm_core.queries import live
from crm_core.queries import ticket as ticket_queries
from tests.crm_core.actions.test_live_work import held_by, on_the_line, taken
from tests.crm_core.actions.test_offers import arrived, change_agent, now
from tests.world import ANNA, BEN, HOUSING, PARKING, SUE, World


async def taken_back(world: World, *tickets: Ticket, by: AgentId = ANNA) -> undoing.Back:
    done = [Done(ticket.id, ticket.version) for ticket in tickets]
    back: undoing.Back = await world.do(by, undoing.take_back, done, house=world.house)
    return back


async def stands(world: World, id: TicketId) -> tuple[AgentId | None, QueueId]:
    found = await world.ticket(id)
    return found.assignee, found.queue


async def hers(world: World) -> TicketId:
    """Anna has it."""
    [id] = await held_by(world, ANNA, 1)
    return id


async def moved_away(world: World, id: TicketId) -> Ticket:
    moved: Ticket = await world.do(ANNA, assign.transfer, id, to=HOUSING, house=world.house)
    with pytest.raises(NotFound):
        await world.ask(ANNA, ticket_queries.whole, id)
    return moved


async def test_who_moves_a_ticket_out_of_their_sight_takes_it_back_and_has_it_again(world: World) -> None:
    id = await hers(world)
    moved = await moved_away(world, id)
    back = await taken_back(world, moved)
    assert ([one.id for one in back.tickets], back.full) == ([id], ())
    assert await stands(world, id) == (ANNA, PARKING)
    assert [row.id for _, row in await world.ask(ANNA, live.works)] == [id], "her work, too"


async def test_who_gives_a_colleague_of_another_team_what_only_they_saw_takes_it_back(world: World) -> None:
    work = await arrived(world)
    await world.do(SUE, assign.transfer, work.ticket, to=HOUSING, house=world.house)
    await world.do(SUE, assign.assign, work.ticket, to=ANNA, house=world.house)
    given = await world.do(ANNA, assign.assign, work.ticket, to=BEN, house=world.house)
    with pytest.raises(NotFound):
        await world.do(ANNA, assign.assign, work.ticket, to=ANNA, house=world.house)
    await taken_back(world, given)
    assert await stands(world, work.ticket) == (ANNA, HOUSING)


async def test_what_a_supervisor_moved_comes_back_to_whoever_had_it(world: World) -> None:
    id = await hers(world)
    moved = await world.do(SUE, assign.transfer, id, to=HOUSING, house=world.house)
    await taken_back(world, moved, by=SUE)
    assert await stands(world, id) == (ANNA, PARKING)


async def test_nobody_takes_back_what_another_did_or_what_somebody_went_on_with(world: World) -> None:
    id = await hers(world)
    moved = await moved_away(world, id)
    for who in (BEN, SUE):
        assert (await taken_back(world, moved, by=who)).tickets == ()
    await world.do(BEN, lifecycle.rename, id, subject="A broken window")
    assert (await taken_back(world, moved)).tickets == ()
    assert await stands(world, id) == (None, HOUSING)
    touched = await world.ticket(id)
    assert (await taken_back(world, touched)).tickets == (), "nor what she did not do at all"


async def test_a_moment_later_it_is_too_late_and_twice_is_once(world: World) -> None:
    id = await hers(world)
    moved = await moved_away(world, id)
    world.clock.pass_(seconds=undoing.TO_THINK_AGAIN.total_seconds())
    assert (await taken_back(world, moved)).tickets == ()
    other = await moved_away(world, await hers(world))
    assert len((await taken_back(world, other, other)).tickets) == 1


async def test_another_service_is_not_taken_back_by_half(world: World) -> None:
    id = await hers(world)
    changed = await world.do(ANNA, lifecycle.classify, id, service=ServiceId("s-repair"), house=world.house)
    assert changed.queue == HOUSING
    assert (await taken_back(world, changed)).tickets == ()


async def test_a_caller_who_is_held_out_to_a_colleague_comes_back_until_they_accept(world: World) -> None:
    work = await taken(world, await on_the_line(world))
    until = world.clock() + timedelta(minutes=1)
    passed = await world.do(ANNA, assign.pass_on, work.ticket, to=BEN, until=until, house=world.house)
    await taken_back(world, passed)
    again = await now(world, work)
    assert (again.agent, again.virtual_start) == (ANNA, work.virtual_start)
    assert [event.type for event in await world.events()].count("offer.ended") == 2, "accepted once, rescinded once"


async def test_who_thinks_again_at_the_end_of_a_shift_gets_back_what_nobody_touched_since(world: World) -> None:
    held = await held_by(world, ANNA, 3)
    given = await world.do(ANNA, handing.hand_over, held, to=handing.Heir(), house=world.house)
    await world.do(SUE, assign.assign, held[0], to=SUE, house=world.house)
    back = await taken_back(world, *given)
    assert ({ticket.id for ticket in back.tickets}, back.full) == (set(held[1:]), ())
    assert [(await world.ticket(id)).assignee for id in held] == [SUE, ANNA, ANNA]


@pytest.mark.parametrize(("who", "there"), [(ANNA, PARKING), (ANNA, HOUSING), (SUE, HOUSING)])
async def test_who_thinks_again_gets_back_in_order_what_they_can_carry_and_hears_what_not(
    world: World, who: AgentId, there: str
) -> None:
    """What finds no room stays where it was given to, whole; also where they do not see it."""
    held = await held_by(world, who, 3)
    given = await world.do(who, handing.hand_over, held, to=handing.Heir(queue=QueueId(there)), house=world.house)
    await change_agent(world, who, capacity=Capacity(2, {}))
    back = await taken_back(world, *given, by=who)
    assert ([ticket.id for ticket in back.tickets], back.full) == (held[:2], (held[2],))
    assert [await stands(world, id) for id in held] == [(who, PARKING), (who, PARKING), (None, there)]
