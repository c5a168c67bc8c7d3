"""What the house writes by itself: by an approved text, marked as a machine's, never with a word of theirs."""

from dataclasses import replace
from typing import Final

from crm_core.actions import writing
from crm_core.model.event import MessageQueued
from crm_core.model.house import House
from crm_core.model.ids import MessageId, fresh
from crm_core.model.message import Delivery, Message
from crm_core.model.plan import Hold, Plan
from crm_core.model.ticket import Ticket
from crm_core.rules import outgoing, ways
from crm_core.rules.notices import in_language
from crm_core.rules.outgoing import Letter
from crm_core.store.reach import reach_of
from crm_core.store.tx import Tx

BY_MACHINE: Final = "by machine"
"""Flag of an outgoing message that nobody wrote: a mail says so in its headers (RFC 3834)."""


async def write_approved(
    tx: Tx, ticket: Ticket, words: str, *, subject: dict[str, str], house: House
) -> Message | None:
    """Queue it by the usual way, at an hour that they allow; None where there is no way, or they asked for none."""
    reach = (await reach_of(tx, ticket, house=house)).reach
    way = ways.usual(ways.ways(reach, house=house), live=reach.live)
    if way is None:
        return None
    strand = await writing.strand_for(tx, ticket, way=way)
    letter = Letter(
        text=words,
        sender=way.inbox.name,
        author=None,
        send_at=way.later,
        why=way.why or None,
        plan=Plan(Hold.HOURS) if way.later else None,
    )
    id = fresh(MessageId, at=tx.now)
    message = outgoing.drafted(id, letter, ticket=ticket, strand=strand, way=way, house=house, at=tx.now)
    about = f"{in_language(subject, language=ticket.language)} [{ticket.number}]"
    message = replace(message, subject=about, flags=(BY_MACHINE,))
    tx.add(message)
    if message.delivery is Delivery.QUEUED:
        await tx.save(replace(strand, last_outbound_at=tx.now))
    return message


def told(tx: Tx, ticket: Ticket, message: Message | None) -> None:
    """Say that it waits to be sent, if there is something."""
    if message is not None:
        tx.emit(MessageQueued(ticket=ticket, message=message))
