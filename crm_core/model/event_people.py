"""Events about people: their profile, their addresses, who is the same as whom, and who belongs to whom.

Each is told to those who may see a ticket of the person (`seers`), never to all of the
staff: an address is personal. Ids and states are facts; names and addresses are words.
"""

from dataclasses import dataclass

from crm_core.model.customer import Customer, Identity
from crm_core.model.event import STAFF, Event
from crm_core.model.ids import CustomerId
from crm_core.model.merge import Merge
from crm_core.model.proof import Proof
from crm_core.model.relation import Relation
from crm_core.model.view import Json, maybe_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEvent(Event):
    """Anything about somebody we serve, as they are known now (`customer` is the survivor of a merge)."""

    customer: CustomerId
    seers: frozenset[str] = STAFF

    def facts(self) -> Json:
        return {"customer": self.customer, **self.more()}

    def more(self) -> Json:
        """What this kind of event adds."""
        return {}

    def for_whom(self) -> frozenset[str]:
        return self.seers


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileEvent(PersonEvent):
    """Anything about what we know of them. What they need is personal, and stands in no event."""

    now: Customer

    def more(self) -> Json:
        return {"version": self.now.version}

    def words(self) -> Json:
        return {"name": self.now.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAdded(ProfileEvent):
    """Somebody was entered by hand: an organisation, or a person who stands at a counter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChanged(ProfileEvent):
    """Their name, language, wishes or needs were written down anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressEvent(PersonEvent):
    """Anything about one of their addresses."""

    identity: Identity

    def more(self) -> Json:
        identity = self.identity
        return {
            "identity": identity.id,
            "scheme": identity.address.scheme,
            "proven": identity.proven,
            "evidence": identity.evidence,
            "shared": identity.shared,
        }

    def words(self) -> Json:
        return {"address": str(self.identity.address)}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressAdded(AddressEvent):
    """They said, or showed, that it is theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChanged(AddressEvent):
    """It was proven, or marked as shared by several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressMoved(AddressEvent):
    """It is another customer's now; what came by it before stays where it came."""

    came_from: CustomerId

    def more(self) -> Json:
        # Named: a dataclass with slots is made anew, and the plain form would look at the old one.
        return {**AddressEvent.more(self), "from": self.came_from}


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRemoved(AddressEvent):
    """It is not theirs any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofAsked(PersonEvent):
    """A one-time code or link is on its way to an address."""

    proof: Proof

    def more(self) -> Json:
        return {"proof": self.proof.id, "kind": self.proof.kind, "expires_at": maybe_instant(self.proof.expires_at)}

    def words(self) -> Json:
        return {"address": str(self.proof.address)}


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeEvent(PersonEvent):
    """Anything about two records being one person."""

    merge: Merge

    def more(self) -> Json:
        merge = self.merge
        return {"merge": merge.id, "source": merge.source, "target": merge.target}

    def words(self) -> Json:
        return {"why": self.merge.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMerged(MergeEvent):
    """Two records are one person from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonParted(MergeEvent):
    """They are two again; what came in between went with the address it came by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionDismissed(PersonEvent):
    """An agent looked: these two are not one person."""

    other: CustomerId

    def more(self) -> Json:
        return {"other": self.other}


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationEvent(PersonEvent):
    """Anything about how two customers belong together."""

    relation: Relation

    def more(self) -> Json:
        relation = self.relation
        return {
            "relation": relation.id,
            "kind": relation.kind,
            "other": relation.other,
            "ends_at": maybe_instant(relation.ends_at),
        }

    def words(self) -> Json:
        return {"role": self.relation.role, "consent": self.relation.consent}


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationMade(RelationEvent):
    """They belong together from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationEnded(RelationEvent):
    """Not any more."""
