"""At the desk: what a ticket may be instead, wrong desk, several matters in one."""

from typing import Annotated, Any

from pydantic import Field

from crm_core.actions import misdirects, splits
from crm_core.actions.splits import Part
from crm_core.model.ids import MessageId, ServiceId, TicketId
from crm_core.model.view import Json, ticket_row
from crm_core.queries import desks, ticket
from crm_core.rules import matching
from crm_core.rules import notices as notice_rule
from gateway.http import faces
from gateway.http.catalogue import Matched, match_item
from gateway.http.notices import NoticeItem, notice_item
from gateway.http.routes import API, Ask, Input, route

OF_TICKET = f"{API}/tickets/{{id}}"
LIKELY = 8
"""Percent from which a service is worth offering: below it the words speak of everything."""

Words = Annotated[str, Field(max_length=100_000)]
Key = Annotated[str, Field(min_length=1, max_length=60)]
Version = Annotated[int, Field(ge=1, le=1 << 53)] | None


class Fitting(faces.Face):
    """A known problem that this ticket reports or may report, and what speaks for it."""

    notice: NoticeItem
    linked: bool
    told: bool
    same_service: bool
    word: str | None


class PartItem(faces.Face):
    """A part as the whole shows it; `result` is what it came to."""

    id: str
    number: str
    subject: str
    status: str
    service: str
    result: str | None


class Beside(faces.Face):
    """What a ticket may be instead, the known problems that fit it, and the tickets that it points to."""

    service: str
    confidence: int | None
    matched: list[str]
    others: list[Matched]
    notices: list[Fitting]
    parts: list[PartItem]
    neighbours: list[faces.TicketRow]


@route("GET", f"{OF_TICKET}/matches", answer=Beside)
async def beside(ask: Ask, *, id: str) -> Json:
    """The services its first words speak for, by today's catalogue; and notices, linked or fitting."""
    found = await ask.read(desks.beside, id)
    house, one = ask.house.keeper.house, found.ticket
    likely = matching.match(house.index, subject=one.subject, said=found.words)[: matching.SUGGESTED]
    others = [other for other in likely if other.confidence >= LIKELY]
    linked = {link.notice: link for link in found.links}
    fitting = []
    for notice in found.notices:
        fit = notice_rule.fit(notice, ticket=one, said=found.words, at=ask.house.clock())
        link = linked.get(notice.id)
        if link is not None or fit is not None:
            fitting.append(
                {
                    "notice": notice_item(notice, reports=0),
                    "linked": link is not None,
                    "told": link is not None and link.acknowledged_at is not None,
                    "same_service": fit is not None and fit.same_service,
                    "word": None if fit is None else fit.word,
                }
            )
    return {
        "service": one.service,
        "confidence": one.confidence,
        "matched": list(one.matched),
        "others": [match_item(other) for other in others if other.service != one.service],
        "notices": fitting,
        "parts": [_part(part) for part in found.parts],
        "neighbours": [ticket_row(one) for one in found.neighbours],
    }


class MisdirectBody(Input):
    """The service it belongs to; null where nobody knows: back to first line."""

    service: Key | None = None
    seen_version: Version = None


@route("POST", f"{OF_TICKET}/misdirects", body=MisdirectBody, answer=faces.TicketRow)
async def wrong_desk(ask: Ask, *, id: str, body: MisdirectBody) -> Any:
    """Wrong desk: it goes on with its clock, and is counted."""
    service = None if body.service is None else ServiceId(body.service)
    return await ask.do(
        ticket_row,
        misdirects.misdirect,
        await _id(ask, id),
        service=service,
        house=ask.house.keeper.house,
        seen_version=body.seen_version,
    )


class PartBody(Input):
    """One of the matters: what it is about, which service, and the words that speak of it."""

    service: Key
    subject: Annotated[str, Field(max_length=2000)] = ""
    quote: Words = ""
    messages: Annotated[list[Key], Field(max_length=50)] = Field(default_factory=list)


class SplitBody(Input):
    """The matters that become tickets of their own."""

    parts: Annotated[list[PartBody], Field(min_length=1, max_length=12)]
    seen_version: Version = None


@route("POST", f"{OF_TICKET}/splits", body=SplitBody, answer=faces.Page[faces.TicketRow], status=201)
async def split(ask: Ask, *, id: str, body: SplitBody) -> Any:
    """Several matters in one contact: each gets its desk; who has the ticket owns the whole, the citizen keeps one number."""
    parts = [
        Part(one.subject, ServiceId(one.service), one.quote, tuple(MessageId(key) for key in one.messages))
        for one in body.parts
    ]
    return await ask.do(
        _rows, splits.split, await _id(ask, id), parts, house=ask.house.keeper.house, seen_version=body.seen_version
    )


@route("GET", f"{OF_TICKET}/parts", answer=faces.Page[PartItem])
async def parts(ask: Ask, *, id: str) -> Json:
    """The parts of a whole with what they came to, gathered for one answer; empty where there are none."""
    found = await ask.read(desks.parts, id)
    return {"items": [_part(one) for one in found], "next": None}


class ResultBody(Input):
    """What the part came to, for the owner of the whole to pass on."""

    text: Annotated[str, Field(min_length=1, max_length=100_000)]


@route("POST", f"{OF_TICKET}/results", body=ResultBody, answer=faces.TicketRow, status=201)
async def result(ask: Ask, *, id: str, body: ResultBody) -> Any:
    """The part is solved; what it came to stands in the whole."""
    return await ask.do(ticket_row, splits.gather, await _id(ask, id), body.text)


def _part(part: desks.Part) -> Json:
    one = part.ticket
    return {
        "id": one.id,
        "number": one.number,
        "subject": one.subject,
        "status": one.status,
        "service": one.service,
        "result": part.result,
    }


def _rows(made: list[Any]) -> Json:
    return {"items": [ticket_row(one) for one in made], "next": None}


async def _id(ask: Ask, key: str) -> TicketId:
    return await ask.read(ticket.resolve, key)
