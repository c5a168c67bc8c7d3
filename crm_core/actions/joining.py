"""Two records of one person: joined by a pointer, and parted again by taking it away."""

from dataclasses import replace

import sqlalchemy as sa

from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem
from crm_core.model.event_people import PersonMerged, PersonParted, SuggestionDismissed
from crm_core.model.ids import CustomerId, MergeId, fresh
from crm_core.model.merge import Merge
from crm_core.store.maps.codec import micros
from crm_core.store.tables import dismissals
from crm_core.store.tx import Person, Tx

_text = sa.Text
_DISMISSED = sa.select(dismissals.c.at).where(
    dismissals.c.one == sa.bindparam("one", type_=_text), dismissals.c.other == sa.bindparam("other", type_=_text)
)


async def merge_people(tx: Tx, id: CustomerId, *, into: CustomerId, why: str = "") -> Merge:
    """An agent decides: these two are one person. Nothing is rewritten; `part_people` takes it back."""
    person = await tx.person(id, to="identify")
    target = await tx.person(into, to="identify")
    if person.customer.kind is not target.customer.kind:
        raise BadInput(Problem("into", "A person and an organisation cannot be one. Relate them instead."))
    return await _point(tx, person, target, why=why.strip()[:200] or "an agent compared them")


async def join_records(tx: Tx, person: Person, holder: CustomerId, *, why: str) -> Merge:
    """Proven equality: no agent has to say so. The older record survives."""
    other = await tx.records(holder)
    assert other is not None, "whoever holds an address is a customer"
    younger, older = sorted((person, other), key=lambda one: one.customer.id, reverse=True)
    return await _point(tx, younger, older, why=why)


async def _point(tx: Tx, person: Person, target: Person, *, why: str) -> Merge:
    if person.customer.id == target.customer.id:
        raise NotAllowedNow("They are one record already.")
    # Both are written: two merges of the same two at once cannot make a circle, for one of them has to begin again.
    kept = await tx.save(replace(target.customer, version=target.customer.version + 1))
    await tx.save(replace(person.customer, merged_into=target.customer.id, version=person.customer.version + 1))
    merge = Merge(
        fresh(MergeId, at=tx.now),
        person.customer.id,
        target.customer.id,
        tx.now,
        tx.actor.id,
        why,
        target_version=kept.version,
    )
    tx.add(merge)
    tx.emit(PersonMerged(customer=target.customer.id, merge=merge, seers=person.seers | target.seers))
    return merge


async def part_people(tx: Tx, id: CustomerId, merge_id: MergeId) -> Merge:
    """They are two after all. What came in between goes with the address it came by: it never was rewritten."""
    person = await tx.person(id, to="part")
    merge = await tx.find(Merge, merge_id)
    records = {record.id: record for record in person.records}
    if merge is None or merge.source not in records:
        raise NotFound
    if merge.undone_at is not None:
        raise NotAllowedNow("This was undone already.")
    source = records[merge.source]
    await tx.save(replace(source, merged_into=None, version=source.version + 1))
    undone = await tx.save(replace(merge, undone_at=tx.now, undone_by=tx.actor.id, version=merge.version + 1))
    tx.emit(PersonParted(customer=person.customer.id, merge=undone, seers=person.seers))
    return undone


async def dismiss(tx: Tx, id: CustomerId, *, other: CustomerId) -> None:
    """An agent looked and says: not one person. It is not suggested again."""
    person = await tx.person(id, to="identify")
    second = await tx.person(other, to="identify")
    one, two = sorted((person.customer.id, second.customer.id))
    if one == two:
        raise NotAllowedNow("They are one record already.")
    if await tx.one(_DISMISSED, one=one, other=two) is None:
        tx.insert(dismissals, one=one, other=two, at=micros(tx.now), by=tx.actor.id)
    tx.emit(SuggestionDismissed(customer=person.customer.id, other=second.customer.id, seers=person.seers))
