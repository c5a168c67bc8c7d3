"""Tickets: one matter to be solved; and conversations, its strands."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from crm_core.model.address import Address
from crm_core.model.ids import (
    AgentId,
    ConversationId,
    CustomerId,
    InboxId,
    PlaceId,
    QueueId,
    ServiceId,
    TicketId,
    UnitId,
    chance,
)
from crm_core.model.sla import Clock

_SIGNS = "34679ACDEFGHJKMNPQRTUVWXY"  # no 0/O, 1/I/L, 8/B, 5/S or 2/Z: it reads well aloud


class Status(StrEnum):
    """WAITING is on the citizen, ON_HOLD on somebody else; snoozed is a time, not a status."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"

    @property
    def active(self) -> bool:
        """Whether the matter still wants something from anybody."""
        return self not in (Status.SOLVED, Status.CLOSED)


class Priority(IntEnum):
    """1 low … 5 emergency, as the keys of the console."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4
    EMERGENCY = 5


@dataclass(frozen=True, slots=True)
class Ticket:
    """One matter, whatever doors it came by.

    `version` counts every change and orders the timeline. `channel` is where it was last
    written from. `due_at` is the nearest promise and `due_kind` says which (`first`,
    `next`, `resolution`, `acceptance`); None when nothing is promised now. `awaiting_since` is since when the
    citizen waits for our word. `clock` is what its promises are counted from, `rank` its place in lists by
    priority, which grows with waiting (`rules/ageing.py`). `snippet` is the last words, for the list. `related` names an older
    ticket this may belong to, for the agent to judge. `unit` owns the matter now, by its
    service and `place`. `parent` is the whole that this is a part of; its owner owns the
    whole. `received_in` is the queue that had it first, whatever happens later. `confidence`
    (percent) and `matched` say how sure the rule was of the service and by which words;
    None where the door asked, or an agent chose. `published_in` is the inbox at which it was
    filed for everybody to see (`rules/publishing.py`). `erased_at`: its words are gone, its counts and times stay.
    """

    id: TicketId
    number: str
    subject: str
    status: Status
    priority: Priority
    service: ServiceId
    queue: QueueId
    customer: CustomerId
    customer_name: str
    channel: str
    created_at: datetime
    updated_at: datetime
    assignee: AgentId | None = None
    language: str | None = None
    snippet: str = ""
    live: bool = False
    confidential: bool = False
    readers: frozenset[AgentId] = frozenset()
    related: TicketId | None = None
    snoozed_until: datetime | None = None
    first_answered_at: datetime | None = None
    awaiting_since: datetime | None = None
    solved_at: datetime | None = None
    first_due_at: datetime | None = None
    resolution_due_at: datetime | None = None
    due_at: datetime | None = None
    due_kind: str | None = None
    clock: Clock = field(default_factory=Clock)
    rank: int = 0
    version: int = 1
    unit: UnitId | None = None
    place: PlaceId | None = None
    parent: TicketId | None = None
    received_in: QueueId | None = None
    confidence: int | None = None
    matched: tuple[str, ...] = ()
    erased_at: datetime | None = None
    published_in: InboxId | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One strand of a ticket: an inbox, the address on the other side, the remote thread key.

    `reply_to` is where the other side asks answers to go; it is nobody's identity.
    `last_outbound_at` is when we last wrote here: where a wire names no strands, that
    makes it the current one of its inbox and address. `live_until`: a talk goes on here, and is
    over then unless somebody says something; None where there is none.
    """

    id: ConversationId
    ticket: TicketId
    inbox: InboxId
    address: Address
    thread_key: str | None
    subject: str
    created_at: datetime
    last_inbound_at: datetime | None = None
    reply_to: Address | None = None
    last_outbound_at: datetime | None = None
    live_until: datetime | None = None


def fresh_number() -> str:
    """A random ticket number with its check digit, such as `ON-4F7K-2931`.

    No counter: nothing to guess and no row that all writers fight for. 390 million
    numbers; the store's unique index turns the rare second hit into a retry.
    """
    rest, number = divmod(chance(below=len(_SIGNS) ** 4 * 1000), 1000)
    letters = ""
    for _ in range(4):
        rest, sign = divmod(rest, len(_SIGNS))
        letters += _SIGNS[sign]
    digits = f"{number:03}"
    return f"ON-{letters}-{digits}{_check_digit(letters + digits)}"


def is_number(text: str) -> bool:
    """Whether this is a well-formed ticket number with the right check digit."""
    parts = text.split("-")
    if len(parts) != 3 or parts[0] != "ON" or len(parts[1]) != 4 or len(parts[2]) != 4:
        return False
    _, letters, digits = parts
    if not (set(letters) <= set(_SIGNS) and digits.isascii() and digits.isdigit()):
        return False
    return digits[3] == _check_digit(letters + digits[:3])


def _check_digit(signs: str) -> str:
    """ISO 7064 MOD 11,10 over the signs' two-digit ranks: it catches any one wrong digit."""
    digits = "".join(sign if sign.isdigit() else f"{_SIGNS.index(sign):02}" for sign in signs)
    rest = 10
    for digit in digits:
        rest = (rest + int(digit)) % 10 or 10
        rest = rest * 2 % 11
    return str((11 - rest) % 10)
