"""Who owns what: lines of the dispatch catalogue, and units that split, join and take other names.

Nothing is rewritten. A unit ends and others begin; a line ends and another begins; what a
unit owned of a ticket is kept as a tenure. So any count of any day is still what it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from crm_core.model.catalogue import Ownership, Place, Tenure
from crm_core.model.errors import BadInput, Problem
from crm_core.model.event_catalogue import OwnershipChanged, ServiceChanged, TicketOwned, UnitChanged
from crm_core.model.house import House
from crm_core.model.ids import OwnershipId, PlaceId, QueueId, ServiceId, UnitId, fresh
from crm_core.model.queue import Queue
from crm_core.model.service import Service, Unit
from crm_core.model.ticket import Ticket
from crm_core.rules import dispatch
from crm_core.store.compiled import among
from crm_core.store.maps.codec import instant_of, micros
from crm_core.store.tables import ownerships, services, tenures, tickets, units
from crm_core.store.tx import Tx, listed

A_PORTION = 200
"""Tickets that get their new owner in one transaction: contacts come between."""

_text, _big = sa.Text, sa.BigInteger
_SINCE = sa.select(sa.func.max(tenures.c.until)).where(tenures.c.ticket == sa.bindparam("ticket", type_=_text))
_LINES = sa.select(ownerships).where(
    sa.or_(ownerships.c.valid_until.is_(None), ownerships.c.valid_until > sa.bindparam("now", type_=_big))
)
_SERVICES = sa.select(services).order_by(services.c.order, services.c.id)
_ENDED = sa.select(units.c.id).where(units.c.valid_until.is_not(None))
_ORPHANS = (
    sa.select(tickets)
    .where(tickets.c.unit.in_(_ENDED), sa.text("status NOT IN ('solved', 'closed')"))
    .order_by(tickets.c.unit, tickets.c.id)
    .limit(A_PORTION)
)
_UNITS = sa.select(units).where(among(units.c.id, "ids"))


@dataclass(frozen=True, slots=True)
class Successor:
    """A unit that begins: its name, and which services it takes over; the first takes whatever nobody names."""

    name: str
    services: frozenset[ServiceId] = frozenset()


async def owned(tx: Tx, ticket: Ticket, *, house: House) -> Ticket:
    """The ticket with the unit that owns it now; the old unit's tenure is kept. The caller saves it."""
    service = house.services[ticket.service]
    unit = dispatch.owner(service, place=ticket.place, ownerships=house.ownerships, at=tx.now).unit
    return await _handed(tx, ticket, to=unit)


async def add_ownership(
    tx: Tx, *, service: ServiceId, place: PlaceId | None, unit: UnitId, queue: QueueId | None
) -> Ownership:
    """From now on this unit owns the service in this place; the line it had there ends."""
    await tx.permit(to="catalogue")
    await _must_exist(tx, service=service, place=place, unit=unit, queue=queue)
    for line in await tx.values(Ownership, _LINES, now=micros(tx.now)):
        if (line.service, line.place) == (service, place):
            await _end(tx, line)
    return _begin(tx, service=service, place=place, unit=unit, queue=queue)


async def end_ownership(tx: Tx, ownership: OwnershipId) -> Ownership:
    """The place has no owner of its own any more: the service's own unit has it."""
    await tx.permit(to="catalogue")
    return await _end(tx, await tx.get(Ownership, ownership))


async def reorganise(tx: Tx, sources: frozenset[UnitId], *, into: tuple[Successor, ...], why: str = "") -> list[Unit]:
    """Units end now and others begin: one into one is a new name, into several a split, several into one a merger.

    Services and lines go over at once; open tickets follow in portions (`reown_some`).
    """
    await tx.permit(to="catalogue")
    ending = await tx.values(Unit, _UNITS, ids=listed(sources))
    _must_make_sense(sources, ending, into=into)
    for unit in ending:
        ended = await tx.save(replace(unit, valid_until=tx.now))
        tx.emit(UnitChanged(unit=ended, why=why))
    begun = [Unit(fresh(UnitId, at=tx.now), one.name.strip(), tx.now) for one in into]
    for unit in begun:
        tx.add(unit)
        tx.emit(UnitChanged(unit=unit, why=why))
    named = {service: unit.id for one, unit in zip(into, begun, strict=True) for service in one.services}
    await _services_go(tx, {unit.id: unit for unit in ending}, named=named, otherwise=begun[0].id)
    for line in await tx.values(Ownership, _LINES, now=micros(tx.now)):
        if line.unit in sources:
            await _end(tx, line)
            heir = named.get(line.service, begun[0].id)
            _begin(tx, service=line.service, place=line.place, unit=heir, queue=line.queue)
    return begun


async def reown_some(tx: Tx) -> int:
    """Open tickets of units that ended get the unit that owns their service and place now; how many did."""
    await tx.permit(to="reown")
    orphans = await tx.values(Ticket, _ORPHANS)
    lines = await tx.values(Ownership, _LINES, now=micros(tx.now)) if orphans else []
    known = {one.id: one for one in await tx.values(Service, _SERVICES)} if orphans else {}
    for ticket in orphans:
        owner = dispatch.owner(known[ticket.service], place=ticket.place, ownerships=lines, at=tx.now)
        after = await _handed(tx, ticket, to=owner.unit)
        after = await tx.save(replace(after, version=ticket.version + 1))
        tx.emit(TicketOwned(ticket=after, was_unit=ticket.unit))
    return len(orphans)


async def _handed(tx: Tx, ticket: Ticket, *, to: UnitId) -> Ticket:
    if ticket.unit == to:
        return ticket
    if ticket.unit is not None:
        row = await tx.one(_SINCE, ticket=ticket.id)
        since = ticket.created_at if row is None or row[0] is None else instant_of(row[0])
        keep_tenure(tx, Tenure(ticket.id, ticket.unit, since, tx.now))
    return replace(ticket, unit=to)


def keep_tenure(tx: Tx, tenure: Tenure) -> None:
    """That a unit had a ticket until then; whoever changes the ticket says so."""
    since, until = micros(tenure.since), micros(tenure.until)
    tx.insert(tenures, ticket=tenure.ticket, unit=tenure.unit, since=since, until=until)


async def _services_go(
    tx: Tx, ending: Mapping[UnitId, Unit], *, named: Mapping[ServiceId, UnitId], otherwise: UnitId
) -> None:
    """Each service of an ended unit to its heir; that it was the old one's until now is kept as a line."""
    for service in await tx.values(Service, _SERVICES):
        if service.unit in ending:
            _was(tx, service, since=ending[service.unit].valid_from)
            heir = named.get(service.id, otherwise)
            changed = await tx.save(replace(service, unit=heir, version=service.version + 1))
            tx.emit(ServiceChanged(service=changed))


def _was(tx: Tx, service: Service, *, since: datetime) -> None:
    line = Ownership(fresh(OwnershipId, at=tx.now), service.id, None, service.unit, None, since, tx.now)
    tx.add(line)
    tx.emit(OwnershipChanged(ownership=line))


def _begin(tx: Tx, *, service: ServiceId, place: PlaceId | None, unit: UnitId, queue: QueueId | None) -> Ownership:
    line = Ownership(fresh(OwnershipId, at=tx.now), service, place, unit, queue, tx.now)
    tx.add(line)
    tx.emit(OwnershipChanged(ownership=line))
    return line


async def _end(tx: Tx, line: Ownership) -> Ownership:
    ended = await tx.save(replace(line, valid_until=tx.now))
    tx.emit(OwnershipChanged(ownership=ended))
    return ended


async def _must_exist(
    tx: Tx, *, service: ServiceId, place: PlaceId | None, unit: UnitId, queue: QueueId | None
) -> None:
    found = await tx.find(Unit, unit)
    problems = [
        Problem("service", "There is no such service.") if await tx.find(Service, service) is None else None,
        Problem("place", "There is no such place.") if place and await tx.find(Place, place) is None else None,
        Problem("unit", "There is no such unit now.") if found is None or found.valid_until is not None else None,
        Problem("queue", "There is no such queue.") if queue and await tx.find(Queue, queue) is None else None,
    ]
    if any(problems):
        raise BadInput(*(problem for problem in problems if problem))


def _must_make_sense(sources: frozenset[UnitId], ending: list[Unit], *, into: tuple[Successor, ...]) -> None:
    if not sources or len(ending) < len(sources) or any(unit.valid_until is not None for unit in ending):
        raise BadInput(Problem("units", "Name units that exist now."))
    if not into or not all(one.name.strip() for one in into):
        raise BadInput(Problem("into", "Name the units that take over."))
    if len({one.name.strip() for one in into}) < len(into):
        raise BadInput(Problem("into", "Two units cannot have the same name."))
