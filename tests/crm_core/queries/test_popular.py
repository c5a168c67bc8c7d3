"""What people ask for most is counted, from a day on."""

from __future__ import annotations

from datetime import timedelta

from crm_core.model.ids import ServiceId
from crm_core.queries.popular import asked_for
from tests.world import ANNA, START, World


async def test_tickets_are_counted_by_service(world: World) -> None:
    for service in ("s-permit", "s-repair", "s-permit"):
        await world.mail(service=ServiceId(service))
    assert await world.ask(ANNA, asked_for, since=START) == {"s-permit": 2, "s-repair": 1}


async def test_what_was_asked_before_does_not_count(world: World) -> None:
    await world.mail(service=ServiceId("s-permit"))
    world.clock.pass_(days=31)
    await world.mail(service=ServiceId("s-repair"))
    assert await world.ask(ANNA, asked_for, since=START + timedelta(days=1)) == {"s-repair": 1}
