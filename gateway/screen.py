"""One screen at the other end of a socket: who sits there, what they may see and asked for, and what waits for them."""

import asyncio

from aiohttp import web

from crm_core.model.account import Session
from crm_core.model.actor import Actor
from crm_core.model.event import Stamped
from crm_core.model.ids import AgentId, TokenId
from gateway.frames import Said


class Socket:
    """One screen: who sits there, what they may see, what they asked for, and what waits to be sent."""

    __slots__ = (
        "actor",
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
        self.session = None if session is None else session.digest
        self.token = token
        self.scope: frozenset[str] = frozenset()
        self.topics: frozenset[str] | None = None
        self.position = 0
        self.held: list[Stamped] | None = []
        self.outbox: list[Said] = []
        self.full_since: float | None = None

    @property
    def agent(self) -> AgentId:
        """Whose screen it is."""
        return AgentId(self.actor.id)

    def wants(self, event: Stamped) -> bool:
        """Whether it named this topic; one that named none gets everything."""
        if self.topics is None or event.type.startswith("offer."):
            return True
        if event.ticket is not None:
            return "tickets" in self.topics or f"ticket:{event.ticket}" in self.topics
        if event.type.startswith("agent."):
            return "agents" in self.topics or event.facts.get("agent") == self.actor.id
        return True

    def watches(self, ticket: str) -> bool:
        """Whether signs about this ticket are wanted."""
        return self.topics is None or "tickets" in self.topics or f"ticket:{ticket}" in self.topics
