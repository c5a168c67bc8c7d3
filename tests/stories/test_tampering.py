"""Who changes the record behind our back is found by `onestop verify`; who rewrites its end, by the anchor."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from crm_core.rules import audit
from crm_core.store.ledger import stated
from tests.stories.conftest import Install
from tests.stories.face import Api, inside, letter, post, token_for
from tests.stories.service import Service

Row = dict[str, Any]


@dataclass
class Record:
    """The database, opened by somebody who does not ask us."""

    service: Service

    async def run(self, *statements: str) -> None:
        if self.service.database_url:
            connection = await asyncpg.connect(self.service.database_url)
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                await connection.close()
            return
        with closing(sqlite3.connect(self._path, isolation_level=None)) as raw:
            for statement in statements:
                raw.execute(statement)

    async def events(self) -> list[Row]:
        query = "SELECT * FROM events ORDER BY position"
        if self.service.database_url:
            connection = await asyncpg.connect(self.service.database_url)
            try:
                return [dict(row) for row in await connection.fetch(query)]
            finally:
                await connection.close()
        with closing(sqlite3.connect(self._path)) as raw:
            raw.row_factory = sqlite3.Row
            return [dict(row) for row in raw.execute(query)]

    @property
    def _path(self) -> str:
        return str(self.service.folder / "var" / "onestop.db")


async def edit(record: Record) -> None:
    await record.run("UPDATE events SET actor = 'somebody else' WHERE position = 3")


async def edit_words(record: Record) -> None:
    await record.run(
        "UPDATE event_words SET personal = personal || ' ' "
        "WHERE event = (SELECT id FROM events WHERE type = 'ticket.opened' AND position = 3)"
    )


async def delete_one(record: Record) -> None:
    await record.run("DELETE FROM events WHERE position = 3")


async def reorder(record: Record) -> None:
    await record.run(
        "UPDATE events SET position = -3 WHERE position = 3",
        "UPDATE events SET position = 3 WHERE position = 4",
        "UPDATE events SET position = 4 WHERE position = -3",
    )


async def cut_tail(record: Record) -> None:
    await record.run("DELETE FROM events WHERE position > (SELECT max(position) - 2 FROM events)")


async def rewrite_all(record: Record) -> None:
    """With the code in hand, every hash is computed anew over a changed history."""
    chain, threads = audit.GENESIS, dict[str, str]()
    for row in await record.events():
        row["actor"] = "somebody else" if row["position"] == 3 else row["actor"]
        thread = row["ticket"] or ""
        of_ticket = audit.ticket_hash(threads.get(thread, audit.GENESIS), facts=stated(row), digest=row["digest"])
        chain = audit.chain_hash(chain, position=row["position"], ticket_hash=of_ticket)
        threads[thread] = of_ticket
        await record.run(
            f"UPDATE events SET actor = '{row['actor']}', ticket_hash = '{of_ticket}', chain_hash = '{chain}' "
            f"WHERE position = {row['position']}"
        )


@pytest.mark.parametrize(
    ("tamper", "alone", "with_anchor"),
    [
        (edit, "Broken at event 3", "Broken at event 3"),
        (edit_words, "Broken at event 3", "Broken at event 3"),
        (delete_one, "Broken at event 4", "Broken at event 4"),
        (reorder, "Broken at event 3", "Broken at event 3"),
        (cut_tail, None, "events are missing at the end"),
        (rewrite_all, None, "the record was written anew"),
    ],
)
async def test_a_tampering_is_found(
    database: str, install: Install, tamper: Callable[[Record], Any], alone: str | None, with_anchor: str
) -> None:
    service = install(database)
    await _history(service)
    sound = await _verify(service)
    assert sound.returncode == 0, sound.stdout
    anchor = sound.stdout.rpartition("Head ")[2].strip()
    assert (await _verify(service, "--anchor", anchor)).returncode == 0, "the control: it is as it was"
    await tamper(Record(service))
    found = await _verify(service)
    assert found.returncode == (0 if alone is None else 1), found.stdout
    assert (alone or "none changed") in found.stdout
    against = await _verify(service, "--anchor", anchor)
    assert against.returncode == 1, against.stdout
    assert with_anchor in against.stdout


@pytest.mark.parametrize("anchor", ["", "x", "12", "12:abc", ":" + "0" * 64])
async def test_an_anchor_that_is_none_is_refused(anchor: str, install: Install) -> None:
    done = await asyncio.to_thread(install().run, "verify", "--anchor", anchor)
    assert done.returncode == 2
    assert "position:hash" in done.stderr


async def test_a_record_that_grew_still_holds_against_an_older_anchor(database: str, install: Install) -> None:
    service = install(database)
    await _history(service)
    anchor = (await _verify(service)).stdout.rpartition("Head ")[2].strip()
    await _history(service)
    assert (await _verify(service, "--anchor", anchor)).returncode == 0


async def _history(service: Service) -> None:
    """Two mails and an answer; every event of it has its number when this returns."""
    token = await token_for(service)
    async with inside(service) as house, Api.open(service, token) as anna:
        await post(service, letter(), letter("Another"))
        ticket = (await anna.tickets())[0]
        made = await anna.reply(ticket["id"], "Come to the counter.")
        await anna.reaches(made["id"], "no_relay")
        async with asyncio.timeout(20):
            while any(row["position"] is None for row in await Record(service).events()):
                await asyncio.sleep(0.05)
        del house


async def _verify(service: Service, *arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(service.run, "verify", *arguments)
