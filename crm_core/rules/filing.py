"""Where a contact is filed: which service, whose, in which queue, and why. The same for every door.

A door that asked is believed, except where it took "something else" for an answer: then
the words decide, as they do for a mail. Only an inbox that is bound keeps its queue.
"""

from dataclasses import dataclass
from datetime import datetime

from crm_core.model.call import RECORD
from crm_core.model.customer import Customer
from crm_core.model.house import House
from crm_core.model.ids import PlaceId, QueueId, ServiceId, TicketId, UnitId
from crm_core.model.inbox import Inbox
from crm_core.model.message import Inbound
from crm_core.model.service import Service
from crm_core.model.ticket import Priority, Status, Ticket
from crm_core.rules import callers, dispatch, matching, publishing, text


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


def ticket_of(
    inbound: Inbound,
    filed: Filed,
    *,
    id: TicketId,
    number: str,
    related: TicketId | None,
    customer: Customer,
    inbox: Inbox,
    house: House,
    at: datetime,
) -> Ticket:
    """The new ticket of a contact that was filed so; what it is promised is not reckoned yet."""
    language = inbound.language or customer.language
    said = text.subject(inbound.subject or "", said=inbound.text)
    return Ticket(
        id=id,
        number=number,
        subject=said or _named(inbound, filed.service, language=language or "en"),
        status=Status.NEW,
        priority=Priority.NORMAL,
        service=filed.service.id,
        queue=filed.queue,
        customer=customer.id,
        customer_name=customer.name or inbound.sender_name or inbound.by_address,
        channel=inbox.channel,
        created_at=at,
        updated_at=at,
        language=language,
        snippet=text.snippet(inbound.text),
        live=house.can[inbox.channel].live and not inbound.later,
        related=related,
        awaiting_since=at,
        unit=filed.unit,
        place=filed.place,
        received_in=filed.queue,
        confidence=filed.confidence,
        matched=filed.matched,
        published_in=publishing.published_in(filed.service, inbox=inbox, house=house),
    )


def _named(inbound: Inbound, service: Service, *, language: str) -> str:
    """Whoever said nothing in writing called, or sent a picture: a name of ours, in their language."""
    if RECORD in inbound.flags:
        return callers.title(language)
    return service.name.get(language) or next(iter(service.name.values()), "")


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
