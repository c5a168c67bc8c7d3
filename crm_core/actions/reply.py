"""We answer, and colleagues leave notes: the words are kept before anything is sent."""

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from crm_core.actions import answers, splits, working
from crm_core.model.agent import Agent
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.event import MessageQueued, NoteAdded, TicketAssigned, TicketStatus
from crm_core.model.house import House
from crm_core.model.ids import AgentId, AnswerId, ConversationId, FileId, MessageId, TicketId, fresh
from crm_core.model.inbox import Inbox
from crm_core.model.message import Attachment, Delivery, Direction, Message
from crm_core.model.sla import Reason
from crm_core.model.ticket import Conversation, Status, Ticket
from crm_core.rules import access, lifecycle, preferences, signs, text
from crm_core.rules.answers import must_be_filled
from crm_core.rules.sla import Promise
from crm_core.store.compiled import among
from crm_core.store.tables import agents, conversations, files, ticket_readers
from crm_core.store.tx import Tx, listed

MOST_FILES = 20

_STRANDS = (
    sa.select(conversations)
    .where(conversations.c.ticket == sa.bindparam("ticket", type_=sa.Text))
    .order_by(conversations.c.created_at)
)
_FILES = (
    sa.select(files)
    .where(among(files.c.id, "ids"))
    .where(files.c.owner == sa.bindparam("owner", type_=sa.Text), files.c.ticket.is_(None))
)
_ATTACH = (
    sa.update(files)
    .where(files.c.id == sa.bindparam("key_id", type_=sa.Text), files.c.ticket.is_(None))
    .values(ticket=sa.bindparam("new_ticket", type_=sa.Text), message=sa.bindparam("new_message", type_=sa.Text))
)
_MENTIONED = sa.select(agents).where(among(agents.c.id, "ids"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An answer as the agent wrote it. Without a channel it goes where the person last wrote.

    `answers` are those of the library that it says.
    """

    text: str
    html: str | None = None
    channel: str | None = None
    files: tuple[FileId, ...] = ()
    status: Status | None = None
    reason: Reason | None = None
    answers: tuple[AnswerId, ...] = ()


async def reply(tx: Tx, ticket_id: TicketId, draft: Draft, *, house: House, seen_version: int | None = None) -> Message:
    """Answer the citizen; the message is queued and sent by the sender, which tells how it went.

    Raises NotAllowedNow where there is no way to answer, Stale on an old screen.
    """
    before = await tx.ticket(ticket_id, to="reply")
    if not draft.text.strip() and not draft.files:
        raise BadInput(Problem("text", "Write something first."))
    must_be_filled(draft.text, draft.html)
    if draft.status is not None and not draft.status.active:
        await splits.must_have_no_open_parts(tx, before)
    strand = await _strand_for(tx, before, channel=draft.channel, house=house)
    send_at, why = await _as_they_wish(tx, before, strand, house=house)
    ticket = lifecycle.on_reply(
        before,
        at=tx.now,
        snippet=text.snippet(draft.text),
        promise=Promise(*house.promise(house.services[before.service])),
        status=draft.status,
        reason=draft.reason,
        seen_version=seen_version,
    )
    await tx.save(ticket)
    message = await _outgoing(tx, ticket, draft, strand=strand, house=house)
    if send_at > tx.now:
        message = await tx.save(replace(message, send_at=send_at, delivery_reason=why))
    tx.emit(MessageQueued(ticket=ticket, message=message))
    await answers.count_uses(tx, ticket, message, draft.answers)
    if ticket.status is not before.status:
        tx.emit(TicketStatus(ticket=ticket, was_status=before.status))
    ticket = await _take(tx, ticket)
    await working.finish_work(tx, ticket)
    return message


async def _as_they_wish(tx: Tx, ticket: Ticket, strand: Conversation, *, house: House) -> tuple[datetime, str | None]:
    """When it may go to this person by this way, and why not now. Raises NotAllowedNow where they asked for none."""
    person = await tx.records(ticket.customer)
    if person is None:
        return tx.now, None
    wishes = preferences.wishes(person.records, at=tx.now)
    by = house.can[house.inboxes[strand.inbox].channel]
    _, calendar = house.promise(house.services[ticket.service])
    reach = preferences.may_reach(wishes, by=by, at=tx.now, zone=calendar.zone)
    if isinstance(reach, preferences.Never):
        raise NotAllowedNow(f"Not this way: {reach.why}. Choose another way to answer.")
    return (reach.at, reach.why) if isinstance(reach, preferences.Later) else (tx.now, None)


async def note(tx: Tx, ticket_id: TicketId, words: str, *, mentions: frozenset[AgentId] = frozenset()) -> Message:
    """Leave a note for colleagues; whoever is mentioned may see the ticket from now on."""
    before = await tx.ticket(ticket_id, to="note")
    if not words.strip():
        raise BadInput(Problem("text", "Write something first."))
    known = {agent.id for agent in await tx.values(Agent, _MENTIONED, ids=listed(mentions)) if agent.active}
    if mentions - known:
        raise BadInput(Problem("mentions", "Somebody you mention does not work here."))
    ticket = await tx.save(lifecycle.on_note(before, at=tx.now, mentions=mentions))
    for agent in sorted(mentions - before.readers):
        tx.insert(ticket_readers, agent=agent, ticket=ticket.id)
    message = _note(tx, ticket, words, by=await _author(tx))
    tx.add(message)
    tx.emit(NoteAdded(ticket=ticket, before=before, message=message))
    return message


def _note(tx: Tx, ticket: Ticket, words: str, *, by: Agent) -> Message:
    return Message(
        id=fresh(MessageId, at=tx.now),
        ticket=ticket.id,
        conversation=None,
        direction=Direction.NOTE,
        channel="note",
        sender=by.name,
        text=words,
        created_at=tx.now,
        at_version=ticket.version,
        author=by.id,
        proven=True,
    )


async def _strand_for(tx: Tx, ticket: Ticket, *, channel: str | None, house: House) -> Conversation:
    """The strand an answer goes by: the one named, else where the person last wrote."""
    if ticket.parent is not None:
        raise NotAllowedNow("This is a part: say what it came to, and the owner of the whole answers for all of it.")
    strands = await tx.values(Conversation, _STRANDS, ticket=ticket.id)
    written = sorted(strands, key=lambda strand: strand.last_inbound_at or strand.created_at, reverse=True)
    for strand in written:
        inbox = house.inboxes[strand.inbox]
        if house.can[inbox.channel].replies and channel in (None, inbox.channel):
            return strand
    for strand in written:
        other = house.reaching(strand.address.scheme)
        if other is not None and channel in (None, other.channel):
            return _new_strand(tx, ticket, strand, inbox=other)
    raise NotAllowedNow(
        "There is no way to answer yet: no address on record that one of our inboxes can write to."
        if channel is None
        else "There is no address on record for this channel."
    )


def _new_strand(tx: Tx, ticket: Ticket, like: Conversation, *, inbox: Inbox) -> Conversation:
    strand = Conversation(
        fresh(ConversationId, at=tx.now), ticket.id, inbox.id, like.address, None, ticket.subject, tx.now
    )
    tx.add(strand)
    return strand


async def _outgoing(tx: Tx, ticket: Ticket, draft: Draft, *, strand: Conversation, house: House) -> Message:
    id = fresh(MessageId, at=tx.now)
    inbox = house.inboxes[strand.inbox]
    author = await _author(tx)
    subject = strand.subject or ticket.subject
    message = Message(
        id=id,
        ticket=ticket.id,
        conversation=strand.id,
        direction=Direction.OUT,
        channel=inbox.channel,
        sender=author.name,
        text=draft.text,
        created_at=tx.now,
        at_version=ticket.version,
        address=strand.reply_to or strand.address,
        author=author.id,
        inbox=inbox.id,
        html=draft.html if house.can[inbox.channel].html else None,
        subject=subject if subject.casefold().startswith("re:") else f"Re: {subject}",
        attachments=await _attach(tx, draft.files, ticket=ticket.id, message=id),
        wire_id=signs.message_id(house.keys[0], id, domain=house.domain),
        proven=True,
        delivery=Delivery.QUEUED,
        send_at=tx.now,
    )
    tx.add(message)
    return message


async def _attach(
    tx: Tx, wanted: tuple[FileId, ...], *, ticket: TicketId, message: MessageId
) -> tuple[Attachment, ...]:
    """The agent's own uploads become the message's; somebody else's, or used ones, are refused."""
    if not wanted:
        return ()
    if len(wanted) > MOST_FILES:
        raise BadInput(Problem("files", f"At most {MOST_FILES} files."))
    rows = {row["id"]: row for row in await tx.all(_FILES, ids=listed(wanted), owner=tx.actor.id)}
    if set(wanted) - rows.keys():
        raise BadInput(Problem("files", "A file is not there, or was sent already. Attach it again."))
    for id in wanted:
        await tx.change(_ATTACH, key_id=id, new_ticket=ticket, new_message=message)
    return tuple(
        Attachment(row["id"], row["name"], row["type"], row["size"], row["digest"])
        for row in (rows[id] for id in wanted)
    )


async def _take(tx: Tx, ticket: Ticket) -> Ticket:
    """Who answers a ticket that nobody has, has it."""
    author = await _author(tx)
    if ticket.assignee is not None or not access.may(author.role, to="assign"):
        return ticket
    taken = await tx.save(lifecycle.take(ticket, by=author.id, at=tx.now))
    tx.emit(TicketAssigned(ticket=taken, before=ticket, was_with=None))
    return taken


async def _author(tx: Tx) -> Agent:
    agent = (await tx.standing()).agent
    assert agent is not None, "permitted without an account"
    return agent
