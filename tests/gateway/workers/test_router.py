"""The router on the real record: from a contact to an offer, and back when nobody answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crm_core.actions import duty, housekeeping, lifecycle, offers
from crm_core.model.actor import Actor
from crm_core.model.agent import Duty
from crm_core.model.ids import AgentId
from crm_core.model.ticket import Ticket
from crm_core.model.work import Offer, Work, WorkState
from crm_core.queries import floor
from crm_core.queries import offers as offer_queries
from gateway.workers import leading
from gateway.workers.leading import Leadership
from gateway.workers.router import ROUTER, Router
from tests.world import ANNA, SUE, World


class Post:
    """A router that hears what the stream would bring it, when the test says so."""

    def __init__(self, world: World) -> None:
        keeper = cast("Any", SimpleNamespace(house=world.house))
        self.world = world
        self.router = Router(world.desk, keeper, holder="tests", clock=world.clock)
        self._position = 0

    async def works(self) -> None:
        """Hear the news, then route."""
        news = await self.world.events(after=self._position)
        self._position = max([self._position, *(event.position for event in news)])
        await self.router.hear(news)
        await self.router.route()

    async def lead(self) -> Post:
        """Hold the lease, as `run` would."""
        self.router.leadership = Leadership(self.world.desk, ROUTER, holder="tests", seconds=600)
        await self.router.leadership.renew()
        await self.works()
        return self


@pytest.fixture
async def post(world: World) -> Post:
    return await Post(world).lead()


async def test_news_of_a_work_carry_it_so_that_nothing_is_asked_of_the_record(
    world: World, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    async def works(_read: Any, ids: Any) -> list[Work]:
        asked.append(ids)
        return []

    monkeypatch.setattr("gateway.workers.router.record.works", works)
    await world.mail()
    await post.works()
    ((offer, _),) = await held_out(world)
    await post.works()
    await world.do(ANNA, offers.accept, offer.id)
    await post.works()
    assert not asked, "nor by its own offer, nor by its end, which says what became of the work"


async def held_out(world: World, to: AgentId = ANNA) -> list[tuple[Offer, Ticket]]:
    return cast("list[tuple[Offer, Ticket]]", await world.ask(to, offer_queries.mine))


async def the_work(world: World) -> Work:
    (work,) = (await world.desk.ask(ROUTER, floor.known)).works
    return work


async def test_a_mail_is_held_out_to_who_serves_its_queue_and_says_why(world: World, post: Post) -> None:
    received = await world.mail()
    await post.works()
    ((offer, row),) = await held_out(world)
    assert row.id == received.ticket
    assert offer.why.startswith("You are free for")
    assert "held out to anna" in post.router.why_waits(offer.work).why


async def test_an_accepted_offer_makes_room_for_the_next(world: World, post: Post) -> None:
    for _ in range(2):
        await world.mail()
    await post.works()
    ((offer, _),) = await held_out(world)
    await world.do(ANNA, offers.accept, offer.id)
    await post.works()
    ((following, _),) = await held_out(world)
    assert following.ticket != offer.ticket


async def test_an_offer_that_nobody_answers_comes_back_and_rests(world: World, post: Post) -> None:
    await world.mail()
    await post.works()
    world.clock.pass_(seconds=121)
    await post.works()
    assert await held_out(world) == []
    assert (await the_work(world)).state is WorkState.QUEUED
    assert "refused it a moment ago" in post.router.why_waits((await the_work(world)).id).why
    world.clock.pass_(seconds=121)
    await post.works()
    assert len(await held_out(world)) == 1


async def test_an_agent_who_goes_to_lunch_is_asked_nothing_and_asked_again_after(world: World, post: Post) -> None:
    await world.mail()
    await post.works()
    await world.do(ANNA, duty.set_duty, to=Duty.LUNCH)
    await post.works()
    assert await held_out(world) == []
    await world.do(ANNA, duty.set_duty, to=Duty.AVAILABLE)
    await post.works()
    assert len(await held_out(world)) == 1


async def test_what_is_solved_meanwhile_is_forgotten(world: World, post: Post) -> None:
    received = await world.mail()
    await post.works()
    await world.do(SUE, lifecycle.solve, received.ticket, house=world.house)
    await post.works()
    assert await held_out(world) == []
    world.clock.pass_(hours=1)
    await post.works()
    assert await held_out(world) == []


async def test_a_router_that_decides_on_old_news_is_put_right_by_the_record(world: World, post: Post) -> None:
    received = await world.mail()
    news = await world.events()
    await world.do(SUE, lifecycle.solve, received.ticket, house=world.house)
    await post.router.hear(news)
    await post.router.route()
    assert await held_out(world) == []


async def test_a_new_router_goes_on_where_the_old_one_died(world: World, post: Post) -> None:
    await world.mail()
    await world.mail()
    await post.works()
    ((offer, _),) = await held_out(world)
    second = await Post(world).lead()
    assert [held for held, _ in await held_out(world)] == [offer], "no second offer for either"
    world.clock.pass_(seconds=121)
    await second.works()
    assert offer not in [held for held, _ in await held_out(world)]


async def test_two_routers_at_once_never_hold_one_thing_out_twice(world: World, post: Post) -> None:
    for _ in range(5):
        await world.mail()
    second = Post(world)
    await asyncio.gather(post.works(), second.works())
    known = await world.desk.ask(ROUTER, floor.known)
    assert len({offer.work for offer in known.offers}) == len(known.offers)


@asynccontextmanager
async def running(router: Router) -> AsyncIterator[None]:
    task = asyncio.create_task(router.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_what_was_said_while_the_lease_was_not_confirmed_in_time_is_read_once_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, passed = Post(world), 0.0
    monkeypatch.setattr(leading, "monotonic", lambda: passed)
    post.router.leadership = Leadership(world.desk, ROUTER, holder="tests", seconds=5)
    await post.router.leadership.renew()
    await post.works()
    passed = 5.1
    assert post.router.leadership.lease is None
    await world.mail()
    await post.router.hear(await world.events())
    await post.router.leadership.renew()  # the same term: nobody else wanted it
    await post.router.route()
    assert len(await held_out(world)) == 1


async def test_it_runs_by_itself_and_gives_its_lease_back(world: World) -> None:
    post = Post(world)
    await world.mail()
    async with running(post.router):
        async with asyncio.timeout(10):
            while not await held_out(world):
                await asyncio.sleep(0.02)
    lease = await world.desk.do(ROUTER, housekeeping.take_lease, "router", holder="another", seconds=5)
    assert lease is not None


async def test_one_router_waits_while_another_leads(world: World) -> None:
    await world.desk.do(Actor.worker("router"), housekeeping.take_lease, "router", holder="another", seconds=600)
    post = Post(world)
    await world.mail()
    async with running(post.router):
        await asyncio.sleep(0.3)
    assert await held_out(world) == []
