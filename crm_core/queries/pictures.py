"""A formatted message with the pictures in its words."""

from dataclasses import dataclass

from crm_core.model.errors import NotFound
from crm_core.model.ids import MessageId
from crm_core.model.message import Message
from crm_core.model.picture import Picture
from crm_core.store.pictures import pictures_of
from crm_core.store.tx import Read


@dataclass(frozen=True, slots=True)
class Illustrated:
    """A message, with the pictures that stand in its words by content id."""

    message: Message
    pictures: dict[str, Picture]


async def illustrated(read: Read, id: MessageId, *, to: str = "see") -> Illustrated:
    """A message of a ticket that the actor may see (or more), with what was sent in it and fetched for it. Raises NotFound."""
    message = await read.find(Message, id)
    if message is None:
        raise NotFound
    await read.ticket(message.ticket, to=to)
    return Illustrated(message, await pictures_of(read, message))
