"""The schema's way: from empty to current and back, restartable after a kill, and refused when it is newer than us."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from crm_core.model.ids import CalendarId, PolicyId
from crm_core.model.promise import Mark
from crm_core.model.sla import SlaPolicy
from crm_core.model.ticket import Ticket
from crm_core.rules import marks
from crm_core.store import schema
from crm_core.store.maps import Map
from crm_core.store.tables import metadata
from crm_core.store.words import PREFIX
from tests.peers.kept import made_once
from tests.peers.postgres import Postgres
from tests.stories.service import ROOT

T = TypeVar("T")
HELD = 40
"""Seconds that an interrupted migration stands still, unless it is killed."""


class Record:
    """An empty database of either kind; `run` gives a synchronous connection to it."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def path(self) -> Path | None:
        return Path(self.url.removeprefix("sqlite:///")) if self.url.startswith("sqlite") else None

    def run(self, work: Callable[[sa.Connection], T]) -> T:
        if self.path is not None:
            engine = schema.sqlite_engine(self.path)
            with engine.connect() as connection:
                found = work(connection)
                connection.commit()
            engine.dispose()
            return found
        return asyncio.run(self._run(work))

    async def _run(self, work: Callable[[sa.Connection], T]) -> T:
        engine = create_async_engine(self.url.replace("postgresql:", "postgresql+asyncpg:"), poolclass=sa.pool.NullPool)
        async with engine.connect() as connection:
            found = await connection.run_sync(work)
            await connection.commit()
        await engine.dispose()
        return found

    def migrate(self) -> str:
        if self.path is not None:
            return schema.migrate_sqlite(self.path)
        return asyncio.run(schema.migrate_postgres(self.url))

    def tables(self) -> set[str]:
        found = self.run(lambda connection: sa.inspect(connection).get_table_names())
        return {name for name in found if not name.startswith(PREFIX)} - {"alembic_version"}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Record]:
    if request.param == "sqlite":
        yield Record(f"sqlite:///{tmp_path / 'onestop.db'}")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    url = postgres.fresh()
    yield Record(url)
    postgres.drop(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def current(request: pytest.FixtureRequest, tmp_path: Path, room_of_the_run: Path) -> Iterator[Record]:
    """Empty, and migrated before: for what comes after that."""
    if request.param == "sqlite":
        path = tmp_path / "onestop.db"
        path.write_bytes(_migrated(room_of_the_run).read_bytes())
        yield Record(f"sqlite:///{path}")
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    url = postgres.fresh(postgres.template("migrated", _migrate))
    yield Record(url)
    postgres.drop(url)


def _migrate(url: str) -> None:
    Record(url).migrate()


def _migrated(room: Path) -> Path:
    path = room / "migrated.db"
    made_once(room, "migrated", lambda: {"reached": schema.migrate_sqlite(path)})
    return path


def test_the_migrations_make_what_the_tables_say(record: Record) -> None:
    record.migrate()
    assert record.run(_differences) == []


def test_a_column_that_the_migrations_forgot_would_be_found(current: Record) -> None:
    current.run(lambda connection: connection.execute(sa.text("ALTER TABLE tickets DROP COLUMN subject")))
    assert "subject" in str(current.run(_differences)), "the comparison above cannot fail"


def test_down_to_nothing_and_up_again_is_the_same_schema(current: Record) -> None:
    reached = current.migrate()
    before = current.run(_shape)
    current.run(lambda connection: schema.downgrade(connection, to="base"))
    assert current.run(lambda connection: sa.inspect(connection).get_table_names()) in ([], ["alembic_version"])
    assert current.migrate() == reached
    assert current.run(_shape) == before
    assert current.run(_differences) == []


def test_every_single_step_goes_back_and_forth(current: Record) -> None:
    on_the_way: list[tuple[str, dict[str, Any]]] = []
    for step in schema.script().walk_revisions():
        on_the_way.append((step.revision, current.run(_shape)))
        current.run(lambda connection, step=step: schema.downgrade(connection, to=step.down_revision or "base"))  # type: ignore[misc]
    for revision, shape in reversed(on_the_way):
        current.run(lambda connection, to=revision: command.upgrade(schema._config(connection), to))  # type: ignore[misc]
        assert current.run(_shape) == shape, revision
    assert current.migrate() == schema.newest()
    assert current.run(_differences) == []


def test_migrating_what_is_current_changes_nothing(current: Record) -> None:
    reached = current.migrate()
    before = current.run(_shape)
    assert current.migrate() == reached
    assert current.run(_shape) == before


def test_people_and_their_addresses_live_through_the_step_and_back(current: Record) -> None:
    current.run(lambda connection: schema.downgrade(connection, to="0002"))
    customer = "INSERT INTO customers (id, name, created_at, kind, version) VALUES ('c', 'Ana', 1, 'person', 1)"
    address = (
        "INSERT INTO identities (id, customer, address, evidence, created_at, shared) "
        "VALUES ('{id}', 'c', 'mailto:{id}@example.org', 'form', 1, 0)"
    )
    for statement in (customer, address.format(id="a"), address.format(id="b")):
        current.run(lambda connection, statement=statement: connection.execute(sa.text(statement)))  # type: ignore[misc]
    current.migrate()
    assert current.run(_people) == [("a", "[]", 1), ("b", "[]", 1)]
    also = "INSERT INTO identities VALUES ('z', 'd', 'mailto:a@example.org', 'form', 1, NULL, 1, 0)"
    current.run(lambda connection: connection.execute(sa.text(also)))
    current.run(lambda connection: schema.downgrade(connection, to="0002"))
    left = current.run(lambda connection: connection.execute(sa.text("SELECT id FROM identities ORDER BY id")).all())
    assert [row[0] for row in left] == ["a", "b"], "of all who use an address the older schema knows who holds it"


def _people(connection: sa.Connection) -> list[Any]:
    joined = "SELECT i.id, c.needs, i.held FROM identities i JOIN customers c ON c.id = i.customer ORDER BY i.id"
    return [tuple(row) for row in connection.execute(sa.text(joined))]


def test_tickets_get_a_clock_with_its_marks_and_timers_and_live_through_the_step_and_back(current: Record) -> None:
    current.run(lambda connection: schema.downgrade(connection, to="0004"))
    ticket = (
        "INSERT INTO tickets (id, number, subject, status, priority, service, queue, customer, customer_name, channel,"
        " created_at, updated_at, assignee, snippet, live, confidential, readers, snoozed_until, first_answered_at,"
        " awaiting_since, solved_at, version) VALUES ('{id}', '{id}', 's', '{status}', 2, 'lamps', 'q', 'c', 'Ana', 'x',"
        " 1000, 5000, {assignee}, '', {live}, 0, '[]', {slept}, {answered}, {awaiting}, {solved}, 3)"
    )
    policy = "INSERT INTO policies VALUES ('p', 'P', 'c', 1, 1, 1, 1, 1)"
    waiting = ticket.format(
        id="a", status="waiting", assignee="'tom'", live=1, slept=9000, answered=2000, awaiting="NULL", solved="NULL"
    )
    fresh = ticket.format(
        id="b", status="new", assignee="NULL", live=0, slept="NULL", answered="NULL", awaiting=1000, solved="NULL"
    )
    over = ticket.format(
        id="c", status="solved", assignee="NULL", live=0, slept="NULL", answered="NULL", awaiting="NULL", solved=4000
    )
    for statement in (policy, waiting, fresh, over):
        current.run(lambda connection, statement=statement: connection.execute(sa.text(statement)))  # type: ignore[misc]
    current.migrate()
    for one in current.run(_tickets):
        told = marks.retold(one, current.run(lambda connection, one=one: _marks(connection, one.id)))  # type: ignore[misc]
        assert told == one, "the marks tell the clock that the ticket has"
    rows = current.run(
        lambda connection: connection.execute(sa.text("SELECT ticket, kind, fires_at FROM timers")).all()
    )
    assert sorted(tuple(row) for row in rows) == [("a", "snooze", 9000), ("c", "close", 4000)]
    jobs = current.run(lambda connection: connection.execute(sa.text("SELECT policies, total FROM jobs")).all())
    assert [tuple(row) for row in jobs] == [('["p"]', 2)]
    read = Map(SlaPolicy, metadata.tables["policies"])
    [kept] = [read.value(row) for row in current.run(lambda connection: connection.execute(read.whole).all())]
    tick = timedelta(microseconds=1)
    assert kept == SlaPolicy(PolicyId("p"), "P", CalendarId("c"), tick, tick, tick, tick)
    current.run(lambda connection: schema.downgrade(connection, to="0004"))
    left = current.run(lambda connection: connection.execute(sa.text("SELECT id FROM tickets ORDER BY id")).all())
    assert [row[0] for row in left] == ["a", "b", "c"]


def _tickets(connection: sa.Connection) -> list[Ticket]:
    read = Map(Ticket, metadata.tables["tickets"])
    return [read.value(row) for row in connection.execute(read.whole.order_by(sa.text("id")))]


def _marks(connection: sa.Connection, ticket: str) -> list[Mark]:
    read = Map(Mark, metadata.tables["marks"])
    found = connection.execute(read.whole.where(sa.text("ticket = :t")).order_by(sa.text("place")), {"t": ticket})
    return [read.value(row) for row in found]


def test_services_and_inboxes_live_through_the_step_of_the_catalogue_and_back(current: Record) -> None:
    current.run(lambda connection: schema.downgrade(connection, to="0005"))
    service = (
        "INSERT INTO services VALUES ('{id}', '{id}', '{{}}', '{{}}', '[\"bins\", \"垃圾\"]', 'u', '{queue}', 'p',"
        " '{{}}', '[]', '{{}}', 1, 1, 1)"
    )
    inbox = "INSERT INTO inboxes VALUES ('{id}', 'post', 'Post', '{queue}', '{id}', '{{}}', 1, 1, 1)"
    for statement in (
        service.format(id="general", queue="front"),
        inbox.format(id="all", queue="front"),
        inbox.format(id="parking", queue="parking"),
    ):
        current.run(lambda connection, statement=statement: connection.exec_driver_sql(statement))  # type: ignore[misc]
    current.migrate()
    bound = current.run(
        lambda connection: connection.execute(sa.text("SELECT id, bound FROM inboxes ORDER BY id")).all()
    )
    assert [tuple(row) for row in bound] == [("all", 0), ("parking", 1)], "an inbox with a queue of its own keeps it"
    assert json.loads(current.run(_synonyms)) == {"en": ["bins"], "zh": ["垃圾"]}
    current.run(lambda connection: schema.downgrade(connection, to="0005"))
    assert json.loads(current.run(_synonyms)) == ["bins", "垃圾"]


_EVENT = (
    "INSERT INTO events (id, type, at, actor_kind, actor, ticket, audience, facts, digest)"
    " VALUES (:id, :type, 1, 'agent', 'anna', :ticket, '[]', :facts, 'd')"
)


def test_the_words_of_events_about_no_ticket_know_whose_they_are_after_the_step_and_back(current: Record) -> None:
    current.run(lambda connection: schema.downgrade(connection, to="0006"))
    told = {
        "e1": (None, '{"customer":"c1","version":2}'),
        "e2": ("t1", '{"customer":"c1"}'),
        "e3": (None, '{"suggestion":"s1"}'),
        "e4": (None, '{"agent":"anna"}'),
    }
    for id, (ticket, facts) in told.items():
        values = {"id": id, "type": "some.event", "ticket": ticket, "facts": facts}
        words = "INSERT INTO event_words (event, salt, personal) VALUES (:id, 'salt', '{}')"
        current.run(lambda connection, values=values: connection.execute(sa.text(_EVENT), values))  # type: ignore[misc]
        current.run(lambda connection, id=id, words=words: connection.execute(sa.text(words), {"id": id}))  # type: ignore[misc]
    current.migrate()
    assert current.run(_whose) == {"e1": "c1", "e2": None, "e3": "s1", "e4": None}
    current.run(lambda connection: schema.downgrade(connection, to="0006"))
    current.migrate()
    assert current.run(_whose) == {"e1": "c1", "e2": None, "e3": "s1", "e4": None}


def _whose(connection: sa.Connection) -> dict[str, Any]:
    return {row[0]: row[1] for row in connection.execute(sa.text("SELECT event, about FROM event_words"))}


def _synonyms(connection: sa.Connection) -> str:
    return str(connection.execute(sa.text("SELECT synonyms FROM services")).scalar_one())


@pytest.mark.parametrize("at", [1, 40, pytest.param(12, marks=pytest.mark.long)])
def test_a_migration_that_is_killed_in_the_middle_is_completed_by_the_next_start(at: int, record: Record) -> None:
    migrating = subprocess.Popen(
        [sys.executable, "-c", _STANDS_STILL, record.url, str(at)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert migrating.stdout
    assert migrating.stdout.readline().startswith("in the middle"), "the migration was over before it could be killed"
    migrating.send_signal(signal.SIGKILL)
    migrating.wait()
    migrating.stdout.close()
    assert record.migrate() == schema.newest()
    assert record.run(_differences) == []


def test_a_statement_that_fails_in_the_middle_leaves_nothing_half_made(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic.operations import Operations

    usual, done = Operations.create_table, []

    def create(self: Any, name: str, *parts: Any, **more: Any) -> Any:
        done.append(name)
        if len(done) == 10:
            raise RuntimeError("the disk is full")
        return usual(self, name, *parts, **more)

    monkeypatch.setattr(Operations, "create_table", create)
    with pytest.raises(RuntimeError):
        record.migrate()
    monkeypatch.undo()
    assert record.tables() == set()
    record.migrate()
    assert record.run(_differences) == []


def test_a_database_newer_than_the_code_is_refused_in_one_line_and_not_touched(current: Record) -> None:
    current.run(lambda connection: connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    before = current.run(_shape)
    with pytest.raises(schema.SchemaNewer, match=r"9999.*newer version") as refused:
        current.migrate()
    assert "\n" not in str(refused.value)
    assert current.run(_shape) == before
    assert current.run(_version) == "9999"


@pytest.mark.postgres
def test_two_processes_that_migrate_at_once_make_one_schema(postgres: Postgres) -> None:
    url = postgres.fresh()
    word = f"import asyncio; from crm_core.store import schema; asyncio.run(schema.migrate_postgres({url!r}))"
    both = [
        subprocess.Popen([sys.executable, "-c", word], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        for _ in range(2)
    ]
    assert [one.wait(60) for one in both] == [0, 0]
    assert Record(url).run(_differences) == []
    postgres.drop(url)


def test_an_interrupted_sqlite_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "onestop.db"
    schema.migrate_sqlite(path)
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    raw.close()


_STANDS_STILL = f"""
import asyncio, sys, time
from pathlib import Path
from alembic.ddl.impl import DefaultImpl
from crm_core.store import schema

usual, done, url, at = DefaultImpl._exec, [], sys.argv[1], int(sys.argv[2])

def slow(self, construct, *more, **named):
    done.append(construct)
    if len(done) == at:
        print("in the middle", flush=True)
        time.sleep({HELD})
    return usual(self, construct, *more, **named)

DefaultImpl._exec = slow
if url.startswith("sqlite"):
    schema.migrate_sqlite(Path(url.removeprefix("sqlite:///")))
else:
    asyncio.run(schema.migrate_postgres(url))
"""


def _differences(connection: sa.Connection) -> list[Any]:
    """What alembic would have to change; the index of words has no columns that it knows."""

    def described(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return not (kind == "table" and name is not None and name.startswith(PREFIX))

    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": described})
    return list(compare_metadata(context, metadata))


def _shape(connection: sa.Connection) -> dict[str, Any]:
    """Every table with its columns, keys and indexes."""
    look = sa.inspect(connection)
    keys, indexes, unique = (
        look.get_multi_pk_constraint(),
        look.get_multi_indexes(),
        look.get_multi_unique_constraints(),
    )
    return {
        name: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in columns],
            keys[schema_name, name]["constrained_columns"],
            sorted(str(index["name"]) for index in indexes[schema_name, name]),
            sorted(str(key["name"]) for key in unique[schema_name, name]),
        )
        for (schema_name, name), columns in look.get_multi_columns().items()
        if not name.startswith(PREFIX)
    }


def _version(connection: sa.Connection) -> str:
    return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one())
