"""Finding people over HTTP among 10,000 (a million with --long), beside the raw index look-up of the same run.

Customers, their addresses and one ticket each are written straight into the tables, without
rules or events; what they are found by is made by the same rule as in the product. One in
five has a Chinese name, so that pinyin and its initials meet many.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import quote

import asyncpg

from benchmarks import machine, rows
from benchmarks.calling import Line
from benchmarks.house import Tokens, furnish
from benchmarks.installation import POSTGRESQL, SQLITE, database
from config.settings import load
from crm_core.model.address import Address
from crm_core.rules import likeness
from tests.stories.service import Service

SOME, MILLION = 10_000, 1_000_000
TIMES, WARM = 100, 10
ASKED = {
    "initials": "zw",
    "pinyin": "zhang wei",
    "signs": "张伟",
    "name_any_order": "hartley alice",
    "beginning": "hart",
    "end_of_number": "00004242",
    "whole_number": "+1 (555) 0000 4242",
    "mail": "c4242@mail",
    "nobody": "quagga",
}
RAW = 25
_GIVEN = (
    "Alice Edward Martha George Hazel Walter Joan Peter Rosemary Simon Frances Colin Judith Neil Dorothy Stuart".split()
)
_FAMILY = (
    "Hartley Thorne Pemberton Ashdown Crowe Fairbanks Lockwood Tully Sedgwick Marlow Whitaker Bramley Dunmore".split()
)
_HAN_FAMILY, _HAN_GIVEN = "张王李赵陈刘杨黄周吴", "伟薇芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英华"


def run(long: bool) -> dict[str, Any]:  # noqa: FBT001
    """SQLite and PostgreSQL at 10,000 people; with --long at a million."""
    size = MILLION if long else SOME
    with tempfile.TemporaryDirectory(prefix="onestop-bench-") as room:
        before = machine.facts(Path(room))
        found = {name: _on(name, Path(room) / name, size) for name in (SQLITE, POSTGRESQL)}
    after = {"load_after": round(os.getloadavg()[0], 2)}
    return {"people": size, "times_each": TIMES, "rows": "written straight", **found, "machine": before | after}


def _on(name: str, folder: Path, size: int) -> dict[str, Any]:
    folder.mkdir()
    with database(name, folder) as url:
        service = Service(folder, database_url=url)
        tokens = asyncio.run(furnish(load(service.environment)))
        began = perf_counter()
        path = folder / "var" / "onestop.db"
        raw = asyncio.run(_postgres(url, size)) if url else _sqlite(path, size)
        loaded = perf_counter() - began
        service.start()
        try:
            served = asyncio.run(_measure(service.http_port, tokens))
        finally:
            service.stop()
    return {"loaded_in_s": round(loaded, 1), "raw_index": raw, "over_http": served}


def _people(size: int) -> Iterator[tuple[str, str, str, str]]:
    """Id, name, mail and number of each."""
    dice = random.Random(5)
    for number in range(size):
        if number % 5 == 0:
            name = dice.choice(_HAN_FAMILY) + "".join(dice.choices(_HAN_GIVEN, k=dice.choice((1, 2, 2))))
        else:
            name = f"{dice.choice(_GIVEN)} {dice.choice(_FAMILY)}"
        yield f"c{number}", name, f"mailto:c{number}@mail.example.org", f"tel:+1555{number:08}"


def _tables(size: int) -> dict[str, Iterator[tuple[Any, ...]]]:
    """Rows of each table, in the order of its columns below."""
    return {
        "customers": ((id, name, "en", rows.NOW, "person", 1) for id, name, _, _ in _people(size)),
        "identities": (
            (f"{id}{kind}", id, address, "claimed", rows.NOW, 0)
            for id, _, mail, number in _people(size)
            for kind, address in (("m", mail), ("t", number))
        ),
        "person_keys": (
            (key, id)
            for id, name, mail, number in _people(size)
            for key in likeness.keys_of(
                name, street="", place="", addresses=(Address.parse(mail), Address.parse(number))
            )
        ),
    }


_COLUMNS = {
    "customers": ("id", "name", "language", "created_at", "kind", "version"),
    "identities": ("id", "customer", "address", "evidence", "created_at", "shared"),
    "person_keys": ("key", "customer"),
}


def _tickets(size: int) -> str:
    return next(one for one in rows.statements(0, size) if one.startswith("INSERT INTO tickets"))


def _sqlite(path: Path, size: int) -> dict[str, Any]:
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA synchronous = OFF")
    raw.execute("PRAGMA cache_size = -262144")
    raw.execute("BEGIN")
    for table, made in _tables(size).items():
        columns = _COLUMNS[table]
        marks = ", ".join("?" * len(columns))
        raw.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", made)
    raw.execute(_tickets(size))
    raw.execute(rows.SEARCHED)
    raw.execute("COMMIT")
    raw.execute("ANALYZE")
    look = f"SELECT customer FROM person_keys WHERE key >= ? AND key < ? ORDER BY key, customer LIMIT {RAW}"
    found = {}
    for name, typed in ASKED.items():
        begin = likeness.asked_for(typed)[0]
        took = []
        for _ in range(TIMES):
            began = perf_counter()
            raw.execute(look, (begin, begin + "\U0010ffff")).fetchall()
            took.append(perf_counter() - began)
        found[name] = machine.milliseconds(took)
    raw.close()
    return found


async def _postgres(url: str, size: int) -> dict[str, Any]:
    raw = await asyncpg.connect(url)
    await raw.execute("SET synchronous_commit = off")
    for table, made in _tables(size).items():
        await raw.copy_records_to_table(table, records=made, columns=_COLUMNS[table])
    await raw.execute(_tickets(size))
    await raw.execute(rows.SEARCHED)
    await raw.execute("VACUUM ANALYZE")
    look = f"SELECT customer FROM person_keys WHERE key >= $1 AND key < $2 ORDER BY key, customer LIMIT {RAW}"
    found = {}
    for name, typed in ASKED.items():
        begin = likeness.asked_for(typed)[0]
        took = []
        for _ in range(TIMES):
            began = perf_counter()
            await raw.fetch(look, begin, begin + "\U0010ffff")
            took.append(perf_counter() - began)
        found[name] = machine.milliseconds(took)
    await raw.close()
    return found


async def _measure(port: int, tokens: Tokens) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for who, token in (("supervisor", tokens.supervisor), ("agent_of_one_queue_in_twenty", tokens.agents[7])):
        line = await Line.open(port, token=token)
        await line.took("/healthz", times=WARM)
        found.setdefault("nothing", machine.milliseconds(await line.took("/healthz", times=TIMES)))
        for name, typed in ASKED.items():
            path = f"/api/v1/customers?q={quote(typed)}"
            await line.took(path, times=WARM)
            hits = len((await line.ask("GET", path))["items"])
            found[f"{name}_{who}"] = {"hits": hits, **machine.milliseconds(await line.took(path, times=TIMES))}
        line.close()
    return found
