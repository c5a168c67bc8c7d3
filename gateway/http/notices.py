"""Known problems: for all staff to see, for supervisors to tell, and answered for all at the end."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from crm_core.actions import notices as actions
from crm_core.actions.notices import Draft
from crm_core.model.catalogue import Notice, NoticeLink, NoticeState
from crm_core.model.ids import NoticeId, PlaceId, ServiceId
from crm_core.model.view import Json, instant, maybe_instant
from crm_core.queries import notices, ticket
from gateway.http import faces
from gateway.http.routes import API, Ask, Asked, Input, route

Key = Annotated[str, Field(min_length=1, max_length=60)]
Texts = Annotated[
    dict[Annotated[str, Field(min_length=2, max_length=12)], Annotated[str, Field(max_length=8000)]],
    Field(max_length=12),
]
Version = Annotated[int, Field(ge=1, le=1 << 53)] | None
OF_NOTICE = f"{API}/notices/{{id}}"


class NoticeItem(faces.Face):
    """A known problem. `reports` are the tickets linked to it; 1001 stands for more than a thousand."""

    id: str
    service: str
    place: str | None
    title: dict[str, str]
    text: dict[str, str]
    words: list[str]
    acknowledgement: dict[str, str]
    answer: dict[str, str]
    state: NoticeState
    begins_at: str
    ends_at: str | None
    expected_at: str | None
    reports: int
    version: int


class NoticeBody(Input):
    """A known problem in both languages; `acknowledgement` is the approved text that answers reports by itself."""

    service: Key
    place: Key | None = None
    title: Texts
    text: Texts = Field(default_factory=dict)
    words: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=60)] = Field(default_factory=list)
    acknowledgement: Texts = Field(default_factory=dict)
    answer: Texts = Field(default_factory=dict)
    begins_at: AwareDatetime | None = Field(default=None, strict=False)
    ends_at: AwareDatetime | None = Field(default=None, strict=False)
    expected_at: AwareDatetime | None = Field(default=None, strict=False)
    state: Literal["draft", "open"] = "draft"


class NoticeChanges(NoticeBody):
    """The same, and which version was seen."""

    seen_version: Version = None


class NoticeQuery(Asked):
    """A page of them."""

    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


@route("GET", f"{API}/notices", query=NoticeQuery, answer=faces.Page[NoticeItem])
async def everything(ask: Ask, *, query: NoticeQuery) -> Json:
    """The known problems, the newest first; drafts and closed ones too."""
    found = await ask.read(notices.page, limit=query.limit, cursor=query.cursor)
    return {"items": [notice_item(one, reports=reports) for one, reports in found.items], "next": found.next}


@route("GET", OF_NOTICE, answer=NoticeItem)
async def show(ask: Ask, *, id: str) -> Json:
    """One known problem."""
    found, reports = await ask.read(notices.one, NoticeId(id))
    return notice_item(found, reports=reports)


@route("POST", f"{API}/notices", body=NoticeBody, answer=NoticeItem, status=201)
async def add(ask: Ask, *, body: NoticeBody) -> Any:
    """Tell of a known problem (supervisors). Open, it stands on the citizens' pages at once."""
    return await ask.do(_told, actions.add_notice, _draft(body), state=NoticeState(body.state))


@route("PUT", OF_NOTICE, body=NoticeChanges, answer=NoticeItem)
async def change(ask: Ask, *, id: str, body: NoticeChanges) -> Json:
    """Say it in better words, or show it."""
    changed = await ask.house.desk.do(
        ask.actor,
        actions.change_notice,
        NoticeId(id),
        _draft(body),
        state=NoticeState(body.state),
        seen_version=body.seen_version,
    )
    return _told(changed)


class LinkBody(Input):
    """The ticket that reports it, by id or number."""

    ticket: Key


class LinkItem(faces.Face):
    """That a ticket reports a known problem, and what its reporter was told."""

    notice: str
    ticket: str
    at: str
    acknowledged_at: str | None
    answered_at: str | None
    outcome: str | None


@route("POST", f"{OF_NOTICE}/links", body=LinkBody, answer=LinkItem, status=201)
async def link(ask: Ask, *, id: str, body: LinkBody) -> Any:
    """This ticket reports it. Its reporter is told by the approved text, once, where a machine may."""
    reporter = await ask.read(ticket.resolve, body.ticket)
    return await ask.do(link_item, actions.link_notice, reporter, NoticeId(id), house=ask.house.keeper.house)


@route("GET", f"{OF_NOTICE}/links", query=NoticeQuery, answer=faces.Page[LinkItem])
async def links(ask: Ask, *, id: str, query: NoticeQuery) -> Json:
    """Who reported it, and what they were told (supervisors)."""
    found, more = await ask.read(notices.links, NoticeId(id), limit=query.limit, cursor=query.cursor)
    return {"items": [link_item(one) for one in found], "next": more}


class ClosureBody(Input):
    """It is over. With `answer`, everybody who reported it is told, and their tickets are solved."""

    answer: Texts | None = None


@route("POST", f"{OF_NOTICE}/closures", body=ClosureBody, answer=NoticeItem)
async def close(ask: Ask, *, id: str, body: ClosureBody) -> Any:
    """One step for all: each linked ticket is answered by an event of its own, in the bulk lane."""
    return await ask.do(_told, actions.close_notice, NoticeId(id), answer=body.answer)


def notice_item(notice: Notice, *, reports: int) -> Json:
    """A known problem as staff see it."""
    return {
        "id": notice.id,
        "service": notice.service,
        "place": notice.place,
        "title": notice.title,
        "text": notice.text,
        "words": list(notice.words),
        "acknowledgement": notice.acknowledgement,
        "answer": notice.answer,
        "state": notice.state,
        "begins_at": instant(notice.begins_at),
        "ends_at": maybe_instant(notice.ends_at),
        "expected_at": maybe_instant(notice.expected_at),
        "reports": reports,
        "version": notice.version,
    }


def link_item(link: NoticeLink) -> Json:
    """A report of it."""
    return {
        "notice": link.notice,
        "ticket": link.ticket,
        "at": instant(link.at),
        "acknowledged_at": maybe_instant(link.acknowledged_at),
        "answered_at": maybe_instant(link.answered_at),
        "outcome": link.outcome,
    }


def _told(notice: Notice) -> Json:
    return notice_item(notice, reports=0)


def _draft(body: NoticeBody) -> Draft:
    return Draft(
        service=ServiceId(body.service),
        place=None if body.place is None else PlaceId(body.place),
        title=body.title,
        text=body.text,
        words=tuple(body.words),
        acknowledgement=body.acknowledgement,
        answer=body.answer,
        begins_at=body.begins_at,
        ends_at=body.ends_at,
        expected_at=body.expected_at,
    )
