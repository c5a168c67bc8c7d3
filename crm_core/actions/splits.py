"""Several matters in one contact: parts are tickets of their own, one owner has the whole, the citizen one number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from crm_core.actions import working
from crm_core.model.agent import Agent
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.event import NoteAdded, TicketOpened, TicketStatus
from crm_core.model.event_catalogue import TicketGathered, TicketSplit
from crm_core.model.house import House
from crm_core.model.ids import AgentId, MessageId, ServiceId, TicketId, fresh
from crm_core.model.message import Direction, Message
from crm_core.model.ticket import Priority, Status, Ticket, fresh_number
from crm_core.rules import dispatch, lifecycle, sla, text
from crm_core.rules.sla import Promise
from crm_core.store.compiled import among
from crm_core.store.tables import messages, ticket_readers, tickets
from crm_core.store.tx import Tx, listed

MOST_PARTS = 12

_text = sa.Text
_PARTS = (
    sa.select(tickets).where(tickets.c.parent == sa.bindparam("parent", type_=_text)).order_by(tickets.c.id).limit(200)
)
_NAMED = (
    sa.select(messages)
    .where(among(messages.c.id, "ids"), messages.c.ticket == sa.bindparam("ticket", type_=_text))
    .order_by(messages.c.at_version, messages.c.id)
)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the matters: what it is about, which service, and the words that speak of it."""

    subject: str
    service: ServiceId
    quote: str = ""
    messages: tuple[MessageId, ...] = ()


async def split(
    tx: Tx, ticket_id: TicketId, parts: Sequence[Part], *, house: House, seen_version: int | None = None
) -> list[Ticket]:
    """Make a ticket of each matter. Whoever has the ticket owns the whole and answers for all of it."""
    before = await tx.ticket(ticket_id, to="split")
    _must_be_whole(before, parts, house=house)
    ticket = lifecycle.on_split(before, at=tx.now, seen_version=seen_version)
    agent = (await tx.standing()).agent
    assert agent is not None, "permitted without an account"
    owner = before.assignee or agent.id
    ticket = await tx.save(replace(ticket, assignee=owner))
    children = [await _child(tx, ticket, part, by=agent, house=house) for part in parts]
    tx.emit(TicketSplit(ticket=ticket, before=before, parts=tuple(child.id for child in children)))
    if before.assignee is None:
        await working.hand_work(tx, ticket, to=owner)
    return children


async def gather(tx: Tx, ticket_id: TicketId, words: str) -> Ticket:
    """What a part came to: it is solved, and its answer stands in the whole for its owner to pass on."""
    before = await tx.ticket(ticket_id, to="solve")
    if before.parent is None:
        raise NotAllowedNow("This is not a part of another ticket.")
    if not words.strip():
        raise BadInput(Problem("text", "Say what it came to."))
    agent = (await tx.standing()).agent
    assert agent is not None, "permitted without an account"
    noted = lifecycle.on_note(before, at=tx.now)
    await tx.save(noted)
    _noted(tx, noted, words, by=agent, flags=("result",), before=before)
    solved = await tx.save(lifecycle.solve(noted, at=tx.now))
    tx.emit(TicketStatus(ticket=solved, was_status=before.status))
    await working.finish_work(tx, solved)
    await _pass_up(tx, solved, words, by=agent)
    return solved


async def _pass_up(tx: Tx, part: Ticket, words: str, *, by: Agent) -> None:
    """To the whole, which this agent may not even see: it is the house that passes it on."""
    assert part.parent is not None, "only parts pass up"
    whole = await tx.get(Ticket, part.parent)
    left = [one for one in await tx.values(Ticket, _PARTS, parent=whole.id) if one.status.active and one.id != part.id]
    after = await tx.save(lifecycle.on_note(whole, at=tx.now))
    _noted(tx, after, words, by=by, flags=(f"result of {part.number}",), before=whole)
    tx.emit(TicketGathered(ticket=after, part=part.id, number=part.number, left=len(left)))


async def open_parts(tx: Tx, ticket: Ticket) -> list[Ticket]:
    """The parts of a whole that are not over."""
    return [part for part in await tx.values(Ticket, _PARTS, parent=ticket.id) if part.status.active]


async def must_have_no_open_parts(tx: Tx, ticket: Ticket) -> None:
    """A whole is not over while a part is open, unless somebody says so. Raises NotAllowedNow with their numbers."""
    left = await open_parts(tx, ticket)
    if left:
        numbers = ", ".join(part.number for part in left[:5])
        raise NotAllowedNow(f"Parts of this are still open: {numbers}. Wait for them, or say that they may stay open.")


async def _child(tx: Tx, whole: Ticket, part: Part, *, by: Agent, house: House) -> Ticket:
    """As old as the whole: the citizen asked for it then, and its promises count from then."""
    service = house.services[part.service]
    owner = dispatch.owner(service, place=whole.place, ownerships=house.ownerships, at=tx.now)
    readers = frozenset({whole.assignee} if whole.assignee else ())
    child = Ticket(
        id=fresh(TicketId, at=tx.now),
        number=fresh_number(),
        subject=text.subject(part.subject, said=part.quote) or whole.subject,
        status=Status.NEW,
        priority=max(whole.priority, Priority.NORMAL),
        service=service.id,
        queue=owner.queue,
        customer=whole.customer,
        customer_name=whole.customer_name,
        channel=whole.channel,
        created_at=whole.created_at,
        updated_at=tx.now,
        language=whole.language,
        snippet=text.snippet(part.quote or whole.snippet),
        confidential=whole.confidential,
        readers=readers | (whole.readers if whole.confidential else frozenset()),
        awaiting_since=whole.awaiting_since or tx.now,
        unit=owner.unit,
        place=whole.place,
        parent=whole.id,
        received_in=whole.received_in,
    )
    child = sla.opened(child, promise=Promise(*house.promise(service)))
    tx.add(child)
    for reader in sorted(child.readers):
        tx.insert(ticket_readers, agent=reader, ticket=child.id)
    tx.emit(TicketOpened(ticket=child, why=f"part of {whole.number}"))
    await _quote(tx, whole, child, part, by=by)
    working.queue_work(tx, child, house=house)
    return child


async def _quote(tx: Tx, whole: Ticket, child: Ticket, part: Part, *, by: Agent) -> None:
    found = await tx.values(Message, _NAMED, ids=listed(part.messages), ticket=whole.id) if part.messages else []
    if len(found) < len(set(part.messages)):
        raise BadInput(Problem("parts", "A message is not of this ticket."))
    said = [part.quote, *(message.text for message in found if message.direction is Direction.IN)]
    words = "\n\n".join(one.strip() for one in said if one.strip())
    if words:
        _noted(tx, child, words, by=by, flags=(f"part of {whole.number}",), before=None)


def _noted(tx: Tx, ticket: Ticket, words: str, *, by: Agent, flags: tuple[str, ...], before: Ticket | None) -> None:
    message = Message(
        id=fresh(MessageId, at=tx.now),
        ticket=ticket.id,
        conversation=None,
        direction=Direction.NOTE,
        channel="note",
        sender=by.name,
        text=words,
        created_at=tx.now,
        at_version=ticket.version,
        author=AgentId(by.id),
        proven=True,
        flags=flags,
    )
    tx.add(message)
    tx.emit(NoteAdded(ticket=ticket, before=before, message=message))


def _must_be_whole(ticket: Ticket, parts: Sequence[Part], *, house: House) -> None:
    if ticket.parent is not None:
        raise NotAllowedNow("This is a part already. Split the whole.")
    if not parts or len(parts) > MOST_PARTS:
        raise BadInput(Problem("parts", f"One to {MOST_PARTS} parts."))
    for number, part in enumerate(parts):
        service = house.services.get(part.service)
        if service is None or not service.active:
            raise BadInput(Problem(f"parts.{number}.service", "There is no such service."))
