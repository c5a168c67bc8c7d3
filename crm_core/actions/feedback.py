"""People are asked how they were served, in the transaction that solves their matter, and say so.

The question rides on the answer that solves it; where nobody wrote one just then, a machine asks by the same door.
Whether it is asked at all is the rule's to say (`rules/feedback.py`); what it needs to know is looked up here.
"""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from crm_core.actions import strands, writing
from crm_core.actions.housekeeping import keep_setting
from crm_core.actions.machine import BY_MACHINE
from crm_core.model.address import Address
from crm_core.model.errors import BadInput, Gone, NotAllowedNow, NotFound, Problem
from crm_core.model.event import MessageQueued
from crm_core.model.event_feedback import AskingChanged, FeedbackAsked, FeedbackGiven
from crm_core.model.event_house import InboxChanged
from crm_core.model.feedback import Asks, Feedback, Given, Rated
from crm_core.model.house import ASKING_REST, House
from crm_core.model.ids import FeedbackId, InboxId, MessageId, fresh
from crm_core.model.inbox import Inbox
from crm_core.model.message import Message
from crm_core.model.plan import Hold, Plan
from crm_core.model.ticket import Status, Ticket
from crm_core.rules import feedback as rule
from crm_core.rules import ways
from crm_core.rules.feedback import Ask, Facts, Silent
from crm_core.rules.notices import in_language
from crm_core.rules.outgoing import Letter
from crm_core.store.askings import facts_of, newest_asking
from crm_core.store.compiled import among
from crm_core.store.reach import Found, reach_of
from crm_core.store.tables import customers, messages
from crm_core.store.tx import Tx

LONGEST_REST = 366
"""Days for which nobody is asked a second time, at most."""

_text, _big = sa.Text, sa.BigInteger
_ONE_AT_A_TIME = (
    sa.select(customers.c.id).where(among(customers.c.id, "ids")).order_by(customers.c.id).with_for_update()
)
"""Two matters of one person may be solved at once: the second sees that the first asked."""

_ANSWERS = (
    sa.select(messages)
    .where(
        messages.c.ticket == sa.bindparam("ticket", type_=_text),
        messages.c.direction == "out",
        messages.c.author.is_not(None),
        sa.text("delivery NOT IN ('withdrawn', 'failed', 'scheduled')"),
    )
    .order_by(messages.c.at_version.desc(), messages.c.id.desc())
    .limit(1)
)


async def ask_beside(tx: Tx, ticket: Ticket, message: Message, *, house: House) -> Feedback | None:
    """The answer that solves a matter carries the question, if it is a time to ask. It is put under it as it leaves."""
    if ticket.status is not Status.SOLVED or message.inbox is None:
        return None
    inbox = house.inboxes[message.inbox]
    if not inbox.asks:
        return None
    found = await reach_of(tx, ticket, house=house)
    verdict = rule.decide(await _facts(tx, ticket, message, found=found, way=inbox, house=house))
    return None if isinstance(verdict, Silent) else _asked(tx, ticket, message, carried=message.id)


async def ask_alone(tx: Tx, ticket: Ticket, *, house: House) -> Feedback | None:
    """It was solved without a word: a machine asks where our last answer went, at an hour that they allow."""
    if ticket.status is not Status.SOLVED or not any(inbox.asks for inbox in house.inboxes.values()):
        return None
    answer = await tx.value(Message, _ANSWERS, ticket=ticket.id)
    if answer is None or answer.inbox is None or not house.inboxes[answer.inbox].asks:
        return None
    found = await reach_of(tx, ticket, house=house)
    way = ways.strand_of(ways.ways(found.reach, house=house), strand=answer.conversation)
    if way is None or not way.open:
        return None
    if way.can.asks is Asks.TALK:
        return await _ask_in_talk(tx, ticket, answer, found=found, house=house)
    language = found.reach.wishes.language or ticket.language
    letter = Letter(
        text=rule.alone(number=ticket.number, language=language),
        sender=way.inbox.name,
        author=None,
        subject=f"{in_language(rule.subject(), language=language)} [{ticket.number}]",
        flags=(BY_MACHINE,),
        send_at=way.later,
        why=way.why or None,
        plan=Plan(Hold.HOURS) if way.later else None,
    )
    facts = await _facts(
        tx, ticket, replace(answer, text=letter.text, attachments=()), found=found, way=way.inbox, house=house
    )
    if not isinstance(rule.decide(facts), Ask):
        return None
    message = await writing.keep_letter(tx, ticket, letter, id=fresh(MessageId, at=tx.now), way=way, house=house)
    tx.emit(MessageQueued(ticket=ticket, message=message))
    return _asked(tx, ticket, answer, carried=message.id)


async def ask_in_talk(tx: Tx, ticket: Ticket, *, house: House) -> Feedback | None:
    """A talk is over: its page asks, where somebody answered in it. If it is solved later, that is not another time."""
    answer = await tx.value(Message, _ANSWERS, ticket=ticket.id)
    if answer is None or answer.inbox is None or not house.inboxes[answer.inbox].asks:
        return None
    if house.can[answer.channel].asks is not Asks.TALK:
        return None
    return await _ask_in_talk(tx, ticket, answer, found=await reach_of(tx, ticket, house=house), house=house)


async def give_feedback(tx: Tx, id: FeedbackId, said: Given) -> Feedback:
    """Whoever holds the link says how we did, or thinks again. Raises Gone where no answer is taken any more."""
    await tx.permit(to="feedback")
    return await take(tx, await tx.find(Feedback, id), said)


async def rate_on_wire(tx: Tx, rated: Rated, *, house: House) -> Feedback | None:
    """A step was chosen on the wire, and is theirs; None for one that is not, or comes too late: nothing is kept then."""
    await tx.permit(to="feedback")
    id = rule.named(house.keys, rated.token)
    known = None if id is None else await tx.find(Feedback, id)
    if known is None or not rule.is_theirs(known, sender=rated.sender, inbox=InboxId(tx.actor.id)):
        return None
    ticket = await tx.get(Ticket, known.ticket)
    if isinstance(rule.judge(known, ticket=ticket, at=tx.now), rule.Shut):
        return None
    return known if known.score == rated.score else await take(tx, known, Given(rated.score))


async def rate_in_talk(tx: Tx, visitor: Address, said: Given) -> Feedback:
    """Whose talk is over says how we did on its page. Raises NotFound where they were not asked."""
    await tx.permit(to="feedback")
    inbox = InboxId(tx.actor.id)
    strand = await strands.latest(tx, visitor, inbox=inbox)
    known = None if strand is None else await newest_asking(tx, strand.ticket)
    if known is None or not rule.is_theirs(known, sender=visitor, inbox=inbox):
        raise NotFound
    return await take(tx, known, said)


async def choose_asking(tx: Tx, id: InboxId, *, asks: bool, house: House) -> Inbox:
    """An admin decides whether people who were answered from an inbox are asked how they were served."""
    await tx.permit(to="inboxes")
    inbox = await tx.get(Inbox, id)
    can = house.can.get(inbox.channel)
    if asks and (can is None or can.asks is None):
        raise NotAllowedNow("Nobody can be asked by this channel.")
    changed = await tx.save(replace(inbox, asks=asks, version=inbox.version + 1))
    tx.emit(InboxChanged(inbox=changed))
    return changed


async def choose_rest(tx: Tx, *, days: int) -> None:
    """For how many days nobody is asked a second time."""
    await tx.permit(to="settings")
    if not 1 <= days <= LONGEST_REST:
        raise BadInput(Problem("days", f"Between 1 and {LONGEST_REST}."))
    await keep_setting(tx, ASKING_REST, value=str(days))
    tx.emit(AskingChanged(rest=timedelta(days=days)))


async def take(tx: Tx, known: Feedback | None, said: Given) -> Feedback:
    """Keep what was said to this question. Raises NotFound, Gone."""
    if known is None:
        raise NotFound
    ticket = await tx.get(Ticket, known.ticket)
    if isinstance(rule.judge(known, ticket=ticket, at=tx.now), rule.Shut):
        raise Gone("This question takes no answer any more.")
    given = await tx.save(rule.given(known, said, at=tx.now))
    tx.emit(FeedbackGiven(ticket=ticket, feedback=given, was_score=known.score))
    return given


async def _ask_in_talk(tx: Tx, ticket: Ticket, answer: Message, *, found: Found, house: House) -> Feedback | None:
    """Nothing is sent: whoever has the page sees the question there, now or when they come back."""
    assert answer.inbox, "what was said, was said by an inbox"
    facts = await _facts(tx, ticket, answer, found=found, way=house.inboxes[answer.inbox], house=house)
    return _asked(tx, ticket, answer, carried=None) if isinstance(rule.decide(facts), Ask) else None


async def _facts(tx: Tx, ticket: Ticket, message: Message, *, found: Found, way: Inbox, house: House) -> Facts:
    await tx.all(_ONE_AT_A_TIME, ids=found.person.ids)
    files = len(message.attachments)
    return await facts_of(tx, ticket, text=message.text, files=files, found=found, way=way, house=house)


def _asked(tx: Tx, ticket: Ticket, answer: Message, *, carried: MessageId | None) -> Feedback:
    """Of this answer, by its door; the message that carries the question may be another, or none."""
    assert answer.inbox, "what leaves, leaves by an inbox"
    assert answer.address, "and goes somewhere"
    asked = Feedback(
        fresh(FeedbackId, at=tx.now),
        ticket.id,
        ticket.customer,
        ticket.service,
        answer.channel,
        answer.inbox,
        answer.address,
        ticket.clock.cycle,
        tx.now,
        message=carried,
        agent=answer.author,
    )
    tx.add(asked)
    tx.emit(FeedbackAsked(ticket=ticket, feedback=asked))
    return asked
