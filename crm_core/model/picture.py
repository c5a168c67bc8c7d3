"""Pictures that stand in the words of a message: those that came with it, and those that were fetched from elsewhere."""

import hashlib
from dataclasses import dataclass

REMOTE = "remote:"
"""How the content id of a fetched one begins; the digest of its address follows."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One as it is kept: what type it is said to be, and its content by digest, with its size in bytes."""

    type: str
    digest: str
    size: int


def named(url: str) -> str:
    """The content id of a picture that stands at this address."""
    return REMOTE + hashlib.sha256(url.encode()).hexdigest()[:40]
