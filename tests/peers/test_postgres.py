"""The throwaway PostgreSQL does what the tests of the store lean on."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
import pytest

from tests.peers.postgres import Postgres, PrivatePostgres

pytestmark = pytest.mark.postgres


async def test_every_call_gives_a_database_of_its_own(fresh_database: Callable[[], str]) -> None:
    one, other = fresh_database(), fresh_database()
    assert one != other
    connection = await asyncpg.connect(one)
    assert await connection.fetchval("select 1 + 1") == 2
    await connection.close()


def test_a_template_is_built_once_and_its_tables_are_in_every_clone(postgres: Postgres) -> None:
    built: list[str] = []

    def build(url: str) -> None:
        built.append(url)
        postgres.sql("create table answer (n int); insert into answer values (42)", database=url.rpartition("/")[2])

    names = {postgres.template("of-this-test", build) for _ in range(2)}
    assert names == {"of-this-test"}
    assert len(built) <= 1
    clone = postgres.fresh("of-this-test")
    assert postgres.sql("select n from answer", database=clone.rpartition("/")[2]) == "42"
    postgres.drop(clone)


def test_the_shared_server_is_careless_and_the_durable_one_is_not(
    postgres: Postgres, durable_postgres: Postgres
) -> None:
    assert postgres.sql("show fsync") == "off"
    assert durable_postgres.sql("show fsync") == "on"


async def test_a_committed_row_outlives_a_power_cut(private_postgres: PrivatePostgres) -> None:
    server, postgres = private_postgres.server, private_postgres.postgres
    connection = await asyncpg.connect(postgres.url("postgres"))
    await connection.execute("create table kept (n int)")
    await connection.execute("insert into kept values (7)")
    server.kill()
    connection.terminate()
    server.start()
    assert postgres.sql("select n from kept") == "7"
