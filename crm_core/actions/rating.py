"""A figure as the whole message, where we asked in plain words: it says how we did, is shown where we asked, and opens nothing."""

from dataclasses import replace

import sqlalchemy as sa

from crm_core.actions import feedback, intake, strands
from crm_core.actions.keeping import keep_wire
from crm_core.model.event import MessageReceived
from crm_core.model.feedback import Asks, Feedback, Given
from crm_core.model.house import House
from crm_core.model.inbox import Inbox
from crm_core.model.message import Inbound
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import feedback as rule
from crm_core.rules import lifecycle
from crm_core.rules.identity import proves
from crm_core.store.askings import newest_asking
from crm_core.store.tables import messages
from crm_core.store.tx import Tx

WHY = "they said how we did"

_OURS = (
    sa.select(messages.c.id)
    .where(
        messages.c.ticket == sa.bindparam("ticket", type_=sa.Text),
        messages.c.conversation == sa.bindparam("conversation", type_=sa.Text),
        messages.c.direction == "out",
    )
    .order_by(messages.c.at_version.desc(), messages.c.id.desc())
    .limit(1)
)


def may_rate(inbound: Inbound, *, inbox: Inbox, house: House) -> bool:
    """Whether it can be an answer to our question at all: most messages are not, and cost nothing more."""
    plain = inbound.automatic is None and not inbound.files and proves(inbound.proven)
    return plain and house.can[inbox.channel].asks is Asks.DIGIT and rule.figure(inbound.text) is not None


async def hear_figure(tx: Tx, contact: intake.Contact, *, inbox: Inbox, house: House) -> intake.Received | None:
    """Keep what a figure says. None: it is a message like any other, because the last that we said asked nothing."""
    await tx.permit(to="receive")
    inbound = contact.inbound
    score = rule.figure(inbound.text)
    repeat = await intake.repeated(tx, inbound, inbox=inbox, house=house)
    if repeat is not None:
        return repeat
    strand = await strands.latest(tx, inbound.sender, inbox=inbox.id)
    asking = None if strand is None else await _asked_last(tx, strand, inbound, inbox=inbox)
    if strand is None or asking is None or score is None:
        return None
    ticket = await tx.save(lifecycle.on_held(await tx.get(Ticket, strand.ticket), at=tx.now))
    await tx.save(replace(strand, last_inbound_at=tx.now))
    wire = keep_wire(tx, contact.wire, inbox=inbox.id)
    message = intake.message_of(tx, contact, ticket=ticket, strand=strand.id, inbox=inbox, wire=wire)
    tx.emit(MessageReceived(ticket=ticket, message=message, why=WHY))
    await feedback.take(tx, asking, Given(score))
    return intake.Received(ticket.id, ticket.number, message.id)


async def _asked_last(tx: Tx, strand: Conversation, inbound: Inbound, *, inbox: Inbox) -> Feedback | None:
    """The question, if it takes an answer still and nothing of ours came after it: else a figure may mean anything."""
    known = await newest_asking(tx, strand.ticket)
    if known is None or not rule.is_theirs(known, sender=inbound.sender, inbox=inbox.id):
        return None
    if isinstance(rule.judge(known, ticket=await tx.get(Ticket, strand.ticket), at=tx.now), rule.Shut):
        return None
    last = await tx.one(_OURS, ticket=strand.ticket, conversation=strand.id)
    return known if last is not None and last["id"] == known.message else None
