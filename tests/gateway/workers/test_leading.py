"""One leads at a time, and leading goes on whatever the record says meanwhile."""

import asyncio
from typing import Any

import pytest

from crm_core.actions import housekeeping
from crm_core.actions.housekeeping import Lease
from crm_core.model.actor import Actor
from crm_core.model.errors import StoreDown
from gateway.workers import leading
from gateway.workers.leading import Leadership
from tests.world import World

WORKER = Actor.worker("router")


def leadership(world: World, holder: str = "me", *, seconds: float = 60, **more: Any) -> Leadership:
    return Leadership(world.desk, WORKER, holder=holder, seconds=seconds, **more)


async def until_led(one: Leadership) -> Lease:
    async with asyncio.timeout(10):
        while one.lease is None:
            await asyncio.sleep(0.01)
    return one.lease


async def test_of_two_who_want_to_lead_one_does_and_the_other_follows_when_it_leaves(world: World) -> None:
    first, second = leadership(world, "first", seconds=1), leadership(world, "second", seconds=1)
    async with second.sought():
        async with first.sought():
            async with asyncio.timeout(10):
                while first.lease is None and second.lease is None:
                    await asyncio.sleep(0.01)
            assert first.lease is None or second.lease is None
        assert (await until_led(second)).holder == "second"


@pytest.mark.parametrize("fault", [StoreDown("away"), RuntimeError("a fault of ours")])
async def test_a_fault_while_renewing_does_not_end_leading_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    usual, faults = world.desk.do, iter([fault, fault])

    async def do(actor: Any, action: Any, *args: Any, **kwargs: Any) -> Any:
        if action is housekeeping.take_lease and (why := next(faults, None)) is not None:
            raise why
        return await usual(actor, action, *args, **kwargs)

    monkeypatch.setattr(world.desk, "do", do)
    one = leadership(world, seconds=0.2)
    async with one.sought():
        assert (await until_led(one)).holder == "me"


async def test_a_lease_that_nobody_confirmed_in_time_is_not_ours_any_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, passed = leadership(world, seconds=5), 0.0
    monkeypatch.setattr(leading, "monotonic", lambda: passed)
    await one.renew()
    assert one.lease is not None
    passed = 5.1
    assert one.lease is None, "a process that was frozen believed that it still leads"


async def test_a_term_begins_once_its_start_was_put_right(world: World) -> None:
    seen: list[Lease] = []
    tries = iter([RuntimeError("not yet")])

    async def begin(lease: Lease) -> None:
        if (why := next(tries, None)) is not None:
            raise why
        seen.append(lease)

    one = leadership(world, begin=begin)
    with pytest.raises(RuntimeError):
        await one.renew()
    assert one.lease is None
    await one.renew()
    await one.renew()
    assert seen == [one.lease]


async def test_a_term_begins_with_a_round_and_who_wakes_it_gets_another(world: World) -> None:
    one, done = leadership(world), asyncio.Queue[int]()

    async def work() -> None:
        done.put_nowait(1)

    async with one.sought(), asyncio.timeout(10):
        rounds = asyncio.create_task(one.rounds(work, look=600.0))
        await done.get()
        one.wake()
        await done.get()
        rounds.cancel()
        await asyncio.gather(rounds, return_exceptions=True)
    assert done.empty()


@pytest.mark.parametrize("fault", [StoreDown("away"), RuntimeError("a fault of ours")])
async def test_a_fault_ends_its_round_and_not_the_worker(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    monkeypatch.setattr(leading, "REST_SECONDS", 0.01)
    one, done, faults = leadership(world), asyncio.Event(), iter([fault])

    async def work() -> None:
        if (why := next(faults, None)) is not None:
            raise why
        done.set()

    async with one.sought(), asyncio.timeout(10):
        rounds = asyncio.create_task(one.rounds(work, look=0.05))
        await done.wait()
        rounds.cancel()
        await asyncio.gather(rounds, return_exceptions=True)


async def test_who_does_not_lead_does_nothing(world: World) -> None:
    one, done = leadership(world), asyncio.Event()

    async def work() -> None:
        done.set()

    rounds = asyncio.create_task(one.rounds(work, look=0.01))
    await asyncio.sleep(0.1)
    rounds.cancel()
    await asyncio.gather(rounds, return_exceptions=True)
    assert not done.is_set()
