"""People and organisations: entered by hand, and how they want to be served."""

from dataclasses import dataclass, fields, replace
from typing import Any

from crm_core.actions.finding import keep_keys, renew_keys
from crm_core.model.customer import Customer
from crm_core.model.errors import BadInput, Problem, Stale
from crm_core.model.event import STAFF
from crm_core.model.event_people import PersonAdded, PersonChanged
from crm_core.model.ids import CustomerId, fresh
from crm_core.rules import identity as identity_rule
from crm_core.rules import preferences
from crm_core.store.tx import Tx

LONGEST_STREET = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What an agent writes down of somebody; what is left out (UNSAID) stays as it is."""

    name: Any = ...
    language: Any = ...
    kind: Any = ...
    channel: Any = ...
    do_not: Any = ...
    needs: Any = ...
    safety: Any = ...
    street: Any = ...
    place: Any = ...

    def over(self, customer: Customer) -> Customer:
        """The customer with what was said."""
        said = {field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not ...}
        return replace(customer, **said)


async def add_person(tx: Tx, profile: Profile) -> Customer:
    """Somebody whom no message brought: an organisation, or a person who stands at the counter."""
    await tx.permit(to="identify")
    person = somebody(tx, profile)
    if not person.name:
        raise BadInput(Problem("name", "Say who it is."))
    tx.emit(PersonAdded(customer=person.id, now=person, seers=STAFF))
    return person


def somebody(tx: Tx, profile: Profile) -> Customer:
    """A new record, also of somebody who gives no name; whoever calls this says so."""
    person = _checked(tx, profile.over(Customer(fresh(CustomerId, at=tx.now), "", None, tx.now)))
    tx.add(person)
    keep_keys(tx, person, addresses=())
    return person


async def change_person(tx: Tx, id: CustomerId, profile: Profile, *, seen_version: int | None = None) -> Customer:
    """What they told us of themselves. It is written on the survivor; merged records stay as they were."""
    person = await tx.person(id, to="identify")
    before = person.customer
    if seen_version not in (None, before.version):
        raise Stale("Somebody changed this profile a moment ago.", version=before.version)
    changed = _checked(tx, profile.over(before))
    if changed == before:
        return before
    now = await tx.save(replace(changed, version=before.version + 1))
    if (now.name, now.street, now.place) != (before.name, before.street, before.place):
        await renew_keys(tx, now)
    tx.emit(PersonChanged(customer=now.id, now=now, seers=person.seers))
    return now


def _checked(tx: Tx, customer: Customer) -> Customer:
    tidy = replace(
        customer,
        name=identity_rule.tidy_name(customer.name),
        street=" ".join(customer.street.split())[:LONGEST_STREET],
        place=" ".join(customer.place.split())[:LONGEST_STREET],
    )
    wrong = preferences.problems(tidy, at=tx.now)
    if wrong:
        raise BadInput(*wrong)
    return tidy
