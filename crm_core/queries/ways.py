"""By which ways a ticket's person can be answered, and what an answer would be if it left now."""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from crm_core.model.address import Address
from crm_core.model.errors import NotAllowedNow
from crm_core.model.habits import Filled
from crm_core.model.house import House
from crm_core.model.ids import ConversationId, MessageId, TicketId, fresh
from crm_core.model.message import Direction, Outbound
from crm_core.model.ticket import Ticket
from crm_core.rules import feedback, handouts, outgoing, ways
from crm_core.rules.feedback import Ask
from crm_core.rules.outgoing import Earlier, Letter
from crm_core.rules.ways import Misfit, Way
from crm_core.store.askings import facts_of
from crm_core.store.reach import Found, reach_of
from crm_core.store.tables import messages
from crm_core.store.tx import Read

_LATELY = (
    sa.select(messages.c.wire_id, messages.c.direction)
    .where(
        messages.c.ticket == sa.bindparam("ticket", type_=sa.Text),
        messages.c.conversation == sa.bindparam("conversation", type_=sa.Text),
        messages.c.wire_id.is_not(None),
    )
    .order_by(messages.c.at_version.desc(), messages.c.id.desc())
    .limit(20)
)


@dataclass(frozen=True, slots=True)
class Offered:
    """All ways with their reasons, the one that an answer takes if nobody says otherwise, and what a link to files takes."""

    ways: tuple[Way, ...]
    usual: Way | None
    link: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What somebody is about to send, and which way they have in mind."""

    text: str
    html: str | None = None
    files: int = 0
    channel: str | None = None
    address: Address | None = None
    template: Filled | None = None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The message just as its channel would get it now; what would not travel, and by how much it is too long.

    `asks` is the question that it carries beside, if it solves the matter.
    """

    way: Way
    outbound: Outbound
    misfits: tuple[Misfit, ...]
    over: int
    asks: str | None


async def offered(read: Read, id: TicketId, *, house: House) -> Offered:
    """The ways of this ticket's person."""
    ticket = await read.ticket(id, to="see")
    found = await reach_of(read, ticket, house=house)
    every = ways.ways(found.reach, house=house)
    usual = ways.usual(every, live=found.reach.live) if ticket.parent is None else None
    link = handouts.room(house.public_url, language=found.reach.wishes.language or ticket.language)
    return Offered(tuple(ways.distinct(every)), usual, link)


async def foreseen(read: Read, id: TicketId, words: Words, *, house: House, to: str = "see") -> Foreseen:
    """What they would get. Raises NotAllowedNow where nothing can go this way. `to` is what it is asked for."""
    ticket = await read.ticket(id, to=to)
    found = await reach_of(read, ticket, house=house)
    named = ways.named(ways.ways(found.reach, house=house), channel=words.channel, address=words.address)
    filled = words.template
    way = ways.usual(named, live=found.reach.live) if filled is None else ways.saying(named, filled)
    if way is None:
        raise NotAllowedNow(next((f"Not this way: {one.why}." for one in named if one.why), "There is no way there."))
    if filled is not None:
        words = replace(words, text=ways.said_by(way, filled), html=None, files=0)
    outbound = await _outbound(read, ticket, words, way=way, found=found, house=house)
    link = handouts.room(house.public_url, language=outbound.language)
    number = ticket.number if filled is None else ""
    load = ways.Load(text=words.text, html=words.html, files=words.files, number=number, link=link)
    asks = await _asks(read, ticket, words, way=way, found=found, house=house)
    return Foreseen(way, outbound, tuple(ways.misfits(way.can, load)), max(0, ways.over(way.can, load)), asks)


async def _asks(read: Read, ticket: Ticket, words: Words, *, way: Way, found: Found, house: House) -> str | None:
    """The question that the answer would carry if it solved the matter now, by the rule that asks it then."""
    if not way.inbox.asks or not ticket.status.active:
        return None
    facts = await facts_of(read, ticket, text=words.text, files=words.files, found=found, way=way.inbox, house=house)
    verdict = feedback.decide(facts)
    if not isinstance(verdict, Ask):
        return None
    language = found.reach.wishes.language or ticket.language
    return feedback.foretold(verdict.how, public_url=house.public_url, language=language)


async def _outbound(read: Read, ticket: Ticket, words: Words, *, way: Way, found: Found, house: House) -> Outbound:
    """Made as for the sender, and kept nowhere."""
    begun = fresh(ConversationId, at=read.now)
    strand = way.strand or outgoing.begun(begun, ticket=ticket, way=way, at=read.now)
    letter = Letter(text=words.text, html=words.html, sender="", author=None, template=words.template)
    id = fresh(MessageId, at=read.now)
    message = outgoing.drafted(id, letter, ticket=ticket, strand=strand, way=way, house=house, at=read.now)
    message = replace(message, flags=(*message.flags, *handouts.flags(way.can, files=words.files)))
    rows = await read.all(_LATELY, ticket=ticket.id, conversation=strand.id) if way.strand else []
    return outgoing.outbound(
        message,
        ticket=ticket,
        strand=outgoing.Strand(
            conversation=strand,
            inbox=way.inbox,
            name=found.person.customer.name,
            wishes=found.reach.wishes,
            earlier=[Earlier(row[0], Direction(row[1])) for row in rows],
        ),
        house=house,
    )
