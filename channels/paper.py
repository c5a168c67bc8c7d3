"""What a channel on paper can beside the contract: its letters are printed, its scans read, its slips taken along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from channels.shared.scans.scan import Scan
from crm_core.model.message import Outbound


@runtime_checkable
class Prints(Protocol):
    """A channel whose messages people print and post. Its `send` answers `TO_PRINT`."""

    def pages(self, letters: Sequence[Outbound]) -> bytes:
        """All of them as one PDF. Pure, but slow: run it beside the loop.

        Raises Undeliverable where one cannot be printed.
        """

    def sample(self) -> bytes:
        """A letter to nobody, just as any other is printed: to be laid into an envelope. As slow as `pages`."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scan and what stands on it; `tokens` are those of its codes that may be ours."""

    scan: Scan
    tokens: tuple[str, ...]


@runtime_checkable
class Scans(Protocol):
    """A channel whose inbox takes scans that staff upload."""

    async def scan(self, content: bytes) -> Scanned:
        """Read it, in a process of its own. Raises Unreadable for what is no scan."""


Sort = Literal["roll", "sheet"]
"""What a slip is printed on: the roll of a small printer (80 mm), or a sheet (A5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What a person takes along who was served here: the number, what it is about, and what was promised.

    `follow` is where they can see how it stands. Times are in the house's own zone. `promised` is None where
    nothing is promised any more; `solved`: it was done there and then. `language` is the person's; `paper` None:
    whatever the inbox's own printer holds.
    """

    number: str
    about: str
    at: datetime
    promised: datetime | None
    solved: bool
    follow: str
    language: str
    paper: Sort | None = None


@runtime_checkable
class Slips(Protocol):
    """A channel whose inbox prints a slip for whoever was served."""

    def slip(self, slip: Slip) -> bytes:
        """It as PDF. Pure, but slow: run it beside the loop.

        Raises Undeliverable where no font of this machine can print it.
        """
