"""The consistency score over twelve weeks, of all services and of one."""

import asyncio
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from crm_core.model.ids import ServiceId
from crm_core.model.parity import Matter, Scope
from crm_core.model.score import Week
from crm_core.model.view import Json, instant
from crm_core.queries.reports import parity, sameness
from crm_core.rules import score, telling
from crm_core.rules.parity import FEWEST
from gateway.http import faces
from gateway.http.consistency import EARLIEST, HERE, LATEST, Name
from gateway.http.routes import Ask, Asked, route


class ScoreQuery(Asked):
    """The twelve weeks before `to`, which is now if nothing is said; of one service beside all."""

    service: Name | None = None
    ends: Annotated[AwareDatetime | None, Field(alias="to", ge=EARLIEST, le=LATEST)] = None


class WeekItem(faces.Face):
    """Seven days from `begins` on. `parts` are shares, null where there is nothing to tell; `score` null: too few tickets."""

    begins: str
    tickets: int
    parts: dict[str, float | None]
    score: float | None


class ScoreReport(faces.Face):
    """The score from 0 to 100, week by week, the oldest first.

    `weights` in percent; a part that does not exist leaves its own to the others. `fewest` tickets make a week.
    `service` is null where none was asked for.
    """

    as_of: str
    refreshing: bool
    weights: dict[str, int]
    fewest: int
    city: list[WeekItem]
    service: list[WeekItem] | None


@route("GET", f"{HERE}/score", query=ScoreQuery, answer=ScoreReport)
async def weekly(ask: Ask, *, query: ScoreQuery) -> Json:
    """How alike the service is at all doors, as one number a week: facts, promises, resolution, satisfaction."""
    await ask.read(parity.allowed)
    ends: datetime = query.ends or ask.house.clock()
    kept = await ask.parts.shelf.take(("score", query.service, query.ends), lambda: _made(ask, query.service, ends))
    return {**kept.value, "as_of": instant(kept.at), "refreshing": kept.refreshing}


async def _made(ask: Ask, service: str | None, ends: datetime) -> Json:
    """One look at the tickets of twelve weeks and one at the answers; worked out in a thread."""
    begins = ends - score.WEEKS * score.WEEK
    found = await ask.read(parity.matters, Scope(begins, ends))
    told = await ask.read(sameness.told)
    known_from = max(begins, min((one.opened for one in found.matters if one.opened), default=begins))
    services = ask.house.keeper.house.services

    def lines() -> Json:
        facts = telling.Telling(told.answers, wordings=told.wordings, editions=told.services, services=services)

        def weeks(matters: list[Matter], of: ServiceId | None) -> list[Json]:
            since = known_from if found.more else begins
            return [
                _item(week)
                for week in score.weeks(matters, ends=ends, known_from=since, facts=lambda at: facts.share(at, of=of))
            ]

        own = None if service is None else [one for one in found.matters if one.service == service]
        return {
            "weights": dict(score.WEIGHTS),
            "fewest": FEWEST,
            "city": weeks(found.matters, None),
            "service": None if own is None else weeks(own, ServiceId(str(service))),
        }

    return await asyncio.to_thread(lines)


def _item(week: Week) -> Json:
    return {
        "begins": instant(week.begins),
        "tickets": week.tickets,
        "parts": dict(week.parts),
        "score": week.score,
    }
