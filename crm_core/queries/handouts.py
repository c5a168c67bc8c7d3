"""Files handed out by a link: what a browser that holds it may fetch, and what became of it for whoever answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm_core.model.errors import NotFound
from crm_core.model.handout import HANDED_OUT, Handout
from crm_core.model.ids import MessageId
from crm_core.model.message import Attachment, Message
from crm_core.model.ticket import Ticket
from crm_core.queries import story
from crm_core.rules import handouts
from crm_core.store.tx import Read


@dataclass(frozen=True, slots=True)
class Fetchable:
    """The files that the link opens, until then. Without a time: the browser must show first whose it is."""

    files: tuple[Attachment, ...]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a link stands: until when it opens (None: not any more), and what was fetched."""

    until: datetime | None
    fetched: int
    fetched_at: datetime | None
    shut_at: datetime | None


async def fetchable(read: Read, id: MessageId, *, visit: str | None, lasts: timedelta) -> Fetchable | None:
    """What a browser that holds the link may fetch now; None for a link that opens nothing. `visit` is its digest."""
    await read.permit(to="hand_out")
    message = await read.find(Message, id)
    if message is None:
        return None
    ticket = await read.get(Ticket, message.ticket)
    shown = await _shown(read, ticket, visit=visit)
    known = await read.find(Handout, id)
    judged = handouts.judge(message, ticket=ticket, known=known, at=read.now, lasts=lasts, shown=shown)
    match judged:
        case handouts.Open(until):
            return Fetchable(message.attachments, until)
        case handouts.ProveFirst():
            return Fetchable((), None)
        case _:
            return None


async def standing(read: Read, id: MessageId, *, lasts: timedelta) -> Standing:
    """How the link of a message stands. Raises NotFound for one that handed nothing out."""
    message = await read.find(Message, id)
    if message is None:
        raise NotFound
    ticket = await read.ticket(message.ticket, to="see")
    if HANDED_OUT not in message.flags:
        raise NotFound
    known = await read.find(Handout, id) or Handout(id, ticket.id)
    judged = handouts.judge(message, ticket=ticket, known=known, at=read.now, lasts=lasts, shown=True)
    until = judged.until if isinstance(judged, handouts.Open) else None
    return Standing(until, known.fetched, known.fetched_at, known.shut_at)


async def _shown(read: Read, ticket: Ticket, *, visit: str | None) -> bool:
    found = None if visit is None else await story.visit(read, visit)
    return found is not None and found.ticket.id == ticket.id
