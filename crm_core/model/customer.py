"""Customers and the addresses that are theirs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.model.address import Address
from crm_core.model.ids import CustomerId, IdentityId


class CustomerKind(StrEnum):
    """A human being, or an organisation that several people write for."""

    PERSON = "person"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody we serve, across all channels.

    `merged_into` points at the survivor of a merge; nothing is ever rewritten by one.
    `name` is as they write it and may be empty until they say it.
    """

    id: CustomerId
    name: str
    language: str | None
    created_at: datetime
    kind: CustomerKind = CustomerKind.PERSON
    merged_into: CustomerId | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """An address that belongs to a customer, claimed or proven, with its evidence.

    `proven_at` is None while only claimed; `evidence` says how we know (`dkim`, `code`,
    `reply token`, `form`). `shared` marks a family phone or an office mailbox.
    """

    id: IdentityId
    customer: CustomerId
    address: Address
    evidence: str
    created_at: datetime
    proven_at: datetime | None = None
    shared: bool = False

    @property
    def proven(self) -> bool:
        """Whether the address was shown to be theirs."""
        return self.proven_at is not None
