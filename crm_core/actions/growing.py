"""One message that comes in several wires, as an album does: the first makes it, what follows soon is added to it.

Each is committed before it is confirmed: nothing waits in memory for the others, and a kill loses nothing.
Of what follows the raw wire is not kept: a message has one, by which an erasure finds it.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from crm_core.actions.keeping import keep_files
from crm_core.model.blob import Blob
from crm_core.model.event_replies import MessageGrown
from crm_core.model.inbox import Inbox
from crm_core.model.message import Inbound, Message
from crm_core.model.ticket import Ticket
from crm_core.rules import lifecycle, text
from crm_core.store.tables import messages
from crm_core.store.tx import Tx

SOON = timedelta(minutes=1)
"""What comes later stands by itself, where an agent who has read the first sees it come."""

_PARTS = (
    sa.select(messages)
    .where(
        messages.c.wire_id == sa.bindparam("wire_id", type_=sa.Text),
        messages.c.inbox == sa.bindparam("inbox", type_=sa.Text),
        messages.c.direction == sa.literal_column("'in'"),
    )
    .order_by(messages.c.created_at, messages.c.id)
)


@dataclass(frozen=True, slots=True)
class Grown:
    """The message with what came now; `repeat`: it held that already."""

    message: Message
    ticket: Ticket
    repeat: bool = False


async def grow(tx: Tx, inbound: Inbound, blobs: tuple[Blob, ...], *, inbox: Inbox) -> Grown | None:
    """Add it to the message whose part it is; None where it is the first, or comes late.

    A part is known by what it brings: one that brings nothing new was here before.
    """
    parts = await tx.values(Message, _PARTS, wire_id=inbound.wire_id, inbox=inbox.id)
    found = [one for one in parts if one.address == inbound.sender]
    for message in found:
        if _holds(message, inbound, blobs):
            return Grown(message, await tx.get(Ticket, message.ticket), repeat=True)
    if not found or tx.now - found[-1].created_at > SOON:
        return None
    message = found[-1]
    files = keep_files(tx, inbound.files, blobs, ticket=message.ticket, message=message.id)
    words = "\n".join(filter(None, (message.text, inbound.text)))
    before = await tx.get(Ticket, message.ticket)
    ticket = lifecycle.on_held(before, at=tx.now)
    ticket = await tx.save(replace(ticket, snippet=ticket.snippet or text.snippet(words)))
    grown = replace(message, text=words, attachments=message.attachments + files, version=message.version + 1)
    tx.emit(MessageGrown(ticket=ticket, message=await tx.save(grown)))
    return Grown(grown, ticket)


def _holds(message: Message, inbound: Inbound, blobs: tuple[Blob, ...]) -> bool:
    known = {(file.name, file.digest) for file in message.attachments}
    came = {(file.name, blob.digest) for file, blob in zip(inbound.files, blobs, strict=True)}
    return came <= known and inbound.text in message.text
