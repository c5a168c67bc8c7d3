"""What strangers list is walked along the index of published tickets alone: nothing is sorted, no history is read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from crm_core.queries import published
from crm_core.store.compiled import postgres_compiler, sqlite_compiler

SERVICES, STATUSES = 20, 6
LOOKED_UP = {
    "numbers": (published._BY_NUMBERS, "uq_tickets_number"),
    "reports": (published._REPORTS, "pk_public_reports"),
    "answers": (published._ANSWERS, "ix_messages_ticket"),
}


def plan_of(path: Path, statement: Any) -> list[str]:
    prepared = sqlite_compiler().get(statement)
    raw = sqlite3.connect(path)
    values = [prepared.fixed.get(name, "[]" if name in ("ids", "numbers") else 1) for name in prepared.order]
    plan = [str(row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", values)]
    raw.close()
    return plan


def test_the_walks_of_many_services_are_merged_and_not_sorted(sqlite_template: Path) -> None:
    plan = plan_of(sqlite_template, published.walks(SERVICES, STATUSES))
    assert any(step.startswith("MERGE") for step in plan)
    searches = [step for step in plan if "tickets" in step]
    assert len(searches) == SERVICES * STATUSES
    assert not [step for step in searches if "ix_tickets_published" not in step], plan
    assert not [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN")], plan


@pytest.mark.parametrize("what", LOOKED_UP)
def test_what_is_shown_of_them_is_looked_up_by_its_keys(sqlite_template: Path, what: str) -> None:
    plan = plan_of(sqlite_template, LOOKED_UP[what][0])
    assert not [step for step in plan if step.startswith("SCAN") and "json_each" not in step], plan


@pytest.mark.postgres
async def test_postgresql_walks_and_looks_up_without_reading_a_table(fresh_database: Callable[[], str]) -> None:
    """Where sorting costs a fortune, it sorts only if no index has the order."""
    raw = await asyncpg.connect(fresh_database())
    await raw.execute("SET enable_sort = off; SET enable_seqscan = off; SET enable_bitmapscan = off")
    numbers = {"key": 1, "limit": 51, "begins": 1, "ends": 2}
    statements = {"walks": (published.walks(3, 2), "ix_tickets_published"), **LOOKED_UP}
    for name, (statement, index) in statements.items():
        prepared = postgres_compiler().get(statement)
        values = {key: "[]" if key in ("ids", "numbers") else "x" for key in prepared.order} | numbers
        plan = [str(row[0]) for row in await raw.fetch(f"EXPLAIN {prepared.text(values)}", *prepared.arguments(values))]
        assert any(index in step for step in plan), (name, plan)
        assert not [step for step in plan if "Seq Scan" in step], (name, plan)
        assert name != "walks" or not [step for step in plan if "Sort  (" in step], plan
    await raw.close()
