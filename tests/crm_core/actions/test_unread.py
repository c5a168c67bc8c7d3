"""What nobody could read is found by what can be decoded in it: searched by an admin, and forgotten with a person."""

from __future__ import annotations

import sqlite3
from base64 import encodebytes
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa

from crm_core.actions import erasing, intake, keeping, unread
from crm_core.model.actor import Actor
from crm_core.model.blob import Blob
from crm_core.model.errors import Forbidden
from crm_core.model.ids import WireId
from crm_core.model.privacy import ErasureReason
from crm_core.queries import quarantine
from crm_core.rules import salvage
from crm_core.store.compiled import postgres_compiler, sqlite_compiler
from crm_core.store.tables import wire_terms
from tests.world import ADA, ANNA, MAIL, WINDOW, World, inbound

LAMP = b"From: x@example.org\n\n" + encodebytes("Wei (wei@example.org): 路灯坏了, call +351 912 345 678".encode())
"""A mail that was broken on its way; its words stand in base64."""


async def test_an_admin_finds_what_stands_in_base64_and_nobody_else_does(world: World) -> None:
    await _unread(world, b"A wholly other thing")
    lamp = await _unread(world, LAMP)
    for typed in ("路灯", "Wei", "wei@example.org", "+351912345678", "912 345 678"):
        assert await _found(world, typed) == [lamp], typed
    assert await _found(world, "nothing like it") == await _found(world, "?!") == []
    assert len(await _found(world, "")) == 2
    with pytest.raises(Forbidden):
        await world.ask(ANNA, quarantine.page, at=1 << 62, id="~", limit=9, typed="Wei")


async def test_what_was_read_after_all_is_found_as_a_message_and_no_more_in_the_quarantine(world: World) -> None:
    lamp = await _unread(world, LAMP)
    contact = intake.Contact(inbound("The lamp"), (), None)
    about: dict[str, Any] = {"inbox": world.house.inboxes[MAIL], "house": world.house, "reopen_window": WINDOW}
    await world.do(ADA, unread.read_again, lamp, contact, **about)
    assert await _found(world, "wei@example.org") == []
    assert await world.desk.ask(Actor.worker("operator"), _terms) == []


async def test_an_erasure_finds_their_address_in_base64_and_leaves_the_others(world: World) -> None:
    other = await _unread(world, b"\n\n" + encodebytes(b"I am ana@example.org, not wei@example.net"))
    for number in range(25):
        await _unread(world, LAMP + b"%d" % number)
    received = await world.mail("Hello", sender="wei@example.org")
    customer = (await world.ticket(received.ticket)).customer
    made = await world.do(ADA, erasing.erase, customer, reason=ErasureReason.ASKED)
    while await world.desk.do(Actor.worker("archivist"), erasing.erase_some, made.id):
        pass
    assert await _found(world, "") == [other]
    assert await _found(world, "ana@example.org") == [other]
    assert await _found(world, "wei@example.org") == []


@pytest.mark.parametrize("statement", [quarantine._FOUND, erasing._UNREAD], ids=["searched", "forgotten"])
def test_it_is_found_along_indexes(sqlite_template: Path, statement: Any) -> None:
    prepared = sqlite_compiler().get(statement)
    raw = sqlite3.connect(sqlite_template)
    plan = [str(row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {prepared.sql}", ["[]"] * len(prepared.order))]
    raw.close()
    assert any("wire_terms" in step and "term=?" in step for step in plan), plan
    assert not [step for step in plan if step.startswith("SCAN") and "json_each" not in step], plan


@pytest.mark.postgres
@pytest.mark.parametrize("statement", [quarantine._FOUND, erasing._UNREAD], ids=["searched", "forgotten"])
async def test_postgresql_finds_it_along_indexes_too(fresh_database: Callable[[], str], statement: Any) -> None:
    prepared = postgres_compiler().get(statement)
    named = dict.fromkeys(prepared.order, 1) | {"terms": '["a"]', "id": "~", "limit": 9}
    raw = await asyncpg.connect(fresh_database())
    await raw.execute("SET enable_seqscan = off")
    plan = [str(row[0]) for row in await raw.fetch(f"EXPLAIN {prepared.text(named)}", *prepared.arguments(named))]
    await raw.close()
    assert not [step for step in plan if "Seq Scan" in step], "\n".join(plan)
    assert any("term = ANY" in step for step in plan), "\n".join(plan)


async def _unread(world: World, body: bytes) -> WireId:
    wire = keeping.RawWire(world.clock(), {}, Blob(sha256(body).hexdigest(), len(body), body))
    terms = salvage.terms(body, around={})
    return await world.desk.do(Actor.inbox(MAIL), unread.quarantine, wire, inbox=MAIL, why="odd", found_by=terms)


async def _terms(read: Any) -> list[Any]:
    return list(await read.all(sa.select(wire_terms.c.term)))


async def _found(world: World, typed: str) -> list[WireId]:
    return [one.id for one in await world.ask(ADA, quarantine.page, at=1 << 62, id="~", limit=99, typed=typed)]
