"""People are looked up by one short walk along an index, however many come before them in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from crm_core.queries import people
from crm_core.store.compiled import postgres_compiler
from crm_core.store.tx import Standing

BEFORE = 60_000
"""Keys that stand before those that are asked for."""


class Asked:
    """What would be asked of the record."""

    async def standing(self) -> Standing:
        return Standing(None, frozenset())

    async def all(self, statement: Any, **values: Any) -> list[Any]:
        self.statement, self.values = statement, values
        return []


@pytest.mark.postgres
async def test_postgresql_begins_where_the_answer_begins(fresh_database: Callable[[], str]) -> None:
    asked: Any = Asked()
    await people._walked(asked, "n:wang", people._Place(0, "", ""), wanted=32)
    prepared = postgres_compiler().get(asked.statement)
    raw = await asyncpg.connect(fresh_database())
    keys = [(f"m:c{number:06}", f"c{number}") for number in range(BEFORE)] + [
        ("n:wang wei", f"w{n}") for n in range(99)
    ]
    await raw.execute("ALTER TABLE person_keys DISABLE TRIGGER ALL")
    await raw.copy_records_to_table("person_keys", records=keys, columns=["key", "customer"])
    await raw.execute("VACUUM ANALYZE person_keys")
    plan = [
        str(row[0])
        for row in await raw.fetch(
            f"EXPLAIN (ANALYZE, BUFFERS) {prepared.text(asked.values)}", *prepared.arguments(asked.values)
        )
    ]
    await raw.close()
    read = [int(number) for number in re.findall(r"(?:hit|read)=(\d+)", plan[1])]
    assert sum(read) < 99 * 2 + 40, plan  # two pages of customers for each key, and little of the keys themselves
