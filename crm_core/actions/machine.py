"""What the house writes by itself: by an approved text, marked as a machine's, never with a word of theirs."""

from typing import Final

from crm_core.actions import writing
from crm_core.model.event import MessageQueued
from crm_core.model.house import House
from crm_core.model.ids import MessageId, fresh
from crm_core.model.message import Message
from crm_core.model.plan import Hold, Plan
from crm_core.model.ticket import Ticket
from crm_core.rules import ways
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
    letter = Letter(
        text=words,
        sender=way.inbox.name,
        author=None,
        subject=f"{in_language(subject, language=ticket.language)} [{ticket.number}]",
        flags=(BY_MACHINE,),
        send_at=way.later,
        why=way.why or None,
        plan=Plan(Hold.HOURS) if way.later else None,
    )
    return await writing.keep_letter(tx, ticket, letter, id=fresh(MessageId, at=tx.now), way=way, house=house)


def told(tx: Tx, ticket: Ticket, message: Message | None) -> None:
    """Say that it waits to be sent, if there is something."""
    if message is not None:
        tx.emit(MessageQueued(ticket=ticket, message=message))
