"""Spam: what is held, what was called so, and whom we block."""

from typing import Annotated, Any, Literal

from pydantic import Field

from crm_core.actions import suspecting as actions
from crm_core.actions.suspecting import Wanted
from crm_core.model.errors import NotAllowedNow
from crm_core.model.ids import BlockId, TicketId
from crm_core.model.suspicion import Block, BlockKind, Sign, SuspicionState
from crm_core.model.ticket import Ticket
from crm_core.model.view import Json, instant, ticket_row
from crm_core.queries import suspected
from crm_core.queries.suspected import Suspected
from crm_core.rules import cursors
from crm_core.rules.suspicion import THRESHOLD
from gateway.http import faces
from gateway.http.routes import API, Ask, Asked, Input, route

Kind = Literal["address", "domain", "network"]
Said = Annotated[str, Field(max_length=500)]


class SuspectedItem(faces.Face):
    """A ticket that is held or was called spam: its score with the signs that make it, or who said so and why."""

    id: str
    number: str
    subject: str
    customer_name: str
    channel: str
    snippet: str
    created_at: str
    score: int
    signs: list[Sign]
    queue: str
    by: str | None
    why: str


class SuspectedQuery(Asked):
    """`held` waits for somebody; `spam` was looked at and can be taken back."""

    state: Literal["held", "spam"] = "held"
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


@route("GET", f"{API}/suspected", query=SuspectedQuery, answer=faces.Page[SuspectedItem])
async def page(ask: Ask, *, query: SuspectedQuery) -> Json:
    """What looks like spam, newest first."""
    at, last = cursors.opened(query.cursor, int, str) if query.cursor else (1 << 62, "~")
    found = await ask.read(suspected.page, SuspicionState(query.state), at=at, last=last, limit=query.limit + 1)
    shown = found[: query.limit]
    next = cursors.made(shown[-1].key, shown[-1].ticket.id) if len(found) > query.limit else None
    return {"items": [_item(one) for one in shown], "next": next}


class Done(faces.Face):
    """The ticket, and where it stands now."""

    id: str
    number: str
    status: str
    queue: str


@route("POST", f"{API}/suspected/{{id}}/releases", answer=Done, status=201)
async def release(ask: Ask, *, id: str) -> Any:
    """Not spam: it goes where it would have gone, as old as it is; what was called spam opens again.

    For supervisors; whoever called it spam takes that back, too.
    """
    return await ask.do(_done, actions.release, TicketId(id), house=ask.house.keeper.house)


class BlockBody(Input):
    """Whom, and for how many days: an address, a domain with all below it, or a network (`192.0.2.0/24`)."""

    kind: Kind
    value: Annotated[str, Field(min_length=1, max_length=320)]
    why: Said = ""
    days: Annotated[int, Field(ge=1, le=366)] = 30


class SpamBody(Input):
    """Why it is spam; with `block` what comes from there is held from now on."""

    why: Annotated[str, Field(min_length=1, max_length=500)]
    block: BlockBody | None = None
    seen_version: Annotated[int, Field(ge=1, le=1 << 53)] | None = None


@route("POST", f"{API}/tickets/{{id}}/spam", body=SpamBody, answer=Done, status=201)
async def call_spam(ask: Ask, *, id: str, body: SpamBody) -> Any:
    """It is spam: closed, unanswered, and it can be taken back. Blocking is for supervisors."""
    block = None if body.block is None else _wanted(body.block, why=body.why)
    seen = body.seen_version
    done = await ask.do(_done, actions.call_spam, TicketId(id), why=body.why, block=block, seen_version=seen)
    if block is not None:
        await ask.house.keeper.refresh()
    return done


class BlockItem(faces.Face):
    """Whom we block, who said so, why, and until when."""

    id: str
    kind: Kind
    value: str
    why: str
    by: str
    at: str
    until: str


@route("GET", f"{API}/blocks", answer=faces.Page[BlockItem])
async def blocks(ask: Ask) -> Json:
    """Whom we block now, at most 500, those that last longest first."""
    found = await ask.read(suspected.standing, at=ask.house.clock())
    return {"items": [_block(one) for one in found], "next": None}


@route("POST", f"{API}/blocks", body=BlockBody, answer=BlockItem, status=201)
async def add_block(ask: Ask, *, body: BlockBody) -> Any:
    """What comes from there is held from now on. Nothing is dropped."""
    made = await ask.do(_block, actions.add_block, _wanted(body, why=body.why))
    await ask.house.keeper.refresh()
    return made


@route("DELETE", f"{API}/blocks/{{id}}", status=204)
async def lift_block(ask: Ask, *, id: str) -> None:
    """It is held no longer."""
    await ask.house.desk.do(ask.actor, actions.lift_block, BlockId(id))
    await ask.house.keeper.refresh()


class SuspectingItem(faces.Face):
    """From which score on a contact is held; null: nothing is."""

    threshold: int | None
    recommended: int


class SuspectingBody(Input):
    """Null: nothing is held, whoever is blocked."""

    threshold: Annotated[int, Field(ge=1, le=10)] | None


@route("GET", f"{API}/suspecting", answer=SuspectingItem)
async def suspecting(ask: Ask) -> Json:
    """Whether anything is held."""
    await ask.read(suspected.may_look)
    return {"threshold": ask.house.keeper.house.suspecting, "recommended": THRESHOLD}


@route("PUT", f"{API}/suspecting", body=SuspectingBody, answer=SuspectingItem)
async def choose(ask: Ask, *, body: SuspectingBody) -> Json:
    """Hold what looks like spam from this score on, or nothing."""
    calendar = next(iter(ask.house.keeper.house.calendars), None)
    if calendar is None:
        raise NotAllowedNow("Set hours first: the room for it needs some.")
    await ask.house.desk.do(ask.actor, actions.choose_suspecting, threshold=body.threshold, calendar=calendar)
    await ask.house.keeper.refresh()
    return {"threshold": body.threshold, "recommended": THRESHOLD}


def _wanted(body: BlockBody, *, why: str) -> Wanted:
    return Wanted(BlockKind(body.kind), body.value, body.why or why, body.days)


def _item(one: Suspected) -> Json:
    row = ticket_row(one.ticket)
    kept = ("id", "number", "subject", "customer_name", "channel", "snippet", "created_at")
    said = one.suspicion
    return {
        **{name: row[name] for name in kept},
        "score": said.score,
        "signs": list(said.signs),
        "queue": said.queue,
        "by": said.by,
        "why": said.why,
    }


def _done(ticket: Ticket) -> Json:
    return {"id": ticket.id, "number": ticket.number, "status": ticket.status, "queue": ticket.queue}


def _block(one: Block) -> Json:
    return {
        "id": one.id,
        "kind": one.kind,
        "value": one.value,
        "why": one.why,
        "by": one.by,
        "at": instant(one.at),
        "until": instant(one.until),
    }
