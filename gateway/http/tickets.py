"""Tickets: lists and the whole of one."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from crm_core.model.errors import BadInput, Problem
from crm_core.model.ids import CustomerId, QueueId
from crm_core.model.ticket import Conversation, Status
from crm_core.model.view import Json, maybe_instant, ticket_row
from crm_core.queries import inbox_list, ticket
from crm_core.queries.inbox_list import Wanted
from gateway.http import faces
from gateway.http.customers import customer_item
from gateway.http.routes import API, Ask, Asked, route

Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str, Field(max_length=400)]
Key = Annotated[str, Field(max_length=60)]


def _split(value: object) -> object:
    return [part for part in value.split(",") if part] if isinstance(value, str) else value


class ListQuery(Asked):
    """Which tickets, in which order. `status` takes several, with commas between."""

    status: Annotated[list[Status], BeforeValidator(_split), Field(max_length=6)] | None = None
    queue: Key | None = None
    assignee: Key | None = None
    customer: Key | None = None
    sort: Literal["due", "created_at", "-created_at", "updated_at", "-updated_at", "priority", "-priority"] = (
        "-updated_at"
    )
    limit: Limit = 50
    cursor: Cursor | None = None


@route("GET", f"{API}/tickets", query=ListQuery, answer=faces.PositionedPage[faces.TicketRow])
async def page(ask: Ask, *, query: ListQuery) -> Json:
    """The tickets that I may see. `queue` takes an id or a slug; `assignee` an id, `me` or `none`."""
    statuses = tuple(sorted(set(query.status))) if query.status else tuple(Status)
    found = await ask.read(
        inbox_list.page,
        Wanted(
            statuses=statuses,
            queue=_queue(ask, query.queue),
            assignee=ask.known.agent if query.assignee == "me" else query.assignee,
            customer=None if query.customer is None else CustomerId(query.customer),
            sort=query.sort,
            limit=query.limit,
            cursor=query.cursor,
        ),
    )
    return {"items": [ticket_row(one) for one in found.items], "next": found.next, "position": found.position}


@route("GET", f"{API}/tickets/{{id}}", answer=faces.TicketWhole)
async def show(ask: Ask, *, id: str) -> Json:
    """One ticket, by its id or its number."""
    whole = await ask.read(ticket.whole, id)
    return {
        **ticket_row(whole.ticket),
        "customer_detail": customer_item(whole.customer, at=ask.house.clock()),
        "participants": [_participant(ask, strand) for strand in whole.strands],
        "position": whole.position,
    }


def _queue(ask: Ask, key: str | None) -> QueueId | None:
    if key is None:
        return None
    for queue in ask.house.keeper.setup.queues:
        if key in (queue.id, queue.slug):
            return queue.id
    raise BadInput(Problem("queue", "There is no such queue."))


def _participant(ask: Ask, strand: Conversation) -> Json:
    inbox = ask.house.keeper.house.inboxes.get(strand.inbox)
    return {
        "channel": "" if inbox is None else inbox.channel,
        "address": str(strand.address),
        "last_inbound_at": maybe_instant(strand.last_inbound_at),
    }
