"""How soon mail is taken again after `kill -9`, and whether anything acknowledged is gone (PERFORMANCE T10).

Eight connections push mail and resend what was not answered; the process is killed in the
midst of it and started again. What was acknowledged is then looked for in the record. The
limit is the same start after a clean stop, in the same run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.calling import Line
from benchmarks.corpus import TO
from benchmarks.installation import Installation, on_both, serving
from tests.stories.pushing import Pusher

KILLS, LONG_KILLS = 3, 20
PUSHED_FOR = 1.0


def run(long: bool) -> list[dict[str, Any]]:  # noqa: FBT001
    """One row for each database."""

    def measure(_name: str, folder: Path, url: str) -> Mapping[str, Any]:
        with serving(folder, url) as place:
            return asyncio.run(_measure(place, kills=LONG_KILLS if long else KILLS))

    return on_both(measure)


async def _measure(place: Installation, *, kills: int) -> dict[str, Any]:
    place.service.stop()
    clean = await asyncio.to_thread(place.service.start)
    pusher = Pusher(place.service.smtp_port, to=TO)
    pushing = asyncio.create_task(pusher.run())
    ready, taken, in_flight = [], [], 0
    for _ in range(kills):
        await asyncio.sleep(PUSHED_FOR)
        place.service.kill()
        in_flight += len(pusher.waiting)
        known, began = len(pusher.acknowledged), perf_counter()
        ready.append(await asyncio.to_thread(place.service.start))
        while len(pusher.acknowledged) == known:
            await asyncio.sleep(0.005)
        taken.append(perf_counter() - began)
    pusher.stop()
    await pushing
    stored = await _stored(place)
    subjects = set(stored)
    return {
        "kills": kills,
        "clean_start_s": round(clean, 2),
        "ready_s": round(median(ready), 2),
        "ready_of_clean_start": round(median(ready) / clean, 2),
        "first_mail_s": round(median(taken), 2),
        "in_flight_at_kills": in_flight,
        "acknowledged": len(pusher.acknowledged),
        "resent": pusher.resent,
        "lost": len(pusher.acknowledged - subjects),
        "doubled": len(stored) - len(subjects),
    }


async def _stored(place: Installation) -> list[str]:
    """The subjects of all tickets."""
    line, found = await Line.open(place.service.http_port, token=place.tokens.supervisor), []
    page, cursor = "/api/v1/tickets?limit=100&sort=created_at", ""
    while True:
        answer = await line.ask("GET", page + cursor)
        found += [ticket["subject"] for ticket in answer["items"]]
        if answer["next"] is None:
            line.close()
            return found
        cursor = f"&cursor={answer['next']}"
