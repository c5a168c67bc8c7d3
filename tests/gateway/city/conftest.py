"""One city for all tests that only look at it, in whichever worker they are: making one takes seconds."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm_core.actions.desk_postgres import PostgresDesk
from crm_core.actions.desk_sqlite import SqliteDesk
from crm_core.model.feedback import Asks
from crm_core.model.inbox import Capabilities
from crm_core.store import schema
from gateway.city.books import ChannelSample, samples_at
from gateway.city.load import load
from gateway.city.plan import SEED, City, plan
from tests.peers.kept import locked, made_once
from tests.peers.postgres import Postgres
from tests.world import _apart

KEY = b"sample"

AnyDesk = SqliteDesk | PostgresDesk

NOW = datetime(2026, 11, 23, 15, 26, 4, tzinfo=UTC)  # a Monday, 10:26 in Larkhaven
HOURS = [0, 15, *(pytest.param(later, marks=pytest.mark.long) for later in (7, 40))]
"""After that; a city takes seconds to plan."""


def samples() -> list[ChannelSample]:
    """The channels' samples, with what each can carry (the registry is wiring's alone)."""
    mail = Capabilities(html=True, files=True, subject=True, threads=True, asks=Asks.LINK, order=40, icon="mail")
    form = Capabilities(files=True, subject=True, threads=True, starts=False, replies=False, order=60, icon="form")
    text = Capabilities(length=160, parts=10, asks=Asks.LINK, order=20, icon="text")
    bubble = Capabilities(files=True, length=4096, parts=5, starts=False, asks=Asks.BUTTONS, order=30, icon="message")
    call = Capabilities(
        text=False, files=True, live=True, threads=True, starts=False, replies=False, calls=True, units=4
    )
    written = {"smtp": ("mailto", mail), "form": ("", form), "twilio": ("tel", text), "telegram": ("telegram", bubble)}
    doors = {**written, "phone": ("tel", call)}
    return [
        ChannelSample(sample.name, scheme, can, sample.page)
        for door, (scheme, can) in doors.items()
        for sample in samples_at(door)
    ]


SPOKEN = frozenset(sample.name for sample in samples() if sample.can.calls)
"""Channels whose contacts are calls."""


def planned(room: Path, *, now: datetime) -> City:
    """Larkhaven at this hour, planned once for the run. `room` is the folder that all workers share."""
    kept = room / f"planned-{now:%Y%m%dT%H%M}.pickle"
    with locked(kept.with_suffix(".lock")):
        if not kept.exists():
            kept.write_bytes(pickle.dumps(plan(samples(), now=now)))
    city: City = pickle.loads(kept.read_bytes())
    return city


@pytest.fixture(scope="session")
def city(room_of_the_run: Path) -> City:
    """Larkhaven on a Monday morning."""
    return planned(room_of_the_run, now=NOW)


@pytest.fixture(scope="session", params=HOURS, ids=lambda hours: f"{hours}h-later")
def any_city(request: pytest.FixtureRequest, city: City, room_of_the_run: Path) -> tuple[City, datetime]:
    """Larkhaven at other hours, too: in the evening, at night, early, on another day."""
    now = NOW + timedelta(hours=request.param)
    return (planned(room_of_the_run, now=now) if request.param else city), now


@pytest.fixture(scope="session")
def postgres_template() -> str:
    """The city comes into an empty record."""
    return "template0"


@pytest.fixture
def planned_before(monkeypatch: pytest.MonkeyPatch, room_of_the_run: Path) -> None:
    """Whoever asks twice for the city of an hour gets the same (`test_plan.py`): so here nobody plans it anew."""

    def known(doors: Sequence[ChannelSample], *, now: datetime, seed: int, key: bytes) -> City:
        assert (list(doors), seed, key) == (samples(), SEED, KEY), "this is another city"
        return planned(room_of_the_run, now=now)

    monkeypatch.setattr("gateway.city.load.plan", known)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def loaded(
    request: pytest.FixtureRequest, tmp_path: Path, room_of_the_run: Path, planned_before: None
) -> AsyncIterator[AnyDesk]:
    """The desk on a record of its own into which the city was brought, on each database in turn."""
    if request.param == "sqlite":
        kept = room_of_the_run / "city.db"
        made_once(room_of_the_run, "city-on-sqlite", lambda: _brought(kept))
        path = tmp_path / "onestop.db"
        shutil.copy(kept, path)
        desk: AnyDesk = SqliteDesk(path, clock=lambda: datetime.now(UTC))
        yield desk
        await desk.close()
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    url = postgres.fresh(postgres.template("city", lambda url: _apart(lambda: _bring_into_postgres(url))))
    desk = await PostgresDesk.open(url, clock=lambda: datetime.now(UTC))
    yield desk
    await desk.close()
    postgres.drop(url)


def _brought(path: Path) -> dict[str, Any]:
    _apart(lambda: _bring_into_sqlite(path))
    return {"path": str(path)}


async def _bring_into_sqlite(path: Path) -> None:
    schema.migrate_sqlite(path)
    await _bring_into(SqliteDesk(path, clock=lambda: datetime.now(UTC)))


async def _bring_into_postgres(url: str) -> None:
    await schema.migrate_postgres(url)
    await _bring_into(await PostgresDesk.open(url, clock=lambda: datetime.now(UTC)))


async def _bring_into(desk: AnyDesk) -> None:
    assert await load(desk, samples(), now=NOW, key=KEY) is True
    await desk.close()
