"""What is held out to me, and asking for the next piece of work myself."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from crm_core.actions import offers as actions
from crm_core.model.ids import OfferId
from crm_core.model.ticket import Ticket
from crm_core.model.view import Json, offer_facts, ticket_row
from crm_core.model.work import Offer, Refused, Work
from crm_core.queries import offers
from gateway.http import faces
from gateway.http.routes import API, Ask, Input, route
from routing.decision import Timing

FLOOR = Timing()


class OfferOthers(faces.Face):
    """Of so many who are able besides: not there, without room, refused it, fit it less, free for less long."""

    able: int
    away: int
    full: int
    refused: int
    fit: int
    later: int


class OfferReason(faces.Face):
    """Why it came to me, and before what else waits; lengths of time in seconds.

    `free`: so long I idle, the longest of those who fit as well; `known`: I had the ticket last, `held`: it was kept for
    me; `aged`: its priority by waiting, `pressing`: by its promise; `widened`: so many times less was asked since it
    came; `others`: why nobody else.
    """

    free: int
    known: bool
    waited: int
    priority: faces.Level
    aged: bool
    head_start: int
    held: bool
    pressing: bool
    widened: int
    others: OfferOthers | None


class OfferItem(faces.Face):
    """A piece of work held out to me, with its ticket.

    `head_start`: seconds that it counts as having waited longer, where its channel drifts from the promise.
    """

    id: str
    work: str
    ticket: str
    agent: str
    made_at: str
    expires_at: str
    why: str
    because: OfferReason | None
    state: str
    head_start: float
    refusal: Refused | None
    row: faces.TicketRow


@route("GET", f"{API}/offers", answer=faces.Page[OfferItem])
async def mine(ask: Ask) -> Json:
    """Offers that wait for my answer."""
    return {"items": [_item(offer, ticket) for offer, ticket in await ask.read(offers.mine)], "next": None}


@route("POST", f"{API}/offers/{{id}}/acceptances", answer=faces.TicketRow)
async def accept(ask: Ask, *, id: str) -> Any:
    """Take it; the ticket is mine. 410 where I was too late."""
    return await ask.do(ticket_row, actions.accept, OfferId(id))


class RefusalBody(Input):
    """Why not: by the list, so that it can be counted, and in a few words."""

    reason: Refused = Refused.OTHER
    words: Annotated[str, Field(max_length=500)] | None = None


@route("POST", f"{API}/offers/{{id}}/refusals", body=RefusalBody, status=204)
async def decline(ask: Ask, *, id: str, body: RefusalBody) -> None:
    """Not this one: it waits again with its age, and I am not asked again soon."""
    await ask.do(_nothing, actions.decline, OfferId(id), why=body.reason, said=body.words)


@route("POST", f"{API}/work/next", answer=faces.TicketRow, may_be_empty=True)
async def take_next(ask: Ask) -> Any:
    """The next piece that I am able to do; 204 where nothing waits for me."""
    queues = ask.house.keeper.house.queues

    def handle(work: Work) -> timedelta:
        return FLOOR.handle_of(work, profile=queues[work.queue].profile)

    return await ask.do(
        _row,
        actions.take_next,
        ageing_live=FLOOR.live.ageing,
        ageing_deferred=FLOOR.deferred.ageing,
        handle=handle,
    )


def _nothing(_work: Work) -> None:
    """A refusal is answered without words."""


def _row(ticket: Ticket | None) -> Json | None:
    return None if ticket is None else ticket_row(ticket)


def _item(offer: Offer, ticket: Ticket) -> Json:
    return {**offer_facts(offer), "row": ticket_row(ticket)}
