"""Search over HTTP among 100,000 messages (a million with --long), beside the raw index look-up.

Tickets and messages are written straight into the tables (`rows.py`), with words of two
scripts: one message in ten asks for 退款, one in ten thousand has a rare word. The index is
filled from the same terms that the indexer makes, without the indexer, which then only keeps
up; how soon it finds a new contact on the idle house is measured at the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import quote

import asyncpg

from benchmarks import house, machine, rows
from benchmarks.calling import Line
from benchmarks.house import Tokens, furnish
from benchmarks.installation import POSTGRESQL, SQLITE, database
from config.settings import load
from crm_core.rules import search, text
from tests.stories.service import Service

TICKETS, MILLION = 50_000, 500_000
"""Each has two messages."""

TIMES, WARM, FRESH = 100, 10, 5
ASKED = {
    "two_signs": "退款",
    "four_signs": "退款申请",
    "rare": "quagga",
    "three_words": "lamp permit street",
    "none": "okapi",
}
RAW = 25
_CHUNK = 5_000
_PAGES = 2_000
_LATIN = (
    "the permit for my street ran out last week and nobody told me please look at the file again before it is due "
    "my neighbour parks across the gate every evening the lamp at the corner has been dark since Monday thank you"
).split()
_HAN = "居住证办理停车投诉噪音路灯您好谢谢我的市政府申请材料需要多少钱什么时候可以到期缴费单收据"


@dataclass(frozen=True, slots=True)
class _Page:
    """The words of many messages, and their terms."""

    said: str
    terms: str


def run(long: bool) -> dict[str, Any]:  # noqa: FBT001
    """SQLite at 100,000 messages; with --long PostgreSQL too, and a million."""
    with tempfile.TemporaryDirectory(prefix="onestop-bench-") as room:
        before = machine.facts(Path(room))
        names = (SQLITE, POSTGRESQL) if long else (SQLITE,)
        sizes = (TICKETS, MILLION) if long else (TICKETS,)
        found = {name: [_on(name, Path(room) / f"{name}-{size}", size) for size in sizes] for name in names}
    after = {"load_after": round(os.getloadavg()[0], 2)}
    return {"times_each": TIMES, "rows": "written straight", **found, "machine": before | after}


def _on(name: str, folder: Path, tickets: int) -> dict[str, Any]:
    folder.mkdir()
    with database(name, folder) as url:
        service = Service(folder, database_url=url)
        tokens = asyncio.run(furnish(load(service.environment)))
        began = perf_counter()
        if url:
            rows.load_postgres(url, 0, tickets)
            asyncio.run(_index_postgres(url, tickets))
            raw = asyncio.run(_raw_postgres(url))
        else:
            path = folder / "var" / "onestop.db"
            rows.load_sqlite(path, 0, tickets)
            _index_sqlite(path, tickets)
            raw = _raw_sqlite(path)
        loaded = perf_counter() - began
        service.start()
        try:
            served = asyncio.run(_measure(service.http_port, tokens))
        finally:
            service.stop()
    return {"messages": 2 * tickets, "loaded_in_s": round(loaded, 1), "raw_index": raw, "over_http": served}


def _pages() -> list[_Page]:
    """Texts to be said again and again; every tenth asks for its money back."""
    dice = random.Random(7)
    pages = []
    for number in range(_PAGES):
        latin = " ".join(dice.choices(_LATIN, k=40))
        han = "".join(dice.choices(_HAN, k=40)) if number % 3 == 0 else ""
        said = f"{latin} {han}{' 我要退款申请' if number % 10 == 0 else ''}"
        pages.append(_Page(said, " ".join(dict.fromkeys((search.kind_term(search.MESSAGE), *text.tokens(said))))))
    return pages


def _messages(tickets: int) -> Iterator[tuple[int, str, str, str, str]]:
    """Place, id, ticket, words and terms of each message, the oldest first."""
    pages, seq, dice = _pages(), 0, random.Random(11)
    for ticket in range(tickets - 1, -1, -1):
        for one in range(2):
            seq += 1
            page = dice.choice(pages)
            rare = " quagga" if seq % 10_000 == 5_000 else ""
            yield seq, f"m{one}-{ticket}", f"t{ticket}", page.said + rare, page.terms + rare


_DOC = "INSERT INTO search_docs (seq, kind, id, ticket, created_at) VALUES "


def _index_sqlite(path: Path, tickets: int) -> None:
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA synchronous = OFF")
    raw.execute("BEGIN")
    messages = list(_messages(tickets))
    raw.executemany("UPDATE messages SET text = ? WHERE id = ?", ((one[3], one[1]) for one in messages))
    raw.executemany(f"{_DOC}(?, 'message', ?, ?, ?)", ((*one[:3], rows.NOW) for one in messages))
    raw.executemany("INSERT INTO search_words(rowid, words) VALUES (?, ?)", ((one[0], one[4]) for one in messages))
    raw.execute("COMMIT")
    raw.close()


async def _index_postgres(url: str, tickets: int) -> None:
    raw = await asyncpg.connect(url)
    await raw.execute("SET synchronous_commit = off")
    messages = list(_messages(tickets))
    for at in range(0, len(messages), _CHUNK):
        some = json.dumps([list(one) for one in messages[at : at + _CHUNK]])
        await raw.execute(
            "WITH r AS (SELECT (v ->> 0)::bigint AS seq, v ->> 1 AS id, v ->> 2 AS ticket, v ->> 3 AS said, v ->> 4 AS terms"
            " FROM jsonb_array_elements($1::jsonb) AS v),"
            " told AS (UPDATE messages SET text = r.said FROM r WHERE messages.id = r.id),"
            " named AS (INSERT INTO search_docs (seq, kind, id, ticket, created_at)"
            f" SELECT seq, 'message', id, ticket, {rows.NOW} FROM r)"
            " INSERT INTO search_words (seq, words) SELECT seq, terms::tsvector FROM r",
            some,
        )
    await raw.execute("VACUUM ANALYZE")
    await raw.close()


def _raw_sqlite(path: Path) -> dict[str, Any]:
    """The look-up alone, on one connection."""
    raw = sqlite3.connect(path)
    found = {}
    for name, typed in ASKED.items():
        match = " AND ".join(f'"{term}"' for term in text.query(typed))
        took = []
        for _ in range(TIMES):
            began = perf_counter()
            raw.execute(
                f"SELECT rowid FROM search_words WHERE search_words MATCH ? ORDER BY rowid DESC LIMIT {RAW}", (match,)
            ).fetchall()
            took.append(perf_counter() - began)
        found[name] = machine.milliseconds(took)
    raw.close()
    return found


async def _raw_postgres(url: str) -> dict[str, Any]:
    raw = await asyncpg.connect(url)
    found = {}
    for name, typed in ASKED.items():
        match = " & ".join(f"'{term}'" for term in text.query(typed))
        took = []
        for _ in range(TIMES):
            began = perf_counter()
            await raw.fetch(
                f"SELECT seq FROM search_words WHERE words @@ $1::text::tsquery ORDER BY seq + 0 DESC LIMIT {RAW}",
                match,
            )
            took.append(perf_counter() - began)
        found[name] = machine.milliseconds(took)
    await raw.close()
    return found


async def _measure(port: int, tokens: Tokens) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for who, token in (("agent_of_one_queue_in_twenty", tokens.agents[7]), ("supervisor", tokens.supervisor)):
        line = await Line.open(port, token=token)
        await line.took("/healthz", times=WARM)
        found.setdefault("nothing", machine.milliseconds(await line.took("/healthz", times=TIMES)))
        for name, typed in ASKED.items():
            path = f"/api/v1/search?q={quote(typed)}"
            await line.took(path, times=WARM)
            hits = len((await line.ask("GET", path))["items"])
            found[f"{name}_{who}"] = {"hits": hits, **machine.milliseconds(await line.took(path, times=TIMES))}
        line.close()
    supervisor = await Line.open(port, token=tokens.supervisor)
    found["new_contact_found"] = machine.milliseconds([await _found(supervisor, number) for number in range(FRESH)])
    supervisor.close()
    return found


async def _found(line: Line, number: int) -> float:
    """Seconds from a contact's acknowledgement until its own word finds it."""
    await asyncio.sleep(0.5)
    word = f"zebra{number}"
    contact = {"service": house.service(1), "name": "Wei", "email": f"{word}@mail.example.org", "text": f"A {word}"}
    await line.ask("POST", "/api/v1/contacts", contact)
    began = perf_counter()
    while not (await line.ask("GET", f"/api/v1/search?q={word}"))["items"]:
        await asyncio.sleep(0.01)
    return perf_counter() - began
