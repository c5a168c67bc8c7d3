"""Pictures of a formatted message that stand elsewhere: fetched once, when somebody asks, and kept as files of it."""

from collections.abc import Sequence

from crm_core.actions.keeping import keep_files
from crm_core.model.blob import Blob
from crm_core.model.errors import NotFound
from crm_core.model.event_replies import PicturesFetched
from crm_core.model.ids import MessageId
from crm_core.model.message import File, Message
from crm_core.store.pictures import pictures_of
from crm_core.store.tx import Tx


async def keep(tx: Tx, message_id: MessageId, files: Sequence[File], blobs: Sequence[Blob]) -> frozenset[str]:
    """Keep what was fetched and was not there already; the content ids of all there are now.

    It is told, even where nothing could be had: the sender may know now that somebody reads.
    """
    message = await tx.find(Message, message_id)
    if message is None:
        raise NotFound
    ticket = await tx.ticket(message.ticket, to="reply")
    known = await pictures_of(tx, message)
    new = [(file, blob) for file, blob in zip(files, blobs, strict=True) if file.content_id not in known]
    if new:
        keep_files(tx, [file for file, _ in new], [blob for _, blob in new], ticket=ticket.id, message=message.id)
    tx.emit(PicturesFetched(ticket=ticket, message=message.id, pictures=len(new)))
    return frozenset(known) | {file.content_id for file, _ in new if file.content_id}
