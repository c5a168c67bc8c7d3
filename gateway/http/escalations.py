"""Promises that became late so many at once, or by a change of rules, that a person is asked before anybody is told."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from crm_core.actions import clock as actions
from crm_core.model.view import Json, instant
from crm_core.queries import timers
from gateway.http import faces
from gateway.http.routes import API, Ask, Input, route


class HeldItem(faces.Face):
    """How many are held, and why: `clock` (so many at once), or the job of the change that made them late."""

    why: str
    count: int
    since: datetime


@route("GET", f"{API}/escalations", answer=faces.Page[HeldItem])
async def held(ask: Ask) -> Json:
    """What waits for a person's word."""
    found = await ask.read(timers.held)
    return {"items": [{"why": one.why, "count": one.count, "since": instant(one.since)} for one in found], "next": None}


class DecisionBody(Input):
    """What becomes of those held for this reason: people are told, or it goes on quietly."""

    why: Annotated[str, Field(min_length=1, max_length=60)]
    choice: Literal["tell", "quiet"]


class DecisionItem(faces.Face):
    """How many it was about."""

    count: int


@route("POST", f"{API}/escalations/decisions", body=DecisionBody, answer=DecisionItem)
async def decide(ask: Ask, *, body: DecisionBody) -> Any:
    """Say what becomes of them."""
    return await ask.do(_count, actions.release, why=body.why, choice=body.choice)


def _count(count: int) -> Json:
    return {"count": count}
