"""The faces of our values as the API's description shows them; the values themselves are made in `model/view.py`.

They describe, and tests hold the answers against them; serving does not pass through them.
"""

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from crm_core.model.agent import Duty, Role
from crm_core.model.check import Check
from crm_core.model.message import Delivery, Direction
from crm_core.model.plan import Hold
from crm_core.model.ticket import Status
from gateway.http import face
from gateway.http.faces_people import CustomerItem

Face = face.Face
T = TypeVar("T")
Level = Literal["low", "normal", "high", "urgent", "emergency"]


class Due(Face):
    """The nearest promise."""

    at: datetime
    kind: Literal["first", "next", "resolution", "acceptance"]


class Still(Face):
    """Why the clock of the solution stands still. Without `until` its policy does not heed the reason: it runs."""

    reason: Literal["citizen", "documents", "appointment", "third_party", "authority", "force"]
    since: datetime
    until: datetime | None


class TicketRow(Face):
    """A ticket as lists show it."""

    id: str
    number: str
    subject: str
    status: Status
    priority: Level
    service: str
    queue: str
    assignee: str | None
    customer: str
    customer_name: str
    channel: str
    language: str | None
    snippet: str
    live: bool
    confidential: bool
    readers: list[str]
    created_at: datetime
    updated_at: datetime
    awaiting_since: datetime | None
    snoozed_until: datetime | None
    due: Due | None
    promises: dict[Literal["first", "next", "resolution", "acceptance"], datetime]
    pause: Still | None
    cycle: int
    erased_at: datetime | None
    """Since when its words are gone; counts, times and service stay."""
    related: str | None
    unit: str | None
    parent: str | None
    """The whole that this ticket is a part of."""
    confidence: int | None
    """How sure the rule was of the service, in percent; null where the door asked or somebody chose."""
    matched: list[str]
    """The words that decided."""
    version: int


class Attachment(Face):
    """A file of a message."""

    id: str
    name: str
    type: str
    size: int
    inline: bool
    check: Check | None
    """Why it may not be opened; null where nothing stands against it, or nobody looks into files."""
    found: str | None
    """What the virus scanner found in it; `too-large` where it was not looked into for its size."""


class CitedItem(Face):
    """What an answer of the library said when it was inserted."""

    answer: str
    language: str
    facts: dict[str, str]


class Fold(Face):
    """Lines of a message's text, from `first` up to and without `last`, that its writer quoted or signs with."""

    kind: Literal["quoted", "signed"]
    first: int
    last: int


class MessageItem(Face):
    """A message in a timeline. `html` is the cleaned body where one was asked for, else whether there is one."""

    type: Literal["message"]
    id: str
    ticket: str
    direction: Direction
    channel: str
    sender: str
    author: str | None
    text: str
    folds: list[Fold]
    """What of it can be folded away: quotations and signatures, in order."""
    cut: bool
    html: bool | str | None
    subject: str | None
    attachments: list[Attachment]
    created_at: datetime
    at_version: int
    proven: bool
    flags: list[str]
    cites: list[CitedItem]
    """What its answers said when it was written, of one that waited; judged again when it leaves."""
    delivery: Delivery
    delivery_reason: str | None
    send_at: datetime | None
    """When it leaves, while it waits for that."""
    hold: Hold | None
    instead_of: str | None
    """The message that did not arrive and that this one stands in for."""
    instead: str | None
    """The message that went another way after this one did not arrive."""
    address: str | None
    version: int


class Does(Face):
    """Who did it."""

    kind: str
    id: str


class EventItem(Face):
    """Something that happened, as a line of a timeline."""

    type: Literal["event"]
    id: str
    event: str
    at: datetime
    actor: Does
    facts: dict[str, Any]
    said: str | None
    """Why they did it, in their own words; None where they said nothing, or it was erased."""
    ticket: str | None
    at_version: int
    position: int


class Units(Face):
    """How much, in all and by channel."""

    total: int
    by_channel: dict[str, int]


class AgentItem(Face):
    """A member of staff as colleagues see them."""

    id: str
    name: str
    email: str
    role: Role
    duty: Duty
    duty_since: datetime
    duty_reason: str | None
    next_duty: Duty | None
    languages: list[str]
    skills: dict[str, int]
    capacity: Units
    load: Units
    active: bool
    teams: list[str]
    lent: list[str]
    """Those of their teams that they serve for now: until they are given back, or go off duty."""
    version: int


class Participant(Face):
    """Somebody on the other side of one strand of a ticket."""

    channel: str
    address: str
    last_inbound_at: datetime | None


class TicketWhole(TicketRow):
    """A ticket with what its page shows beside it."""

    customer_detail: CustomerItem
    participants: list[Participant]
    position: int


class Marks(Face):
    """Where the words stand, as pairs of code points: from, and to (exclusive)."""

    subject: list[tuple[int, int]]
    snippet: list[tuple[int, int]]


class Found(Face):
    """Something that was found. A customer or an answer has neither ticket nor number; the subject is its name."""

    kind: Literal["ticket", "message", "customer", "answer"]
    id: str
    ticket: str | None
    number: str | None
    subject: str
    snippet: str
    created_at: datetime
    marks: Marks


class Session(Face):
    """Who I am, and what I need to listen."""

    agent: AgentItem
    csrf: str | None
    position: int
    scope: list[str]
    language: str | None
    theme: str | None


class Page(Face, Generic[T]):
    """A page of a list; `next` is the cursor of the next one."""

    items: list[T]
    next: str | None


class PositionedPage(Page[T], Generic[T]):
    """A page, with the position of the stream read before it."""

    position: int
