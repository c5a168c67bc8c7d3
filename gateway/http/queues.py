"""How queues look for an agent."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from crm_core.actions import queues as actions
from crm_core.model.ids import QueueId
from crm_core.model.queue import Profile, Queue, Widening
from crm_core.model.view import Json, profile_face
from gateway.http import faces
from gateway.http.routes import API, Ask, Input, route

Seconds = Annotated[float, Field(ge=0, le=7 * 86400)]


class RingBody(Input):
    """After so many seconds no more than this level of the skill is asked (null: of each); 0 drops it."""

    after: Seconds
    skill: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    least: Annotated[int, Field(ge=0, le=5)] = 0


class ProfileBody(Input):
    """How a queue looks for an agent; lengths of time in seconds.

    `hold`: so long work is kept at most for whoever had its ticket last; `handle`: how long one usually takes, when
    less than twice that is left of its promise it counts as one step more urgent; `overflow`: the queue it goes to when
    it has waited `overflow_after`; `wrap_up`: so long an agent may finish what belongs to a contact that is over (0: no
    wrap-up). `version`: what I had seen.
    """

    rings: Annotated[list[RingBody], Field(max_length=10, default_factory=list)]
    hold: Annotated[float, Field(ge=0, le=30)] = 30
    handle: Annotated[float, Field(ge=1, le=86400)] | None = None
    overflow: str | None = None
    overflow_after: Annotated[float, Field(ge=1, le=7 * 86400)] = 300
    wrap_up: Annotated[float, Field(ge=0, le=3600)] = 60
    version: int | None = None


class RingItem(faces.Face):
    """One ring, as said."""

    after: float
    skill: str | None
    least: int


class ProfileItem(faces.Face):
    """How this queue looks for an agent now, and the queue's version; lengths of time in seconds."""

    queue: str
    version: int
    rings: list[RingItem]
    hold: float
    handle: float | None
    overflow: str | None
    overflow_after: float
    wrap_up: float


@route("PUT", f"{API}/queues/{{id}}/profile", body=ProfileBody, answer=ProfileItem)
async def shape(ask: Ask, *, id: str, body: ProfileBody) -> Any:
    """Say how it looks for an agent from now on: rings, hold, usual length, overflow."""
    return await ask.do(
        _item,
        actions.shape,
        QueueId(id),
        profile=_profile(body),
        house=ask.house.keeper.house,
        seen_version=body.version,
    )


def _item(queue: Queue) -> Json:
    return {"queue": queue.id, "version": queue.version, **profile_face(queue.profile)}


def _profile(body: ProfileBody) -> Profile:
    rings = sorted(body.rings, key=lambda ring: ring.after)
    return Profile(
        rings=tuple(
            Widening(after=timedelta(seconds=ring.after), skill=ring.skill, least=ring.least) for ring in rings
        ),
        hold=timedelta(seconds=body.hold),
        handle=None if body.handle is None else timedelta(seconds=body.handle),
        overflow=None if body.overflow is None else QueueId(body.overflow),
        overflow_after=timedelta(seconds=body.overflow_after),
        wrap_up=timedelta(seconds=body.wrap_up),
    )
