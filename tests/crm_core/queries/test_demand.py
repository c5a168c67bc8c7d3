"""What usually comes live to a queue: counted along an index, on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa

from crm_core.actions import duty
from crm_core.model.agent import Duty
from crm_core.model.errors import Forbidden
from crm_core.model.work import Work
from crm_core.queries import demand
from crm_core.store import tables
from crm_core.store.compiled import postgres_compiler, sqlite_compiler
from tests.crm_core.actions.test_offers import arrived, now
from tests.world import ANNA, HOUSING, IMPORTER, PARKING, SUE, World

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


async def came(world: World, *, minute: int, waited: float, talked: float | None) -> None:
    """Somebody came live so many minutes after midnight, and had one of us or gave up."""
    work = await arrived(world)
    at = world.clock().replace(hour=0, minute=0, second=0, microsecond=0) + minute * MINUTE
    over = at + waited * MINUTE

    async def put(tx: Any) -> None:
        known = await tx.get(Work, work.id)
        known = replace(known, came_live=True, virtual_start=at, version=known.version + 1)
        if talked is None:
            known = replace(known, left_at=over)
        else:
            known = replace(known, answered_at=over, held_at=over, ended_at=over + talked * MINUTE)
        await tx.save(known)

    await world.desk.do(IMPORTER, put)
    assert (await now(world, work)).came_live


async def test_what_came_is_counted_by_half_hours_with_how_long_it_took_and_how_long_they_wait(world: World) -> None:
    begins = world.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    days = [(begins, begins + DAY), (begins - 7 * DAY, begins - 6 * DAY)]
    await came(world, minute=601, waited=1, talked=4)
    await came(world, minute=629, waited=3, talked=None)
    await came(world, minute=630, waited=0, talked=6)
    await arrived(world)  # a letter: nobody is there
    found = await world.ask(SUE, demand.usual, PARKING, days=days)
    assert {number: many for number, many in enumerate(found.contacts) if many} == {20: 2, 21: 1}
    assert (found.days, found.handle, found.patience) == (1, 300.0, 240.0)
    other = await world.ask(SUE, demand.usual, HOUSING, days=days)
    assert (other.days, sum(other.contacts), other.handle, other.patience) == (0, 0, None, None)
    with pytest.raises(Forbidden):
        await world.ask(ANNA, demand.usual, PARKING, days=days)


async def test_what_was_passed_on_came_to_whoever_had_it_first_and_took_as_long_as_they_talked(world: World) -> None:
    begins = world.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    await came(world, minute=600, waited=0, talked=5)
    await came(world, minute=620, waited=0, talked=4)
    passed_on = max(await world.desk.ask(IMPORTER, live_ones), key=lambda one: one.virtual_start)
    asked = replace(passed_on, queue=HOUSING, held_at=begins + 3 * DAY, ended_at=begins + 12 * DAY)

    async def put(tx: Any) -> None:
        await tx.get(Work, asked.id)
        await tx.save(replace(asked, version=asked.version + 1))

    await world.desk.do(IMPORTER, put)
    found = await world.ask(SUE, demand.usual, PARKING, days=[(begins, begins + DAY)])
    assert (sum(found.contacts), found.handle) == (2, 300.0), "twelve days are no talk"
    assert sum((await world.ask(SUE, demand.usual, HOUSING, days=[(begins, begins + DAY)])).contacts) == 0


async def live_ones(read: Any) -> list[Work]:
    return list(await read.values(Work, sa.select(tables.work).where(tables.work.c.came_live == 1)))


async def test_who_is_signed_in_for_a_queue_is_here(world: World) -> None:
    before = await world.ask(SUE, demand.here, PARKING)
    await world.do(ANNA, duty.set_duty, to=Duty.OFFLINE)
    away = await world.ask(SUE, demand.here, PARKING)
    await world.do(ANNA, duty.set_duty, to=Duty.LUNCH)
    assert away + 1 == await world.ask(SUE, demand.here, PARKING)
    assert before >= away


def test_a_day_is_one_walk_along_the_index_of_when_work_came(sqlite_template: Path) -> None:
    prepared = sqlite_compiler().get(demand._CAME)
    raw = sqlite3.connect(sqlite_template)
    values = [prepared.fixed.get(name, 1) for name in prepared.order]
    plan = [str(row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", values)]
    raw.close()
    assert any("work" in step and "ix_work_came" in step for step in plan), plan
    assert not [step for step in plan if step.startswith("SCAN")], plan


@pytest.mark.postgres
async def test_postgresql_walks_it_too(fresh_database: Callable[[], str]) -> None:
    raw = await asyncpg.connect(fresh_database())
    await raw.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
    prepared = postgres_compiler().get(demand._CAME)
    values = {key: "x" if key == "queue" else 1 for key in prepared.order}
    plan = [str(row[0]) for row in await raw.fetch(f"EXPLAIN {prepared.sql}", *prepared.arguments(values))]
    assert any("ix_work_came" in step for step in plan), plan
    await raw.close()
