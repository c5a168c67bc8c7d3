"""What happens in the state proof at the live board: people are lent and given back, screens on a wall let in and shut out, and other aims set."""

from __future__ import annotations

from crm_core.actions import aims, displays, duty, lending
from crm_core.model.agent import Duty
from crm_core.model.board import Aims
from crm_core.model.ids import AgentId, TeamId
from tests.stories.proof.stage import Stage, rare
from tests.world import BEN, SUE


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
