"""What looks like spam: held where a person looks, never dropped; and whom we block."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from crm_core.model.ids import AgentId, BlockId, QueueId, TicketId

ROOM: Final = QueueId("suspected")
"""The queue in which held tickets stand. No team serves it: supervisors look, and nothing is offered."""


class Sign(StrEnum):
    """What speaks for spam, or against it."""

    BLOCKED = "blocked"
    FORGED = "forged"
    LINKS = "links"
    MANY_LINKS = "many_links"
    SAME = "same"
    AUTOMATIC = "automatic"
    KNOWN = "known"


class SuspicionState(StrEnum):
    """Held until somebody looks; then released into normal work, or called spam. Either can be undone."""

    HELD = "held"
    RELEASED = "released"
    SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One ticket that was held, or that an agent called spam. `id` is the ticket's; `queue` is where it goes if it is none."""

    id: TicketId
    state: SuspicionState
    score: int
    signs: tuple[Sign, ...]
    queue: QueueId
    at: datetime
    by: AgentId | None = None
    why: str = ""
    version: int = 1


class BlockKind(StrEnum):
    """What is blocked: one address, all of a domain, or a network from which forms and mail come."""

    ADDRESS = "address"
    DOMAIN = "domain"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Block:
    """What comes from there is held, not dropped. It ends by itself at `until`; whoever lifts it sooner stands beside it."""

    id: BlockId
    kind: BlockKind
    value: str
    why: str
    by: AgentId
    at: datetime
    until: datetime
    lifted_at: datetime | None = None
    lifted_by: AgentId | None = None
    version: int = 1

    def stands(self, at: datetime) -> bool:
        """Whether it holds at this moment."""
        return self.lifted_at is None and at < self.until
