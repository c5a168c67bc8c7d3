"""Contents of raw wires and files, named by the SHA-256 of their bytes."""

from dataclasses import dataclass

ROW_AT_MOST = 256 * 1024
"""Up to here a content is a row of the same transaction; a file for each mail was three times slower."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A content ready for the record; `content` is None where it is a file, synced to disk already."""

    digest: str
    size: int
    content: bytes | None
