"""The throwaway PostgreSQL does what the tests of the store lean on."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
import pytest

from tests.peers.postgres import Postgres, PrivatePostgres
from tests.peers.renewing import Lent

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


def test_a_database_that_comes_back_is_lent_again_as_its_template_is(postgres: Postgres) -> None:
    lent = Lent(postgres, postgres.template("to-be-lent", lambda url: _build(postgres, url)))
    url = lent.lend()
    before = _told(postgres, url)
    for harm in (
        "insert into kept (words) values ('new'); insert into empty values (1)",
        "update kept set words = 'changed'",
        "delete from kept where n = 1",
        "select nextval('kept_n_seq')",
        "select 1",
    ):
        postgres.sql(harm, database=url.rpartition("/")[2])
        lent.take_back(url)
        assert lent.lend() == url, harm
        assert _told(postgres, url) == before, harm
    postgres.drop(url)


def test_one_whose_tables_or_settings_were_changed_is_not_lent_again(postgres: Postgres) -> None:
    lent = Lent(postgres, postgres.template("to-be-lent", lambda url: _build(postgres, url)))
    for harm in (
        "create table more (n int)",
        "alter table kept add column more int",
        "alter table kept add check (n > 0)",
        "drop index kept_words",
        "create schema more",
        "create function more() returns int language sql return 1",
        'alter database "{name}" set work_mem = 999',
    ):
        url = lent.lend()
        postgres.sql(harm.format(name=url.rpartition("/")[2]), database=url.rpartition("/")[2])
        lent.take_back(url)
        assert lent.lend() != url, harm


async def test_whoever_is_still_connected_when_it_comes_back_is_cut_off(postgres: Postgres) -> None:
    lent = Lent(postgres, postgres.template("to-be-lent", lambda url: _build(postgres, url)))
    url = lent.lend()
    forgotten = await asyncpg.connect(url)
    open_for_ever = forgotten.transaction()
    await open_for_ever.start()
    await forgotten.execute("delete from kept")
    lent.take_back(url)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await forgotten.execute("select 1")
    assert lent.lend() == url
    postgres.drop(url)


def _build(postgres: Postgres, url: str) -> None:
    made = "create table kept (n serial primary key, words text); create index kept_words on kept (words);"
    rows = "create table empty (n int); insert into kept (words) values ('a'), ('b'), ('c')"
    postgres.sql(made + rows, database=url.rpartition("/")[2])


def _told(postgres: Postgres, url: str) -> list[str]:
    """Everything in it, in the order in which it lies."""
    asked = ("select * from kept", "select * from empty", "select last_value, is_called from kept_n_seq")
    return [postgres.sql(one, database=url.rpartition("/")[2]) for one in asked]
