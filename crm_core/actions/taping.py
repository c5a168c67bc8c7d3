"""Recordings and what was said in them, in the record of their call."""

from dataclasses import replace

from crm_core.actions.intake import Contact
from crm_core.actions.keeping import keep_files
from crm_core.model.call import Call
from crm_core.model.event_replies import MessageGrown
from crm_core.model.message import Message
from crm_core.model.ticket import Ticket
from crm_core.rules import lifecycle, text
from crm_core.store.tx import Tx


async def add_tape(tx: Tx, call: Call, contact: Contact) -> None:
    """A file of the call: a message that was left, or the talk itself."""
    message = await _record(tx, call)
    if message is None:
        return
    known = {file.digest for file in message.attachments}
    if contact.files and all(blob.digest in known for blob in contact.files):
        return
    files = keep_files(tx, contact.inbound.files, contact.files, ticket=message.ticket, message=message.id)
    await _grown(tx, replace(message, attachments=message.attachments + files), said=contact.inbound.text)


async def write_transcript(tx: Tx, call: Call, said: str) -> None:
    """What was said, as far as a machine understood it."""
    message = await _record(tx, call)
    if message is not None and said not in message.text:
        await _grown(tx, message, said=said)


async def _record(tx: Tx, call: Call) -> Message | None:
    return None if call.message is None else await tx.find(Message, call.message)


async def _grown(tx: Tx, message: Message, *, said: str) -> None:
    words = "\n".join(filter(None, (message.text, said)))
    held = lifecycle.on_held(await tx.get(Ticket, message.ticket), at=tx.now)
    ticket = await tx.save(replace(held, snippet=held.snippet or text.snippet(words)))
    grown = replace(message, text=words, version=message.version + 1)
    tx.emit(MessageGrown(ticket=ticket, message=await tx.save(grown)))
