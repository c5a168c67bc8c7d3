"""What people allowed or forbade: whether we may write to an address by an inbox, since when, and how we know."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.model.address import Address
from crm_core.model.ids import ConsentId, InboxId


class Wish(StrEnum):
    """What somebody asks for with one word: no more messages here, or to get them again."""

    STOP = "stop"
    START = "start"


COMPLAINED = "complaint:"
"""How the evidence of a complaint begins."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One line of the ledger; the newest for an address and an inbox holds. No line: nobody forbade it.

    `evidence` is how we know: the id of the message that said so, of the one that the
    provider refused to carry, or of the complaint about one. The same evidence is written
    down once.
    """

    id: ConsentId
    address: Address
    inbox: InboxId
    wish: Wish
    evidence: str
    at: datetime

    @property
    def complaint(self) -> bool:
        """Whether they told their provider, and not us."""
        return self.evidence.startswith(COMPLAINED)
