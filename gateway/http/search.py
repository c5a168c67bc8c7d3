"""Search: tickets, what was said in them, customers, and answers that stand."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from crm_core.model.ids import AgentId, CustomerId, QueueId, ServiceId
from crm_core.model.ticket import Status
from crm_core.model.view import Json, instant
from crm_core.queries import search
from crm_core.queries.narrowing import Narrow
from crm_core.queries.search import Hit, Wanted
from gateway.http import faces
from gateway.http.routes import API, Ask, Asked, route

Key = Annotated[str, Field(min_length=1, max_length=60)]


class SearchQuery(Asked):
    """Words, a ticket's number in any spelling, or the address or number of a customer; and what to leave out.

    `assignee` may be `me`. `since` and `until` are times of the thing found.
    """

    q: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Literal["ticket", "message", "customer", "answer"] | None = None
    status: Status | None = None
    queue: Key | None = None
    assignee: Key | None = None
    service: Key | None = None
    channel: Key | None = None
    customer: Key | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25
    cursor: Annotated[str, Field(max_length=100)] | None = None


@route("GET", f"{API}/search", query=SearchQuery, answer=faces.Page[faces.Found])
async def find(ask: Ask, *, query: SearchQuery) -> Json:
    """What has all the words and fits, as far as I may see it.

    Where there are fewer than 200, the likeliest come first, else the newest. A page may be short although there is
    a next one.
    """
    wanted = Wanted(query.q, kind=query.kind, narrow=_narrow(query, ask), limit=query.limit, cursor=query.cursor)
    hits = await ask.read(search.find, wanted)
    return {"items": [_item(hit) for hit in hits.items], "next": hits.next}


def _item(hit: Hit) -> Json:
    return {
        "kind": hit.kind,
        "id": hit.id,
        "ticket": hit.ticket,
        "number": hit.number,
        "subject": hit.subject,
        "snippet": hit.snippet,
        "created_at": instant(hit.created_at),
        "marks": {"subject": hit.subject_marks, "snippet": hit.snippet_marks},
    }


def _narrow(query: SearchQuery, ask: Ask) -> Narrow:
    assignee = ask.known.agent if query.assignee == "me" else query.assignee
    return Narrow(
        status=query.status,
        queue=None if query.queue is None else QueueId(query.queue),
        assignee=None if assignee is None else AgentId(assignee),
        service=None if query.service is None else ServiceId(query.service),
        channel=query.channel,
        customer=None if query.customer is None else CustomerId(query.customer),
        since=query.since,
        until=query.until,
    )
