"""What people allowed or forbade: whether we may write to an address by an inbox, since when, and how we know."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.model.address import Address
from crm_core.model.ids import AgentId, ConsentId, InboxId


class Wish(StrEnum):
    """What somebody asks for with one word: no more messages here, or to get them again."""

    STOP = "stop"
    START = "start"


COMPLAINED = "complaint:"
"""How the evidence of a complaint begins."""

REFUSED = "refused:"
"""With this begins the evidence of what a provider told us."""


class How(StrEnum):
    """Who made a wish known: the person with a word, a provider that carries nothing to them, a complaint, or one of us."""

    PERSON = "person"
    PROVIDER = "provider"
    COMPLAINT = "complaint"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Consent:
    """One line of the ledger; the newest for an address and an inbox holds. No line: nobody forbade it.

    `evidence` is how we know: the id of the message that said so, of the one that the
    provider refused to carry, of the complaint about one, or that `by`, who works here, wrote
    down what came by another way, with the `reason`. The same evidence is written down once.
    """

    id: ConsentId
    address: Address
    inbox: InboxId
    wish: Wish
    evidence: str
    at: datetime
    by: AgentId | None = None
    reason: str = ""

    @property
    def how(self) -> "How":
        """By what it was made known to us."""
        if self.by is not None:
            return How.STAFF
        if self.complaint:
            return How.COMPLAINT
        return How.PROVIDER if self.evidence.startswith(REFUSED) else How.PERSON

    @property
    def complaint(self) -> bool:
        """Whether they told their provider, and not us."""
        return self.evidence.startswith(COMPLAINED)
