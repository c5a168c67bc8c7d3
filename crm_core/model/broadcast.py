"""A broadcast: what a supervisor says to everybody on the floor, or to those who serve one queue."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm_core.model.ids import AgentId, BroadcastId, QueueId, TeamId
from crm_core.model.view import Json, instant, maybe_instant

LONGEST = 500
"""Characters: it stands in a bar above the work, and is read in passing."""

LASTS_AT_MOST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Broadcast:
    """It stands until its end or until its author takes it back; for each of us until we say that we read it.

    With a queue it is for those who serve it, by the team that did when it was said.
    """

    id: BroadcastId
    author: AgentId
    queue: QueueId | None
    team: TeamId | None
    text: str
    said_at: datetime
    until: datetime
    ended_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Hearing:
    """Somebody has read a broadcast. Its id is made of both, so that nobody reads one twice."""

    id: str
    broadcast: BroadcastId
    agent: AgentId
    at: datetime


def broadcast_facts(one: Broadcast) -> Json:
    """All of it but its words."""
    return {
        "id": one.id,
        "author": one.author,
        "queue": one.queue,
        "team": one.team,
        "said_at": instant(one.said_at),
        "until": instant(one.until),
        "ended_at": maybe_instant(one.ended_at),
        "version": one.version,
    }


def broadcast_item(one: Broadcast) -> Json:
    """As screens get it."""
    return {**broadcast_facts(one), "text": one.text}
