"""The dispatch catalogue: service and place to unit, at any moment; and what a change of it would do."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm_core.model.catalogue import Ownership
from crm_core.model.ids import PlaceId, QueueId, ServiceId, UnitId
from crm_core.model.service import Service


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns a matter, where it waits, and by which line of the catalogue."""

    unit: UnitId
    queue: QueueId
    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the catalogue is asked for: a matter of this service, in this place if it is known, at this moment."""

    service: ServiceId
    place: PlaceId | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Replay:
    """What a changed catalogue does to matters that came in: from whom to whom, and how many stay."""

    asked: int
    same: int
    moved: dict[tuple[UnitId, UnitId], int]


def owner(service: Service, *, place: PlaceId | None, ownerships: Iterable[Ownership], at: datetime) -> Owner:
    """The line of this place, else the line for everywhere, else the service's own unit."""
    lines = [line for line in ownerships if line.service == service.id and _holds(line, at=at)]
    here = [line for line in lines if place is not None and line.place == place]
    everywhere = [line for line in lines if line.place is None]
    found = here or everywhere
    if not found:
        return Owner(service.unit, service.queue, "by the service")
    line = max(found, key=lambda one: (one.valid_from, one.id))
    return Owner(line.unit, line.queue or service.queue, "by the place" if here else "by the service")


def replay(
    asked: Sequence[Asked],
    *,
    services: dict[ServiceId, Service],
    before: Sequence[Ownership],
    after: Sequence[Ownership],
    at: datetime,
) -> Replay:
    """The same matters through the catalogue as it is and as it would be, as if they came in now."""
    moved: Counter[tuple[UnitId, UnitId]] = Counter()
    for one in asked:
        service = services[one.service]
        old = owner(service, place=one.place, ownerships=before, at=at).unit
        new = owner(service, place=one.place, ownerships=after, at=at).unit
        if old != new:
            moved[old, new] += 1
    return Replay(len(asked), len(asked) - sum(moved.values()), dict(moved))


def _holds(line: Ownership, *, at: datetime) -> bool:
    return line.valid_from <= at and (line.valid_until is None or at < line.valid_until)
