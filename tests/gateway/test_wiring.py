"""The composition root: built in order, closed in reverse, and nothing keeps it from ending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import pytest

from config.settings import Place, Settings, load
from crm_core.model.actor import Actor
from crm_core.model.errors import StoreDown
from crm_core.queries import events
from gateway.bus import FRESH, NUMBERED, LocalBus, RedisBus
from gateway.house import GATEWAY
from gateway.keys import NoKey
from gateway.lock import InUse, NoFolder
from gateway.serve import CannotServe, Plan, serving
from gateway.wiring import House, build, open_record, running
from gateway.workers.leading import Leadership
from tests.peers.kept import free_port
from tests.peers.redis import RedisServer

ROUTER = Actor.worker("router")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> Settings:
    """An installation with the small house, on each database."""
    environment = {
        "ONESTOP_DATA_DIR": str(tmp_path),
        "ONESTOP_HTTP": f"127.0.0.1:{free_port()}",
        "ONESTOP_SMTP": f"127.0.0.1:{free_port()}",
        "ONESTOP_SECRET_KEY": "a-key-of-the-tests",
    }
    if request.param == "postgres":
        return load({**environment, "ONESTOP_DATABASE_URL": request.getfixturevalue("fresh_database")()})
    (tmp_path / "onestop.db").write_bytes(sqlite_template.read_bytes())
    return load(environment)


async def test_a_house_is_built_without_workers_and_closed_again(settings: Settings) -> None:
    async with build(settings) as house:
        assert {door.inbox.address for door in house.keeper.doors.values()} >= {"hello@larkhaven.example"}
        assert await house.desk.ask(GATEWAY, events.top) == house.stream.position
        desk = house.desk
    with pytest.raises(StoreDown):
        await desk.do(GATEWAY, _nothing)


@pytest.mark.parametrize("turns", range(6))
async def test_workers_end_when_told_even_if_something_wakes_them_in_that_moment(
    turns: int, settings: Settings
) -> None:
    """asyncio.wait_for of Python 3.11 forgets a cancellation that comes together with what it waited for."""
    async with asyncio.timeout(15), _working(settings) as house:
        await asyncio.sleep(0.2)
        house.bus.tell(NUMBERED)
        house.bus.tell(FRESH)
        for _ in range(turns):
            await asyncio.sleep(0)


async def test_a_worker_that_fails_ends_the_house_and_is_not_hidden(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_self: object) -> None:
        raise ArithmeticError("a worker's own fault")

    monkeypatch.setattr("gateway.workers.sender.Sender.run", broken)
    with pytest.raises(ExceptionGroup) as told:
        async with asyncio.timeout(10), _working(settings):
            await asyncio.sleep(5)
    assert told.group_contains(ArithmeticError)


async def test_the_clock_given_is_the_clock_of_the_house(settings: Settings) -> None:
    then = datetime(2030, 1, 1, tzinfo=UTC)
    async with build(settings, clock=lambda: then) as house:
        assert house.clock() == then


async def test_the_bus_is_local_without_redis_and_redis_may_be_away(settings: Settings) -> None:
    async with build(settings) as house:
        assert isinstance(house.bus, LocalBus)
    async with build(replace(settings, redis_url=f"redis://127.0.0.1:{free_port()}/0")) as house:
        assert isinstance(house.bus, RedisBus)
        heard: list[str] = []
        house.bus.listen(lambda topic, _payload: heard.append(topic))
        house.bus.tell(FRESH)
        assert FRESH in heard, "in this process it works without Redis"


async def test_two_houses_of_one_name_and_number_share_no_lease(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Containers on one host network are all host/1."""
    _alike(monkeypatch)
    async with build(settings) as one, build(settings) as other:
        assert one.holder.startswith("host/1/")
        assert one.holder != other.holder
        leaders = [Leadership(house.desk, ROUTER, holder=house.holder, seconds=60) for house in (one, other)]
        for leader in leaders:
            await leader.renew()
        assert [leader.lease is not None for leader in leaders] == [True, False]


@pytest.mark.redis
async def test_two_houses_of_one_name_and_number_hear_each_other(
    settings: Settings, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _alike(monkeypatch)
    settings = replace(settings, redis_url=redis_server.url)
    async with build(settings) as one, build(settings) as other:
        heard: list[str] = []
        other.bus.listen(lambda topic, _payload: heard.append(topic))
        async with asyncio.timeout(20):
            while "a word" not in heard:
                one.bus.tell("a word")
                await asyncio.sleep(0.05)


def _alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.wiring.socket", SimpleNamespace(gethostname=lambda: "host"))
    monkeypatch.setattr("gateway.wiring.os", SimpleNamespace(getpid=lambda: 1))


async def test_ready_is_said_only_when_every_door_is_open(settings: Settings) -> None:
    async with serving(settings, Plan()) as house, aiohttp.ClientSession() as http:
        ready = f"http://{settings.http}/readyz"
        async with http.get(ready) as answer:
            assert answer.status == 200
        house.waiting_for.add("smtp")
        async with http.get(ready) as answer:
            assert answer.status == 503
            assert "smtp" in (await answer.json())["detail"]


async def test_a_second_house_on_one_sqlite_file_is_refused_and_roles_too(tmp_path: Path, settings: Settings) -> None:
    if settings.sqlite_path is None:
        async with serving(settings, Plan(frozenset({"workers"}))), serving(settings, Plan(frozenset({"workers"}))):
            return
    with pytest.raises(CannotServe, match="--only"):
        async with serving(settings, Plan(frozenset({"workers"}))):
            pass
    async with serving(settings, Plan()):
        elsewhere = replace(settings, http=Place("127.0.0.1", free_port()), smtp=Place("127.0.0.1", free_port()))
        with pytest.raises(InUse, match=str(tmp_path)):
            async with serving(elsewhere, Plan()):
                pass


async def test_a_start_that_fails_lets_go_of_everything(settings: Settings) -> None:
    taken = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    with pytest.raises((CannotServe, ExceptionGroup)):
        async with serving(replace(settings, smtp=Place("127.0.0.1", port)), Plan()):
            pass
    taken.close()
    await taken.wait_closed()
    async with serving(settings, Plan()):
        pass


async def test_postgres_needs_its_key_from_outside(settings: Settings) -> None:
    if settings.sqlite_path is not None:
        async with build(replace(settings, secret_key="")) as house:
            assert (settings.data_dir / "secret.key").stat().st_mode & 0o777 == 0o600
            assert house.keys.secrets[0] not in repr(house.keys).encode()
        return
    with pytest.raises(NoKey, match="ONESTOP_SECRET_KEY"):
        async with build(replace(settings, secret_key="")):
            pass


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoFolder, match="ONESTOP_DATA_DIR"):
        async with open_record(load({"ONESTOP_DATA_DIR": str(tmp_path / "file" / "below")})):
            pass


@asynccontextmanager
async def _working(settings: Settings) -> AsyncIterator[House]:
    async with build(settings) as house, running(house):
        yield house


async def _nothing(_tx: object) -> None:
    """An action that does nothing."""
