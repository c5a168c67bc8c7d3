"""Files handed out by a link: counted when somebody fetches them, shut by whoever may answer."""

from dataclasses import replace
from datetime import timedelta

from crm_core.model.errors import Gone, NotAllowedNow, NotFound
from crm_core.model.event_replies import FilesFetched, FilesShut
from crm_core.model.handout import HANDED_OUT, Handout
from crm_core.model.ids import AgentId, MessageId
from crm_core.model.message import Message
from crm_core.model.ticket import Ticket
from crm_core.rules import handouts
from crm_core.store.tx import Tx


async def count_fetch(tx: Tx, message_id: MessageId, *, lasts: timedelta) -> Handout:
    """Somebody fetches a file by the link. Told once; counted each time. Raises Gone where it was shut meanwhile.

    Whoever calls this was shown that the link opens (`queries/handouts.py`).
    """
    await tx.permit(to="hand_out")
    message = await tx.get(Message, message_id)
    ticket = await tx.get(Ticket, message.ticket)
    known = await tx.find(Handout, message_id)
    judged = handouts.judge(message, ticket=ticket, known=known, at=tx.now, lasts=lasts, shown=True)
    if isinstance(judged, handouts.Shut):
        raise Gone("This link opens nothing any more.")
    if known is not None:
        return await tx.save(_once_more(known, tx=tx))
    first = _once_more(Handout(message_id, ticket.id), tx=tx)
    tx.add(first)
    tx.emit(FilesFetched(ticket=ticket, message=message_id))
    return first


async def shut(tx: Tx, message_id: MessageId) -> Handout:
    """The link opens nothing any more; what was fetched was fetched."""
    message = await tx.find(Message, message_id)
    if message is None:
        raise NotFound
    ticket = await tx.ticket(message.ticket, to="reply")
    if HANDED_OUT not in message.flags:
        raise NotAllowedNow("The files of this message went with it.")
    known = await tx.find(Handout, message_id)
    if known is not None and known.shut_at is not None:
        raise NotAllowedNow("This link is shut already.")
    by = AgentId(tx.actor.id)
    closed = replace(known or Handout(message_id, ticket.id), shut_at=tx.now, shut_by=by)
    if known is None:
        tx.add(closed)
    else:
        closed = await tx.save(replace(closed, version=known.version + 1))
    tx.emit(FilesShut(ticket=ticket, message=message_id))
    return closed


def _once_more(known: Handout, *, tx: Tx) -> Handout:
    more = known.version + 1 if known.fetched else known.version
    return replace(known, fetched=known.fetched + 1, fetched_at=tx.now, version=more)
