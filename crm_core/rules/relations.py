"""Who may belong to whom, and when somebody may speak for another."""

from datetime import datetime, timedelta

from crm_core.model.customer import Customer, CustomerKind
from crm_core.model.errors import Problem
from crm_core.model.relation import Relation, RelationKind

LONGEST = 200


def problems(relation: Relation, *, customer: Customer, other: Customer, at: datetime) -> list[Problem]:
    """What is wrong with a tie, for whoever writes it down; nothing where it may stand."""
    found = []
    if customer.id == other.id:
        found.append(Problem("other", "Nobody belongs to themselves."))
    if relation.kind is RelationKind.MEMBER and other.kind is not CustomerKind.ORGANISATION:
        found.append(Problem("other", "People are members of an organisation. Choose one, or another kind."))
    if relation.kind is not RelationKind.MEMBER and customer.kind is not CustomerKind.PERSON:
        found.append(Problem("kind", "Only a person lives with or acts for somebody."))
    if relation.kind is RelationKind.ACTS_FOR and not (relation.consent.strip() and relation.consented_at):
        found.append(Problem("consent", "Say how they agreed and when: nobody acts for somebody who did not."))
    if relation.consented_at is not None and relation.consented_at > at + timedelta(minutes=5):
        found.append(Problem("consented_at", "They cannot have agreed in the future."))
    if relation.ends_at is not None and relation.ends_at <= at:
        found.append(Problem("ends_at", "It would be over already."))
    if max(len(relation.role), len(relation.consent)) > LONGEST:
        found.append(Problem("role", f"At most {LONGEST} characters."))
    return found


def may_act_for(relations: list[Relation], *, customer: Customer, other: Customer, at: datetime) -> Relation | None:
    """The consent by which one may speak for another now; None where there is none."""
    return next(
        (
            one
            for one in relations
            if one.kind is RelationKind.ACTS_FOR
            and (one.customer, one.other) == (customer.id, other.id)
            and one.consented_at is not None
            and one.holds(at)
        ),
        None,
    )
