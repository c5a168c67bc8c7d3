"""Events about the house itself: its people, doors, queues, and what it could not read."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from crm_core.model.agent import Agent, Duty
from crm_core.model.board import Aims
from crm_core.model.event import ADMINS, Event
from crm_core.model.ids import AgentId, AppKeyId, InboxId, WireId
from crm_core.model.inbox import Inbox
from crm_core.model.queue import Queue, Team
from crm_core.model.view import Json, agent_facts, maybe_instant, profile_face
from crm_core.model.wishes import Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDuty(Event):
    """A member of staff is available, on a break, gone."""

    agent: AgentId
    duty: Duty
    reason: str | None
    since: datetime
    version: int
    next: Duty | None = None

    def facts(self) -> Json:
        return {
            "agent": self.agent,
            "duty": self.duty,
            "reason": self.reason,
            "since": maybe_instant(self.since),
            "version": self.version,
            "next": self.next,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent(Event):
    """Anything about a member of staff's account."""

    agent: Agent

    def facts(self) -> Json:
        return {"agent": self.agent.id, **agent_facts(self.agent)}

    def words(self) -> Json:
        return {"name": self.agent.name, "email": self.agent.email}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAdded(AgentEvent):
    """Somebody joined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChanged(AgentEvent):
    """Role, teams, skills or the account itself changed: scopes are built again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WishesChanged(Event):
    """Somebody chose what they are told of while they are away; their own screens hear it."""

    audience: ClassVar[frozenset[str]] = frozenset()
    agent: AgentId
    wishes: Wishes

    def facts(self) -> Json:
        return {"agent": self.agent, "browser": sorted(self.wishes.browser), "words": self.wishes.words}

    def for_whom(self) -> frozenset[str]:
        return frozenset({f"a:{self.agent}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEvent(Event):
    """Something about access that an auditor asks for: sign-ins, tokens, links."""

    audience: ClassVar[frozenset[str]] = ADMINS
    agent: AgentId
    detail: str = ""

    def facts(self) -> Json:
        return {"agent": self.agent, "detail": self.detail}

    def for_whom(self) -> frozenset[str]:
        return self.audience | {f"a:{self.agent}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened(SecurityEvent):
    """Somebody signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(SecurityEvent):
    """Sessions were ended: their sockets close within a second, in all processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMade(SecurityEvent):
    """A program may act for somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(SecurityEvent):
    """A program may no longer act for somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEvent(Event):
    """Anything about an inbox; never its settings."""

    inbox: Inbox

    def facts(self) -> Json:
        inbox = self.inbox
        return {
            "inbox": inbox.id,
            "channel": inbox.channel,
            "name": inbox.name,
            "queue": inbox.queue,
            "address": inbox.address,
            "active": inbox.active,
            "version": inbox.version,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEvent(Event):
    """Anything about what programs of others bring to an inbox; never the key."""

    audience: ClassVar[frozenset[str]] = ADMINS
    key: AppKeyId
    inbox: InboxId

    def facts(self) -> Json:
        return {"key": self.key, "inbox": self.inbox}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMade(KeyEvent):
    """A program of others may file at this inbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked(KeyEvent):
    """A program of others may no longer file at this inbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxAdded(InboxEvent):
    """A new door."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxChanged(InboxEvent):
    """A door's settings changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgingPaused(Event):
    """So much was to be acknowledged by an inbox that nothing is until then; it ends by itself."""

    audience: ClassVar[frozenset[str]] = ADMINS
    inbox: Inbox
    until: datetime

    def facts(self) -> Json:
        return {"inbox": self.inbox.id, "until": maybe_instant(self.until)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamChanged(Event):
    """A team was made, or has another name."""

    team: Team

    def facts(self) -> Json:
        return {"team": self.team.id, "name": self.team.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueChanged(Event):
    """A queue was made or changed."""

    queue: Queue

    def facts(self) -> Json:
        queue = self.queue
        return {
            "queue": queue.id,
            "slug": queue.slug,
            "name": queue.name,
            "titles": queue.titles,
            "team": queue.team,
            "icon": queue.icon,
            "order": queue.order,
            "active": queue.active,
            "version": queue.version,
            "profile": profile_face(queue.profile),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AimsChanged(Event):
    """What the house wants of its live contacts is another; boards begin anew."""

    aims: Aims

    def facts(self) -> Json:
        return self.aims.shown()


@dataclass(frozen=True, slots=True, kw_only=True)
class WireEvent(Event):
    """Anything about raw input that could not be read."""

    audience: ClassVar[frozenset[str]] = ADMINS
    wire: WireId
    inbox: InboxId
    why: str = ""

    def facts(self) -> Json:
        return {"wire": self.wire, "inbox": self.inbox, "why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class WireQuarantined(WireEvent):
    """It is kept raw and can be read again after a mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireReread(WireEvent):
    """It was read after all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CityLoaded(Event):
    """History was imported; screens load their views again."""

    name: str
    counts: dict[str, int] = field(default_factory=dict)

    def facts(self) -> Json:
        return {"name": self.name, "counts": self.counts}
