"""Legal hold: words that must stay, whoever asks for them to go."""

from dataclasses import replace

import sqlalchemy as sa

from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem
from crm_core.model.event_privacy import HoldLifted, HoldPlaced
from crm_core.model.ids import CustomerId, HoldId, TicketId, fresh
from crm_core.model.privacy import LegalHold
from crm_core.model.ticket import Ticket
from crm_core.store.compiled import among
from crm_core.store.tables import holds
from crm_core.store.tx import Person, Tx

LONGEST = 300
_STANDING = sa.select(holds).where(among(holds.c.customer, "customers"), holds.c.lifted_at.is_(None))


async def hold(tx: Tx, id: CustomerId, *, reason: str, ticket: TicketId | None = None) -> LegalHold:
    """Keep everything of a person, or one of their matters, until an admin lifts it."""
    await tx.permit(to="hold")
    person = await tx.person(id, to="hold")
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST:
        raise BadInput(Problem("reason", f"Say why, in at most {LONGEST} characters."))
    whose = person.customer.id
    if ticket is not None:
        matter = await tx.ticket(ticket, to="hold")
        if matter.customer not in {record.id for record in person.records}:
            raise BadInput(Problem("ticket", "This is a matter of somebody else."))
        whose = matter.customer
    made = LegalHold(fresh(HoldId, at=tx.now), whose, ticket, reason, tx.actor.id, tx.now)
    tx.add(made)
    tx.emit(HoldPlaced(customer=person.customer.id, hold=made, seers=person.seers))
    return made


async def lift(tx: Tx, id: CustomerId, hold_id: HoldId) -> LegalHold:
    """The court, or whoever it was, needs it no longer."""
    await tx.permit(to="lift_hold")
    person = await tx.person(id, to="lift_hold")
    held = await tx.find(LegalHold, hold_id)
    if held is None or held.customer not in {record.id for record in person.records}:
        raise NotFound
    if held.lifted_at is not None:
        raise NotAllowedNow("This hold was lifted already.")
    lifted = await tx.save(replace(held, lifted_at=tx.now, lifted_by=tx.actor.id, version=held.version + 1))
    tx.emit(HoldLifted(customer=person.customer.id, hold=lifted, seers=person.seers))
    return lifted


async def is_held(tx: Tx, ticket: Ticket) -> bool:
    """Whether a matter must be kept, by itself or with everything of its person."""
    person = await tx.records(ticket.customer)
    standing = await tx.values(LegalHold, _STANDING, customers=person.ids) if person else []
    return any(one.ticket in (None, ticket.id) for one in standing)


async def must_be_free(tx: Tx, person: Person) -> None:
    """Raises NotAllowedNow while anything of theirs is held."""
    standing = await tx.values(LegalHold, _STANDING, customers=person.ids)
    if standing:
        since = standing[0].at.date().isoformat()
        what = "this person" if standing[0].ticket is None else "one of their matters"
        raise NotAllowedNow(f"A legal hold of {since} keeps {what}. An admin must lift it first.")
