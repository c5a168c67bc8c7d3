"""Conversations that happen now, in writing: what arrived at a visitor's page, whether they are still there, and the end."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from crm_core.actions import delivery, falling, feedback, strands, working, wrapping
from crm_core.model.address import Address
from crm_core.model.errors import NotAllowedNow
from crm_core.model.event_talks import Ending, TalkEnded
from crm_core.model.house import House
from crm_core.model.ids import InboxId, MessageId, TicketId
from crm_core.model.message import Delivery, Direction, Message
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import lifecycle, talks
from crm_core.store.compiled import among
from crm_core.store.tables import conversations, messages
from crm_core.store.tx import Tx, listed

_text = sa.Text
_OURS = sa.select(messages).where(among(messages.c.id, "ids"), messages.c.direction == Direction.OUT.value)
_GOING_ON = sa.select(conversations).where(
    conversations.c.address == sa.bindparam("address", type_=_text),
    conversations.c.inbox == sa.bindparam("inbox", type_=_text),
    conversations.c.live_until.is_not(None),
)
_OF_TICKET = sa.select(conversations).where(
    conversations.c.ticket == sa.bindparam("ticket", type_=_text), conversations.c.live_until.is_not(None)
)
_SENT = (
    sa.select(messages)
    .where(
        messages.c.ticket == sa.bindparam("ticket", type_=_text),
        messages.c.delivery == sa.literal_column(f"'{Delivery.SENT.value}'"),
    )
    .order_by(messages.c.at_version)
    .limit(20)
)


async def arrived(tx: Tx, ids: Sequence[MessageId], *, visitor: Address, far: Delivery) -> int:
    """Their page has these messages, or they have read them; how many that was news of. Others' are left alone."""
    await tx.permit(to="deliver")
    found = await tx.values(Message, _OURS, ids=listed(ids))
    theirs = [one for one in found if one.address == visitor and one.inbox == tx.actor.id]
    return sum([await delivery.got_further(tx, one, far=far) for one in theirs])


async def stay(tx: Tx, visitor: Address) -> bool:
    """They are still there: the talk goes on; whether there is one."""
    await tx.permit(to="signal")
    strand = await _going_on(tx, visitor)
    if strand is None:
        return False
    await tx.save(talks.spoken(strand, at=tx.now))
    return True


async def give(tx: Tx, visitor: Address, addresses: Sequence[Address]) -> bool:
    """They say where an answer in this matter is to go, should they be gone; whether there is a matter yet."""
    await tx.permit(to="signal")
    strand = await strands.latest(tx, visitor, inbox=InboxId(tx.actor.id))
    if strand is None:
        return False
    await strands.keep_given(tx, addresses, strand=strand)
    return True


async def leave(tx: Tx, visitor: Address, *, house: House) -> bool:
    """They end the talk; whether there was one. What they asked is still answered."""
    await tx.permit(to="signal")
    strand = await _going_on(tx, visitor)
    if strand is None:
        return False
    await _end(tx, strand, await tx.get(Ticket, strand.ticket), why=Ending.VISITOR, house=house)
    return True


async def end(tx: Tx, ticket_id: TicketId, *, house: House) -> Ticket:
    """One of us ends the talk. Raises NotAllowedNow where none goes on."""
    ticket = await tx.ticket(ticket_id, to="reply")
    strand = await tx.value(Conversation, _OF_TICKET, ticket=ticket.id)
    if strand is None or not ticket.live:
        raise NotAllowedNow("No talk is going on here.")
    return await _end(tx, strand, ticket, why=Ending.AGENT, house=house)


async def looked_at(tx: Tx, ticket: Ticket, *, house: House) -> bool:
    """A time of a talk has come: what was due then is done. Whether anything was."""
    acted = False
    for message in await tx.values(Message, _SENT, ticket=ticket.id):
        if house.can[message.channel].live and talks.left_unseen(message, at=tx.now):
            acted |= await falling.hand_over(tx, message, house=house)
    for strand in await tx.values(Conversation, _OF_TICKET, ticket=ticket.id):
        if strand.live_until is not None and strand.live_until <= tx.now:
            await _end(tx, strand, await tx.get(Ticket, ticket.id), why=Ending.SILENCE, house=house)
            acted = True
    return await wrapping.cap_wrap_up(tx, ticket) or acted


async def _end(tx: Tx, strand: Conversation, ticket: Ticket, *, why: Ending, house: House) -> Ticket:
    await tx.save(replace(strand, live_until=None))
    if not ticket.live:
        return ticket  # it was solved, or they wrote by another door since
    over = await tx.save(lifecycle.on_talk_over(ticket, at=tx.now))
    tx.emit(TalkEnded(ticket=over, strand=strand.id, why=why))
    await feedback.ask_in_talk(tx, over, house=house)
    if over.awaiting_since is not None:
        await working.move_work(tx, over)
    else:
        await wrapping.begin_wrap_up(tx, over)
    return over


async def _going_on(tx: Tx, visitor: Address) -> Conversation | None:
    return await tx.value(Conversation, _GOING_ON, address=str(visitor), inbox=tx.actor.id)
