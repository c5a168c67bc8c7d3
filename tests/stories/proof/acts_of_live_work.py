"""What happens in the state proof between colleagues: asked in, joined, taken over, passed on, given above capacity, wrapped up."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from crm_core.actions import assign, consulting, handing, undoing, wrapping
from crm_core.model.address import Address
from crm_core.model.consult import Consult
from crm_core.model.errors import NotAllowedNow
from crm_core.model.ids import AgentId, TicketId
from crm_core.queries import live
from tests.stories.proof.acts_of_talks import _begun, a_visitor_reads_the_answer_and_leaves
from tests.stories.proof.stage import VIEWERS, Stage, act, rare
from tests.world import ANNA, HOUSING, SUE


async def _held(stage: Stage) -> tuple[TicketId, AgentId]:
    """A ticket that viewers have open, and who has it."""
    id, by = stage.one_of(stage.tickets[:5]), stage.dice.choice(VIEWERS)
    with suppress(NotAllowedNow):
        await stage.do(SUE, assign.overload, id, to=by)
    return id, by


async def _asked(stage: Stage) -> Consult:
    id, by = await _held(stage)
    made: Consult = await stage.do(by, consulting.ask_in, id, to=stage.dice.choice(VIEWERS))
    return made


@act
async def somebody_is_asked_in(stage: Stage, _: AgentId) -> None:
    await _asked(stage)


@rare
async def somebody_who_is_asked_in_joins(stage: Stage, _: AgentId) -> None:
    consult = await _asked(stage)
    await stage.do(consult.asked, consulting.join, consult.id)


@act
async def somebody_who_joined_takes_it_over(stage: Stage, _: AgentId) -> None:
    consult = await _asked(stage)
    await stage.do(consult.asked, consulting.join, consult.id)
    await stage.do(stage.dice.choice([consult.asked, consult.asker]), consulting.take_over, consult.id)


@rare
async def somebody_who_is_asked_in_leaves(stage: Stage, who: AgentId) -> None:
    going_on = await stage.ask(who, live.consulted)
    if not going_on:  # whoever was asked in has lost the ticket meanwhile, as it goes on a busy machine
        await _asked(stage)
    await stage.do(who, consulting.step_out, stage.one_of(one.id for one, _ in going_on))


@act
async def passed_on(stage: Stage, _: AgentId) -> None:
    id, by = await _held(stage)
    if stage.dice.random() < 0.5:
        await stage.do(by, _begun, id, visitor=Address("visitor", stage.fresh()))
    to, until = stage.dice.choice(VIEWERS), stage.house.clock() + timedelta(hours=1)
    await stage.do(
        by, assign.pass_on, id, to=to, until=until, house=stage.setup, words=stage.dice.choice(["", "Yours"])
    )


@rare
async def given_above_capacity(stage: Stage, _: AgentId) -> None:
    received = await stage.receive("For somebody who has enough.")
    await stage.do(SUE, assign.overload, received.ticket, to=stage.dice.choice(VIEWERS))


@act
async def somebody_wraps_up(stage: Stage, who: AgentId) -> None:
    await a_visitor_reads_the_answer_and_leaves(stage, who)


@act
async def wrapped_up(stage: Stage, _: AgentId) -> None:
    """Whoever was left to wrap up takes longer, and is done: that alone."""
    wrapping_up = [
        (who, row.id) for who in VIEWERS for work, row in await stage.ask(who, live.works) if work.state == "wrapping"
    ]
    who, ticket = stage.one_of(wrapping_up)
    await stage.do(who, wrapping.extend_wrap_up, ticket)
    await stage.do(who, wrapping.end_wrap_up, ticket)


@act
async def a_shift_ends(stage: Stage, who: AgentId) -> None:
    """Everything they hold goes on; of some they think again."""
    await stage.do(SUE, assign.overload, (await stage.receive("Late in the day.")).ticket, to=who)
    held = await stage.ask(who, live.works)
    heir = stage.dice.choice(
        [handing.Heir(), handing.Heir(agent=SUE if who != SUE else ANNA), handing.Heir(queue=HOUSING)]
    )
    given = await stage.do(
        who,
        handing.hand_over,
        [row.id for _, row in held[:3]],
        to=heir,
        house=stage.setup,
        words=stage.dice.choice(["", "All yours."]),
    )
    again = [undoing.Done(one.id, one.version) for one in given if stage.dice.random() < 0.5]
    await stage.do(who, undoing.take_back, again, house=stage.setup)


@act
async def thought_again(stage: Stage, who: AgentId) -> None:
    """Moved out of their sight, and back."""
    ticket = (await stage.receive("Wrong desk?")).ticket
    await stage.do(SUE, assign.overload, ticket, to=who)
    away = await stage.do(who, assign.transfer, ticket, to=HOUSING, house=stage.setup)
    await stage.do(who, undoing.take_back, [undoing.Done(away.id, away.version)], house=stage.setup)
