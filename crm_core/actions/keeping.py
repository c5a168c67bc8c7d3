"""What came, as the record keeps it: raw wires, and files: whose each is, and its content once, by digest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm_core.model.blob import Blob
from crm_core.model.check import Check
from crm_core.model.ids import FileId, InboxId, MessageId, TicketId, WireId, fresh
from crm_core.model.message import Attachment, File
from crm_core.rules import checking
from crm_core.store.maps.codec import micros
from crm_core.store.tables import blobs as blobs_table
from crm_core.store.tables import files as files_table
from crm_core.store.tables import unchecked, wires
from crm_core.store.tx import Tx


def keep_file(
    tx: Tx, file: Attachment, *, ticket: TicketId | None, message: MessageId | None, owner: str | None
) -> None:
    """Note a file and whose it is; its content is kept apart, by digest. What is to be checked waits for the scanner."""
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
    if file.check is Check.CHECKING:
        tx.insert(unchecked, file=file.id, digest=file.digest, due_at=micros(tx.now), tries=0)


def keep_files(
    tx: Tx, came: Sequence[File], blobs: Sequence[Blob], *, ticket: TicketId, message: MessageId
) -> tuple[Attachment, ...]:
    """The files that a message brought, each with its content, made ready before."""
    made = []
    for file, blob in zip(came, blobs, strict=True):
        id = fresh(FileId, at=tx.now)
        new = Attachment(id, file.name, file.type, blob.size, blob.digest, content_id=file.content_id)
        kept = checking.came(new, blob)
        keep_blob(tx, blob)
        keep_file(tx, kept, ticket=ticket, message=message, owner=None)
        made.append(kept)
    return tuple(made)


def keep_blob(tx: Tx, blob: Blob) -> None:
    """Store a content, or note that it is a file already; the same content is stored once."""
    tx.insert(
        blobs_table, digest=blob.digest, content=blob.content, size=blob.size, stored_as_file=int(blob.content is None)
    )


@dataclass(frozen=True, slots=True)
class RawWire:
    """A wire as it is kept: headers and evidence as JSON, the body in a row or as a file."""

    arrived_at: datetime
    headers: Mapping[str, Any]
    body: Blob


def keep_wire(
    tx: Tx, wire: RawWire | None, *, inbox: InboxId, why: str | None = None, part_of: WireId | None = None
) -> WireId | None:
    """Keep the raw input, whatever is made of it; in quarantine where it could not be read, and why.

    `part_of` is the first wire of the same message, by which this one is found when the message is forgotten.
    """
    if wire is None:
        return None
    id = fresh(WireId, at=tx.now)
    if wire.body.content is None:
        keep_blob(tx, wire.body)
    tx.insert(
        wires,
        id=id,
        inbox=inbox,
        arrived_at=micros(wire.arrived_at),
        headers=json.dumps(dict(wire.headers), ensure_ascii=False),
        body=wire.body.content,
        digest=wire.body.digest,
        size=wire.body.size,
        state="read" if why is None else "quarantined",
        why=why,
        part_of=part_of,
    )
    return id
