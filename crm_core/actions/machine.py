"""What the house writes by itself: by an approved text, marked as a machine's, never with a word of theirs."""

from typing import Final

import sqlalchemy as sa

from crm_core.model.event import MessageQueued
from crm_core.model.house import House
from crm_core.model.ids import MessageId, fresh
from crm_core.model.message import Delivery, Direction, Message
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import signs
from crm_core.rules.notices import in_language
from crm_core.store.tables import conversations
from crm_core.store.tx import Tx

BY_MACHINE: Final = "by machine"
"""Flag of an outgoing message that nobody wrote: a mail says so in its headers (RFC 3834)."""

_STRANDS = (
    sa.select(conversations)
    .where(conversations.c.ticket == sa.bindparam("ticket", type_=sa.Text))
    .order_by(conversations.c.created_at.desc())
)


async def write_approved(
    tx: Tx, ticket: Ticket, words: str, *, subject: dict[str, str], house: House
) -> Message | None:
    """Queue it where the person last wrote, if answers can go back that way; None where they cannot."""
    for strand in await tx.values(Conversation, _STRANDS, ticket=ticket.id):
        inbox = house.inboxes.get(strand.inbox)
        if inbox is not None and house.can[inbox.channel].replies:
            message = _message(tx, ticket, words, strand=strand, house=house, subject=subject)
            tx.add(message)
            return message
    return None


def told(tx: Tx, ticket: Ticket, message: Message | None) -> None:
    """Say that it waits to be sent, if there is something."""
    if message is not None:
        tx.emit(MessageQueued(ticket=ticket, message=message))


def _message(
    tx: Tx, ticket: Ticket, words: str, *, strand: Conversation, house: House, subject: dict[str, str]
) -> Message:
    id = fresh(MessageId, at=tx.now)
    inbox = house.inboxes[strand.inbox]
    return Message(
        id=id,
        ticket=ticket.id,
        conversation=strand.id,
        direction=Direction.OUT,
        channel=inbox.channel,
        sender=inbox.name,
        text=words,
        created_at=tx.now,
        at_version=ticket.version,
        address=strand.address,
        inbox=inbox.id,
        subject=f"{in_language(subject, language=ticket.language)} [{ticket.number}]",
        wire_id=signs.message_id(house.keys[0], id, domain=house.domain),
        proven=True,
        flags=(BY_MACHINE,),
        delivery=Delivery.QUEUED,
        send_at=tx.now,
    )
