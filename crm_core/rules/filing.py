"""Where a contact is filed: which service, whose, in which queue, and why. The same for every door.

A door that asked is believed, except where it took "something else" for an answer: then
the words decide, as they do for a mail. Only an inbox that is bound keeps its queue.
"""

from dataclasses import dataclass
from datetime import datetime

from crm_core.model.house import House
from crm_core.model.ids import PlaceId, QueueId, ServiceId, UnitId
from crm_core.model.inbox import Inbox
from crm_core.model.service import Service
from crm_core.rules import dispatch, matching


@dataclass(frozen=True, slots=True)
class Filed:
    """A contact's place in the house. `confidence` is None where nobody had to guess."""

    service: Service
    queue: QueueId
    unit: UnitId
    place: PlaceId | None
    confidence: int | None
    matched: tuple[str, ...]
    why: str


def file(*, subject: str, said: str, asked: ServiceId | None, inbox: Inbox, house: House, at: datetime) -> Filed:
    """File a contact by what the door asked, else by its words. Raises LookupError on an empty catalogue."""
    place = matching.place(house.index, said=f"{subject}\n{said}")
    if asked is not None and asked in house.services and asked != house.index.general:
        return _at(
            house.services[asked],
            place,
            inbox=inbox,
            house=house,
            at=at,
            confidence=None,
            matched=(),
            why="the door asked",
        )
    verdict = matching.decide(house.index, subject=subject, said=said)
    service = house.service(verdict.service or asked, queue=inbox.queue)
    guessed = verdict.confidence if verdict.words else None
    return _at(
        service, place, inbox=inbox, house=house, at=at, confidence=guessed, matched=verdict.words, why=verdict.why
    )


def _at(
    service: Service,
    place: PlaceId | None,
    *,
    inbox: Inbox,
    house: House,
    at: datetime,
    confidence: int | None,
    matched: tuple[str, ...],
    why: str,
) -> Filed:
    owner = dispatch.owner(service, place=place, ownerships=house.ownerships, at=at)
    queue = inbox.queue if inbox.bound or owner.queue not in house.queues else owner.queue
    return Filed(service, queue, owner.unit, place, confidence, matched, why)
