"""Work is held out, accepted, refused, timed out and taken: one owner, never too much, nothing lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm_core.actions import accounts, assign, confiding, duty, lifecycle, offers
from crm_core.model.actor import Actor
from crm_core.model.agent import NO_ANSWER, Agent, Capacity, Duty
from crm_core.model.errors import Forbidden, Gone, NotAllowedNow, NotFound, Refusal
from crm_core.model.ids import AgentId, TeamId, TicketId
from crm_core.model.ticket import Priority, Ticket
from crm_core.model.work import Because, Offer, OfferState, Others, Work, WorkState
from crm_core.queries import floor
from crm_core.queries import offers as offer_queries
from tests.world import ADA, ANNA, BEN, IMPORTER, SUE, World

ROUTER = Actor.worker("router")
AGEING: dict[str, Any] = {
    "ageing_live": timedelta(minutes=1),
    "ageing_deferred": timedelta(hours=4),
    "handle": lambda _work: timedelta(minutes=5),
}


async def waiting(world: World) -> list[Work]:
    known = await world.desk.ask(ROUTER, floor.known)
    return [work for work in known.works if work.state is WorkState.QUEUED]


async def arrived(world: World) -> Work:
    """One mail, waiting."""
    received = await world.mail()
    (work,) = [work for work in await waiting(world) if work.ticket == received.ticket]
    return work


async def held_out(world: World, work: Work, *, to: AgentId = ANNA, seconds: float = 120) -> Offer:
    until = world.clock() + timedelta(seconds=seconds)
    _, offer = await world.desk.do(ROUTER, offers.make_offer, work.id, to=to, until=until, why="You are free.")
    return offer


async def now(world: World, work: Work) -> Work:
    (found,) = await world.desk.ask(ROUTER, floor.works, [work.id])
    return found


async def agent_of(tx: Any, id: AgentId) -> Agent:
    found: Agent = await tx.get(Agent, id)
    return found


async def change_agent(world: World, id: AgentId, **changed: Any) -> None:
    async def edit(tx: Any) -> None:
        agent = await tx.get(Agent, id)
        await tx.save(replace(agent, **changed, version=agent.version + 1))

    await world.desk.do(IMPORTER, edit)


async def test_an_accepted_offer_makes_the_ticket_theirs(world: World) -> None:
    work = await arrived(world)
    offer = await held_out(world, work)
    ((mine, row),) = await world.ask(ANNA, offer_queries.mine)
    assert (mine, row.id) == (offer, work.ticket)
    ticket = await world.do(ANNA, offers.accept, offer.id)
    assert ticket.assignee == ANNA
    active = await now(world, work)
    assert (active.state, active.agent, active.virtual_start) == (WorkState.ACTIVE, ANNA, work.virtual_start)
    assert await world.ask(ANNA, offer_queries.mine) == []
    told = [event.type for event in await world.events()]
    assert told[-4:] == ["offer.made", "offer.ended", "ticket.assigned", "work.taken"]


async def test_only_who_it_is_held_out_to_may_answer(world: World) -> None:
    offer = await held_out(world, await arrived(world))
    for who in (BEN, SUE):
        for answer in (offers.accept, offers.decline):
            with pytest.raises(NotFound):
                await world.do(who, answer, offer.id)


async def test_nobody_makes_offers_but_the_router(world: World) -> None:
    work = await arrived(world)
    with pytest.raises(Forbidden):
        await world.do(ANNA, offers.make_offer, work.id, to=ANNA, until=world.clock(), why="")


async def test_refused_work_waits_again_as_old_as_before(world: World) -> None:
    work = await arrived(world)
    offer = await held_out(world, work)
    await world.do(ANNA, offers.decline, offer.id)
    again = await now(world, work)
    assert (again.state, again.agent, again.excluded) == (WorkState.QUEUED, None, frozenset({ANNA}))
    assert again.virtual_start == work.virtual_start
    with pytest.raises(Gone):
        await world.do(ANNA, offers.accept, offer.id)


async def test_an_answer_after_the_time_out_comes_too_late(world: World) -> None:
    work = await arrived(world)
    offer = await held_out(world, work, seconds=20)
    with pytest.raises(Gone):
        await world.desk.do(ROUTER, offers.time_out, work.id, agent=ANNA, stands_down=False)
    world.clock.pass_(seconds=20)
    back = await world.desk.do(ROUTER, offers.time_out, work.id, agent=ANNA, stands_down=False)
    assert (back.work.state, back.work.excluded, back.agent) == (WorkState.QUEUED, frozenset({ANNA}), None)
    with pytest.raises(Gone):
        await world.do(ANNA, offers.accept, offer.id)


async def test_who_lets_a_caller_ring_is_set_away(world: World) -> None:
    work = await arrived(world)
    await held_out(world, work, seconds=20)
    world.clock.pass_(seconds=20)
    back = await world.desk.do(ROUTER, offers.time_out, work.id, agent=ANNA, stands_down=True)
    assert back.agent is not None
    assert (back.agent.duty, back.agent.duty_reason) == (Duty.AWAY, NO_ANSWER)
    assert "agent.duty" in [event.type for event in await world.events()]


async def test_an_answer_in_the_last_moment_beats_the_time_out(world: World) -> None:
    work = await arrived(world)
    offer = await held_out(world, work, seconds=20)
    world.clock.pass_(seconds=20)
    await world.do(ANNA, offers.accept, offer.id)
    with pytest.raises(Gone):
        await world.desk.do(ROUTER, offers.time_out, work.id, agent=ANNA, stands_down=True)
    assert (await now(world, work)).agent == ANNA


async def test_work_that_is_held_out_is_not_held_out_to_another(world: World) -> None:
    work = await arrived(world)
    await held_out(world, work)
    with pytest.raises(Gone):
        await held_out(world, work, to=SUE)


async def test_who_may_not_see_it_is_not_shown_it_by_an_offer(world: World) -> None:
    """Between the router's decision and its offer they may have left the team, or it became a matter for named people."""
    work = await arrived(world)
    teams = (await world.desk.ask(ROUTER, agent_of, ANNA)).teams
    await change_agent(world, ANNA, teams=frozenset())
    with pytest.raises(NotAllowedNow, match="may not see"):
        await held_out(world, work)
    await change_agent(world, ANNA, teams=teams)
    await world.do(SUE, confiding.confide, work.ticket, readers={BEN})
    for who in (ANNA, ADA):
        with pytest.raises(NotAllowedNow, match="may not see"):
            await held_out(world, work, to=who)
    await world.do(SUE, confiding.confide, work.ticket, readers={BEN, ANNA})
    assert (await held_out(world, work)).agent == ANNA


async def test_an_agent_who_is_not_available_is_asked_nothing(world: World) -> None:
    work = await arrived(world)
    await world.do(ANNA, duty.set_duty, to=Duty.LUNCH)
    with pytest.raises(NotAllowedNow):
        await held_out(world, work)


async def test_offers_count_against_capacity(world: World) -> None:
    await change_agent(world, ANNA, capacity=Capacity(1, {}))
    first, second = await arrived(world), await arrived(world)
    await held_out(world, first)
    with pytest.raises(NotAllowedNow):
        await held_out(world, second)


async def test_many_at_the_same_moment_never_give_one_agent_too_much(world: World) -> None:
    await change_agent(world, ANNA, capacity=Capacity(2, {}))
    works = [await arrived(world) for _ in range(6)]
    made = await asyncio.gather(*(held_out(world, work) for work in works), return_exceptions=True)
    assert sum(isinstance(each, Offer) for each in made) == 2
    assert all(isinstance(each, Offer | Refusal) for each in made)


async def test_one_piece_of_work_offered_to_two_at_the_same_moment_has_one_winner(world: World) -> None:
    work = await arrived(world)
    made = await asyncio.gather(*(held_out(world, work, to=who) for who in (ANNA, SUE)), return_exceptions=True)
    assert sum(isinstance(each, Offer) for each in made) == 1


async def test_an_answered_ticket_takes_its_offer_back(world: World) -> None:
    work = await arrived(world)
    offer = await held_out(world, work)
    await world.do(SUE, lifecycle.solve, work.ticket, house=world.house)
    with pytest.raises(Gone):
        await world.do(ANNA, offers.accept, offer.id)

    async def state(read: Any) -> OfferState:
        return (await read.get(Offer, offer.id)).state  # type: ignore[no-any-return]

    assert await world.desk.ask(IMPORTER, state) is OfferState.RESCINDED


async def test_work_of_an_agent_who_is_gone_waits_again_without_blame(world: World) -> None:
    work = await arrived(world)
    await world.do(ANNA, offers.accept, (await held_out(world, work)).id)
    await world.do(ANNA, duty.set_duty, to=Duty.OFFLINE)
    back = await world.desk.do(ROUTER, offers.take_back, work.id, agent=ANNA)
    assert (back.work.state, back.work.preferred, back.work.excluded) == (WorkState.QUEUED, ANNA, frozenset())
    assert (await world.ticket(TicketId(work.ticket))).assignee is None


async def test_an_offer_to_an_agent_who_is_gone_is_taken_back(world: World) -> None:
    work = await arrived(world)
    offer = await held_out(world, work)
    await world.do(ANNA, duty.set_duty, to=Duty.OFFLINE)
    back = await world.desk.do(ROUTER, offers.take_back, work.id, agent=ANNA)
    assert (back.work.state, back.work.excluded) == (WorkState.QUEUED, frozenset())
    with pytest.raises(Gone):
        await world.do(ANNA, offers.accept, offer.id)


async def test_who_leaves_the_team_is_asked_no_more_about_what_they_cannot_see(world: World) -> None:
    work = await arrived(world)
    await held_out(world, work)
    await world.do(ADA, accounts.change_user, ANNA, accounts.Changes(name="Anna K."))
    assert await world.ask(ANNA, offer_queries.mine), "another name changes nothing"
    await world.do(ADA, accounts.change_user, ANNA, accounts.Changes(teams=frozenset({TeamId("t-housing")})))
    assert await world.ask(ANNA, offer_queries.mine) == []
    assert ((await now(world, work)).state, (await now(world, work)).agent) == (WorkState.QUEUED, None)


async def test_who_came_back_keeps_their_work(world: World) -> None:
    work = await arrived(world)
    await world.do(ANNA, offers.accept, (await held_out(world, work)).id)
    with pytest.raises(Gone):
        await world.desk.do(ROUTER, offers.take_back, work.id, agent=ANNA)


async def test_taking_the_next_takes_the_most_pressing_then_the_oldest(world: World) -> None:
    first, _second, urgent = [await arrived(world) for _ in range(3)]
    await world.do(SUE, lifecycle.prioritise, urgent.ticket, to=Priority.URGENT, house=world.house)
    taken = [await world.do(ANNA, offers.take_next, **AGEING) for _ in range(2)]
    assert [ticket.id for ticket in taken] == [urgent.ticket, first.ticket]
    assert {ticket.assignee for ticket in taken} == {ANNA}


async def test_taking_the_next_counts_how_long_things_have_waited(world: World) -> None:
    old = await arrived(world)
    world.clock.pass_(hours=9)
    high = await arrived(world)
    await world.do(SUE, lifecycle.prioritise, high.ticket, to=Priority.HIGH, house=world.house)
    taken = await world.do(ANNA, offers.take_next, **AGEING)
    assert taken.id == old.ticket


async def test_taking_the_next_counts_the_head_start_as_routing_does(world: World) -> None:
    """An agent in need of work must not undo what balances the channels."""
    old = await arrived(world)
    world.clock.pass_(minutes=5)
    young = await arrived(world)
    await world.desk.do(IMPORTER, _ahead, young, by=timedelta(minutes=10))
    taken = [await world.do(ANNA, offers.take_next, **AGEING) for _ in range(2)]
    assert [ticket.id for ticket in taken] == [young.ticket, old.ticket]


async def _ahead(tx: Any, work: Work, *, by: timedelta) -> None:
    known = await tx.get(Work, work.id)
    await tx.save(replace(known, head_start=by, version=known.version + 1))


async def test_an_offer_says_why_in_values_that_any_language_can_draw(world: World) -> None:
    work = await arrived(world)
    because = Because(
        free=timedelta(minutes=4),
        known=True,
        waited=timedelta(hours=7),
        priority=3,
        aged=True,
        widened=2,
        others=Others(able=3, away=1, full=0, refused=0, fit=2, later=0),
    )
    until = world.clock() + timedelta(seconds=20)
    await world.desk.do(ROUTER, offers.make_offer, work.id, to=ANNA, until=until, why="You are free.", because=because)
    [(kept, _)] = await world.ask(ANNA, offer_queries.mine)
    assert kept.because == because
    [told] = [event.facts["offer"]["because"] for event in await world.events() if event.type == "offer.made"]
    assert told == {
        "free": 240,
        "known": True,
        "waited": 25200,
        "priority": "high",
        "aged": True,
        "head_start": 0,
        "held": False,
        "pressing": False,
        "widened": 2,
        "others": {"able": 3, "away": 1, "full": 0, "refused": 0, "fit": 2, "later": 0},
    }


async def test_taking_the_next_finds_nothing_in_other_teams_queues(world: World) -> None:
    await arrived(world)
    assert await world.do(BEN, offers.take_next, **AGEING) is None


async def test_taking_the_next_stops_at_capacity(world: World) -> None:
    await change_agent(world, ANNA, capacity=Capacity(1, {}))
    await arrived(world)
    await arrived(world)
    assert isinstance(await world.do(ANNA, offers.take_next, **AGEING), Ticket)
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, offers.take_next, **AGEING)


async def test_work_assigned_by_hand_is_not_offered_any_more(world: World) -> None:
    work = await arrived(world)
    offer = await held_out(world, work)
    await world.do(SUE, assign.assign, work.ticket, to=SUE, house=world.house)
    with pytest.raises(Gone):
        await world.do(ANNA, offers.accept, offer.id)
