"""Events: facts that happened. One stream is audit log, outbox and replay.

An event about a ticket carries the ticket's whole row after the change, so that a
screen needs no second question: it keeps the row if it is newer than its own.
`before` is the ticket as it was, where its audience may have changed.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar

from crm_core.model.actor import Actor
from crm_core.model.customer import Customer, Identity
from crm_core.model.ids import AgentId, CustomerId, EventId, QueueId, ServiceId, TicketId
from crm_core.model.message import Message
from crm_core.model.ticket import Priority, Status, Ticket
from crm_core.model.view import (
    Json,
    delivery_facts,
    maybe_instant,
    message_facts,
    message_words,
    offer_facts,
    ticket_facts,
    ticket_words,
    work_facts,
)
from crm_core.model.work import Offer, Work

STAFF = frozenset({"staff"})
SUPERVISORS = frozenset({"role:supervisor"})
ADMINS = frozenset({"role:admin"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. Subclasses name it; `kind()` is its dotted name on the wire."""

    audience: ClassVar[frozenset[str]] = STAFF
    dotted: ClassVar[str] = ""

    def facts(self) -> Json:
        """Ids, states and times: hash-chained, kept."""
        return {}

    def words(self) -> Json:
        """What is personal: kept apart, erasable."""
        return {}

    def about(self) -> Ticket | None:
        """The ticket it is about, as it is now."""
        return None

    def was(self) -> Ticket | None:
        """The ticket as it was before, where who may see it may have changed."""
        return None

    def for_whom(self) -> frozenset[str]:
        """Who may see it, where it is not about a ticket."""
        return self.audience

    def __init_subclass__(cls) -> None:
        cls.dotted = re.sub(r"(?<!^)(?=[A-Z])", ".", cls.__name__).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEvent(Event):
    """Anything about one ticket; `ticket` is how it is now."""

    ticket: Ticket
    before: Ticket | None = None

    def facts(self) -> Json:
        return {"row": ticket_facts(self.ticket), **self.more()}

    def words(self) -> Json:
        return {"row": ticket_words(self.ticket)}

    def more(self) -> Json:
        """What this kind of event adds to the row."""
        return {}

    def about(self) -> Ticket:
        return self.ticket

    def was(self) -> Ticket | None:
        return self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(TicketEvent):
    """A new matter came in; `why` is the threading rule's reason for not joining another."""

    why: str

    def more(self) -> Json:
        return {"why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent(TicketEvent):
    """A message that now stands in the ticket's timeline."""

    message: Message

    def more(self) -> Json:
        return {"message": message_facts(self.message)}

    def words(self) -> Json:
        return {"row": ticket_words(self.ticket), "message": message_words(self.message)}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(MessageEvent):
    """The citizen wrote; `why` says by which rule it belongs here."""

    why: str = ""

    def more(self) -> Json:
        return {"message": message_facts(self.message), "why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageQueued(MessageEvent):
    """We wrote; the message waits to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(MessageEvent):
    """A colleague left a note; it never leaves the house. It names these colleagues."""

    mentions: frozenset[AgentId] = frozenset()

    def more(self) -> Json:
        return {"message": message_facts(self.message), "mentions": sorted(self.mentions)}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivery(TicketEvent):
    """An outgoing message got further, or did not."""

    message: Message

    def more(self) -> Json:
        return {"message": self.message.id, **delivery_facts(self.message)}

    def words(self) -> Json:
        """A server's refusal may name the address it refuses."""
        return {"row": ticket_words(self.ticket), "reason": self.message.delivery_reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAssigned(TicketEvent):
    """Somebody has it now, or nobody. `above`: a supervisor gave it to them above their capacity."""

    was_with: AgentId | None
    above: bool = False

    def more(self) -> Json:
        return {"from": self.was_with, "to": self.ticket.assignee, **({"above": True} if self.above else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMoved(TicketEvent):
    """It waits in another queue. `was_with`: whoever let go of it by that."""

    was_in: QueueId
    was_with: AgentId | None = None

    def more(self) -> Json:
        return {"from": self.was_in, "to": self.ticket.queue, "was_with": self.was_with}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketStatus(TicketEvent):
    """Its status changed."""

    was_status: Status

    def more(self) -> Json:
        return {"from": self.was_status, "to": self.ticket.status}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPriority(TicketEvent):
    """Its priority changed."""

    was_priority: Priority

    def more(self) -> Json:
        return {"from": self.was_priority.name.lower(), "to": self.ticket.priority.name.lower()}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRenamed(TicketEvent):
    """Its subject was edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketWhose(TicketEvent):
    """It came from nobody in particular, and somebody read whose it is."""

    person: CustomerId

    def more(self) -> Json:
        return {"customer": self.person}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSnoozed(TicketEvent):
    """It sleeps until a time, or was woken."""

    def more(self) -> Json:
        return {"until": maybe_instant(self.ticket.snoozed_until)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketService(TicketEvent):
    """It is another service than was thought."""

    was_service: ServiceId

    def more(self) -> Json:
        return {"from": self.was_service, "to": self.ticket.service}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMerged(TicketEvent):
    """Its messages were moved into another ticket, and it is closed."""

    into: TicketId

    def more(self) -> Json:
        return {"into": self.into}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketJoined(TicketEvent):
    """It took in the messages of another ticket: a screen that shows it loads its timeline again."""

    source: TicketId

    def more(self) -> Json:
        return {"source": self.source}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerEvent(Event):
    """Anything about one customer, told to those who may see the ticket it happened on."""

    customer: Customer
    ticket: Ticket | None = None

    def facts(self) -> Json:
        return {"customer": self.customer.id, "language": self.customer.language, "version": self.customer.version}

    def words(self) -> Json:
        return {"name": self.customer.name}

    def about(self) -> Ticket | None:
        return self.ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCreated(CustomerEvent):
    """Somebody we did not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChanged(CustomerEvent):
    """What we know of them changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityEvent(Event):
    """Anything about one address of a customer."""

    identity: Identity
    ticket: Ticket | None = None

    def facts(self) -> Json:
        identity = self.identity
        return {
            "identity": identity.id,
            "customer": identity.customer,
            "scheme": identity.address.scheme,
            "proven": identity.proven,
            "evidence": identity.evidence,
        }

    def words(self) -> Json:
        return {"address": str(self.identity.address)}

    def about(self) -> Ticket | None:
        return self.ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityAdded(IdentityEvent):
    """An address was filed under a customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProven(IdentityEvent):
    """An address was shown to be theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkEvent(TicketEvent):
    """Anything about a piece of work; routing lives on these."""

    work: Work

    def more(self) -> Json:
        return {"work": work_facts(self.work)}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkQueued(WorkEvent):
    """It waits for an agent (again)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTaken(WorkEvent):
    """An agent has it. `from`, where somebody else had it until now, whosever the ticket was: they carry less."""

    was_with: AgentId | None = None

    def more(self) -> Json:
        work = {"work": work_facts(self.work)}
        return work if self.was_with is None else {**work, "from": self.was_with}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDone(WorkEvent):
    """It wants nobody any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEvent(TicketEvent):
    """Anything about an offer; its agent sees it even where the ticket is not in their scope."""

    offer: Offer

    def more(self) -> Json:
        return {"offer": offer_facts(self.offer)}

    def for_whom(self) -> frozenset[str]:
        return frozenset({f"a:{self.offer.agent}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(OfferEvent):
    """A piece of work is held out to an agent; `work` is how it stands now."""

    work: Work

    def more(self) -> Json:
        return {"offer": offer_facts(self.offer), "work": work_facts(self.work)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(OfferEvent):
    """It was accepted, declined, timed out or taken back.

    It carries no row: its agent hears of it even where they may no longer see the ticket. `cut_off`: it was taken
    back because what would put them through does not answer, which they are told.
    """

    cut_off: bool = False

    def facts(self) -> Json:
        return {**self.more(), "cut_off": True} if self.cut_off else self.more()

    def words(self) -> Json:
        return {} if self.offer.said is None else {"said": self.offer.said}


@dataclass(frozen=True, slots=True)
class Stamped:
    """An event as it stands in the record: numbered, attributed, ready for the bus.

    `audience` and `before` are keys of who may see it now and could before. What it tells
    stays the JSON text that it is in the record: most who hear of an event never look
    inside, and screens get that very text.
    """

    position: int
    id: EventId
    type: str
    at: datetime
    actor: Actor
    ticket: TicketId | None
    at_version: int | None
    audience: frozenset[str]
    before: frozenset[str]
    facts_text: str
    personal_text: str

    @property
    def facts(self) -> Mapping[str, Any]:
        """Ids, states and times. Read once for all who listen, so nobody may change what they find."""
        return _read(self.facts_text)

    @property
    def personal(self) -> dict[str, Any]:
        """The personal words; empty where there are none, or none any more. Read anew at each call: no memory keeps them."""
        found: dict[str, Any] = json.loads(self.personal_text)
        return found


@lru_cache(maxsize=64)
def _read(text: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(text)
    return found
