"""Outgoing messages on their way: claimed before the wire is touched, and never sent twice by us.

A message that was being sent when we died, or whose server fell silent after the point
of no return, is *unknown*: a person looks and chooses.
"""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from crm_core.actions import consents, falling, leaving, waiting
from crm_core.actions.housekeeping import Lease
from crm_core.actions.leaving import Stays
from crm_core.actions.machine import BY_MACHINE
from crm_core.model.acknowledging import BARE
from crm_core.model.address import Address
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem
from crm_core.model.event import MessageDelivery
from crm_core.model.handout import HANDED_OUT
from crm_core.model.house import House
from crm_core.model.ids import MessageId
from crm_core.model.message import Attachment, Delivery, Direction, Message, Outbound, Receipt
from crm_core.model.ticket import Ticket
from crm_core.rules import proving, talks
from crm_core.rules.delivery import next_try, onward
from crm_core.store import beside
from crm_core.store.maps.codec import micros
from crm_core.store.outbound import outbound_of
from crm_core.store.tables import leases, messages
from crm_core.store.tables.matters import OUTGOING
from crm_core.store.tx import Tx

AT_ONCE = 20

_big, _text = sa.BigInteger, sa.Text
_DUE = (
    sa.select(messages)
    .where(
        OUTGOING,
        messages.c.delivery == sa.literal_column("'queued'"),
        messages.c.send_at <= sa.bindparam("now", type_=_big),
        sa.exists().where(
            leases.c.name == sa.bindparam("lease", type_=_text),
            leases.c.epoch == sa.bindparam("epoch", type_=_big),
            leases.c.holder == sa.bindparam("holder", type_=_text),
        ),
    )
    .order_by(messages.c.send_at, messages.c.id)
    .limit(AT_ONCE)
)
_IN = {
    state: sa.select(messages)
    .where(OUTGOING, messages.c.delivery == sa.literal_column(f"'{state.value}'"))
    .order_by(messages.c.send_at, messages.c.id)
    .limit(AT_ONCE)
    for state in (Delivery.SENDING, Delivery.NO_RELAY)
}
_SENT_BY = sa.select(messages).where(
    messages.c.wire_id == sa.bindparam("wire_id", type_=_text),
    messages.c.inbox == sa.bindparam("inbox", type_=_text),
    messages.c.direction == "out",
)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed message, ready for its channel but for the contents of its files.

    `version` is what the claim made of it: whoever was frozen meanwhile sees that it moved on.
    """

    outbound: Outbound
    attachments: tuple[Attachment, ...]
    channel: str
    version: int


async def claim(tx: Tx, *, lease: Lease, house: House) -> list[Parcel]:
    """Take the next messages that are due; they are *sending* from this commit on.

    Only the holder of the lease at its epoch finds any: a sender that was frozen and
    wakes claims nothing. What must not leave any more is its author's again, with the reason.
    """
    await tx.permit(to="send")
    due = await tx.values(Message, _DUE, now=micros(tx.now), lease=lease.name, epoch=lease.epoch, holder=lease.holder)
    parcels = []
    for message in due:
        if not await waiting.may_leave(tx, message, house=house):
            continue
        claimed = replace(message, attempts=message.attempts + 1)
        sending = await _moved(tx, claimed, Receipt(Delivery.SENDING))
        parcels.append(await _parcel(tx, sending, house=house))
    return parcels


async def record(tx: Tx, message_id: MessageId, receipt: Receipt, *, house: House) -> Message:
    """What became of a message; a receipt that lags behind what we know changes nothing.

    Where it is known not to have arrived, the same transaction says what happens to its words.
    """
    await tx.permit(to="send")
    message = await tx.get(Message, message_id)
    if not onward(message.delivery, to=receipt.delivery):
        return message
    await consents.told(tx, message, receipt)
    moved = await _moved(tx, message, receipt)
    if receipt.delivery is Delivery.SENT and house.can[message.channel].live:
        tx.add(beside.rings(message.ticket, at=tx.now + talks.UNSEEN, now=tx.now))
    return await _after(tx, moved, house=house)


async def reported(tx: Tx, receipt: Receipt, *, house: House) -> Message | None:
    """A provider tells how far a message of this inbox got; None for one that is not ours. It only moves forward."""
    await tx.permit(to="deliver")
    message = await tx.value(Message, _SENT_BY, wire_id=receipt.wire_id, inbox=tx.actor.id)
    if message is None or not onward(message.delivery, to=receipt.delivery):
        return message
    await consents.told(tx, message, receipt)
    return await _after(tx, await _moved(tx, message, receipt), house=house)


async def got_further(tx: Tx, message: Message, *, far: Delivery) -> bool:
    """Whoever it is for says how far it got; whether that is news. Whoever calls this knows that it is them."""
    if not onward(message.delivery, to=far):
        return False
    await _moved(tx, message, Receipt(far))
    return True


async def came_back(tx: Tx, message: Message, *, why: str, house: House) -> Message:
    """It left, and is known only now not to have arrived. Whoever calls this has judged the evidence."""
    return await _after(tx, await _moved(tx, message, Receipt(Delivery.FAILED, why)), house=house)


async def postpone(tx: Tx, message_id: MessageId, *, why: str, house: House, claimed: int | None = None) -> Message:
    """Nothing left the house: it is tried again later, or given up after days of trying.

    `claimed` is the version its sender has in hand. If it moved on since, that sender was
    frozen and another took over: nothing happens, or it would be sent twice.
    """
    await tx.permit(to="send")
    message = await tx.get(Message, message_id)
    if claimed not in (None, message.version):
        return message
    at = next_try(message.attempts, created_at=message.created_at, at=tx.now)
    if at is None:
        return await _after(tx, await _moved(tx, message, Receipt(Delivery.FAILED, why)), house=house)
    return await _moved(tx, replace(message, send_at=at), Receipt(Delivery.QUEUED, why))


async def park(tx: Tx, message_id: MessageId, *, claimed: int | None = None) -> Message:
    """There is nowhere to send to: it waits, and the screen says so. `claimed` as for `postpone`."""
    await tx.permit(to="send")
    message = await tx.get(Message, message_id)
    if claimed not in (None, message.version):
        return message
    return await _moved(tx, message, Receipt(Delivery.NO_RELAY, "No mail server is set up to send it."))


async def recover(tx: Tx) -> int:
    """What was being sent when the last sender died: nobody knows whether it arrived."""
    await tx.permit(to="send")
    lost = await tx.values(Message, _IN[Delivery.SENDING])
    for message in lost:
        await _moved(tx, message, Receipt(Delivery.UNKNOWN, "We stopped while it was being sent."))
    return len(lost)


async def unpark(tx: Tx) -> int:
    """There may be a way now: what waited for one is queued again."""
    await tx.permit(to="send")
    parked = await tx.values(Message, _IN[Delivery.NO_RELAY])
    for message in parked:
        await _moved(tx, replace(message, send_at=tx.now), Receipt(Delivery.QUEUED))
    return len(parked)


async def choose(tx: Tx, message_id: MessageId, *, choice: str, house: House) -> Message:
    """An agent decides on a message whose fate is unknown, or that failed: send again, if it still may, or it did arrive."""
    message = await tx.find(Message, message_id)
    if message is None or message.direction is not Direction.OUT:
        raise NotFound
    ticket = await tx.ticket(message.ticket, to="deliver")
    if message.delivery not in (Delivery.UNKNOWN, Delivery.FAILED):
        raise NotAllowedNow("Nothing is to be decided about this message.")
    if message.plan is not None and message.plan.instead is not None:
        raise NotAllowedNow("These words went another way already.")
    if choice == "resend":
        verdict = await leaving.judge(tx, message, ticket=ticket, house=house)
        if isinstance(verdict, Stays):
            raise NotAllowedNow(f"It may not be sent any more: {verdict.said}.")
        return await _moved(tx, replace(message, send_at=tx.now, attempts=0), Receipt(Delivery.QUEUED))
    if choice == "delivered":
        return await _moved(tx, message, Receipt(Delivery.DELIVERED, "Confirmed by a colleague."))
    raise BadInput(Problem("choice", "Choose resend or delivered."))


async def _after(tx: Tx, message: Message, *, house: House) -> Message:
    """Of words that are known not to have arrived: another way, or a person. What nobody knows is never sent again."""
    if message.delivery is not Delivery.FAILED or message.conversation is None or BY_MACHINE in message.flags:
        return message
    return await falling.go_another_way(tx, message, house=house)


async def _moved(tx: Tx, message: Message, receipt: Receipt) -> Message:
    moved = replace(message, delivery=receipt.delivery, delivery_reason=receipt.reason, version=message.version + 1)
    await tx.save(moved)
    tx.emit(MessageDelivery(ticket=await tx.get(Ticket, message.ticket), message=moved))
    return moved


async def _parcel(tx: Tx, message: Message, *, house: House) -> Parcel:
    assert message.inbox
    assert message.wire_id
    if message.conversation is None:
        return _apart(message, house=house)
    inbox = house.inboxes[message.inbox]
    outbound = await outbound_of(tx, message, house=house, automatic=BY_MACHINE in message.flags)
    if BARE in message.flags:
        words = proving.filled(outbound.text, flags=message.flags, key=house.keys[0], public_url=house.public_url)
        outbound = replace(outbound, text=words)
    carried = () if HANDED_OUT in message.flags else message.attachments
    return Parcel(outbound, carried, inbox.channel, message.version)


def _apart(message: Message, *, house: House) -> Parcel:
    """A message of no strand: a code or link to an address that takes no part yet. Neither token nor number leads back from it."""
    assert message.inbox
    assert message.wire_id
    inbox = house.inboxes[message.inbox]
    outbound = Outbound(
        message=message.id,
        inbox=inbox.id,
        to=message.address or Address("", ""),
        to_name="",
        from_name=inbox.name,
        text=proving.filled(message.text, flags=message.flags, key=house.keys[0], public_url=house.public_url),
        wire_id=message.wire_id,
        created_at=message.created_at,
        ticket_number="",
        subject=message.subject,
        automatic=True,
    )
    return Parcel(outbound, message.attachments, inbox.channel, message.version)
