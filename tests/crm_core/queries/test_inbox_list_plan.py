"""A page is merged from walks along indexes: nothing is sorted, and no more is read than the page shows."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from crm_core.queries import inbox_list
from crm_core.store.compiled import sqlite_compiler


@pytest.mark.parametrize("sort", sorted(inbox_list.ORDERS))
def test_the_walks_of_many_queues_are_merged_and_not_sorted(sqlite_template: Path, sort: str) -> None:
    prepared = sqlite_compiler().get(inbox_list._of_queues(inbox_list.ORDERS[sort], False, 20, 6, "any"))
    raw = sqlite3.connect(sqlite_template)
    plan = [str(row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", [1] * len(prepared.order))]
    raw.close()
    assert any(step.startswith("MERGE") for step in plan)
    assert not [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN")]
