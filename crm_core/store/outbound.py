"""A message as its channel gets it, with all that the record knows of its strand and its person."""

import sqlalchemy as sa

from crm_core.model.acknowledging import ACKNOWLEDGES
from crm_core.model.house import House
from crm_core.model.ids import FeedbackId
from crm_core.model.message import Direction, Message, Outbound
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import outgoing, preferences
from crm_core.store.tables import feedback, messages
from crm_core.store.tx import Read

_big, _text = sa.BigInteger, sa.Text
_STRAND = (
    sa.select(messages.c.wire_id, messages.c.direction)
    .where(
        messages.c.ticket == sa.bindparam("ticket", type_=_text),
        messages.c.conversation == sa.bindparam("conversation", type_=_text),
        messages.c.wire_id.is_not(None),
        messages.c.at_version < sa.bindparam("before", type_=_big),
    )
    .order_by(messages.c.at_version.desc(), messages.c.id.desc())
    .limit(100)
)
_ASKS = sa.select(feedback.c.id).where(feedback.c.message == sa.bindparam("message", type_=_text))


async def outbound_of(read: Read, message: Message, *, house: House, automatic: bool = False) -> Outbound:
    """For the sender, and for whoever prints it: the same words to the same place. Its files come later."""
    assert message.conversation, "codes go out without a strand"
    assert message.inbox, "what leaves, leaves by an inbox"
    ticket = await read.get(Ticket, message.ticket)
    strand = await read.get(Conversation, message.conversation)
    person = await read.records(ticket.customer)
    before = message.at_version + (ACKNOWLEDGES in message.flags)  # it stands beside what it acknowledges
    earlier = await read.all(_STRAND, ticket=ticket.id, conversation=strand.id, before=before)
    asks = await read.one(_ASKS, message=message.id) if house.inboxes[message.inbox].asks else None
    return outgoing.outbound(
        message,
        ticket=ticket,
        strand=outgoing.Strand(
            conversation=strand,
            inbox=house.inboxes[message.inbox],
            name=person.customer.name if person else "",
            wishes=preferences.wishes(person.records if person else (), at=read.now),
            earlier=[outgoing.Earlier(row[0], Direction(row[1])) for row in earlier if row[0] != message.wire_id],
            asks=None if asks is None else FeedbackId(asks["id"]),
        ),
        house=house,
        automatic=automatic,
    )
