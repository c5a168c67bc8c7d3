"""Contents of files, and the raw wires in quarantine."""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.errors import Gone, NotFound
from crm_core.rules import checking
from crm_core.store.checked import verdicts_of, waits
from crm_core.store.tables import blobs, wires
from crm_core.store.tx import Read

_BLOB = sa.select(blobs.c.content, blobs.c.stored_as_file).where(
    blobs.c.digest == sa.bindparam("digest", type_=sa.Text)
)


async def content(read: Read, digest: str) -> bytes | None:
    """A content that is to be opened or to leave, by its digest; None where it is kept as a file.

    Raises Gone where its period was over, FileHeld where the virus scanner has not passed it.
    """
    known = await verdicts_of(read, [digest])
    checking.permit(known.get(digest), waits=not known and await waits(read, digest))
    return await _content(read, digest)


async def for_the_scanner(read: Read, digest: str) -> bytes | None:
    """The same for the one reader that looks into what nobody may open yet. Raises Gone."""
    await read.permit(to="examine")
    return await _content(read, digest)


async def _content(read: Read, digest: str) -> bytes | None:
    row = await read.one(_BLOB, digest=digest)
    if row is None:
        raise Gone("The content of this file is not kept any more: its period was over.")
    return None if row["stored_as_file"] else bytes(row["content"])


@dataclass(frozen=True, slots=True)
class KeptWire:
    """A raw wire as it was kept."""

    id: str
    inbox: str
    headers: str
    body: bytes | None
    digest: str
    arrived_at: int
    size: int
    state: str
    why: str | None


_WIRE = sa.select(wires).where(wires.c.id == sa.bindparam("id", type_=sa.Text))


async def wire(read: Read, id: str) -> KeptWire:
    """A raw wire, for an admin to look at or to read again. Raises NotFound, Forbidden."""
    await read.permit(to="quarantine")
    row = await read.one(_WIRE, id=id)
    if row is None:
        raise NotFound
    return KeptWire(
        row["id"],
        row["inbox"],
        row["headers"],
        row["body"],
        row["digest"],
        row["arrived_at"],
        row["size"],
        row["state"],
        row["why"],
    )
