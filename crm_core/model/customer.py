"""Customers and the addresses that are theirs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.model.address import Address
from crm_core.model.ids import CustomerId, IdentityId
from crm_core.model.preferences import DoNot, Need, Safety


class CustomerKind(StrEnum):
    """A human being, or an organisation that several people write for."""

    PERSON = "person"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody we serve, across all channels.

    `merged_into` points at the survivor of a merge; nothing is ever rewritten by one.
    `name` is as they write it and may be empty until they say it. `language` is the one
    they want to be answered in (as heard first, until they say), `channel` the one they
    like best. `street` and `place` are where they live, as they write it: for finding
    and comparing, not for sending. `erased_at`: nothing of them is known any more; the record
    stays because their matters point at it.
    """

    id: CustomerId
    name: str
    language: str | None
    created_at: datetime
    kind: CustomerKind = CustomerKind.PERSON
    merged_into: CustomerId | None = None
    channel: str | None = None
    do_not: tuple[DoNot, ...] = ()
    needs: tuple[Need, ...] = ()
    safety: Safety | None = None
    street: str = ""
    place: str = ""
    version: int = 1
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """An address that belongs to a customer, claimed or proven, with its evidence.

    `proven_at` is None while only claimed; `evidence` says how we know (`dmarc`, `code`,
    `token`, `form`). `shared` marks a family phone or an office mailbox: then it proves
    nobody to be the same person. Of all who use or claim an address one holds it (`held`):
    under them contacts from it are filed.
    """

    id: IdentityId
    customer: CustomerId
    address: Address
    evidence: str
    created_at: datetime
    proven_at: datetime | None = None
    shared: bool = False
    held: bool = True

    @property
    def proven(self) -> bool:
        """Whether the address was shown to be theirs."""
        return self.proven_at is not None
