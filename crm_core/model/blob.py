"""Contents of raw wires and files, named by the SHA-256 of their bytes."""

import hashlib
from dataclasses import dataclass

ROW_AT_MOST = 256 * 1024
"""Up to here a content is a row of the same transaction; a file for each mail was three times slower."""

_HELD = 64 * 1024
_PIECE = 2_047


def digest(*parts: bytes | memoryview) -> str:
    """The SHA-256 of some bytes after one another, in hex.

    For 2 KB and more hashlib lets go of the interpreter's lock, and getting it back beside
    a busy writer takes far longer than hashing a mail does: so what is not large is fed in
    smaller pieces.
    """
    found = hashlib.sha256()
    for part in parts:
        step = _PIECE if len(part) <= _HELD else len(part)
        for at in range(0, len(part), step):
            found.update(memoryview(part)[at : at + step])
    return found.hexdigest()


@dataclass(frozen=True, slots=True)
class Blob:
    """A content ready for the record; `content` is None where it is a file, synced to disk already.

    `unchecked`: it came from outside to a house with a virus scanner, which has not seen it yet.
    """

    digest: str
    size: int
    content: bytes | None
    unchecked: bool = False
