"""Customers: whom we serve, their addresses and their whole history."""

from typing import Annotated

from pydantic import Field

from crm_core.model.customer import Customer, Identity
from crm_core.model.ids import CustomerId
from crm_core.model.view import Json, instant
from crm_core.queries import customer
from gateway.http import faces
from gateway.http.routes import API, Ask, Asked, route
from gateway.http.timeline import TimelineItem, item


class FindQuery(Asked):
    """The beginning of a name, a mail address or a number."""

    q: Annotated[str, Field(min_length=1, max_length=200)]


@route("GET", f"{API}/customers", query=FindQuery, answer=faces.Page[faces.CustomerItem])
async def find(ask: Ask, *, query: FindQuery) -> Json:
    """Customers of whom I may see a ticket, at most fifty."""
    found = await ask.read(customer.find, query.q)
    return {"items": [customer_item(one.customer, one.identities) for one in found], "next": None}


@route("GET", f"{API}/customers/{{id}}", answer=faces.CustomerItem)
async def show(ask: Ask, *, id: str) -> Json:
    """A customer of whom I may see a ticket; somebody who was merged is answered by who they are now."""
    found = await ask.read(customer.customer, CustomerId(id))
    return customer_item(found.customer, found.identities)


class HistoryQuery(Asked):
    """How much, and from where."""

    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


@route("GET", f"{API}/customers/{{id}}/timeline", query=HistoryQuery, answer=faces.PositionedPage[TimelineItem])
async def history(ask: Ask, *, id: str, query: HistoryQuery) -> Json:
    """What was said with them through every door, newest first, in tickets that I may see."""
    found = await ask.read(customer.history, CustomerId(id), limit=query.limit, cursor=query.cursor)
    return {"items": [item(one) for one in found.items], "next": found.next, "position": found.position}


def customer_item(found: Customer, identities: tuple[Identity, ...]) -> Json:
    """A customer with their addresses."""
    return {
        "id": found.id,
        "name": found.name,
        "language": found.language,
        "kind": found.kind,
        "created_at": instant(found.created_at),
        "identities": [
            {
                "id": one.id,
                "address": str(one.address),
                "scheme": one.address.scheme,
                "proven": one.proven,
                "evidence": one.evidence,
                "shared": one.shared,
                "created_at": instant(one.created_at),
            }
            for one in identities
        ],
        "version": found.version,
    }
