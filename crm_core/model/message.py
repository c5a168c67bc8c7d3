"""What is said: messages as ours, and as they enter from or leave to a channel."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crm_core.model.address import Address
from crm_core.model.check import Check
from crm_core.model.consent import Wish
from crm_core.model.feedback import Question
from crm_core.model.habits import Filled
from crm_core.model.ids import (
    AgentId,
    ConversationId,
    FileId,
    InboxId,
    MessageId,
    ServiceId,
    TicketId,
    WireId,
)
from crm_core.model.plan import Hold, Plan
from crm_core.model.preferences import Need
from crm_core.model.report import Spot


class Direction(StrEnum):
    """From the citizen, to the citizen, or between colleagues (a note never leaves)."""

    IN = "in"
    OUT = "out"
    NOTE = "note"


class Delivery(StrEnum):
    """How far an outgoing message got; `rank` only grows, so late callbacks change nothing.

    UNKNOWN: the other side took it, or not: we died or timed out after the point of no
    return. Never resent by us; a person looks and chooses. NO_RELAY: nowhere to send to.
    SCHEDULED: it waits in the house for its time and can be taken back; no sender sees it.
    WITHDRAWN: it was taken back, or stopped, before it left. TO_PRINT and PRINTED: it goes on
    paper, and people print it and take it to the post; *sent* is posted.
    """

    RECEIVED = "received"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    NO_RELAY = "no_relay"
    SENDING = "sending"
    UNKNOWN = "unknown"
    TO_PRINT = "to_print"
    PRINTED = "printed"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message. `content_id` is set where the HTML shows it inline (`cid:`).

    `check` tells why it may not be opened, `found` what is in it, where a virus scanner looks at files.
    """

    id: FileId
    name: str
    type: str
    size: int
    digest: str
    content_id: str | None = None
    check: Check | None = None
    found: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One utterance in a conversation: in, out or note.

    `at_version` is the ticket's version that it made: the order of the timeline, whatever
    the clocks said. `external_id` is unique per inbox: a repeat is the same message.
    `proven` tells whether the sender's address was shown to be theirs. `sender` is the
    name to show; `author` the agent, on ours. `version` counts delivery changes. `plan`
    is what else was decided about an answer's way out.
    """

    id: MessageId
    ticket: TicketId
    conversation: ConversationId | None
    direction: Direction
    channel: str
    sender: str
    text: str
    created_at: datetime
    at_version: int
    address: Address | None = None
    author: AgentId | None = None
    inbox: InboxId | None = None
    html: str | None = None
    subject: str | None = None
    attachments: tuple[Attachment, ...] = ()
    external_id: str | None = None
    wire_id: str | None = None
    proven: bool = False
    flags: tuple[str, ...] = ()
    delivery: Delivery = Delivery.RECEIVED
    delivery_reason: str | None = None
    attempts: int = 0
    send_at: datetime | None = None
    wire: WireId | None = None
    version: int = 1
    plan: Plan | None = None

    @property
    def hold(self) -> Hold | None:
        """Why it waits, where it does."""
        return self.plan.hold if self.plan and self.delivery is Delivery.SCHEDULED else None


@dataclass(frozen=True, slots=True)
class File:
    """Content as it came, before it is stored; named by the SHA-256 of its bytes."""

    name: str
    type: str
    content: bytes
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A file that the wire only names: `at` is what its channel needs to fetch it."""

    name: str
    type: str
    at: str


class Returning(StrEnum):
    """Why a message about one of ours comes: it did not arrive, or its reader marked it as unwanted."""

    UNDELIVERED = "undelivered"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Returned:
    """What a message says about one of ours that did not arrive, or is not wanted: a claim, until its evidence is judged.

    `wire_ids` may be ids of our message; `recipients` are who was not reached, or who
    complains (often nobody is named then); `reason` is said in the other side's words.
    """

    wire_ids: tuple[str, ...]
    recipients: tuple[Address, ...]
    reason: str
    kind: Returning = Returning.UNDELIVERED


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message as it enters from a channel: not yet ours. Hints only; the core decides.

    `external_id` is what the channel knows it by, for ever the same for the same message.
    `references` are remote ids it answers, nearest first; `tokens` are strings that may
    be our signed reply tokens. `proven` is how the sender was shown to be who they say
    (`dmarc`, `signature`, `loopback`), None where it wasn't. `reply_to` only changes where
    an answer goes. `automatic` tells that a machine wrote it: it is never answered by one.
    `service` is set where the door already asked what they want; `fields` are form answers.
    `answers` are form answers by key that nobody has checked yet: the core does, by the form of
    `service`, and writes them under their questions; `spot` is where it is, and `media` an
    address of photos elsewhere. `returned` is set where it reports that a message of ours did
    not arrive. `nameless`: the wire does not say who sent it (a scan), so a signed code on it
    speaks for whom we sent it to. `in_parts`: it is one of several wires that are one message, and
    share its `wire_id`. `elsewhere` are files that are fetched before it is kept. `wish` is set where the
    whole of it is a word by which people ask for no more messages here, or for them again.
    """

    external_id: str
    sender: Address
    sender_name: str
    text: str
    sent_at: datetime | None = None
    subject: str | None = None
    html: str | None = None
    files: tuple[File, ...] = ()
    references: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    thread_key: str | None = None
    wire_id: str | None = None
    reply_to: Address | None = None
    proven: str | None = None
    automatic: str | None = None
    language: str | None = None
    service: ServiceId | None = None
    fields: dict[str, str] = field(default_factory=dict)
    other_addresses: tuple[Address, ...] = ()
    flags: tuple[str, ...] = ()
    returned: Returned | None = None
    elsewhere: tuple[Elsewhere, ...] = ()
    wish: Wish | None = None
    answers: dict[str, str] | None = None
    spot: Spot | None = None
    media: str | None = None
    later: bool = False
    nameless: bool = False
    in_parts: bool = False

    @property
    def by_address(self) -> str:
        """What stands where a name is missing; the address of a scan says nothing to anybody."""
        return "" if self.nameless else self.sender.value


@dataclass(frozen=True, slots=True)
class Outbound:
    """A message as it leaves to a channel; all a channel needs, so that it looks nothing up.

    `wire_id` is made when the message is queued and never changes (a mail's Message-ID);
    `references` are the strand's remote ids, oldest first; `reply_token` signs the way back.
    `language` is the one the person wants, `needs` what they need: large print, an interpreter.
    `template` is set where the words are those of a template that the provider approved.
    `automatic`: a machine wrote it; `acknowledges`: it says only that something arrived. `asks`: it also
    asks how they were served; where the channel puts that as a link, it stands in the words already.
    """

    message: MessageId
    inbox: InboxId
    to: Address
    to_name: str
    from_name: str
    text: str
    wire_id: str
    created_at: datetime
    ticket_number: str
    subject: str | None = None
    html: str | None = None
    files: tuple[File, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    reply_token: str = ""
    thread_key: str | None = None
    automatic: bool = False
    acknowledges: bool = False
    language: str | None = None
    needs: tuple[Need, ...] = ()
    template: Filled | None = None
    asks: Question | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an outgoing message, as a channel reports it.

    `wire_id` names the message where a callback reports later; None right after `send`. `wish`
    is set where the provider says that whom it is for asked for no more.
    """

    delivery: Delivery
    reason: str | None = None
    wire_id: str | None = None
    wish: Wish | None = None
