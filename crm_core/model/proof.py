"""Showing that an address is somebody's: a one-time code or link goes there and comes back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.model.address import Address
from crm_core.model.ids import CustomerId, ProofId, TicketId


class ProofKind(StrEnum):
    """What goes to the address: digits that people type or read out, or a link they open."""

    CODE = "code"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Proof:
    """A question to an address: who reads this? Only a digest of the answer stands here.

    `customer` is whose address it becomes (None: it only opens the ticket for whoever
    reads that address). `attempts` are counted before an answer is looked at, so that a
    hundred guesses at once count as a hundred. A proof without an address is a decoy: it
    costs and answers the same, and nothing was sent.
    """

    id: ProofId
    kind: ProofKind
    address: Address | None
    customer: CustomerId | None
    ticket: TicketId | None
    digest: str
    created_at: datetime
    expires_at: datetime
    created_by: str
    attempts: int = 0
    used_at: datetime | None = None
