"""What people said of how they were served: of one matter, of all of them, and what a browser that holds the link may see."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from crm_core.model.feedback import Feedback
from crm_core.model.ids import FeedbackId, TicketId
from crm_core.model.ticket import Ticket
from crm_core.rules import cursors
from crm_core.rules import feedback as rule
from crm_core.store.maps import map_of
from crm_core.store.maps.codec import micros
from crm_core.store.tables import feedback, tickets
from crm_core.store.tx import Read

_text, _big = sa.Text, sa.BigInteger
_OF_TICKET = (
    sa.select(feedback).where(feedback.c.ticket == sa.bindparam("ticket", type_=_text)).order_by(feedback.c.cycle)
)


def _page(kept: str) -> "sa.Select[tuple[object, ...]]":
    """The newest first, by the index of just these rows; of what is confidential supervisors see nothing either."""
    return (
        sa.select(feedback, tickets)
        .select_from(feedback.join(tickets, tickets.c.id == feedback.c.ticket))
        .where(
            sa.text(kept),
            tickets.c.confidential == sa.literal_column("0"),
            sa.tuple_(feedback.c.given_at, feedback.c.id)
            < sa.tuple_(sa.bindparam("at", type_=_big), sa.bindparam("last", type_=_text)),
        )
        .order_by(feedback.c.given_at.desc(), feedback.c.id.desc())
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


_GIVEN, _UNHAPPY = _page("feedback.score IS NOT NULL"), _page("feedback.score <= 2")


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said, and of which matter."""

    feedback: Feedback
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Page:
    """The newest first, and where the next page begins."""

    items: list[Said]
    next: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as its page puts it: of which matter, what was said so far, and until when it may be said."""

    feedback: Feedback
    ticket: Ticket
    until: datetime


async def page(read: Read, *, unhappy: bool, limit: int, cursor: str | None) -> Page:
    """What was said last, of everything or of what went wrong. Raises BadInput for a cursor of another list."""
    await read.permit(to="reports")
    at, last = cursors.opened(cursor, int, str) if cursor else (1 << 62, "~")
    mine, theirs = map_of(Feedback), map_of(Ticket)
    rows = await read.all(_UNHAPPY if unhappy else _GIVEN, at=at, last=last, limit=limit + 1)
    wide = len(mine.names)
    found = [Said(mine.value(row[:wide]), theirs.value(row[wide:])) for row in rows[:limit]]
    return Page(found, cursors.made(_key(found[-1].feedback), found[-1].feedback.id) if len(rows) > limit else None)


async def of_ticket(read: Read, id: TicketId) -> list[Feedback]:
    """Each time that they were asked in this matter, the oldest first. Raises NotFound."""
    ticket = await read.ticket(id, to="see")
    return await read.values(Feedback, _OF_TICKET, ticket=ticket.id)


async def open_question(read: Read, id: FeedbackId) -> Asked | None:
    """For a browser that holds the link; None where no answer is taken, or not any more."""
    await read.permit(to="feedback")
    known = await read.find(Feedback, id)
    if known is None:
        return None
    ticket = await read.get(Ticket, known.ticket)
    judged = rule.judge(known, ticket=ticket, at=read.now)
    return Asked(known, ticket, judged.until) if isinstance(judged, rule.Open) else None


def _key(feedback: Feedback) -> int:
    assert feedback.given_at is not None, "only what was said is listed"
    return micros(feedback.given_at)
