"""Same question, same answer: the facts of the most used answers, as each kind of door tells them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from crm_core.model.answer import Manner
from crm_core.model.ids import ServiceId
from crm_core.model.view import Json, maybe_instant
from crm_core.queries import answers
from crm_core.queries.answers import Wanted
from crm_core.queries.reports import parity
from crm_core.rules import sameness
from crm_core.rules.sameness import Line
from gateway.http import faces
from gateway.http.consistency import HERE, Name
from gateway.http.routes import Ask, Asked, route

LOOKED_AT = 100


class SamenessQuery(Asked):
    """The answers of a service, or all; how many."""

    service: Name | None = None
    limit: Annotated[int, Field(ge=1, le=20)] = 5


class ToldItem(faces.Face):
    """What a kind of door says of the fact: same, other (an old one, by hand) or none."""

    tells: Literal["same", "other", "none"]
    value: str


class SamenessItem(faces.Face):
    """One answer, the fact it turns on, and what each kind of door says of it."""

    answer: str
    title: dict[str, str]
    language: str
    fact: str
    value: str
    doors: dict[Manner, ToldItem]
    checked_at: datetime | None


@route("GET", f"{HERE}/answers", query=SamenessQuery, answer=faces.Page[SamenessItem])
async def told(ask: Ask, *, query: SamenessQuery) -> Json:
    """The most used answers that turn on a fact; those in which the doors differ come first."""
    await ask.read(parity.allowed)
    service = None if query.service is None else ServiceId(query.service)
    shelf = await ask.read(answers.page, Wanted(state="approved", service=service, limit=LOOKED_AT))
    services, url = ask.house.keeper.house.services, ask.house.settings.public_url
    lines = [
        sameness.line(one, service=services[one.service], public_url=url)
        for one in shelf.items
        if one.service in services and one.stands(ask.house.clock())
    ]
    found = sorted((one for one in lines if one is not None), key=lambda one: (-one.answer.used, one.answer.id))
    shown = sorted(found[: query.limit], key=lambda one: one.same - len(one.doors))
    return {"items": [_item(one) for one in shown], "next": None}


def _item(line: Line) -> Json:
    return {
        "answer": line.answer.id,
        "title": line.answer.wording.title,
        "language": line.language,
        "fact": line.fact,
        "value": line.value,
        "doors": {manner: {"tells": told.tells, "value": told.value} for manner, told in line.doors.items()},
        "checked_at": maybe_instant(line.answer.approved_at),
    }
