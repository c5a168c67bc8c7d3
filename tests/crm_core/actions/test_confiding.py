"""A matter for named people only: nobody else sees it, is asked about it, or counts it; and it can be opened again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm_core.actions import accounts, assign, confiding, offers, reply
from crm_core.model.board import Aims
from crm_core.model.errors import BadInput, Forbidden, NotAllowedNow, NotFound, Refusal
from crm_core.model.ids import AgentId, TicketId
from crm_core.model.ticket import Ticket
from crm_core.queries import inbox_list
from crm_core.queries import offers as offer_queries
from crm_core.queries.board import board_now
from crm_core.queries.ticket import whole
from tests.crm_core.actions.test_offers import arrived, held_out, now, waiting
from tests.world import ADA, ANNA, BEN, IMPORTER, SUE, World


async def happens_now(tx: Any, id: TicketId) -> None:
    before = await tx.get(Ticket, id)
    await tx.save(replace(before, live=True, version=before.version + 1))


async def sees(world: World, who: AgentId, id: TicketId) -> bool:
    """By its address and in a list: the two agree."""
    try:
        await world.ask(who, whole, id)
    except NotFound:
        by_address = False
    else:
        by_address = True
    listed = [row.id for row in (await world.ask(who, inbox_list.page, inbox_list.Wanted())).items]
    assert (id in listed) is by_address
    return by_address


async def test_only_named_people_see_it_and_then_all_of_its_queue_again(world: World) -> None:
    id = (await world.mail()).ticket
    await world.do(ANNA, reply.note, id, "Look.", mentions=frozenset({BEN}))
    assert [await sees(world, who, id) for who in (ANNA, BEN, SUE, ADA)] == [True] * 4
    confided = await world.do(SUE, confiding.confide, id, readers={ANNA})
    assert (confided.confidential, confided.readers) == (True, {ANNA, SUE}), "who says so can open it again"
    assert [await sees(world, who, id) for who in (ANNA, BEN, SUE, ADA)] == [True, False, True, False]
    await world.do(SUE, confiding.confide, id, readers={BEN})
    assert [await sees(world, who, id) for who in (ANNA, BEN, SUE, ADA)] == [False, True, True, False]
    await world.do(SUE, confiding.disclose, id)
    assert [await sees(world, who, id) for who in (ANNA, BEN, SUE, ADA)] == [True] * 4


async def test_agents_hide_nothing_from_supervisors_and_nobody_opens_what_they_do_not_see(world: World) -> None:
    id = (await world.mail()).ticket
    with pytest.raises(Forbidden):
        await world.do(ANNA, confiding.confide, id, readers={ANNA})
    await world.do(SUE, confiding.confide, id, readers={ANNA})
    with pytest.raises(Forbidden):
        await world.do(ANNA, confiding.disclose, id)
    with pytest.raises(NotFound):
        await world.do(ADA, confiding.disclose, id)


async def test_who_does_not_work_here_is_not_named(world: World) -> None:
    id = (await world.mail()).ticket
    await world.do(ADA, accounts.change_user, BEN, accounts.Changes(active=False))
    for readers in ({AgentId("nobody")}, {BEN}, {AgentId(f"a{number}") for number in range(confiding.MOST)}):
        with pytest.raises(BadInput):
            await world.do(SUE, confiding.confide, id, readers=readers)
    assert not (await world.ticket(id)).confidential


async def test_what_is_held_out_is_taken_back_and_nobody_is_asked_until_it_is_open_again(world: World) -> None:
    work = await arrived(world)
    offer = await held_out(world, work)
    await world.do(SUE, confiding.confide, work.ticket, readers={BEN})
    assert await world.ask(ANNA, offer_queries.mine) == []
    with pytest.raises(Refusal):
        await world.do(ANNA, offers.accept, offer.id)
    assert await waiting(world) == [], "routing leaves it alone"
    await world.do(BEN, assign.assign, work.ticket, to=BEN, house=world.house)
    await world.do(SUE, assign.assign, work.ticket, to=None, house=world.house)
    opened = await world.do(SUE, confiding.disclose, work.ticket)
    (again,) = await waiting(world)
    assert (again.id, again.virtual_start) == (work.id, work.virtual_start), "as old as it was"
    assert (await held_out(world, again)).ticket == opened.id


async def test_its_events_tell_routing_and_boards_of_its_work(world: World) -> None:
    work = await arrived(world)
    before = (await world.events())[-1].position
    await world.do(SUE, confiding.confide, work.ticket, readers=())
    await world.do(SUE, confiding.disclose, work.ticket)
    told = await world.events(after=before)
    assert [event.type for event in told] == ["ticket.confided", "work.queued", "ticket.disclosed", "work.queued"]
    assert [event.facts["row"]["confidential"] for event in told] == [True, True, False, False]
    assert (await now(world, work)).version == work.version + 2


async def test_no_board_counts_it(world: World) -> None:
    work = await arrived(world)

    async def stands() -> bool:
        board = await world.ask(SUE, board_now, day=world.clock() - timedelta(hours=1), aims=Aims())
        return work.id in board.works

    assert await stands()
    await world.do(SUE, confiding.confide, work.ticket, readers=())
    assert not await stands()
    await world.do(SUE, confiding.disclose, work.ticket)
    assert await stands()


async def test_while_somebody_waits_for_an_answer_now_it_stays_open_to_all(world: World) -> None:
    id = (await world.mail()).ticket
    await world.desk.do(IMPORTER, happens_now, id)
    with pytest.raises(NotAllowedNow, match="taken first"):
        await world.do(SUE, confiding.confide, id, readers={ANNA})
    await world.do(ANNA, assign.assign, id, to=ANNA, house=world.house)
    assert (await world.do(SUE, confiding.confide, id, readers=())).confidential
