"""Contacts that are fetched: each once, committed with how far we have come, by one process, whatever fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.contract import Cursor, Wire
from config import settings as configuration
from crm_core.actions import housekeeping, inboxes, intake
from crm_core.actions.housekeeping import LostLease
from crm_core.model.errors import StoreDown
from crm_core.model.ids import InboxId
from crm_core.model.inbox import Inbox
from crm_core.queries import contents, quarantine, sources
from gateway.files import FileStore
from gateway.house import HouseKeeper
from gateway.intake import Reception, mark_name
from gateway.keys import Keys
from gateway.workers import listeners
from gateway.workers.listeners import LISTENER, Listeners
from tests.gateway.workers.well import WELL, Water, Well
from tests.world import ADA, PARKING, World


class Post:
    """A house that listens, as one process of several."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        settings = configuration.load({"ONESTOP_DATA_DIR": str(folder)})
        keys = Keys((b"a secret for tests",))
        self.keeper = HouseKeeper(world.desk, types={"well": WELL}, keys=keys, settings=settings, relay="")
        self.reception = Reception(
            world.desk, self.keeper, files=FileStore(folder / "files"), reopen_window=timedelta(days=14)
        )

    @asynccontextmanager
    async def listening(self, holder: str = "one") -> AsyncIterator[Listeners]:
        await self.keeper.refresh()
        worker = Listeners(self.world.desk, self.keeper, self.reception, holder=holder, now=self.world.clock)
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def water(monkeypatch: pytest.MonkeyPatch) -> Water:
    """What stands in the deep well; nobody waits long in tests."""
    monkeypatch.setattr(Well, "wells", {"deep": Water()})
    monkeypatch.setattr(listeners, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(listeners, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(listeners, "LOOK_SECONDS", 0.02)
    return Well.wells["deep"]


@pytest.fixture
async def post(world: World, water: Water, tmp_path: Path) -> Post:
    made: Inbox = await world.do(
        ADA, inboxes.add_inbox, channel="well", name="Well", queue=PARKING, address=None, settings={}
    )
    world.house = replace(world.house, inboxes={**world.house.inboxes, made.id: made})
    return Post(world, tmp_path)


def inbox(post: Post) -> InboxId:
    [only] = post.keeper.doors
    return only


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while True:
            found = true()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.01)


async def received(world: World) -> list[str]:
    """The words of all contacts that came in, in order."""
    events = [event for event in await world.events() if event.type == "message.received"]
    return [event.personal["message"]["text"] for event in events]


async def mark(post: Post) -> str | None:
    return await post.world.desk.ask(LISTENER, sources.mark, mark_name(inbox(post)))


async def test_what_is_fetched_comes_in_once_and_in_order_and_whoever_follows_begins_behind_it(
    post: Post, water: Water
) -> None:
    water.notes += ["first", "nothing", "mud", "second"]
    async with post.listening():
        await until(lambda: _has(post, "4"))
    assert await received(post.world) == ["first", "second"]
    water.notes += ["third"]
    async with post.listening("another"):
        await until(lambda: _has(post, "5"))
    assert await received(post.world) == ["first", "second", "third"]
    assert water.begun == [None, "4"]
    kept = await post.world.ask(ADA, quarantine.page, at=1 << 62, id="~", limit=10)
    assert [one.why for one in kept] == ["Mud."]


async def _has(post: Post, cursor: str) -> bool:
    return await mark(post) == cursor


async def test_of_two_processes_one_listens_and_the_other_follows_when_it_leaves(post: Post, water: Water) -> None:
    async with post.listening("one"), post.listening("two") as second:
        water.notes += ["a"]
        await until(lambda: _has(post, "1"))
        assert water.most == 1
        assert len(water.begun) == 1
    water.notes += ["b"]
    async with post.listening("three"):
        await until(lambda: _has(post, "2"))
    assert second.leadership.lease is None
    assert water.most == 1


async def test_whoever_was_frozen_and_lost_the_lease_moves_nothing_and_brings_nothing(post: Post, water: Water) -> None:
    async with post.listening() as worker:
        await until(lambda: worker.leadership.lease)
    old = worker.leadership._lease
    assert old is not None
    door = post.keeper.doors[inbox(post)]
    taken = await post.world.desk.do(LISTENER, housekeeping.take_lease, LISTENER.id, holder="another", seconds=60)
    assert taken is not None
    assert taken.epoch > old.epoch
    wire = _wire('{"number": 1, "words": "late"}', cursor="7")
    with pytest.raises(LostLease):
        await post.reception.take(door, wire, lease=old)
    assert await received(post.world) == []
    assert await mark(post) is None
    await post.reception.take(door, wire, lease=taken)
    with pytest.raises(LostLease):
        await post.reception.take(door, _wire('{"number": 2, "words": "later"}', cursor="8"), lease=old)
    assert (await received(post.world), await mark(post)) == (["late"], "7")


def _wire(body: str, *, cursor: str) -> Any:
    return Wire(body.encode(), {}, "", datetime.now(UTC), cursor=Cursor(cursor))


async def test_a_source_that_is_away_is_said_in_words_and_asked_again_until_it_is_back(
    post: Post, water: Water
) -> None:
    water.dry = "The well is dry; dig deeper."
    async with post.listening():
        await until(lambda: _stands(post, trouble="The well is dry; dig deeper."))
        await until(lambda: len(water.begun) > 3)
        water.dry = None
        water.notes += ["back"]
        await until(lambda: _stands(post, trouble=None))
        await until(lambda: _has(post, "1"))
    [source] = (await post.world.desk.ask(LISTENER, sources.all_of_them)).values()
    assert source.heard_at is not None
    assert source.since is None


async def _stands(post: Post, *, trouble: str | None) -> bool:
    found = (await post.world.desk.ask(LISTENER, sources.all_of_them)).get(inbox(post))
    return found is not None and (found.trouble and found.trouble["en"]) == trouble


async def test_changed_settings_begin_anew_and_an_inbox_that_is_closed_is_left_alone(post: Post, water: Water) -> None:
    other = Well.wells["other"] = Water()
    async with post.listening():
        await until(lambda: water.now)
        await post.world.do(ADA, inboxes.change_inbox, inbox(post), settings={"well": "other"})
        await post.keeper.refresh()
        await until(lambda: other.now == 1 and water.now == 0)
        await post.world.do(ADA, inboxes.change_inbox, inbox(post), name="Another name")
        await post.world.do(ADA, inboxes.change_inbox, inbox(post), active=False)
        await post.keeper.refresh()
        await until(lambda: other.now == 0)


async def test_a_record_that_is_away_for_a_while_loses_nothing(
    post: Post, water: Water, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, faults = post.world.desk.do, iter([StoreDown("away"), StoreDown("away")])

    async def do(actor: Any, action: Any, *args: Any, **kwargs: Any) -> Any:
        if action is intake.receive and (why := next(faults, None)) is not None:
            raise why
        return await usual(actor, action, *args, **kwargs)

    monkeypatch.setattr(post.world.desk, "do", do)
    water.notes += ["one", "two"]
    async with post.listening():
        await until(lambda: _has(post, "2"))
    assert await received(post.world) == ["one", "two"]


async def test_a_wire_that_our_own_code_fails_on_is_set_aside_and_those_behind_it_come_in(
    post: Post, water: Water
) -> None:
    water.notes += ["poison", "after it"]
    async with post.listening():
        await until(lambda: _has(post, "2"))
    assert await received(post.world) == ["after it"]
    [kept] = await post.world.ask(ADA, quarantine.page, at=1 << 62, id="~", limit=10)
    assert kept.why == "taking it in failed 3 times (RuntimeError)"
    assert await post.world.ask(ADA, contents.wire, kept.id)
