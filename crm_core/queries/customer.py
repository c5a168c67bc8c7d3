"""Customers, as far as somebody may see one of their tickets: all their records, and who may be the same."""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.customer import Customer, Identity
from crm_core.model.ids import CustomerId
from crm_core.model.merge import Merge
from crm_core.model.relation import Relation
from crm_core.model.suspicion import ROOM
from crm_core.rules import likeness, preferences
from crm_core.rules.likeness import Somebody, Suggest
from crm_core.rules.preferences import Wishes
from crm_core.store.compiled import among
from crm_core.store.tables import (
    customers,
    dismissals,
    identities,
    merges,
    person_keys,
    relations,
)
from crm_core.store.tx import Person, Read, listed

MOST_SUGGESTED = 5

_text, _big = sa.Text, sa.BigInteger
_IDENTITIES = (
    sa.select(identities)
    .where(among(identities.c.customer, "customers"))
    .order_by(identities.c.created_at, identities.c.id)
    .limit(200)
)
_RELATIONS = (
    sa.select(relations)
    .where(sa.or_(among(relations.c.customer, "customers"), among(relations.c.other, "customers")))
    .order_by(relations.c.created_at, relations.c.id)
    .limit(200)
)
_MERGES = (
    sa.select(merges)
    .where(sa.or_(among(merges.c.target, "customers"), among(merges.c.source, "customers")))
    .order_by(merges.c.at.desc(), merges.c.id)
    .limit(100)
)
_NAMED = sa.select(customers).where(among(customers.c.id, "ids"))
_BEARERS = (
    sa.select(person_keys.c.customer)
    .where(person_keys.c.key == sa.bindparam("key", type_=_text))
    .order_by(person_keys.c.customer)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_SAME_ADDRESS = sa.select(identities.c.customer).where(among(identities.c.address, "addresses")).limit(50)
_DISMISSED = sa.select(dismissals.c.one, dismissals.c.other).where(
    sa.or_(among(dismissals.c.one, "customers"), among(dismissals.c.other, "customers"))
)


@dataclass(frozen=True, slots=True)
class Known:
    """A person: the survivor of their merges, all records, all addresses, and what holds for them now."""

    customer: Customer
    identities: tuple[Identity, ...]
    records: tuple[Customer, ...]
    wishes: Wishes
    relations: tuple[tuple[Relation, Customer], ...] = ()
    merges: tuple[tuple[Merge, Customer, tuple[str, ...]], ...] = ()


async def customer(read: Read, id: CustomerId) -> Known:
    """A person of whom the actor may see a ticket. Raises NotFound."""
    return await known(read, await read.person(id, to="see"))


async def known(read: Read, person: Person) -> Known:
    """What is known of a person whom the actor may see."""
    return Known(
        person.customer,
        tuple(await read.values(Identity, _IDENTITIES, customers=person.ids)),
        person.records,
        preferences.wishes(person.records, at=read.now),
        tuple(await _relations(read, person)),
        tuple(await _merges(read, person)),
    )


async def suggestions(read: Read, id: CustomerId) -> list[Suggest]:
    """Who may be the same person, each with the reasons; only whom the actor may see, and nobody an agent ruled out."""
    person = await read.person(id, to="see")
    mine = Somebody(person.customer, tuple(await read.values(Identity, _IDENTITIES, customers=person.ids)))
    candidates, bearers = await _candidates(read, person, mine)
    found: list[Suggest] = []
    for candidate in sorted(candidates):
        other = await _visible(read, CustomerId(candidate))
        if other is None or other.customer.id == person.customer.id or await _ruled_out(read, person, other):
            continue
        theirs = Somebody(other.customer, tuple(await read.values(Identity, _IDENTITIES, customers=other.ids)))
        decision = likeness.compare(mine, theirs, bearers=bearers)
        if isinstance(decision, Suggest) and other.customer.id not in {one.other.customer.id for one in found}:
            found.append(decision)
    return sorted(found, key=lambda one: -len(one.reasons))[:MOST_SUGGESTED]


async def _candidates(read: Read, person: Person, mine: Somebody) -> tuple[set[str], int]:
    """Customers with a key in common, and how many have the name in the form that most have."""
    found: set[str] = set()
    bearers = 1
    for key in sorted({key for one in person.records for key in likeness.like_keys(one)}):
        rows = await read.all(_BEARERS, key=key, limit=4 * likeness.FEW)
        bearers = max(bearers, len(rows)) if key.startswith("l:") else bearers
        found |= {row[0] for row in rows}
    addresses = listed(str(one.address) for one in mine.identities)
    found |= {row[0] for row in await read.all(_SAME_ADDRESS, addresses=addresses)}
    return found - {one.id for one in person.records}, bearers


async def _visible(read: Read, id: CustomerId) -> Person | None:
    """Somebody, if the actor may see them by more than what is held as spam."""
    standing = await read.standing()
    person = await read.records(id)
    return None if person is None or standing.scope.isdisjoint(person.seers - {f"q:{ROOM}"}) else person


async def _ruled_out(read: Read, person: Person, other: Person) -> bool:
    mine, theirs = {one.id for one in person.records}, {one.id for one in other.records}
    rows = await read.all(_DISMISSED, customers=person.ids)
    return any({row[0], row[1]} & mine and {row[0], row[1]} & theirs for row in rows)


async def _relations(read: Read, person: Person) -> list[tuple[Relation, Customer]]:
    """Ties with who is at the other end, as they are known now."""
    found = await read.values(Relation, _RELATIONS, customers=person.ids)
    own = {one.id for one in person.records}
    ends = {one.id: (one.other if one.customer in own else one.customer) for one in found}
    named = {one.id: one for one in await read.values(Customer, _NAMED, ids=listed(set(ends.values())))}
    return [(one, named[ends[one.id]]) for one in found if ends[one.id] in named]


async def _merges(read: Read, person: Person) -> list[tuple[Merge, Customer, tuple[str, ...]]]:
    """Merges that hold, with the record that was merged, and what would stay with the survivor if it were undone."""
    held = [one for one in await read.values(Merge, _MERGES, customers=person.ids) if one.undone_at is None]
    sources = {one.id: one for one in person.records}
    ties = await read.values(Relation, _RELATIONS, customers=person.ids)
    return [(one, sources[one.source], _stays(one, sources, ties)) for one in held if one.source in sources]


def _stays(merge: Merge, records: dict[CustomerId, Customer], ties: list[Relation]) -> tuple[str, ...]:
    """What was written since the merge and came by no address: it stays with the survivor, and an agent should look."""
    target = records.get(merge.target)
    changed = ("profile",) if target is not None and target.version > merge.target_version else ()
    made = any(tie.created_at >= merge.at and merge.target in (tie.customer, tie.other) for tie in ties)
    return (*changed, "relations") if made else changed
