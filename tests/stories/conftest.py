"""Installations for stories: the small house on either database, run as a process or in this one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.peers.postgres import Postgres
from tests.stories.larkhaven import SAMPLE, loaded
from tests.stories.service import Service
from tests.world import _apart, _build_postgres

Install = Callable[..., Service]

Say = Callable[[str, object], None]
"""pytest's `record_property`: what was said stands at the end of the run, also when the test passes."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    return str(request.param)


@pytest.fixture
def durable_database(durable_postgres: Postgres) -> Iterator[Callable[[], str]]:
    """Call it for the small house on a PostgreSQL that keeps its word."""
    made: list[str] = []

    def make() -> str:
        template = durable_postgres.template("world", lambda url: _apart(lambda: _build_postgres(url)))
        made.append(durable_postgres.fresh(template))
        return made[-1]

    yield make
    for url in made:
        durable_postgres.drop(url)


@pytest.fixture
def install(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Install]:
    """Call it for an installation with the small house in it, or with the sample city, or empty.

    Whatever of it still runs ends with the test.
    """
    made: list[Service] = []

    def make(
        database: str = "sqlite",
        *,
        durable: bool = False,
        empty: bool = False,
        city: bool = False,
        room: Path = tmp_path,
        **more: str,
    ) -> Service:
        folder = room / f"installation-{len(made)}"
        (folder / "var").mkdir(parents=True)
        settings = {"ONESTOP_TRUST_PRIVATE_PEERS": "true", **more}
        if city:
            made.append(Service(folder, _larkhaven(request, database, folder), arguments=SAMPLE, more=settings))
            return made[-1]
        url = ""
        if database == "postgres":
            url = _postgres(request, durable=durable, empty=empty)
        elif not empty:
            content: Path = request.getfixturevalue("sqlite_template")
            (folder / "var" / "onestop.db").write_bytes(content.read_bytes())
        made.append(Service(folder, url, more=settings))
        return made[-1]

    yield make
    for service in made:
        service.end()


def _larkhaven(request: pytest.FixtureRequest, database: str, folder: Path) -> str:
    """A copy of the city in `folder`; the address of its database, empty for SQLite's own file."""
    room: Path = request.getfixturevalue("room_of_the_run")
    postgres: Postgres | None = request.getfixturevalue("postgres") if database == "postgres" else None
    found = loaded(room, postgres)
    found.into(folder)
    return postgres.fresh(found.template) if postgres else ""


def _postgres(request: pytest.FixtureRequest, *, durable: bool, empty: bool) -> str:
    if empty:
        postgres: Postgres = request.getfixturevalue("postgres")
        return postgres.fresh()  # the server, and it with it, ends with the run
    make: Callable[[], str] = request.getfixturevalue("durable_database" if durable else "fresh_database")
    return make()


@pytest.fixture
def need_root() -> None:
    """Mounting a small disk needs root; without it the test says so, it does not pass."""
    if os.geteuid() != 0:
        pytest.fail("This test mounts a small disk: run it as root.")
