"""Letters on their way out: printed by people, then taken to the post. Each step is on record, with who did it."""

from dataclasses import replace

from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem
from crm_core.model.event import MessageDelivery
from crm_core.model.ids import MessageId
from crm_core.model.message import Delivery, Message
from crm_core.store.tx import Tx

MOST = 100
"""Letters of one batch."""


async def print_letters(tx: Tx, ids: tuple[MessageId, ...]) -> list[Message]:
    """They lie in the printer. From now on they cannot be taken back; printing them again changes nothing."""
    return await _all(tx, ids, before=(Delivery.TO_PRINT, Delivery.PRINTED), after=Delivery.PRINTED)


async def spoil_letters(tx: Tx, ids: tuple[MessageId, ...]) -> list[Message]:
    """The paper jammed, or a sheet is torn: they are to be printed again."""
    return await _all(tx, ids, before=(Delivery.PRINTED,), after=Delivery.TO_PRINT)


async def post_letters(tx: Tx, ids: tuple[MessageId, ...]) -> list[Message]:
    """They are in the letterbox: that is all that anybody can say of a letter."""
    return await _all(tx, ids, before=(Delivery.PRINTED,), after=Delivery.SENT)


async def _all(tx: Tx, ids: tuple[MessageId, ...], *, before: tuple[Delivery, ...], after: Delivery) -> list[Message]:
    """All or none: what happened to the paper happened to the whole batch."""
    if not 0 < len(set(ids)) <= MOST:
        raise BadInput(Problem("ids", f"Name 1 to {MOST} letters."))
    return [await _moved(tx, id, before=before, after=after) for id in dict.fromkeys(ids)]


async def _moved(tx: Tx, id: MessageId, *, before: tuple[Delivery, ...], after: Delivery) -> Message:
    message = await tx.find(Message, id)
    if message is None:
        raise NotFound
    ticket = await tx.ticket(message.ticket, to="print")
    if message.delivery not in before:
        raise NotAllowedNow(f"The letter of {ticket.number} is not where you think: look again.")
    if message.delivery is after:
        return message
    moved = await tx.save(replace(message, delivery=after, delivery_reason=None, version=message.version + 1))
    tx.emit(MessageDelivery(ticket=ticket, message=moved))
    return moved
