"""How people were asked of a matter, and what the rule needs to know before they are; for actions, and for whoever previews."""

import sqlalchemy as sa

from crm_core.model.feedback import Feedback
from crm_core.model.house import House
from crm_core.model.ids import TicketId
from crm_core.model.inbox import Inbox
from crm_core.model.suspicion import Suspicion, SuspicionState
from crm_core.model.ticket import Ticket
from crm_core.rules import feedback as rule
from crm_core.rules import handouts, ways
from crm_core.rules.feedback import Facts
from crm_core.store.compiled import among
from crm_core.store.maps.codec import instant_of
from crm_core.store.reach import Found
from crm_core.store.tables import feedback, messages
from crm_core.store.tx import Read

_text, _big = sa.Text, sa.BigInteger
_NEWEST = (
    sa.select(feedback)
    .where(feedback.c.ticket == sa.bindparam("ticket", type_=_text))
    .order_by(feedback.c.cycle.desc())
    .limit(1)
)
_LAST = sa.select(sa.func.max(feedback.c.asked_at).label("at")).where(among(feedback.c.customer, "ids"))
_OF_SOLUTION = sa.select(feedback.c.id).where(
    feedback.c.ticket == sa.bindparam("ticket", type_=_text), feedback.c.cycle == sa.bindparam("cycle", type_=_big)
)
_THEIRS = (
    sa.select(messages.c.flags)
    .where(messages.c.ticket == sa.bindparam("ticket", type_=_text), messages.c.direction == "in")
    .order_by(messages.c.at_version.desc(), messages.c.id.desc())
    .limit(20)
)


async def newest_asking(read: Read, ticket: TicketId) -> Feedback | None:
    """How they were asked of its last solution; None where they never were."""
    return await read.value(Feedback, _NEWEST, ticket=ticket)


async def facts_of(
    read: Read, ticket: Ticket, *, text: str, files: int, found: Found, way: Inbox, house: House
) -> Facts:
    """All that the rule asks of this answer, which would go this way."""
    last = await read.one(_LAST, ids=found.person.ids)
    suspicion = await read.find(Suspicion, ticket.id)
    language = found.reach.wishes.language or ticket.language
    return Facts(
        ticket=ticket,
        service=house.services[ticket.service],
        way=way,
        can=house.can[way.channel],
        at=read.now,
        rest=house.rest,
        spoken=await _spoken(read, ticket),
        suspected=suspicion is not None and suspicion.state is not SuspicionState.RELEASED,
        stopped=bool(found.reach.stopped),
        asked=await read.one(_OF_SOLUTION, ticket=ticket.id, cycle=ticket.clock.cycle) is not None,
        last=None if last is None or last["at"] is None else instant_of(last["at"]),
        over=_over(text, files=files, number=ticket.number, way=way, language=language, house=house),
    )


async def _spoken(read: Read, ticket: Ticket) -> bool:
    """Whether a person wrote lately, and not only machines."""
    rows = await read.all(_THEIRS, ticket=ticket.id)
    return any('"automatic: ' not in row["flags"] for row in rows)


def _over(text: str, *, files: int, number: str, way: Inbox, language: str | None, house: House) -> int:
    can = house.can[way.channel]
    if can.length is None or can.asks is None or not can.asks.written:
        return 0
    link = handouts.room(house.public_url, language=language)
    load = ways.Load(text=text, files=files, number=number, link=link)
    return ways.over(can, load) + rule.room(house.public_url, how=can.asks, language=language)
