"""One message that comes in several wires, as an album does: the first makes it, what follows soon is added to it.

Each is committed before it is confirmed: nothing waits in memory for the others, and a kill loses nothing.
The raw wire of each is kept, as a part of the first one, by which an erasure finds them all.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from crm_core.actions.keeping import RawWire, keep_files, keep_wire
from crm_core.model.blob import Blob
from crm_core.model.event_replies import MessageGrown
from crm_core.model.ids import WireId
from crm_core.model.inbox import Inbox
from crm_core.model.message import Inbound, Message
from crm_core.model.ticket import Ticket
from crm_core.rules import lifecycle, text
from crm_core.store.tables import messages, wires
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
_PART = (
    sa.update(wires)
    .where(wires.c.id == sa.bindparam("key_id", type_=sa.Text))
    .values(part_of=sa.bindparam("new_part_of", type_=sa.Text))
)


@dataclass(frozen=True, slots=True)
class Grown:
    """The message with what came now; `repeat`: it held that already."""

    message: Message
    ticket: Ticket
    repeat: bool = False


async def grow(
    tx: Tx, inbound: Inbound, blobs: tuple[Blob, ...], *, inbox: Inbox, wire: RawWire | WireId | None
) -> Grown | None:
    """Add it to the message whose part it is; None where it is the first, or comes late. `wire` may be kept already.

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
    kept = await _kept(tx, wire, inbox=inbox, part_of=message.wire)
    files = keep_files(tx, inbound.files, blobs, ticket=message.ticket, message=message.id)
    words = "\n".join(filter(None, (message.text, inbound.text)))
    before = await tx.get(Ticket, message.ticket)
    ticket = lifecycle.on_held(before, at=tx.now)
    ticket = await tx.save(replace(ticket, snippet=ticket.snippet or text.snippet(words)))
    grown = replace(message, text=words, attachments=message.attachments + files, version=message.version + 1)
    grown = replace(grown, wire=message.wire or kept)
    tx.emit(MessageGrown(ticket=ticket, message=await tx.save(grown)))
    return Grown(grown, ticket)


async def _kept(tx: Tx, wire: RawWire | WireId | None, *, inbox: Inbox, part_of: WireId | None) -> WireId | None:
    """Its raw wire, kept now or read again out of quarantine, leads to the first one of the message."""
    if not isinstance(wire, str):
        return keep_wire(tx, wire, inbox=inbox.id, part_of=part_of)
    await tx.change(_PART, key_id=wire, new_part_of=part_of)
    return wire


def _holds(message: Message, inbound: Inbound, blobs: tuple[Blob, ...]) -> bool:
    known = {(file.name, file.digest) for file in message.attachments}
    came = {(file.name, blob.digest) for file, blob in zip(inbound.files, blobs, strict=True)}
    return came <= known and inbound.text in message.text
