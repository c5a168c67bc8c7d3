"""One contact of the sample city that held two matters: its parts are tickets of their own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crm_core.model.event import NoteAdded, TicketOpened, WorkQueued
from crm_core.model.event_catalogue import TicketSplit
from crm_core.model.ids import AgentId, MessageId, TicketId, WorkId
from crm_core.model.message import Direction, Message
from crm_core.model.queue import Queue
from crm_core.model.ticket import Status, Ticket
from crm_core.model.work import Work, WorkState
from crm_core.rules import dispatch, needs, sla
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


def split(books: Books, house: CityHouse, stages: Sequence[Stage], *, now: datetime, seed: int) -> Split:
    """Split the newest open ticket of general questions that somebody has; nothing where there is none."""
    page = books.catalogue["split"]
    service = house.services[page["service"]]
    open_ones = [one for one in stages if one.ticket.status.active and one.ticket.service == service.id]
    taken = [one for one in open_ones if one.ticket.assignee is not None and not one.ticket.live]
    if not taken:
        return Split()
    stage = max(taken, key=lambda one: one.ticket.updated_at)
    before, dice = stage.ticket, Dice(seed, "split")
    at = min(before.updated_at + _AFTER, now)
    whole = replace(before, version=before.version + 1, updated_at=at)
    stage.ticket = whole
    parts = [_part(whole, part, house=house, dice=dice, at=at) for part in page["part"]]
    ids = tuple(ticket.id for ticket, _, _ in parts)
    past = [Past(at, TicketSplit(ticket=whole, before=before, parts=ids))]
    for ticket, message, work in parts:
        past.append(Past(at, TicketOpened(ticket=ticket, why=f"part of {whole.number}")))
        past.append(Past(at, NoteAdded(ticket=ticket, message=message)))
        past.append(Past(at, WorkQueued(ticket=ticket, work=work)))
    return Split(
        tuple(ticket for ticket, _, _ in parts),
        tuple(message for _, message, _ in parts),
        tuple(work for _, _, work in parts),
        tuple(past),
    )


def _part(whole: Ticket, page: Page, *, house: CityHouse, dice: Dice, at: datetime) -> tuple[Ticket, Message, Work]:
    service = house.services[page["service"]]
    owner = dispatch.owner(service, place=whole.place, ownerships=house.ownerships, at=at)
    language = "zh" if whole.language == "zh" else "en"
    part = replace(
        whole,
        id=dice.id(TicketId, at=at),
        number=dice.ticket_number(),
        subject=page["subject"][language],
        status=Status.NEW,
        service=service.id,
        queue=owner.queue,
        unit=owner.unit,
        assignee=None,
        readers=frozenset({whole.assignee} if whole.assignee else ()),
        snippet=page["quote"][language],
        related=None,
        parent=whole.id,
        first_answered_at=None,
        awaiting_since=whole.created_at,
        version=1,
    )
    policy = next(one for one in house.policies.values() if one.id == service.policy)
    calendar = next(one for one in house.calendars.values() if one.id == policy.calendar)
    part = sla.opened(part, promise=Promise(policy, calendar))
    queue = next(one for one in house.queues.values() if one.id == owner.queue)
    author = next(one for one in house.agents.values() if one.id == whole.assignee)
    message = Message(
        dice.id(MessageId, at=at),
        part.id,
        None,
        Direction.NOTE,
        "note",
        author.name,
        page["quote"][language],
        created_at=at,
        at_version=1,
        author=AgentId(author.id),
        proven=True,
        flags=(f"part of {whole.number}",),
    )
    return part, message, _work(part, page, house=house, dice=dice, at=at, queue=queue)


def _work(part: Ticket, page: Page, *, house: CityHouse, dice: Dice, at: datetime, queue: Queue) -> Work:
    service = house.services[page["service"]]
    skills = needs.skills_for(service, queue=queue)
    since = part.awaiting_since or at
    return Work(
        id=dice.id(WorkId, at=at),
        ticket=part.id,
        queue=queue.id,
        channel=part.channel,
        live=False,
        units=1,
        skills=skills,
        language=part.language,
        priority=int(part.priority),
        virtual_start=since,
        entered_at=at,
        state=WorkState.QUEUED,
    )
