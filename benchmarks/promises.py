"""A policy is changed while mail comes in: how long the 250 takes then, beside how long it takes undisturbed.

Some 8,500 open tickets of 50,000 (85,000 of 500,000 with `--long`) are reckoned anew behind
mails over ten SMTP connections, flat out; both in the same run, one after the other. The
goal: p99 of the acknowledgement at most twice the undisturbed one. Rows are loaded straight.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import asyncpg

from benchmarks import corpus, machine, pushing, rows
from benchmarks.installation import SQLITE, Installation, on_both, serving

TICKETS, LONG_TICKETS = 50_000, 500_000
MARKS = """INSERT INTO marks (id, ticket, at, at_version, cycle, kind, says, policy, policy_version, place)
 SELECT id || '.o', id, created_at, 0, 1, 'opened', CASE priority WHEN 1 THEN 'deferred low ' WHEN 2 THEN
 'deferred normal ' WHEN 3 THEN 'deferred high ' WHEN 4 THEN 'deferred urgent ' ELSE 'deferred emergency ' END
 || service, NULL, 0, 0 FROM tickets WHERE status NOT IN ('solved', 'closed')"""
MAILS = 3_000
SECONDS = 8.0


def run(long: bool) -> list[dict[str, Any]]:  # noqa: FBT001
    """One row for each database."""

    def measure(name: str, folder: Path, url: str) -> Mapping[str, Any]:
        count = LONG_TICKETS if long else TICKETS

        def prepare(file: Path) -> None:
            if name == SQLITE:
                rows.load_sqlite(file, 1, count)
                with closing(sqlite3.connect(file, isolation_level=None)) as raw:
                    raw.execute(MARKS)
            else:
                rows.load_postgres(url, 1, count)
                asyncio.run(_marks(url))

        with serving(folder, url, prepare=prepare) as place:
            return {"tickets": count, **_both(place, folder)}

    return on_both(measure)


async def _marks(url: str) -> None:
    raw = await asyncpg.connect(url)
    await raw.execute(MARKS)
    await raw.close()


def _both(place: Installation, folder: Path) -> dict[str, Any]:
    made = iter(list(corpus.mails(2 * MAILS, folder=folder / "corpus")))
    port = place.service.smtp_port
    asyncio.run(pushing.mails(port, [next(made) for _ in range(100)], seconds=SECONDS))  # warm
    calm = asyncio.run(pushing.mails(port, [next(made) for _ in range(MAILS)], seconds=SECONDS))
    began = monotonic()
    _publish(place)
    changed = asyncio.run(pushing.mails(port, made, seconds=SECONDS))
    job = _job(place)
    while job["state"] != "done":
        sleep(0.2)
        job = _job(place)
    p99 = [machine.milliseconds(pushed.took).get("p99_ms", 0.0) for pushed in (calm, changed)]
    return {
        "undisturbed": calm.told(),
        "while_reckoning": changed.told(),
        "p99_ratio": round(p99[1] / p99[0], 2) if p99[0] else None,
        "reckoned": {"tickets": job["done"], "seconds": round(monotonic() - began, 1)},
    }


def _publish(place: Installation) -> None:
    known = _call(place, "GET", "/policies")["items"][0]
    body = {name: value for name, value in known.items() if name not in ("id", "version")}
    body["targets"] = {**body["targets"], "resolution": body["targets"]["resolution"] + 3600}
    draft = _call(place, "POST", f"/policies/{known['id']}/drafts", body)
    _call(place, "POST", f"/policies/{known['id']}/publications", {"seen_version": draft["version"]})


def _job(place: Installation) -> dict[str, Any]:
    job: dict[str, Any] = _call(place, "GET", "/jobs")["items"][0]
    return job


def _call(place: Installation, method: str, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(
        f"{place.service.url}/api/v1{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {place.tokens.admin}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
