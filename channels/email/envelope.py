"""One mail as it came over the wire, and who takes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from channels.contract import Way

WayFor = Callable[[str], Way | None]
"""Recipient → its way in, or None: unknown here (550)."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the SMTP dialogue said, and the mail without the dots of transparency."""

    peer: str
    helo: str
    mail_from: str
    recipients: tuple[tuple[str, Way], ...]
    body: bytes
    secured: bool


class Taker(Protocol):
    """What a connection asks of the receiver it belongs to."""

    def way_for(self, address: str, /) -> Way | None:
        """The way in for a recipient, or None."""
        ...

    async def receive(self, envelope: Envelope) -> str:
        """Hand a mail over; the reply to give."""
        ...
