"""How customers belong together: made with its consent, ended, never erased by ending."""

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from crm_core.model.errors import BadInput, NotAllowedNow, NotFound
from crm_core.model.event_people import RelationEnded, RelationMade
from crm_core.model.ids import CustomerId, RelationId, fresh
from crm_core.model.relation import Relation, RelationKind
from crm_core.rules import relations as rule
from crm_core.store.tables import relations
from crm_core.store.tx import Tx

_text = sa.Text
_BETWEEN = sa.select(relations).where(
    relations.c.customer == sa.bindparam("customer", type_=_text),
    relations.c.other == sa.bindparam("other", type_=_text),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A tie as an agent enters it."""

    kind: RelationKind
    other: CustomerId
    role: str = ""
    consent: str = ""
    consented_at: datetime | None = None
    ends_at: datetime | None = None


async def relate(tx: Tx, id: CustomerId, tie: Tie) -> Relation:
    """They belong together: a member, one household, or one who acts for the other with consent."""
    person = await tx.person(id, to="relate")
    other = await tx.person(tie.other, to="relate")
    relation = Relation(
        fresh(RelationId, at=tx.now),
        tie.kind,
        person.customer.id,
        other.customer.id,
        " ".join(tie.role.split()),
        tx.now,
        tx.actor.id,
        " ".join(tie.consent.split()),
        tie.consented_at,
        tie.ends_at,
    )
    wrong = rule.problems(relation, customer=person.customer, other=other.customer, at=tx.now)
    if wrong:
        raise BadInput(*wrong)
    tx.add(relation)
    tx.emit(RelationMade(customer=person.customer.id, relation=relation, seers=person.seers | other.seers))
    return relation


async def between(tx: Tx, id: CustomerId, other: CustomerId) -> list[Relation]:
    """The ties of one to another, over or not; whoever calls this may see both."""
    return await tx.values(Relation, _BETWEEN, customer=id, other=other)


async def end_relation(tx: Tx, id: CustomerId, relation_id: RelationId) -> Relation:
    """It holds no longer. That it did stays on record, with the consent."""
    person = await tx.person(id, to="relate")
    relation = await tx.find(Relation, relation_id)
    records = {record.id for record in person.records}
    if relation is None or records.isdisjoint((relation.customer, relation.other)):
        raise NotFound
    if not relation.holds(tx.now):
        raise NotAllowedNow("It is over already.")
    ended = await tx.save(replace(relation, ends_at=tx.now, version=relation.version + 1))
    tx.emit(RelationEnded(customer=person.customer.id, relation=ended, seers=person.seers))
    return ended
