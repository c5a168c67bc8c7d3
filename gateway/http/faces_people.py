"""The faces of people: who they are, their addresses, how they want to be served, and who may be the same."""

from datetime import datetime
from typing import Literal

from crm_core.model.preferences import Contacting
from crm_core.model.proof import ProofKind
from crm_core.model.relation import RelationKind
from gateway.http.face import Face


class IdentityItem(Face):
    """An address of a customer, claimed or proven."""

    id: str
    address: str
    scheme: str
    proven: bool
    evidence: str
    shared: bool
    held: bool
    """Whether contacts from it are filed under this customer: of all who use it, one holds it."""
    created_at: datetime
    proven_at: datetime | None


class DoNotItem(Face):
    """A wish not to be disturbed: minutes of the day in the house's zone; with neither, not at all."""

    what: Contacting
    before: int | None
    after: int | None


class NeedItem(Face):
    """What somebody needs: a code of `/api/v1/needs`, and what it leaves open."""

    code: str
    detail: str


class SafetyItem(Face):
    """What whoever meets them must know beforehand, and until when."""

    reason: str
    until: datetime


class RelationItem(Face):
    """How two customers belong together. `with` is who is at the other end; `of` tells which end this is."""

    id: str
    kind: RelationKind
    side: Literal["customer", "other"]
    with_id: str
    with_name: str
    with_kind: str
    role: str
    consent: str
    consented_at: datetime | None
    ends_at: datetime | None
    holds: bool
    created_at: datetime


class MergeItem(Face):
    """A record that is the same person. `stays`: what was written since and would stay with the survivor."""

    id: str
    source: str
    source_name: str
    at: datetime
    by: str
    why: str
    stays: list[Literal["profile", "relations"]]


class CustomerItem(Face):
    """Somebody we serve, with their addresses. Of a person with several records, the survivor's id."""

    id: str
    name: str
    latin: str
    """How a name in Chinese signs reads; empty where it needs no help."""
    language: str | None
    kind: str
    channel: str | None
    do_not: list[DoNotItem]
    needs: list[NeedItem]
    safety: list[SafetyItem]
    street: str
    place: str
    records: list[str]
    """Ids of all records of this person, the survivor's first."""
    created_at: datetime
    identities: list[IdentityItem]
    relations: list[RelationItem]
    merges: list[MergeItem]
    version: int


class FoundPerson(Face):
    """Somebody found by what was typed."""

    id: str
    name: str
    latin: str
    language: str | None
    kind: str
    street: str
    place: str
    created_at: datetime
    identities: list[IdentityItem]
    version: int


class ReasonItem(Face):
    """One thing in which two records agree."""

    code: str
    words: str
    detail: str
    shared: bool


class SuggestionItem(Face):
    """Somebody who may be the same person, and why. Nothing joins by it: an agent decides."""

    customer: FoundPerson
    reasons: list[ReasonItem]


class ProofItem(Face):
    """A one-time code or link that is on its way."""

    id: str
    kind: ProofKind
    expires_at: datetime


class KnownNeedItem(Face):
    """A need that can be met, in both languages; `asks` says what its detail is."""

    code: str
    words: dict[str, str]
    asks: str | None
