"""A channel drifts from its promise: who waits there is offered sooner, and the agent sees why, until it is over."""

from __future__ import annotations

from typing import Any, cast

from crm_core.actions import drifts, duty, importing, offers
from crm_core.model.agent import Duty
from crm_core.model.drift import Share
from crm_core.model.ids import ServiceId
from crm_core.model.work import Offer
from crm_core.queries import floor
from crm_core.queries import offers as mine
from crm_core.queries.reports import drifts as reports
from crm_core.rules.drifts import HEAD_START
from gateway.workers.router import ROUTER
from gateway.workers.watch import Watch
from tests.crm_core.actions.test_drifts import STEWARD
from tests.crm_core.queries.test_parity import month
from tests.gateway.workers.test_router import Post
from tests.world import ANNA, FORM, IMPORTER, SUE, World, inbound

PERMIT = ServiceId("s-permit")
ABOUT_IT = "Its channel drifts from the promise for this service, so it counts as waiting 10 min longer."


async def away(world: World) -> None:
    await world.do(ANNA, duty.set_duty, to=Duty.OFFLINE)


async def offered(world: World, post: Post) -> tuple[Offer, str]:
    """What Anna is asked first when she comes, and by which channel it came."""
    await world.do(ANNA, duty.set_duty, to=Duty.AVAILABLE)
    await post.works()
    [(offer, row)] = cast("list[tuple[Offer, Any]]", await world.ask(ANNA, mine.mine))
    return offer, row.channel


async def test_a_drift_is_found_and_the_next_of_that_channel_is_offered_first_until_it_is_over(world: World) -> None:
    await world.desk.do(IMPORTER, importing.import_values, list(month(1, slow="email")))
    post = await Post(world).lead()
    await away(world)
    await world.receive(inbound("My permit, by form", number=99, service=PERMIT), inbox=FORM)
    world.clock.pass_(minutes=3)
    await world.mail("My permit, by mail", service=PERMIT)
    before = {work.ticket: work for work in (await world.desk.ask(ROUTER, floor.known)).works}

    await Watch(world.desk, STEWARD, now=world.clock).look()
    [drift] = await world.ask(SUE, reports.lasting)
    assert (drift.service, drift.channel) == (PERMIT, "email")
    offer, channel = await offered(world, post)
    assert channel == "email"
    assert offer.why.endswith(ABOUT_IT)
    assert offer.head_start == HEAD_START
    for work in (await world.desk.ask(ROUTER, floor.known)).works:
        was = before[work.ticket]
        assert (work.priority, work.queue, work.virtual_start) == (was.priority, was.queue, was.virtual_start)
        assert work.due_at == was.due_at

    await world.do(ANNA, offers.decline, offer.id)
    await away(world)
    await world.desk.do(STEWARD, drifts.watch_promises, [Share(PERMIT, "email", 95, 100)])
    await world.desk.do(STEWARD, drifts.give_head_starts)
    world.clock.pass_(minutes=3)
    offer, channel = await offered(world, post)
    assert channel == "web_form"
    assert "drifts" not in offer.why
