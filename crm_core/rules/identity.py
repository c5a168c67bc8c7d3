"""Whose contact it is: an address belongs to one customer, claimed or proven, with its evidence.

Only the sender is looked at. Cc, Reply-To and names in the text make nobody a customer
and nobody's address: that is how strangers were let into tickets elsewhere.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from crm_core.model.address import Address
from crm_core.model.customer import Customer, Identity
from crm_core.model.ids import CustomerId

PROOFS = frozenset(
    {
        "dmarc",  # SPF or DKIM passed for the domain of From itself; either alone proves another domain
        "signature",  # the provider signed its webhook
        "loopback",  # a trusted peer, where the settings say so
        "session",  # the same browser, by its cookie
        "token",  # our signed reply token came back from it
        "code",  # a one-time code sent there was typed in
        "link",  # a one-time link sent there was opened
        "seen",  # an agent saw the person and their papers
    }
)
"""The evidence that shows an address to be theirs. Anything else (a form, an import) is a claim."""


@dataclass(frozen=True, slots=True)
class Known:
    """The address is already somebody's: file it there.

    `proven`: this contact was shown to come from it. `proves`: the address had only been
    claimed until now, and this contact proves it.
    """

    customer: CustomerId
    identity: Identity
    proven: bool
    proves: bool
    why: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody has the address: a new customer with it, proven or claimed."""

    address: Address
    name: str
    proven: bool
    evidence: str
    why: str


@dataclass(frozen=True, slots=True)
class Join:
    """The address becomes this customer's: new to us, or one that somebody else only claimed until now."""

    address: Address
    evidence: str
    proven: bool
    why: str


@dataclass(frozen=True, slots=True)
class Also:
    """They say it is theirs too. Whoever holds it keeps it; an agent sees both."""

    address: Address
    why: str


@dataclass(frozen=True, slots=True)
class SamePerson:
    """Both showed that they read this address, and nobody shares it: they are one person."""

    holder: CustomerId
    why: str


def proves(evidence: str | None) -> bool:
    """Whether this evidence shows that an address is theirs."""
    return evidence in PROOFS


def file_under(sender: Address, *, name: str, evidence: str | None, known: Identity | None) -> Known | Unknown:
    """The customer a contact belongs to. `known` is the identity that holds the sender's address.

    A contact that is not proven is filed under the customer too, and marked: the agent
    sees the history, the sender gets none of it.
    """
    proven = proves(evidence)
    if known is None:
        why = "a new address, proven" if proven else "a new address, only claimed"
        return Unknown(sender, tidy_name(name), proven, evidence or "claimed", why)
    if not proven:
        return Known(known.customer, known, proven=False, proves=False, why="known address, sender not proven")
    why = "known address, proven" if known.proven else "known address, proven by this contact"
    return Known(known.customer, known, proven=True, proves=not known.proven, why=why)


def prove(identity: Identity, *, evidence: str, at: datetime) -> Identity:
    """The identity, proven. What was proven before keeps its first evidence; a claim proves nothing."""
    if identity.proven or not proves(evidence):
        return identity
    return replace(identity, proven_at=at, evidence=evidence)


def add_address(
    customer: Customer, *, address: Address, evidence: str | None, held_by: Identity | None
) -> Join | Also | SamePerson:
    """Whether a further address becomes this customer's. `held_by` is the identity that holds it now.

    Only a proof joins. A proven address that somebody else proved too makes the two one
    person; one that is shared by several never does, and a claim takes nothing from anybody.
    """
    if held_by is None or held_by.customer == customer.id:
        if proves(evidence):
            return Join(address, evidence or "", proven=True, why="proven to be theirs")
        return Join(address, evidence or "claimed", proven=False, why="nobody else has it; not proven yet")
    if not proves(evidence):
        return Also(address, "it is filed under another customer; they may be one person")
    if held_by.shared:
        return Also(address, "several people share it; it proves nobody to be the same person")
    if held_by.proven:
        return SamePerson(held_by.customer, "both showed that they read this address")
    return Join(address, evidence or "", proven=True, why="proven to be theirs; another only claimed it")


def tidy_name(name: str) -> str:
    """A name as they write it: on one line, without what cannot be seen, at most 120 characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in name[:1000]).split())[:120]
