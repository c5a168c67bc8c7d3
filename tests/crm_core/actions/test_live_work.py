"""Work between colleagues: refused with a reason, wrapped up, asked in, passed on, within what somebody can carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crm_core.actions import assign, consulting, duty, handing, lifecycle, offers, queues, talks, wrapping
from crm_core.model.agent import Agent, Capacity, Duty
from crm_core.model.consult import ConsultState
from crm_core.model.errors import BadInput, Forbidden, Full, Gone, NotAllowedNow, NotFound
from crm_core.model.event import Stamped
from crm_core.model.ids import AgentId, TicketId
from crm_core.model.queue import Profile
from crm_core.model.ticket import Ticket
from crm_core.model.work import Refused, Work, WorkState
from crm_core.queries import live
from crm_core.queries import offers as offer_queries
from crm_core.queries import ticket as ticket_queries
from tests.crm_core.actions.test_offers import AGEING, ROUTER, arrived, change_agent, held_out, now
from tests.world import ADA, ANNA, BEN, HOUSING, IMPORTER, PARKING, SUE, World

CLOCK = ROUTER.worker("clock")
USUAL = Profile().wrap_up


async def on_the_line(world: World, *, queue: str = PARKING) -> Work:
    """Somebody who waits for an answer now."""
    work = await arrived(world)

    async def make_live(tx: Any) -> None:
        ticket = await tx.get(Ticket, work.ticket)
        await tx.save(replace(ticket, live=True, queue=queue, version=ticket.version + 1))
        waiting = await tx.get(Work, work.id)
        await tx.save(replace(waiting, live=True, queue=queue, version=waiting.version + 1))

    await world.desk.do(IMPORTER, make_live)
    return await now(world, work)


async def taken(world: World, work: Work, *, by: AgentId = ANNA) -> Work:
    await world.do(by, offers.accept, (await held_out(world, work, to=by)).id)
    return await now(world, work)


async def hung_up(world: World, work: Work) -> None:
    """They are gone, and everything was said."""

    async def over(tx: Any) -> None:
        ticket = await tx.get(Ticket, work.ticket)
        ticket = replace(ticket, live=False, awaiting_since=None, version=ticket.version + 1)
        await wrapping.begin_wrap_up(tx, await tx.save(ticket))

    await world.desk.do(IMPORTER, over)


async def agent(world: World, id: AgentId) -> Agent:
    async def get(tx: Any) -> Any:
        return await tx.get(Agent, id)

    return await world.desk.do(IMPORTER, get)


async def looked_at(world: World, id: TicketId) -> bool:
    ticket = await world.ticket(id)
    return await world.desk.do(CLOCK, talks.looked_at, ticket, house=world.house)


# ---------------------------------------------------------------- refusals


async def test_a_refusal_keeps_its_reason_by_the_list_and_its_words_apart_from_the_chain(world: World) -> None:
    offer = await held_out(world, await arrived(world))
    await world.do(ANNA, offers.decline, offer.id, why=Refused.ACQUAINTED, said=" My aunt. ")
    ended = (await world.events())[-2]
    assert (ended.type, ended.facts["offer"]["refusal"]) == ("offer.ended", "acquainted")
    assert ended.personal == {"said": "My aunt."}
    assert "aunt" not in ended.facts_text


async def test_a_refusal_stands_in_the_tickets_timeline_for_all_who_see_it_and_an_offer_that_ends_otherwise_does_not(
    world: World,
) -> None:
    work = await arrived(world)
    offer = await held_out(world, work)
    await world.do(ANNA, offers.decline, offer.id, why=Refused.ACQUAINTED, said="My aunt.")
    await world.do(ANNA, offers.accept, (await held_out(world, await now(world, work))).id)
    await world.number()
    shown = (await world.ask(SUE, ticket_queries.timeline, work.ticket, before=100, limit=20)).items
    refused = [one for one in shown if isinstance(one, Stamped) and one.type == "offer.ended"]
    assert [(one.actor.id, one.personal["said"]) for one in refused] == [(ANNA, "My aunt.")]


# ---------------------------------------------------------------- wrap-up


async def test_who_wraps_up_gets_nothing_from_any_queue_until_they_say_so(world: World) -> None:
    talked = await taken(world, await on_the_line(world))
    await hung_up(world, talked)
    next_one = await arrived(world)
    with pytest.raises(NotAllowedNow):
        await held_out(world, next_one)
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, offers.take_next, **AGEING)
    with pytest.raises(NotAllowedNow):
        await world.do(SUE, assign.assign, next_one.ticket, to=ANNA, house=world.house)
    ((work, _),) = await world.ask(ANNA, live.works)
    assert (work.state, work.wraps_until) == (WorkState.WRAPPING, work.entered_at + USUAL)
    with pytest.raises(NotFound):
        await world.do(SUE, wrapping.end_wrap_up, talked.ticket)
    await world.do(ANNA, wrapping.end_wrap_up, talked.ticket)
    assert (await now(world, talked)).state is WorkState.DONE
    await held_out(world, next_one)
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, wrapping.end_wrap_up, talked.ticket)


async def test_a_wrap_up_that_nobody_ends_is_over_at_its_cap(world: World) -> None:
    talked = await taken(world, await on_the_line(world))
    await hung_up(world, talked)
    assert not await looked_at(world, talked.ticket)
    world.clock.pass_(seconds=USUAL.total_seconds())
    assert await looked_at(world, talked.ticket)
    assert (await now(world, talked)).state is WorkState.DONE


async def test_each_queue_says_how_long_a_wrap_up_lasts_or_that_there_is_none(world: World) -> None:
    await world.do(SUE, queues.shape, PARKING, profile=Profile(wrap_up=timedelta(minutes=4)), house=world.house)
    talked = await taken(world, await on_the_line(world))
    await hung_up(world, talked)
    wrapping_up = await now(world, talked)
    assert wrapping_up.wraps_until == wrapping_up.entered_at + timedelta(minutes=4)
    await world.do(ANNA, wrapping.end_wrap_up, talked.ticket)
    await world.do(SUE, queues.shape, PARKING, profile=Profile(wrap_up=timedelta()), house=world.house)
    talked = await taken(world, await on_the_line(world))
    await hung_up(world, talked)
    assert (await now(world, talked)).state is WorkState.DONE


async def test_a_wrap_up_is_made_longer_once_and_by_nobody_else(world: World) -> None:
    talked = await taken(world, await on_the_line(world))
    await hung_up(world, talked)
    with pytest.raises(NotFound):
        await world.do(SUE, wrapping.extend_wrap_up, talked.ticket)
    await world.do(ANNA, wrapping.extend_wrap_up, talked.ticket)
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, wrapping.extend_wrap_up, talked.ticket)
    world.clock.pass_(seconds=Profile().wrap_up.total_seconds())
    assert not await looked_at(world, talked.ticket), "its first end is not its end any more"
    world.clock.pass_(seconds=wrapping.MORE.total_seconds())
    assert await looked_at(world, talked.ticket)
    assert (await now(world, talked)).state is WorkState.DONE
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, wrapping.extend_wrap_up, talked.ticket)


# ---------------------------------------------------------------- finish, then a break


async def test_a_break_that_was_announced_begins_when_the_last_contact_is_wrapped_up(world: World) -> None:
    talked = await taken(world, await on_the_line(world))
    assert (await world.do(ANNA, duty.set_next, to=Duty.BREAK)).next_duty is Duty.BREAK
    with pytest.raises(NotAllowedNow):
        await held_out(world, await arrived(world))
    await hung_up(world, talked)
    assert (await agent(world, ANNA)).duty is Duty.AVAILABLE
    await world.do(ANNA, wrapping.end_wrap_up, talked.ticket)
    resting = await agent(world, ANNA)
    assert (resting.duty, resting.next_duty) == (Duty.BREAK, None)


async def test_a_break_that_was_announced_begins_at_once_where_nobody_is_on_the_line(world: World) -> None:
    await taken(world, await arrived(world))
    assert (await world.do(ANNA, duty.set_next, to=Duty.LUNCH)).duty is Duty.LUNCH


async def test_who_thinks_again_goes_on(world: World) -> None:
    await taken(world, await on_the_line(world))
    await world.do(ANNA, duty.set_next, to=Duty.BREAK)
    assert (await world.do(ANNA, duty.set_next, to=None)).ready
    await world.do(ANNA, duty.set_next, to=Duty.BREAK)
    assert (await world.do(ANNA, duty.set_duty, to=Duty.AVAILABLE)).ready
    with pytest.raises(BadInput):
        await world.do(ANNA, duty.set_next, to=Duty.AVAILABLE)


# ---------------------------------------------------------------- asked in


async def test_a_colleague_who_is_asked_in_sees_it_joins_and_takes_it_over(world: World) -> None:
    talked = await taken(world, await on_the_line(world))
    with pytest.raises(NotFound):
        await world.ask(BEN, _seen, talked.ticket)
    consult = await world.do(ANNA, consulting.ask_in, talked.ticket, to=BEN, words="Is this yours?")
    assert [one.id for one, _ in await world.ask(BEN, live.consulted)] == [consult.id]
    assert (await world.ask(BEN, _seen, talked.ticket)).assignee == ANNA
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, consulting.take_over, consult.id)
    assert (await world.do(BEN, consulting.join, consult.id)).state is ConsultState.JOINED
    ticket = await world.do(BEN, consulting.take_over, consult.id)
    moved = await now(world, talked)
    assert (ticket.assignee, moved.agent, moved.state) == (BEN, BEN, WorkState.ACTIVE)
    assert (moved.virtual_start, moved.first) == (talked.virtual_start, ANNA)
    told = [event.type for event in await world.events()]
    assert told[-4:] == ["consult.joined", "ticket.assigned", "work.taken", "consult.ended"]
    assert await world.ask(ANNA, live.consulted) == []


async def test_who_is_asked_in_may_decline_and_it_stays_where_it_is(world: World) -> None:
    talked = await taken(world, await on_the_line(world))
    consult = await world.do(ANNA, consulting.ask_in, talked.ticket, to=BEN)
    with pytest.raises(NotFound):
        await world.do(SUE, consulting.step_out, consult.id)
    over = await world.do(BEN, consulting.step_out, consult.id, why=Refused.SKILL)
    assert (over.state, over.refusal) == (ConsultState.DECLINED, Refused.SKILL)
    with pytest.raises(Gone):
        await world.do(BEN, consulting.join, consult.id)
    assert (await world.ticket(talked.ticket)).assignee == ANNA
    again = await world.do(ANNA, consulting.ask_in, talked.ticket, to=SUE)
    assert (await world.do(ANNA, consulting.step_out, again.id)).state is ConsultState.ENDED


async def test_only_who_has_it_asks_somebody_in_and_only_who_is_here(world: World) -> None:
    talked = await taken(world, await on_the_line(world))
    with pytest.raises(NotAllowedNow):
        await world.do(SUE, consulting.ask_in, talked.ticket, to=BEN)
    for nobody in (ANNA, AgentId("nobody")):
        with pytest.raises(BadInput):
            await world.do(ANNA, consulting.ask_in, talked.ticket, to=nobody)
    await world.do(BEN, duty.set_duty, to=Duty.OFFLINE)
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, consulting.ask_in, talked.ticket, to=BEN)
    await world.do(ANNA, consulting.ask_in, talked.ticket, to=SUE)
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, consulting.ask_in, talked.ticket, to=ADA)


async def test_a_consult_about_what_somebody_else_has_by_now_is_gone(world: World) -> None:
    talked = await taken(world, await on_the_line(world))
    consult = await world.do(ANNA, consulting.ask_in, talked.ticket, to=BEN)
    await world.do(SUE, assign.assign, talked.ticket, to=SUE, house=world.house)
    with pytest.raises(Gone):
        await world.do(BEN, consulting.join, consult.id)
    await world.do(SUE, consulting.ask_in, talked.ticket, to=ANNA)
    assert await world.ask(BEN, live.consulted) == []


async def test_nobody_takes_over_more_than_they_can_carry(world: World) -> None:
    talked = await taken(world, await on_the_line(world))
    consult = await world.do(ANNA, consulting.ask_in, talked.ticket, to=BEN)
    await world.do(BEN, consulting.join, consult.id)
    await change_agent(world, BEN, capacity=replace((await agent(world, BEN)).capacity, total=0))
    with pytest.raises(Full):
        await world.do(BEN, consulting.take_over, consult.id)


# ---------------------------------------------------------------- passed on


async def test_somebody_on_the_line_who_is_passed_on_is_held_out_to_the_colleague(world: World) -> None:
    talked = await taken(world, await on_the_line(world))
    until = world.clock() + timedelta(seconds=20)
    ticket = await world.do(ANNA, assign.pass_on, talked.ticket, to=BEN, until=until, house=world.house, words="Yours?")
    assert ticket.assignee is None
    ((offer, _),) = await world.ask(BEN, offer_queries.mine)
    assert (offer.agent, offer.expires_at) == (BEN, until)
    await world.do(BEN, offers.accept, offer.id)
    moved = await now(world, talked)
    assert (moved.agent, moved.first, moved.virtual_start) == (BEN, ANNA, talked.virtual_start)


async def test_a_colleague_who_does_not_answer_is_not_left_with_a_caller(world: World) -> None:
    talked = await taken(world, await on_the_line(world))
    until = world.clock() + timedelta(seconds=20)
    await world.do(ANNA, assign.pass_on, talked.ticket, to=BEN, until=until, house=world.house)
    world.clock.pass_(seconds=21)
    back = await world.desk.do(ROUTER, offers.time_out, talked.id, agent=BEN, stands_down=True)
    assert (back.work.state, back.work.queue, back.work.virtual_start) == (
        WorkState.QUEUED,
        PARKING,
        talked.virtual_start,
    )
    assert (await agent(world, BEN)).duty is Duty.AWAY


async def test_nobody_who_is_away_is_passed_a_caller(world: World) -> None:
    talked = await taken(world, await on_the_line(world))
    await world.do(BEN, duty.set_duty, to=Duty.LUNCH)
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, assign.pass_on, talked.ticket, to=BEN, until=world.clock(), house=world.house)
    assert (await world.ticket(talked.ticket)).assignee == ANNA


async def test_a_letter_that_is_passed_on_is_theirs_at_once(world: World) -> None:
    letter = await taken(world, await arrived(world))
    ticket = await world.do(
        ANNA, assign.pass_on, letter.ticket, to=BEN, until=world.clock(), house=world.house, words="Yours."
    )
    assert (ticket.assignee, (await now(world, letter)).agent) == (BEN, BEN)


async def test_a_caller_goes_nowhere_where_nobody_answers_and_a_letter_does(world: World) -> None:
    caller, letter = await on_the_line(world), await arrived(world)
    world.clock.pass_(hours=10)  # seven in the evening
    for move in (
        (assign.transfer, {"to": HOUSING}),
        (lifecycle.classify, {"service": "s-repair"}),
    ):
        with pytest.raises(NotAllowedNow, match="closed"):
            await world.do(ANNA, move[0], caller.ticket, house=world.house, **move[1])
    assert (await world.do(ANNA, assign.transfer, letter.ticket, to=HOUSING, house=world.house)).queue == HOUSING
    world.clock.pass_(hours=14)  # nine in the morning
    await world.do(BEN, duty.set_duty, to=Duty.OFFLINE)
    with pytest.raises(NotAllowedNow, match="on duty"):
        await world.do(ANNA, assign.transfer, caller.ticket, to=HOUSING, house=world.house)
    await world.do(BEN, duty.set_duty, to=Duty.AVAILABLE)
    await world.do(ANNA, assign.transfer, caller.ticket, to=HOUSING, house=world.house)
    assert (await now(world, caller)).virtual_start == caller.virtual_start


# ---------------------------------------------------------------- within what somebody can carry


async def test_more_than_somebody_can_carry_is_given_by_supervisors_only_and_the_record_says_so(world: World) -> None:
    await change_agent(world, ANNA, capacity=replace((await agent(world, ANNA)).capacity, total=0))
    work = await arrived(world)
    with pytest.raises(Full):
        await world.do(ANNA, assign.assign, work.ticket, to=ANNA, house=world.house)
    with pytest.raises(Forbidden):
        await world.do(ANNA, assign.overload, work.ticket, to=ANNA)
    await world.do(SUE, assign.overload, work.ticket, to=ANNA)
    assert (await now(world, work)).agent == ANNA
    (given,) = [event for event in await world.events() if event.type == "ticket.assigned"]
    assert (given.facts["above"], given.actor.id) == (True, SUE)


async def _seen(read: Any, id: TicketId) -> Ticket:
    return await read.ticket(id, to="see")  # type: ignore[no-any-return]


# ---------------------------------------------------------------- the end of a shift


async def held_by(world: World, who: AgentId, count: int) -> list[TicketId]:
    works = [await arrived(world) for _ in range(count)]
    for work in works:
        await world.do(SUE, assign.assign, work.ticket, to=who, house=world.house)
    return [work.ticket for work in works]


async def test_a_shift_ends_in_one_act_and_all_goes_on_with_its_age_and_a_note(world: World) -> None:
    held = await held_by(world, ANNA, 3)
    given = await world.do(
        ANNA,
        handing.hand_over,
        held,
        to=handing.Heir(agent=SUE),
        house=world.house,
        words="Mine until six.",
        then="offline",
    )
    assert [ticket.assignee for ticket in given] == [SUE] * 3
    assert (await agent(world, ANNA)).duty is Duty.OFFLINE
    assert await world.ask(ANNA, live.works) == []
    assert {work.first for work, _ in await world.ask(SUE, live.works)} == {ANNA}
    assert [event.type for event in await world.events()].count("note.added") == 3


@pytest.mark.parametrize("heir", [handing.Heir(), handing.Heir(queue=HOUSING)])
async def test_what_goes_back_to_a_queue_waits_there_for_somebody(world: World, heir: handing.Heir) -> None:
    held = await held_by(world, ANNA, 2)
    given = await world.do(ANNA, handing.hand_over, held, to=heir, house=world.house)
    assert [(ticket.assignee, ticket.queue) for ticket in given] == [(None, heir.queue or PARKING)] * 2


async def test_it_is_all_of_it_or_nothing(world: World) -> None:
    held = await held_by(world, ANNA, 2)
    await change_agent(world, BEN, capacity=Capacity(1, {}))
    with pytest.raises(Full):
        await world.do(ANNA, handing.hand_over, held, to=handing.Heir(agent=BEN), house=world.house, then="offline")
    assert len(await world.ask(ANNA, live.works)) == 2
    assert (await agent(world, ANNA)).duty is Duty.AVAILABLE
    with pytest.raises(NotAllowedNow):
        await world.do(SUE, handing.hand_over, held, to=handing.Heir(), house=world.house)
