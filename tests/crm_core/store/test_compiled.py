"""Statements as they are sent: how many rows are wanted stands in PostgreSQL's text, so that its plan is kept."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
import pytest
import sqlalchemy as sa

from crm_core.store.compiled import postgres_compiler, sqlite_compiler
from crm_core.store.tables import tickets

OF_A_QUEUE = (
    sa.select(tickets.c.id)
    .where(tickets.c.queue == sa.bindparam("queue", type_=sa.Text))
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


def test_a_size_stands_in_postgresqls_text_once_for_each_number() -> None:
    prepared = postgres_compiler().get(OF_A_QUEUE)
    assert prepared.arguments({"queue": "housing", "limit": 26}) == ["housing"]
    assert prepared.text({"limit": 26}).endswith("LIMIT 26")
    assert prepared.text({"limit": 26}) is prepared.text({"limit": 26}), "the driver knows a statement by its text"
    assert prepared.text({"limit": 51}).endswith("LIMIT 51")


def test_a_size_is_a_number_and_nothing_else() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        postgres_compiler().get(OF_A_QUEUE).text({"limit": "1; DROP TABLE tickets"})


def test_a_fixed_size_stands_in_it_from_the_beginning() -> None:
    prepared = postgres_compiler().get(sa.select(tickets.c.id).limit(7).offset(3))
    assert prepared.text({}).split()[-4:] == ["LIMIT", "7", "OFFSET", "3"]


def test_sqlite_is_told_it_as_a_parameter() -> None:
    prepared = sqlite_compiler().get(OF_A_QUEUE)
    assert prepared.text({"queue": "housing", "limit": 26}) == prepared.sql
    assert prepared.arguments({"queue": "housing", "limit": 26})[:2] == ["housing", 26]


@pytest.mark.postgres
async def test_postgresql_plans_it_once_for_all_values(fresh_database: Callable[[], str]) -> None:
    """Asked often enough, it keeps a plan for all queues; it would not, if it had to guess how many rows are wanted."""
    prepared = postgres_compiler().get(OF_A_QUEUE)
    raw = await asyncpg.connect(fresh_database())
    for number in range(12):
        values = {"queue": f"queue-{number}", "limit": 26}
        await raw.fetch(prepared.text(values), *prepared.arguments(values))
    kept = await raw.fetchval("SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE '%LIMIT 26'")
    await raw.close()
    assert kept > 0
