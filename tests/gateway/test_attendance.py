"""Who closed the last screen is off duty after a grace; whoever has another, or came back, is not."""

from __future__ import annotations

import pytest

from crm_core.actions import duty
from crm_core.model.agent import Agent, Duty
from crm_core.model.ids import AgentId
from crm_core.queries import accounts
from gateway.attendance import Attendance
from gateway.bus import LocalBus
from tests.world import ANNA, SUE, World


class Screens:
    """Who has a screen open at one process."""

    def __init__(self, world: World, bus: LocalBus) -> None:
        self.open: frozenset[AgentId] = frozenset()
        self.watch = Attendance(world.desk, bus, here=lambda: self.open, clock=world.clock)

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
    screens = Screens(world, LocalBus())
    await screens.show(ANNA)
    await screens.show()
    world.clock.pass_(seconds=seconds)
    await screens.show()
    assert await state(world) is expected


async def test_who_came_back_within_the_grace_stays(world: World) -> None:
    screens = Screens(world, LocalBus())
    await screens.show(ANNA)
    await screens.show()
    world.clock.pass_(seconds=20)
    await screens.show(ANNA)
    world.clock.pass_(seconds=20)
    await screens.show(ANNA)
    assert await state(world) is Duty.AVAILABLE


async def test_a_screen_at_another_process_counts(world: World) -> None:
    bus = LocalBus()
    one, two = Screens(world, bus), Screens(world, bus)
    await one.show(ANNA)
    await one.show()
    world.clock.pass_(seconds=20)
    await two.show(ANNA)
    world.clock.pass_(seconds=20)
    await one.show()
    assert await state(world) is Duty.AVAILABLE


async def test_what_somebody_said_after_their_screen_closed_holds(world: World) -> None:
    screens = Screens(world, LocalBus())
    await screens.show(ANNA)
    await screens.show()
    world.clock.pass_(seconds=5)
    await world.do(ANNA, duty.set_duty, to=Duty.BREAK)
    world.clock.pass_(seconds=40)
    await screens.show()
    assert await state(world) is Duty.BREAK


async def test_who_works_by_program_is_left_alone(world: World) -> None:
    screens = Screens(world, LocalBus())
    await screens.show(SUE)
    world.clock.pass_(seconds=100)
    await screens.show()
    assert await state(world) is Duty.AVAILABLE
