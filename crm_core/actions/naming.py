"""A letter came by itself and its wire names nobody: whoever reads it says whose it is, as at the counter."""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from crm_core.actions import addresses, people
from crm_core.actions.joining import merge_people
from crm_core.actions.people import Profile
from crm_core.model.address import Address
from crm_core.model.customer import Customer, Identity
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.event import TicketWhose
from crm_core.model.house import House
from crm_core.model.ids import CustomerId, TicketId
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import lifecycle, registering
from crm_core.store.compiled import among
from crm_core.store.tables import conversations, identities
from crm_core.store.tx import Person, Tx

WHY = "a colleague read whose it is"

_STRANDS = (
    sa.select(conversations)
    .where(conversations.c.ticket == sa.bindparam("ticket", type_=sa.Text))
    .order_by(conversations.c.created_at, conversations.c.id)
    .limit(20)
)
_THEIRS = sa.select(identities).where(among(identities.c.customer, "customers")).limit(20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Somebody we know, or what is known of somebody new; `addresses` stand on the letter, the first is answered."""

    customer: CustomerId | None = None
    profile: Profile | None = None
    addresses: tuple[Address, ...] = ()


async def say_whose(tx: Tx, id: TicketId, said: Whose, *, house: House) -> Ticket:
    """It is theirs, and the answer goes where the letter says; its promise runs from when it came, as before.

    Somebody known is joined by a pointer, which parts again like any other. Raises NotAllowedNow where it is known already.
    """
    before = await tx.ticket(id, to="identify")
    person = await tx.person(before.customer, to="identify")
    known = await tx.values(Identity, _THEIRS, customers=person.ids)
    if not registering.is_nobody(person.customer, [one.address for one in known], house=house):
        raise NotAllowedNow("It is known whose this is. Join or part the two records on their page.")
    named = await _named(tx, person, said)
    whole = await tx.person(named.id, to="identify")
    for address in said.addresses:
        await addresses.file_address(tx, whole, address, evidence=None)
    await _answered_there(tx, before, said.addresses, house=house)
    ticket = await tx.save(replace(lifecycle.on_held(before, at=tx.now), customer_name=named.name))
    tx.emit(TicketWhose(ticket=ticket, person=named.id))
    return ticket


async def _named(tx: Tx, nobody: Person, said: Whose) -> Customer:
    """Who it is from now on: the record that came with it gets a name, or leads to the one we had."""
    if said.customer is None:
        profile = said.profile or Profile()
        if not isinstance(profile.name, str) or not profile.name.strip():
            raise BadInput(Problem("name", "Say who it is."))
        return await people.change_person(tx, nobody.customer.id, profile)
    target = await tx.person(said.customer, to="identify")
    if nobody.customer.kind is not target.customer.kind:
        await people.change_person(tx, nobody.customer.id, Profile(kind=target.customer.kind))
    await merge_people(tx, nobody.customer.id, into=target.customer.id, why=WHY)
    if said.profile is not None:
        return await people.change_person(tx, target.customer.id, replace(said.profile, name=...))
    return (await tx.person(target.customer.id, to="identify")).customer


async def _answered_there(tx: Tx, ticket: Ticket, given: tuple[Address, ...], *, house: House) -> None:
    """Its strand led nowhere; now it leads to what stands on the letter, where its own door can send."""
    for strand in await tx.values(Conversation, _STRANDS, ticket=ticket.id):
        scheme = house.schemes[house.inboxes[strand.inbox].channel]
        there = next((one for one in given if one.scheme == scheme), None)
        if there is not None and not registering.leads(strand.address, house=house):
            await tx.save(replace(strand, address=there))
