"""How customers belong together: an organisation's people, a household, somebody who acts for another."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_core.model.ids import CustomerId, RelationId


class RelationKind(StrEnum):
    """MEMBER: `customer` writes for the organisation `other`. HOUSEHOLD: the two live together.

    ACTS_FOR: `customer` may speak for `other`, who agreed (or whose guardian they are).
    """

    MEMBER = "member"
    HOUSEHOLD = "household"
    ACTS_FOR = "acts_for"


@dataclass(frozen=True, slots=True)
class Relation:
    """One tie between two customers, with how we know of it and for how long it holds.

    `role` is in their words (`daughter`, `bookkeeper`). `consent` says how the other agreed
    (`signed form`, `court order`) and `consented_at` when; without both nobody acts for
    anybody. `ends_at` is when it runs out or was ended.
    """

    id: RelationId
    kind: RelationKind
    customer: CustomerId
    other: CustomerId
    role: str
    created_at: datetime
    created_by: str
    consent: str = ""
    consented_at: datetime | None = None
    ends_at: datetime | None = None
    version: int = 1

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at a moment."""
        return self.ends_at is None or at < self.ends_at
