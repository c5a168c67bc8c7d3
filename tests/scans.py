"""What is asked must not cost more the longer the house stands: whoever sends a statement to SQLite, it is looked at once.

A statement that reads a table from end to end fails the test that sent it, unless the table
is one that history does not fill, or the statement is named below with its reason.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from crm_core.store.compiled import Prepared
from crm_core.store.sqlite import SqliteDriver
from tests.stories.service import ROOT

DOES_NOT_GROW = frozenset(
    "agents answers app_keys backups calendars credentials cursors displays drifts editions erasures exports "
    "holds imports inboxes jobs leases life_events macros notices ownerships periods phones places policies "
    "queues relay secrets service_editions services settings shreds sources sweeps teams tokens units wishes".split()
)
"""What the house is made of, who works in it, and what people do there by hand, now and then."""

EMPTIED = frozenset("idempotency sessions links screens unchecked allowances".split())
"""Whose rows go when their time is over: they hold some hours or days, however long the house has stood."""

FULL = {
    "FROM tickets ORDER BY tickets.id DESC LIMIT": "the newest, one after another, up to a limit",
    "FROM suggestions WHERE EXISTS": "corrections by hand; the ids of tickets stand inside a text",
}
"""What holds this, and why it may read on."""

ASKED = (str(ROOT / "crm_core/actions"), str(ROOT / "crm_core/queries"))
DESK = str(ROOT / "crm_core/actions/desk")
"""Runs what a test asks as it runs the product's questions: by it, nobody is told apart."""

_WALKED = re.compile(r"^SCAN (\w+)(?! VIRTUAL)(?: USING (?:COVERING )?INDEX (\w+))?")


def read_whole(raw: sqlite3.Connection, sql: str, values: list[Any]) -> list[str]:
    """The tables that this reads from end to end. A partial index is none: it holds what still wants something."""
    plan = [str(row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    tables = {str(row[0]) for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    partial = {
        str(row[0])
        for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'")
    }
    walked = [found.groups() for step in plan if (found := _WALKED.match(step))]
    return [table for table, index in walked if table in tables and index not in partial]


@pytest.fixture(scope="session", autouse=True)
def looked_at() -> Iterator[list[str]]:
    """Every statement, at its first time in this process; what was found and not yet said."""
    found: list[str] = []
    seen: set[str] = set()
    fetch, run = SqliteDriver.fetch, SqliteDriver.run

    def look(driver: SqliteDriver, statement: Any, values: dict[str, Any]) -> None:
        prepared: Prepared = driver._compiler.get(statement)
        if prepared.sql in seen:
            return
        seen.add(prepared.sql)
        said = " ".join(prepared.sql.split())
        if _of_the_product() and not any(part in said for part in FULL):
            grown = read_whole(driver.raw, prepared.sql, prepared.arguments(values))
            if grown := [table for table in grown if table not in DOES_NOT_GROW | EMPTIED]:
                found.append(f"reads {', '.join(grown)} from end to end: {said}")

    async def looked_fetch(driver: SqliteDriver, statement: Any, values: dict[str, Any]) -> list[Any]:
        look(driver, statement, values)
        return await fetch(driver, statement, values)

    async def looked_run(driver: SqliteDriver, statement: Any, values: dict[str, Any]) -> int:
        look(driver, statement, values)
        return await run(driver, statement, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqliteDriver, "fetch", looked_fetch)
        patch.setattr(SqliteDriver, "run", looked_run)
        yield found


@pytest.fixture(autouse=True)
def nothing_is_read_whole(looked_at: list[str]) -> Iterator[None]:
    """Said by the test that sent it."""
    yield
    if looked_at:
        said = "\n".join(looked_at)
        looked_at.clear()
        pytest.fail(said, pytrace=False)


def _of_the_product() -> bool:
    """Not a test's own look into the database: whichever is nearer to the statement, a test or the product."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(str(ROOT / "tests")) and name != __file__:
            return False
        if name.startswith(ASKED) and not name.startswith(DESK):
            return True
        frame = frame.f_back
    return False
