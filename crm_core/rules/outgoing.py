"""What goes out: one function makes it for the sender and for whoever wants to see it before.

So that a preview cannot be kinder than the wire.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm_core.model.acknowledging import ACKNOWLEDGES, BARE
from crm_core.model.address import Address
from crm_core.model.habits import Filled
from crm_core.model.house import House
from crm_core.model.ids import AgentId, ConversationId, FeedbackId, MessageId
from crm_core.model.inbox import Inbox
from crm_core.model.message import Delivery, Direction, Message, Outbound
from crm_core.model.plan import Plan
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import feedback, handouts, signs, templates
from crm_core.rules.preferences import Wishes
from crm_core.rules.ways import Way


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message of the same strand: its id on the wire, and which way it went."""

    wire_id: str
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Strand:
    """Where a message goes: the strand, our inbox, the person's name and wishes, and what was said there, newest first.

    `asks`: the message also asks how they were served.
    """

    conversation: Conversation
    inbox: Inbox
    name: str
    wishes: Wishes
    earlier: Sequence[Earlier] = ()
    asks: FeedbackId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is said, by whom, and when it may leave. Without a time it leaves at once, without a subject under its strand's."""

    text: str
    sender: str
    author: AgentId | None
    html: str | None = None
    subject: str | None = None
    flags: tuple[str, ...] = ()
    send_at: datetime | None = None
    why: str | None = None
    plan: Plan | None = None
    template: Filled | None = None


def drafted(
    id: MessageId, letter: Letter, *, ticket: Ticket, strand: Conversation, way: Way, house: House, at: datetime
) -> Message:
    """The message as it will stand in the record; a preview makes the same one and keeps it nowhere."""
    return Message(
        id=id,
        ticket=ticket.id,
        conversation=strand.id,
        direction=Direction.OUT,
        channel=way.inbox.channel,
        sender=letter.sender,
        text=letter.text,
        created_at=at,
        at_version=ticket.version,
        address=strand.reply_to or strand.address,
        author=letter.author,
        inbox=way.inbox.id,
        html=letter.html if way.can.html else None,
        subject=letter.subject or _subject(strand, ticket=ticket),
        wire_id=signs.message_id(house.keys[0], id, domain=house.domain),
        proven=True,
        flags=letter.flags + ((templates.flag(letter.template),) if letter.template else ()),
        delivery=Delivery.QUEUED if letter.send_at is None else Delivery.SCHEDULED,
        delivery_reason=letter.why,
        send_at=letter.send_at or at,
        plan=letter.plan,
    )


def begun(id: ConversationId, *, ticket: Ticket, way: Way, at: datetime) -> Conversation:
    """A strand that begins with our words."""
    return Conversation(id, ticket.id, way.inbox.id, way.address, None, ticket.subject, at)


def outbound(message: Message, *, ticket: Ticket, strand: Strand, house: House, automatic: bool = False) -> Outbound:
    """The message as its channel gets it; files come later, by whoever has their contents, or stand as a link in its words."""
    wishes, key = strand.wishes, house.keys[0]
    bare = BARE in message.flags
    earlier = () if bare else strand.earlier
    language = wishes.language or ticket.language
    text, page = handouts.with_link(message, key=key, public_url=house.public_url, language=language)
    asks = None
    if strand.asks is not None:
        asks = feedback.question(strand.asks, key=key, public_url=house.public_url, language=language)
        how = house.can[strand.inbox.channel].asks
        if how is not None and how.written:
            text, page = feedback.under(text, page, asks=asks, how=how, language=language)
    last_in = next((one.wire_id for one in earlier if one.direction is Direction.IN), None)
    return Outbound(
        message=message.id,
        inbox=strand.inbox.id,
        to=message.address or Address("", ""),
        to_name="" if bare else strand.name,
        from_name=strand.inbox.name,
        text=text,
        wire_id=message.wire_id or "",
        created_at=message.created_at,
        ticket_number=ticket.number,
        subject=message.subject,
        html=page,
        in_reply_to=last_in or (earlier[0].wire_id if earlier else None),
        references=tuple(one.wire_id for one in reversed(earlier)),
        reply_token=signs.sign_token(key, strand.conversation.id),
        thread_key=strand.conversation.thread_key,
        language=language,
        needs=() if bare else wishes.needs,
        automatic=automatic,
        acknowledges=ACKNOWLEDGES in message.flags,
        template=templates.of(message.flags),
        asks=asks,
    )


def _subject(strand: Conversation, *, ticket: Ticket) -> str:
    """What an answer in this strand is about, for channels that say so."""
    words = strand.subject or ticket.subject
    return words if words.casefold().startswith("re:") else f"Re: {words}"
