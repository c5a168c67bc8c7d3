"""Files as the record keeps them: whose each is, and its content once, by digest."""

from collections.abc import Sequence

from crm_core.model.blob import Blob
from crm_core.model.ids import FileId, MessageId, TicketId, fresh
from crm_core.model.message import Attachment, File
from crm_core.store.maps.codec import micros
from crm_core.store.tables import blobs as blobs_table
from crm_core.store.tables import files as files_table
from crm_core.store.tx import Tx


def keep_file(
    tx: Tx, file: Attachment, *, ticket: TicketId | None, message: MessageId | None, owner: str | None
) -> None:
    """Note a file and whose it is; its content is kept apart, by digest."""
    tx.insert(
        files_table,
        id=file.id,
        ticket=ticket,
        message=message,
        owner=owner,
        name=file.name,
        type=file.type,
        size=file.size,
        digest=file.digest,
        content_id=file.content_id,
        created_at=micros(tx.now),
    )


def keep_files(
    tx: Tx, came: Sequence[File], blobs: Sequence[Blob], *, ticket: TicketId, message: MessageId
) -> tuple[Attachment, ...]:
    """The files that a message brought, each with its content, made ready before."""
    made = []
    for file, blob in zip(came, blobs, strict=True):
        id = fresh(FileId, at=tx.now)
        kept = Attachment(id, file.name, file.type, blob.size, blob.digest, content_id=file.content_id)
        keep_blob(tx, blob)
        keep_file(tx, kept, ticket=ticket, message=message, owner=None)
        made.append(kept)
    return tuple(made)


def keep_blob(tx: Tx, blob: Blob) -> None:
    """Store a content, or note that it is a file already; the same content is stored once."""
    tx.insert(
        blobs_table, digest=blob.digest, content=blob.content, size=blob.size, stored_as_file=int(blob.content is None)
    )
