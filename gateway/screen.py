"""One screen at the other end of a socket: who sits there, what they may see and asked for, and what waits for them."""

import asyncio
import re
from dataclasses import dataclass, replace

from aiohttp import web

from crm_core.model.account import Session
from crm_core.model.actor import Actor
from crm_core.model.event import Stamped
from crm_core.model.ids import AgentId, TokenId
from gateway import frames
from gateway.frames import Said


class Socket:
    """One screen: who sits there, what they may see, what they asked for, and what waits to be sent."""

    __slots__ = (
        "actor",
        "agent",
        "full_since",
        "held",
        "outbox",
        "position",
        "scope",
        "session",
        "token",
        "topics",
        "transport",
        "ws",
    )

    def __init__(
        self,
        ws: web.WebSocketResponse,
        transport: asyncio.Transport,
        *,
        actor: Actor,
        session: Session | None,
        token: TokenId | None,
    ) -> None:
        self.ws = ws
        self.transport = transport
        self.actor = actor
        self.agent = AgentId(actor.id)
        """Whose screen it is."""
        self.session = None if session is None else session.digest
        self.token = token
        self.scope: frozenset[str] = frozenset()
        self.topics: frozenset[str] | None = None
        self.position = 0
        self.held: list[Stamped] | None = []
        self.outbox: list[Said] = []
        self.full_since: float | None = None

    def wants(self, topics: frozenset[str] | None) -> bool:
        """Whether it named one of these; one that named none gets everything, and some things everybody gets."""
        return self.topics is None or topics is None or not self.topics.isdisjoint(topics)

    def watches(self, ticket: str) -> bool:
        """Whether signs about this ticket are wanted."""
        return self.topics is None or "tickets" in self.topics or f"ticket:{ticket}" in self.topics


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbours in the stream that the same screens hear of: what is asked of a screen is asked once for all of them."""

    events: tuple[Stamped, ...]
    said: tuple[Said, ...]
    topics: frozenset[str] | None
    whom: frozenset[str]
    """The agents that did it, and that it names."""
    opened: str
    """What a screen names on which the ticket stands open."""

    @property
    def first(self) -> Stamped:
        """In what counts for who hears of them, all are like it."""
        return self.events[0]

    @property
    def last(self) -> int:
        """Whoever heard all of it stands here."""
        return self.events[-1].position

    @property
    def audience(self) -> frozenset[str]:
        """Who may see them."""
        return self.events[0].audience

    def concerns(self, socket: Socket) -> bool:
        """Whether it is about who sits there, or about a ticket that stands open there; others only look on."""
        if socket.agent in self.whom:
            return True
        return socket.topics is not None and self.opened in socket.topics

    def after(self, position: int) -> "Run":
        """Without those that a screen has heard already."""
        if self.events[0].position > position:
            return self
        heard = sum(event.position <= position for event in self.events)
        return replace(self, events=self.events[heard:], said=self.said[heard:])


def run_of(events: tuple[Stamped, ...]) -> Run:
    """Of events that are alike; what is said of them is made once."""
    first, said = events[0], [frames.told(event) for event in events]
    return Run(
        events, (*said, *_AFTER.get(first.type, ())), topics_of(first), _whom(events), opened=f"ticket:{first.ticket}"
    )


_AFTER: dict[str, tuple[Said, ...]] = {"city.loaded": (("refresh", '"tickets"'),), "job.ended": (("reset", "true"),)}
"""What is said besides, where more changed than the event tells. These are told one by one."""


_NAMED = re.compile(r'"(?:agent|assignee)":"([^"]*)"')


def _whom(events: tuple[Stamped, ...]) -> frozenset[str]:
    """Found in the text, which most who hear of an event never read."""
    named = (name for event in events for name in _NAMED.findall(event.facts_text))
    return frozenset((*named, *(event.actor.id for event in events)))


def topics_of(event: Stamped) -> frozenset[str] | None:
    """What a screen must have named, one of these, to hear of it; None: it hears of it in any case."""
    if event.type.startswith("offer."):
        return None
    if event.ticket is not None:
        return frozenset({"tickets", f"ticket:{event.ticket}"})
    if event.type.startswith("agent."):
        return frozenset({"agents", f"agent:{event.facts.get('agent')}"})
    return None
