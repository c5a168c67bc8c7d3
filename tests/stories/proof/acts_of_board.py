"""What happens in the state proof at the live board: people are lent and given back, something is said to the floor, screens on a wall let in and shut out, and other aims set."""

from __future__ import annotations

from datetime import timedelta

from crm_core.actions import aims, broadcasting, displays, duty, lending
from crm_core.model.agent import Duty
from crm_core.model.board import Aims
from crm_core.model.ids import AgentId, QueueId, TeamId
from crm_core.queries import broadcasts
from tests.stories.proof.stage import Stage, rare
from tests.world import ADA, BEN, SUE


@rare
async def somebody_is_lent_and_given_back(stage: Stage, _: AgentId) -> None:
    team = TeamId("t-parking")
    await stage.do(SUE, duty.set_duty, to=Duty.AVAILABLE, of=BEN)
    await stage.do(SUE, lending.lend, BEN, team=team)
    await stage.do(SUE, lending.give_back, BEN, team=team)


@rare
async def somebody_lent_goes_off_duty(stage: Stage, _: AgentId) -> None:
    await stage.do(SUE, duty.set_duty, to=Duty.AVAILABLE, of=BEN)
    await stage.do(SUE, lending.lend, BEN, team=TeamId("t-parking"))
    await stage.do(BEN, duty.set_duty, to=Duty.OFFLINE)


@rare
async def a_wall_is_let_in_and_shut_out(stage: Stage, _: AgentId) -> None:
    await stage.do(SUE, displays.open_display)
    await stage.do(SUE, displays.shut_displays)


@rare
async def the_house_wants_something_else(stage: Stage, _: AgentId) -> None:
    await stage.do(SUE, aims.set_aims, Aims(within=stage.dice.randint(10, 40)))


async def _say(stage: Stage, queue: QueueId | None) -> None:
    until = stage.house.clock() + timedelta(hours=20)
    await stage.do(stage.dice.choice((SUE, ADA)), broadcasting.broadcast, "Mind the queue.", queue=queue, until=until)


@rare
async def something_is_said_to_the_floor(stage: Stage, _: AgentId) -> None:
    await _say(stage, None)


@rare
async def something_is_said_to_a_queue(stage: Stage, _: AgentId) -> None:
    await _say(stage, stage.dice.choice((QueueId("q-parking"), QueueId("q-housing"))))


@rare
async def somebody_has_read_it(stage: Stage, who: AgentId) -> None:
    said = await stage.ask(who, broadcasts.for_me)
    await stage.do(who, broadcasting.hear, stage.one_of(one.id for one in said))


@rare
async def it_is_taken_back(stage: Stage, _: AgentId) -> None:
    """Of those that nobody has read, so that it goes from every screen."""
    said = stage.one_of(one for one, heard in await stage.ask(SUE, broadcasts.standing) if not heard)
    await stage.do(said.author, broadcasting.take_back, said.id)
