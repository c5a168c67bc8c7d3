"""Who does it. Every action and every event has exactly one actor."""

from dataclasses import dataclass
from enum import StrEnum

from crm_core.model.ids import AgentId, InboxId


class ActorKind(StrEnum):
    """The kinds of actor; what each may do is decided in `rules/access.py`."""

    AGENT = "agent"
    CITIZEN = "citizen"
    INBOX = "inbox"
    WORKER = "worker"
    AUTOMATION = "automation"
    IMPORTER = "importer"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor by kind and id; `scopes` narrow an API client to part of its owner's rights.

    For a CLIENT the id is its owner's agent id: a token is a person acting by program.
    """

    kind: ActorKind
    id: str
    scopes: frozenset[str] = frozenset()

    @classmethod
    def agent(cls, agent: AgentId) -> "Actor":
        """A member of staff at a screen."""
        return cls(ActorKind.AGENT, agent)

    @classmethod
    def client(cls, owner: AgentId, *, scopes: frozenset[str] = frozenset()) -> "Actor":
        """A program with its owner's rights, narrowed by scopes (none: all of them)."""
        return cls(ActorKind.CLIENT, owner, scopes)

    @classmethod
    def inbox(cls, inbox: InboxId) -> "Actor":
        """A configured account on a channel, through which contacts come in."""
        return cls(ActorKind.INBOX, inbox)

    @classmethod
    def worker(cls, name: str) -> "Actor":
        """A part of the product that runs by itself, such as `sender` or `router`."""
        return cls(ActorKind.WORKER, name)

    @classmethod
    def importer(cls, name: str) -> "Actor":
        """A bulk load of history: times are given, nobody is notified."""
        return cls(ActorKind.IMPORTER, name)

    @property
    def is_person(self) -> bool:
        """Whether a member of staff stands behind it, at a screen or by program."""
        return self.kind in (ActorKind.AGENT, ActorKind.CLIENT)
