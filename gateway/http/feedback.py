"""What people say of how they were served: the list, those of one ticket, and who is asked."""

from typing import Annotated, Any

from pydantic import Field

from crm_core.actions import feedback as actions
from crm_core.model.feedback import Asks, Feedback
from crm_core.model.ids import InboxId
from crm_core.model.inbox import Inbox
from crm_core.model.view import Json, instant, maybe_instant, ticket_row
from crm_core.queries import feedback, inboxes, ticket
from gateway.http import faces
from gateway.http.routes import API, Ask, Asked, Input, route


class FeedbackItem(faces.Face):
    """One asking. `score` is from 1 (worst) to 5, null while nobody said anything; the last answer counts."""

    id: str
    ticket: str
    service: str
    channel: str
    agent: str | None
    asked_at: str
    score: int | None
    comment: str
    given_at: str | None


class SaidItem(faces.Face):
    """What somebody said, and of which ticket."""

    id: str
    score: int
    comment: str
    given_at: str
    agent: str | None
    ticket: faces.TicketRow


class SaidQuery(Asked):
    """`show`: all, or unhappy (scores of 1 and 2)."""

    show: Annotated[str, Field(pattern="^(all|unhappy)$")] = "all"
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


@route("GET", f"{API}/feedback", query=SaidQuery, answer=faces.Page[SaidItem])
async def said(ask: Ask, *, query: SaidQuery) -> Json:
    """What people said of how they were served, the newest first; of confidential tickets nothing."""
    found = await ask.read(feedback.page, unhappy=query.show == "unhappy", limit=query.limit, cursor=query.cursor)
    return {"items": [_said(one) for one in found.items], "next": found.next}


@route("GET", f"{API}/tickets/{{id}}/feedback", answer=faces.Page[FeedbackItem])
async def of_ticket(ask: Ask, *, id: str) -> Json:
    """Each time that the citizen was asked in this ticket, and what they said."""
    found = await ask.read(feedback.of_ticket, await ask.read(ticket.resolve, id))
    return {"items": [_item(one) for one in found], "next": None}


class AskingItem(faces.Face):
    """One inbox: whether people who were answered from it are asked, and how its channel can (null: it cannot)."""

    inbox: str
    name: str
    channel: str
    asks: bool
    how: Asks | None


class AskingPage(faces.Face):
    """Every inbox, and for how many days nobody is asked a second time."""

    days: int
    items: list[AskingItem]
    next: None


@route("GET", f"{API}/asking", answer=AskingPage)
async def asking(ask: Ask) -> Json:
    """Who asks people how they were served, and how often."""
    found = await ask.read(inboxes.all_with_secrets)
    return {"days": ask.house.keeper.house.rest.days, "items": [_asking(ask, one) for one, _ in found], "next": None}


class RestBody(Input):
    """For how many days nobody is asked a second time."""

    days: Annotated[int, Field(ge=1, le=actions.LONGEST_REST)]


@route("PUT", f"{API}/asking", body=RestBody, status=204)
async def choose_rest(ask: Ask, *, body: RestBody) -> None:
    """For how many days nobody is asked a second time, whatever they come for."""
    await ask.house.desk.do(ask.actor, actions.choose_rest, days=body.days)
    await ask.house.keeper.refresh()


class AskingBody(Input):
    """Whether it asks."""

    asks: bool


@route("PUT", f"{API}/inboxes/{{id}}/asking", body=AskingBody, answer=AskingItem)
async def choose(ask: Ask, *, id: str, body: AskingBody) -> Any:
    """Whether people who were answered from this inbox are asked how they were served, once a ticket is solved."""
    house = ask.house.keeper.house
    inbox = await ask.house.desk.do(ask.actor, actions.choose_asking, InboxId(id), asks=body.asks, house=house)
    await ask.house.keeper.refresh()
    return _asking(ask, inbox)


def _item(one: Feedback) -> Json:
    return {
        "id": one.id,
        "ticket": one.ticket,
        "service": one.service,
        "channel": one.channel,
        "agent": one.agent,
        "asked_at": instant(one.asked_at),
        "score": one.score,
        "comment": one.comment,
        "given_at": maybe_instant(one.given_at),
    }


def _said(one: feedback.Said) -> Json:
    mine = one.feedback
    return {
        "id": mine.id,
        "score": mine.score,
        "comment": mine.comment,
        "given_at": maybe_instant(mine.given_at),
        "agent": mine.agent,
        "ticket": ticket_row(one.ticket),
    }


def _asking(ask: Ask, inbox: Inbox) -> Json:
    can = ask.house.keeper.house.can.get(inbox.channel)
    return {
        "inbox": inbox.id,
        "name": inbox.name,
        "channel": inbox.channel,
        "asks": inbox.asks,
        "how": None if can is None else can.asks,
    }
