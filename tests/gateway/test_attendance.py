"""Who closed the last screen is off duty after a grace; whoever has another, or came back, is not."""

from __future__ import annotations

import pytest

from crm_core.actions import duty
from crm_core.model.agent import Agent, Duty
from crm_core.model.ids import AgentId
from crm_core.queries import accounts
from gateway.attendance import Attendance
from tests.world import ANNA, SUE, World


class Screens:
    """Who has a screen open at one process."""

    def __init__(self, world: World) -> None:
        self.open: frozenset[AgentId] = frozenset()
        self.watch = Attendance(world.desk, here=lambda: self.open, clock=world.clock)

    async def show(self, *agents: AgentId) -> None:
        self.open = frozenset(agents)
        await self.watch.look()


async def state(world: World) -> Duty:
    found: Agent | None = await world.ask(SUE, accounts.agent, ANNA)
    assert found is not None
    return found.duty


@pytest.mark.parametrize(("seconds", "expected"), [(20, Duty.AVAILABLE), (31, Duty.OFFLINE)])
async def test_after_the_grace_an_agent_without_a_screen_is_off_duty(
    world: World, seconds: float, expected: Duty
) -> None:
    screens = Screens(world)
    await screens.show(ANNA)
    await screens.show()
    world.clock.pass_(seconds=seconds)
    await screens.show()
    assert await state(world) is expected


async def test_who_came_back_within_the_grace_stays(world: World) -> None:
    screens = Screens(world)
    await screens.show(ANNA)
    await screens.show()
    world.clock.pass_(seconds=20)
    await screens.show(ANNA)
    world.clock.pass_(seconds=20)
    await screens.show(ANNA)
    assert await state(world) is Duty.AVAILABLE


async def test_a_screen_at_another_process_counts(world: World) -> None:
    one, two = Screens(world), Screens(world)
    await one.show(ANNA)
    await one.show()
    world.clock.pass_(seconds=20)
    await two.show(ANNA)
    world.clock.pass_(seconds=20)
    await one.show()
    assert await state(world) is Duty.AVAILABLE


async def test_what_somebody_said_after_their_screen_closed_holds(world: World) -> None:
    screens = Screens(world)
    await screens.show(ANNA)
    await screens.show()
    world.clock.pass_(seconds=5)
    await world.do(ANNA, duty.set_duty, to=Duty.BREAK)
    world.clock.pass_(seconds=40)
    await screens.show()
    assert await state(world) is Duty.BREAK


async def test_who_was_at_the_screens_of_a_process_that_died_is_signed_off_by_another(world: World) -> None:
    dead, other = Screens(world), Screens(world)
    await dead.show(ANNA)
    world.clock.pass_(seconds=31)
    await other.show(SUE)
    assert await state(world) is Duty.OFFLINE


async def test_after_a_start_they_may_come_back_before_anybody_is_signed_off(world: World) -> None:
    await Screens(world).show(ANNA)
    world.clock.pass_(minutes=10)
    again = Screens(world)
    await again.show()
    assert await state(world) is Duty.AVAILABLE
    world.clock.pass_(seconds=31)
    await again.show()
    assert await state(world) is Duty.OFFLINE


async def test_who_left_counts_as_gone_since_their_line_was_lost(world: World) -> None:
    """So that who waits on the line with them waits for one grace, not for two."""
    screens = Screens(world)
    await screens.show(ANNA)
    lost = world.clock()
    world.clock.pass_(seconds=31)
    await screens.show()
    found: Agent | None = await world.ask(SUE, accounts.agent, ANNA)
    assert found is not None
    assert abs((found.duty_since - lost).total_seconds()) < 1


async def test_who_works_by_program_is_left_alone(world: World) -> None:
    screens = Screens(world)
    await screens.show(SUE)
    world.clock.pass_(seconds=100)
    await screens.show()
    assert await state(world) is Duty.AVAILABLE
