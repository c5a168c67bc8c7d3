"""Same question, same answer: the facts of the approved answers, as each kind of door tells them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from crm_core.model.answer import Answer, Manner
from crm_core.model.ids import ServiceId
from crm_core.model.service import Service
from crm_core.model.view import Json, maybe_instant
from crm_core.queries.reports import sameness as record
from crm_core.rules import sameness
from crm_core.rules.sameness import Line
from gateway.http import faces
from gateway.http.consistency import HERE, Name
from gateway.http.routes import Ask, Asked, route


class SamenessQuery(Asked):
    """The answers of a service, or of all; how many lines at most."""

    service: Name | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 6


class ToldItem(faces.Face):
    """What a kind of door says of the fact: same, other (something else) or none (not a word). `value`: what it says."""

    tells: Literal["same", "other", "none"]
    value: str


class SamenessItem(faces.Face):
    """One fact of an answer in one language, and what each kind of door says of it; a door that is not there says nothing."""

    answer: str
    title: dict[str, str]
    service: str
    language: str
    fact: str
    value: str
    doors: dict[Manner, ToldItem]
    checked_at: datetime | None


class SameAnswers(faces.Face):
    """The lines, those first in which a door says something else. `facts` were compared, `differing` are not told alike."""

    items: list[SamenessItem]
    facts: int
    differing: int


@route("GET", f"{HERE}/answers", query=SamenessQuery, answer=SameAnswers)
async def told(ask: Ask, *, query: SamenessQuery) -> Json:
    """Whether each kind of door is told the same facts: something else first, then what is left out, then the most used."""
    service = None if query.service is None else ServiceId(query.service)
    shelf = await ask.read(record.approved, service=service)
    standing = [one for one in shelf if one.stands(ask.house.clock())]
    lines = await asyncio.to_thread(_compared, standing, ask.house.keeper.house.services)
    return {
        "items": [_item(line) for line in lines[: query.limit]],
        "facts": len(lines),
        "differing": sum(line.same < len(line.doors) for line in lines),
    }


def _compared(shelf: Sequence[Answer], services: dict[ServiceId, Service]) -> list[Line]:
    found = [
        line
        for one in shelf
        if one.service in services
        for line in sameness.lines(one, wording=one.wording, service=services[one.service])
    ]
    return sorted(found, key=lambda one: (-one.wrong, one.same - len(one.doors), -one.answer.used, one.answer.id))


def _item(line: Line) -> Json:
    return {
        "answer": line.answer.id,
        "title": line.answer.wording.title,
        "service": line.answer.service,
        "language": line.language,
        "fact": line.fact,
        "value": line.value,
        "doors": {manner: {"tells": told.tells, "value": told.value} for manner, told in line.doors.items()},
        "checked_at": maybe_instant(line.answer.approved_at),
    }
