"""A message of ours came back by the same door as contacts do: its delivery failed after all, or its reader complains of it.

It makes nobody a customer, opens no ticket and takes part in nothing: the report stands
as a note beside the message it is about.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.actions import consents, delivery
from crm_core.model.consent import COMPLAINED
from crm_core.model.event import NoteAdded
from crm_core.model.house import House
from crm_core.model.ids import MessageId, WireId
from crm_core.model.inbox import Inbox
from crm_core.model.message import Attachment, Direction, Inbound, Message, Returning
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import identity, lifecycle, returns
from crm_core.store.tables import messages
from crm_core.store.tx import Tx

RETURNED = "returned"
"""Flag of the note that holds the report."""

COMPLAINT = "complaint"
"""Flag of the note that holds a complaint; its kind follows."""

_text = sa.Text
_LAST_UNDER_WAY = (
    sa.select(messages)
    .where(
        messages.c.ticket == sa.bindparam("ticket", type_=_text),
        messages.c.conversation == sa.bindparam("conversation", type_=_text),
        messages.c.direction == "out",
        sa.text("delivery IN ('sending', 'unknown', 'sent')"),
    )
    .order_by(messages.c.at_version.desc(), messages.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report as it will stand in the record: its id, the files and the raw wire it came with."""

    id: MessageId
    inbox: Inbox
    attachments: tuple[Attachment, ...]
    wire: WireId | None


@dataclass(frozen=True, slots=True)
class Found:
    """The message that a report is about, and what the report means for it."""

    message: Message
    verdict: returns.CameBack | returns.Complained | returns.KnownAlready


async def about(tx: Tx, inbound: Inbound, *, house: House) -> Found | None:
    """The message that a report is about, if its evidence holds. No permission is checked."""
    named = returns.named(inbound, keys=house.keys)
    for id in named.messages:
        found = _judged(inbound, await tx.find(Message, id))
        if found is not None:
            return found
    for strand in named.strands if not named.messages else ():
        conversation = await tx.find(Conversation, strand)
        if conversation is None:
            continue
        last = await tx.value(Message, _LAST_UNDER_WAY, ticket=conversation.ticket, conversation=strand)
        found = _judged(inbound, last)
        if found is not None:
            return found
    return None


async def file(tx: Tx, inbound: Inbound, found: Found, report: Report, *, house: House) -> Ticket:
    """Keep the report beside its message, and say that the message failed if that is news."""
    message = found.message
    before = await tx.get(Ticket, message.ticket)
    ticket = await tx.save(lifecycle.on_held(before, at=tx.now))
    note = _note(inbound, message, report, ticket=ticket)
    tx.add(note)
    tx.emit(NoteAdded(ticket=ticket, before=before, message=note))
    if inbound.returned and isinstance(found.verdict, returns.CameBack):
        await delivery.came_back(tx, message, why=inbound.returned.reason, house=house)
    if isinstance(found.verdict, returns.Complained):
        await consents.complained(tx, message, evidence=COMPLAINED + inbound.external_id)
    return ticket


def _judged(inbound: Inbound, message: Message | None) -> Found | None:
    if message is None:
        return None
    verdict = returns.judge(inbound, message=message)
    return None if isinstance(verdict, returns.NotOurs) else Found(message, verdict)


def _note(inbound: Inbound, message: Message, report: Report, *, ticket: Ticket) -> Message:
    """Of no strand and without an id on the wire: no answer goes to a machine, and none refers to it."""
    return Message(
        id=report.id,
        ticket=ticket.id,
        conversation=None,
        direction=Direction.NOTE,
        channel=message.channel,
        sender=identity.tidy_name(inbound.sender_name) or inbound.sender.value,
        text=inbound.text,
        created_at=ticket.updated_at,
        at_version=ticket.version,
        inbox=report.inbox.id,
        html=inbound.html,
        subject=inbound.subject,
        attachments=report.attachments,
        external_id=inbound.external_id,
        flags=(*inbound.flags, _flag(inbound)),
        wire=report.wire,
    )


def _flag(inbound: Inbound) -> str:
    if inbound.returned is None or inbound.returned.kind is Returning.UNDELIVERED:
        return RETURNED
    return f"{COMPLAINT}: {inbound.returned.reason}"
