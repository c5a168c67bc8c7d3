"""A page is merged from walks along indexes: nothing is sorted, and no more is read than the page shows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from crm_core.queries import inbox_list
from crm_core.store.compiled import postgres_compiler, sqlite_compiler

QUEUES, STATUSES = 3, 2
PAGES = [(sort, False) for sort in sorted(inbox_list.ORDERS)] + [("due", True)]
"""By each order; and those at the end, which have no due time."""


@pytest.mark.parametrize(("sort", "empty"), PAGES)
def test_the_walks_of_many_queues_are_merged_and_not_sorted(sqlite_template: Path, sort: str, empty: bool) -> None:
    prepared = sqlite_compiler().get(inbox_list._of_queues(inbox_list.ORDERS[sort], empty, 20, 6, "any"))
    raw = sqlite3.connect(sqlite_template)
    plan = [str(row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", [1] * len(prepared.order))]
    raw.close()
    assert any(step.startswith("MERGE") for step in plan)
    assert not [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN")]


@pytest.mark.postgres
@pytest.mark.parametrize(("sort", "empty"), PAGES)
async def test_postgresql_can_walk_them_without_sorting_too(
    fresh_database: Callable[[], str],
    sort: str,
    empty: bool,
) -> None:
    """Where sorting costs a fortune, it sorts only if no index has the order."""
    statement = inbox_list._of_queues(inbox_list.ORDERS[sort], empty, QUEUES, STATUSES, "any")
    prepared = postgres_compiler().get(statement)
    named = dict.fromkeys(prepared.order, "x") | {"key": 1, "limit": 51}
    raw = await asyncpg.connect(fresh_database())
    await raw.execute("SET enable_sort = off; SET enable_seqscan = off; SET enable_bitmapscan = off")
    plan = [str(row[0]) for row in await raw.fetch(f"EXPLAIN {prepared.text(named)}", *prepared.arguments(named))]
    await raw.close()
    assert not [step for step in plan if "Sort  (" in step], "\n".join(plan)
    assert not [step for step in plan if "Scan" in step and "ix_tickets_queue_" not in step], "\n".join(plan)
