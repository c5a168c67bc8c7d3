"""What supervisors say to the floor: said, listed with how many read it, read, and taken back."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from crm_core.actions import broadcasting
from crm_core.model.broadcast import LASTS_AT_MOST, LONGEST, broadcast_item
from crm_core.model.ids import BroadcastId, QueueId
from crm_core.model.view import Json
from crm_core.queries import broadcasts
from gateway.http import faces
from gateway.http.routes import API, Ask, Input, route

MOST_MINUTES = LASTS_AT_MOST // timedelta(minutes=1)


class BroadcastItem(faces.Face):
    """For everybody, or for those who serve the `queue` (by its `team`); it stands `until`, or was taken back at `ended_at`."""

    id: str
    author: str
    queue: str | None
    team: str | None
    text: str
    said_at: str
    until: str
    ended_at: str | None
    version: int


class StandingBroadcast(BroadcastItem):
    """One that stands; so many have `heard` it."""

    heard: int


class Words(Input):
    """What to say, to whom (nobody named: to everybody), and for how long it stands."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    queue: Annotated[str, Field(max_length=60)] | None = None
    minutes: Annotated[int, Field(ge=1, le=MOST_MINUTES)] = 60


@route("GET", f"{API}/broadcasts", answer=faces.Page[StandingBroadcast])
async def standing(ask: Ask) -> Json:
    """What stands now, the oldest first, with how many read it."""
    found = await ask.read(broadcasts.standing)
    return {"items": [{**broadcast_item(one), "heard": heard} for one, heard in found], "next": None}


@route("POST", f"{API}/broadcasts", body=Words, answer=BroadcastItem, status=201)
async def say(ask: Ask, *, body: Words) -> Any:
    """Say something to everybody on the floor, or to those who serve one queue: their screens show it at once."""
    until = ask.house.clock() + timedelta(minutes=body.minutes)
    queue = None if body.queue is None else QueueId(body.queue)
    return await ask.do(broadcast_item, broadcasting.broadcast, body.text, queue=queue, until=until)


@route("POST", f"{API}/broadcasts/{{id}}/hearings", answer=BroadcastItem, status=201)
async def hear(ask: Ask, *, id: str) -> Any:
    """I have read it: none of my screens shows it any more."""
    return await ask.do(broadcast_item, broadcasting.hear, BroadcastId(id))


@route("DELETE", f"{API}/broadcasts/{{id}}", status=204)
async def take_back(ask: Ask, *, id: str) -> None:
    """Take back what I said: no screen shows it any more."""
    await ask.house.desk.do(ask.actor, broadcasting.take_back, BroadcastId(id))
