"""Search: tickets, what was said in them, and customers."""

from typing import Annotated, Literal

from pydantic import Field

from crm_core.model.view import Json, instant
from crm_core.queries import search
from crm_core.queries.search import Hit, Wanted
from gateway.http import faces
from gateway.http.routes import API, Ask, Asked, route


class SearchQuery(Asked):
    """Words, a ticket's number in any spelling, or the address or number of a customer."""

    q: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Literal["ticket", "message", "customer"] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25
    cursor: Annotated[str, Field(max_length=100)] | None = None


@route("GET", f"{API}/search", query=SearchQuery, answer=faces.Page[faces.Found])
async def find(ask: Ask, *, query: SearchQuery) -> Json:
    """What has all the words, newest first, as far as I may see it. A page may be short although there is a next one."""
    wanted = Wanted(query.q, kind=query.kind, limit=query.limit, cursor=query.cursor)
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
    }
