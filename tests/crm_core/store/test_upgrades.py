"""Every migration in the line, from a record with rows in all tables: up, killed in the middle, and back (N-1 → N)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from crm_core.actions import delivery, housekeeping, keeping, lifecycle, reply, unread
from crm_core.actions.desk_postgres import PostgresDesk
from crm_core.actions.desk_sqlite import SqliteDesk
from crm_core.model.actor import Actor
from crm_core.model.blob import Blob
from crm_core.store import schema
from crm_core.store.tables import metadata
from crm_core.store.words import PREFIX
from tests.crm_core.store.test_migrations import Record
from tests.peers.postgres import Postgres
from tests.stories.service import ROOT
from tests.world import ANNA, MAIL, Clock, World, _apart, _build_postgres, house

Rows = dict[str, list[dict[str, Any]]]

STEPS = [step for step in reversed(list(schema.script().walk_revisions())) if step.down_revision]
"""All but the first, which starts from nothing (`test_migrations.py`)."""

DAILY = 1
"""So many of the newest are gone through every time; the older ones, which change no more, in the long run."""

AT = (1, 2)
"""The statements before which it is killed: no migration has fewer, its own mark being the last."""


@pytest.fixture(scope="session")
def full_sqlite(room_of_the_run: Path, worker_id: str, sqlite_template: Path) -> Path:
    """The small house after a busy morning: a file to copy."""
    path = room_of_the_run / f"full-{worker_id}.db"
    path.write_bytes(sqlite_template.read_bytes())

    async def build() -> None:
        await _a_busy_morning(SqliteDesk(path, clock=Clock()), database="sqlite")

    _apart(build)
    Record(f"sqlite:///{path}").run(_fill_what_is_empty)
    return path


@pytest.fixture(scope="session")
def full_postgres(postgres: Postgres) -> str:
    """The same on PostgreSQL, to clone."""

    async def build(url: str) -> None:
        await _build_postgres(url)
        await _a_busy_morning(await PostgresDesk.open(url, clock=Clock()), database="postgres")

    def make(url: str) -> None:
        _apart(lambda: build(url))
        Record(url).run(_fill_what_is_empty)

    return postgres.template("full", make)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Record]:
    """A record of the newest schema with rows in every table."""
    if request.param == "sqlite":
        path = tmp_path / "onestop.db"
        path.write_bytes(request.getfixturevalue("full_sqlite").read_bytes())
        yield Record(f"sqlite:///{path}")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    url = postgres.fresh(request.getfixturevalue("full_postgres"))
    yield Record(url)
    postgres.drop(url)


def test_there_are_rows_in_every_table(record: Record) -> None:
    assert [name for name, rows in record.run(_rows).items() if not rows] == []


@pytest.mark.parametrize(
    "step",
    [pytest.param(step, id=step.revision, marks=[] if step in STEPS[-DAILY:] else pytest.mark.long) for step in STEPS],
)
def test_rows_survive_a_migration_that_is_killed_in_the_middle_and_the_way_back(step: Any, record: Record) -> None:
    record.run(lambda connection: schema.downgrade(connection, to=step.down_revision))
    before = record.run(_rows)
    for at in AT:
        _killed(record.url, step.revision, at)
        assert record.run(_version) == step.down_revision, "half of a migration stands"
        assert record.run(_rows) == before
    record.run(lambda connection: command.upgrade(schema._config(connection), step.revision))
    assert record.run(_version) == step.revision
    assert _lost(before, record.run(_rows), told_anew=TOLD_ANEW.get(step.revision, frozenset())) == []
    record.run(lambda connection: schema.downgrade(connection, to=step.down_revision))
    assert record.run(_rows) == before
    assert record.migrate() == schema.newest()


def _killed(url: str, revision: str, at: int) -> None:
    """Start the migration in a process of its own, and kill it before its statement number `at`."""
    migrating = subprocess.Popen(
        [sys.executable, "-c", _STANDS_STILL, url, revision, str(at)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert migrating.stdout
    assert migrating.stdout.readline().startswith("in the middle"), "it was over before it could be killed"
    migrating.send_signal(signal.SIGKILL)
    migrating.wait()
    migrating.stdout.close()


_STANDS_STILL = """
import asyncio, sys, time
from pathlib import Path
from alembic import command
from alembic.ddl.impl import DefaultImpl
from sqlalchemy.ext.asyncio import create_async_engine
from crm_core.store import schema

usual, done, (url, revision, at) = DefaultImpl._exec, [], sys.argv[1:]

def slow(self, construct, *more, **named):
    done.append(construct)
    if len(done) == int(at):
        print("in the middle", flush=True)
        time.sleep(60)
    return usual(self, construct, *more, **named)

def upgrade(connection):
    command.upgrade(schema._config(connection), revision)

async def on_postgres():
    async with create_async_engine(schema._async_url(url)).connect() as connection:
        await connection.run_sync(upgrade)

DefaultImpl._exec = slow
if url.startswith("sqlite"):
    with schema.sqlite_engine(Path(url.removeprefix("sqlite:///"))).connect() as connection:
        upgrade(connection)
else:
    asyncio.run(on_postgres())
"""


def _rows(connection: sa.Connection) -> Rows:
    """Every row of every table, as the tables are now; the index of words is made anew from the others."""
    found = sa.MetaData()
    found.reflect(connection, only=lambda name, _: name != "alembic_version" and not name.startswith(PREFIX))
    return {
        name: sorted((dict(row) for row in connection.execute(sa.select(table)).mappings()), key=str)
        for name, table in found.tables.items()
    }


TOLD_ANEW = {"0006": frozenset({("services", "synonyms")})}
"""Columns that a migration says in another form; that nothing is lost by it, the way back shows."""


def _lost(before: Rows, after: Rows, *, told_anew: frozenset[tuple[str, str]]) -> list[str]:
    """Rows whose old columns are not all there any more, as far as the columns are."""
    lost = []
    for name, rows in before.items():
        there = after.get(name, [])
        columns = rows[0].keys() & there[0].keys() if rows and there else set()
        columns = {column for column in columns if (name, column) not in told_anew}
        now = [{column: row[column] for column in columns} for row in there]
        lost += [f"{name}: {row}" for row in rows if {column: row[column] for column in columns} not in now]
    return lost


def _version(connection: sa.Connection) -> str:
    return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one())


async def _a_busy_morning(desk: SqliteDesk | PostgresDesk, *, database: str) -> None:
    """Mails, an answer on its way, a note, two tickets merged, one solved, and a mail that nobody could read."""
    world, sender = World(desk, Clock(), house(), database), Actor.worker("sender")
    received = [await world.mail(f"Letter {number}", sender=f"citizen-{number}@example.org") for number in range(6)]
    wire = keeping.RawWire(world.clock(), {}, Blob("d" * 64, 3, b"odd"))
    await desk.do(Actor.inbox(MAIL), unread.quarantine, wire, inbox=MAIL, why="It is odd.", found_by=["odd"])
    for one in received[:3]:
        await world.do(ANNA, reply.reply, one.ticket, reply.Draft(text="We look into it."), house=world.house)
    lease = await desk.do(sender, housekeeping.take_lease, "sender", holder="me", seconds=60)
    assert lease
    await desk.do(sender, delivery.claim, lease=lease, house=world.house)
    await world.do(ANNA, reply.note, received[1].ticket, "Call them.")
    await world.do(ANNA, lifecycle.solve, received[2].ticket, house=world.house)
    await world.do(ANNA, lifecycle.merge, received[4].ticket, into=received[3].ticket, house=world.house)
    await world.number()
    await desk.close()


def _fill_what_is_empty(connection: sa.Connection) -> None:
    """Three rows for each table that the morning left empty, each value its own."""
    for table in metadata.sorted_tables:
        if connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one():
            continue
        for number in range(3):
            values = {column.name: _value(column, number) for column in table.columns}
            connection.execute(sa.insert(table).values(values))
            if any(column.name == "one" for column in table.columns):
                break  # a table of one row


def _value(column: sa.Column[Any], number: int) -> Any:
    if isinstance(column.type, sa.LargeBinary):
        return b"bytes %d" % number
    if isinstance(column.type, sa.BigInteger | sa.Integer):
        return number + 1
    return f"{column.name} {number}"
