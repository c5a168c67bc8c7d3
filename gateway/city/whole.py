"""One contact of the sample city that held two matters: its parts are tickets of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm_core.model.event import NoteAdded, TicketOpened, WorkQueued
from crm_core.model.event_catalogue import TicketSplit
from crm_core.model.house import House
from crm_core.model.ids import MarkId, MessageId, TicketId, WorkId
from crm_core.model.message import Direction, Message
from crm_core.model.promise import Mark
from crm_core.model.ticket import Priority, Status, Ticket
from crm_core.model.work import Work
from crm_core.rules import dispatch, lifecycle, marks, needs, sla
from crm_core.rules.sla import Promise
from gateway.city.books import Books, Page
from gateway.city.dice import Dice
from gateway.city.house import CityHouse
from gateway.city.played import Past
from gateway.city.stage import Stage

_AFTER = timedelta(minutes=4)


@dataclass(frozen=True, slots=True)
class Split:
    """What the split made."""

    parts: tuple[Ticket, ...] = ()
    messages: tuple[Message, ...] = ()
    work: tuple[Work, ...] = ()
    past: tuple[Past, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the matters, with all that it began with."""

    ticket: Ticket
    message: Message
    work: Work
    marks: tuple[Mark, ...]


def split(books: Books, house: CityHouse, stages: Sequence[Stage], *, rules: House, now: datetime, seed: int) -> Split:
    """Split the newest open ticket that somebody has: of general questions, where there is one at this hour."""
    page = books.catalogue["split"]
    service = house.services[page["service"]]
    open_ones = [one for one in stages if one.ticket.status.active and not one.ticket.live]
    taken = [one for one in open_ones if one.ticket.assignee is not None]
    if not taken:
        return Split()
    stage = max(taken, key=lambda one: (one.ticket.service == service.id, one.ticket.updated_at))
    before, dice = stage.ticket, Dice(seed, "split")
    since = max([before.updated_at, *(work.held_at for work in stage.works if work.held_at is not None)])
    at = min(since + _AFTER, now)
    stage.ticket = whole = lifecycle.on_split(before, at=at)
    parts = [_part(whole, part, house=house, rules=rules, dice=dice, at=at) for part in page["part"]]
    ids = tuple(part.ticket.id for part in parts)
    told = [Past(at, TicketSplit(ticket=whole, before=before, parts=ids))]
    for part in parts:
        told.append(Past(at, TicketOpened(ticket=part.ticket, why=f"part of {whole.number}")))
        told.append(Past(at, NoteAdded(ticket=part.ticket, message=part.message)))
        told.append(Past(at, WorkQueued(ticket=part.ticket, work=part.work)))
    return Split(
        tuple(part.ticket for part in parts),
        tuple(part.message for part in parts),
        tuple(part.work for part in parts),
        tuple(told),
        tuple(mark for part in parts for mark in part.marks),
    )


def _part(whole: Ticket, page: Page, *, house: CityHouse, rules: House, dice: Dice, at: datetime) -> _Part:
    """As `actions/splits.py` makes one: as old as the whole, with promises of its own."""
    service = house.services[page["service"]]
    owner = dispatch.owner(service, place=whole.place, ownerships=house.ownerships, at=at)
    language = "zh" if whole.language == "zh" else "en"
    ticket = Ticket(
        dice.id(TicketId, at=at),
        dice.ticket_number(),
        page["subject"][language],
        Status.NEW,
        max(whole.priority, Priority.NORMAL),
        service.id,
        owner.queue,
        whole.customer,
        whole.customer_name,
        whole.channel,
        whole.created_at,
        at,
        language=whole.language,
        readers=frozenset({whole.assignee} if whole.assignee else ()),
        snippet=page["quote"][language],
        awaiting_since=whole.awaiting_since or at,
        unit=owner.unit,
        place=whole.place,
        parent=whole.id,
        received_in=whole.received_in,
    )
    ticket = sla.opened(ticket, promise=Promise(*rules.promise(service)))
    work = needs.work_for(
        ticket,
        id=dice.id(WorkId, at=at),
        service=service,
        queue=rules.queues[owner.queue],
        capabilities=rules.can[ticket.channel],
        at=at,
    )
    said = marks.of(None, ticket, named=lambda: dice.id(MarkId, at=at))
    return _Part(ticket, _quoted(whole, ticket, house=house, dice=dice, at=at), work, tuple(said))


def _quoted(whole: Ticket, part: Ticket, *, house: CityHouse, dice: Dice, at: datetime) -> Message:
    author = next(one for one in house.agents.values() if one.id == whole.assignee)
    return Message(
        dice.id(MessageId, at=at),
        part.id,
        None,
        Direction.NOTE,
        "note",
        author.name,
        part.snippet,
        created_at=at,
        at_version=part.version,
        author=author.id,
        proven=True,
        flags=(f"part of {whole.number}",),
    )
