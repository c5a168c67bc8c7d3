"""Who lives beside the citizens: a family's telephone, a café with two who write for it, a daughter who acts for her mother."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm_core.model.address import Address
from crm_core.model.customer import Customer, CustomerKind, Identity
from crm_core.model.ids import CustomerId, IdentityId, RelationId
from crm_core.model.relation import Relation, RelationKind
from gateway.city.books import Page
from gateway.city.citizens import PLACE, Citizen
from gateway.city.dice import Dice


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Customers without a ticket of their own, their addresses, and all ties."""

    customers: tuple[Customer, ...]
    identities: tuple[Identity, ...]
    relations: tuple[Relation, ...]


def draw_neighbours(page: Page, citizens: Sequence[Citizen], *, now: datetime, seed: int) -> Neighbours:
    """Those of the page, tied to the citizens that it names."""
    dice = Dice(seed, "neighbours")
    since = now - timedelta(days=70)
    people = {one["key"]: _customer(one, since=since, dice=dice) for one in page["neighbour"]}
    ids = {**{one.key: one.customer.id for one in citizens}, **{key: one.id for key, one in people.items()}}
    identities = [
        identity for one in page["neighbour"] for identity in _identities(one, ids[one["key"]], since=since, dice=dice)
    ]
    ties = tuple(_relation(one, ids, since=since + timedelta(days=2), dice=dice) for one in page["relation"])
    return Neighbours(tuple(people.values()), tuple(identities), ties)


def _customer(page: Page, *, since: datetime, dice: Dice) -> Customer:
    return Customer(
        dice.id(CustomerId, at=since),
        page["name"],
        page.get("language"),
        since,
        kind=CustomerKind(page.get("kind", "person")),
        street=page["street"],
        place=PLACE,
    )


def _identities(page: Page, customer: CustomerId, *, since: datetime, dice: Dice) -> Iterator[Identity]:
    for one in page["addresses"]:
        proven = one.get("proven")
        yield Identity(
            dice.id(IdentityId, at=since),
            customer,
            Address.parse(one["address"]),
            evidence=proven or "counter",
            created_at=since,
            proven_at=since if proven else None,
            shared=one.get("shared", False),
            held=not one.get("also", False),
        )


def _relation(page: Page, ids: dict[str, CustomerId], *, since: datetime, dice: Dice) -> Relation:
    consent = page.get("consent", "")
    return Relation(
        dice.id(RelationId, at=since),
        RelationKind(page["kind"]),
        ids[page["of"]],
        ids[page["to"]],
        page["role"],
        since,
        "larkhaven",
        consent,
        since if consent else None,
    )
