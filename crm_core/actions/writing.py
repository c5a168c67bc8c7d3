"""Our words become a message of a strand: shared by whoever answers, and by what answers another way."""

from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa

from crm_core.model.agent import Agent
from crm_core.model.check import Check, Verdict
from crm_core.model.errors import BadInput, Problem
from crm_core.model.event import MessageQueued, TicketAssigned
from crm_core.model.house import House
from crm_core.model.ids import ConversationId, FileId, MessageId, TicketId, fresh
from crm_core.model.message import Attachment, Delivery, Message
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import access, checking, handouts, lifecycle, outgoing, talks
from crm_core.rules.outgoing import Letter
from crm_core.rules.ways import Way
from crm_core.store.checked import verdicts_of
from crm_core.store.compiled import among
from crm_core.store.tables import files, unchecked
from crm_core.store.tx import Row, Tx, listed

MOST_FILES = 20

_FILES = (
    sa.select(files, unchecked.c.file.label("waits"))
    .select_from(files.outerjoin(unchecked, unchecked.c.file == files.c.id))
    .where(among(files.c.id, "ids"))
    .where(files.c.owner == sa.bindparam("owner", type_=sa.Text), files.c.ticket.is_(None))
)
_HOLD_ON = sa.update(unchecked).where(among(unchecked.c.file, "files")).values(tries=unchecked.c.tries)
"""Whoever settles what the scanner said of them waits until they are bound, and then finds the message they went with."""

_ATTACH = (
    sa.update(files)
    .where(files.c.id == sa.bindparam("key_id", type_=sa.Text), files.c.ticket.is_(None))
    .values(ticket=sa.bindparam("new_ticket", type_=sa.Text), message=sa.bindparam("new_message", type_=sa.Text))
)


async def write(
    tx: Tx,
    ticket: Ticket,
    letter: Letter,
    *,
    way: Way,
    house: House,
    attachments: tuple[Attachment, ...] = (),
    wanted: tuple[FileId, ...] = (),
) -> Message:
    """Queue it, or hold it until its time, in the strand of its way, and say so. `wanted` are the author's uploads."""
    id = fresh(MessageId, at=tx.now)
    attachments += await _attach(tx, wanted, ticket=ticket.id, message=id)
    message = await keep_letter(tx, ticket, letter, id=id, way=way, house=house, attachments=attachments)
    tx.emit(MessageQueued(ticket=ticket, message=message))
    return message


async def keep_letter(
    tx: Tx,
    ticket: Ticket,
    letter: Letter,
    *,
    id: MessageId,
    way: Way,
    house: House,
    attachments: tuple[Attachment, ...] = (),
) -> Message:
    """The same, for whoever says it later: a ticket that changes too tells of both in order."""
    strand = await strand_for(tx, ticket, way=way)
    drafted = outgoing.drafted(id, letter, ticket=ticket, strand=strand, way=way, house=house, at=tx.now)
    flags = (*drafted.flags, *handouts.flags(way.can, files=len(attachments)))
    message = replace(drafted, attachments=attachments, flags=flags)
    tx.add(message)
    if message.delivery is Delivery.QUEUED:
        said = replace(strand, last_outbound_at=tx.now)
        await tx.save(talks.spoken(said, at=tx.now) if strand.live_until is not None else said)
    return message


async def strand_for(tx: Tx, ticket: Ticket, *, way: Way) -> Conversation:
    """The strand of this way; a new one where nothing was said this way yet."""
    if way.strand is not None:
        return await tx.get(Conversation, way.strand.id)
    strand = outgoing.begun(fresh(ConversationId, at=tx.now), ticket=ticket, way=way, at=tx.now)
    tx.add(strand)
    return strand


async def take(tx: Tx, ticket: Ticket) -> Ticket:
    """Who answers a ticket that nobody has, has it."""
    by = await author(tx)
    if ticket.assignee is not None or not access.may(by.role, to="assign"):
        return ticket
    taken = await tx.save(lifecycle.take(ticket, by=by.id, at=tx.now))
    tx.emit(TicketAssigned(ticket=taken, before=ticket, was_with=None))
    return taken


async def author(tx: Tx) -> Agent:
    """The member of staff who writes."""
    agent = (await tx.standing()).agent
    assert agent is not None, "permitted without an account"
    return agent


async def _attach(
    tx: Tx, wanted: tuple[FileId, ...], *, ticket: TicketId, message: MessageId
) -> tuple[Attachment, ...]:
    """The agent's own uploads become the message's."""
    found = await uploaded(tx, wanted)
    await bind(tx, found, ticket=ticket, message=message)
    return found


async def uploaded(tx: Tx, wanted: tuple[FileId, ...]) -> tuple[Attachment, ...]:
    """The agent's own uploads, in their order; somebody else's, or used ones, are refused."""
    if not wanted:
        return ()
    if len(wanted) > MOST_FILES:
        raise BadInput(Problem("files", f"At most {MOST_FILES} files."))
    await tx.change(_HOLD_ON, files=listed(wanted))
    rows = {row["id"]: row for row in await tx.all(_FILES, ids=listed(wanted), owner=tx.actor.id)}
    if set(wanted) - rows.keys():
        raise BadInput(Problem("files", "A file is not there, or was sent already. Attach it again."))
    known = await verdicts_of(tx, (row["digest"] for row in rows.values()))
    found = tuple(_as_kept(rows[id], known) for id in wanted)
    blocked = next((one for one in found if one.check is Check.BLOCKED), None)
    if blocked is not None:
        raise BadInput(Problem("files", f"{blocked.name}: {checking.said(blocked.found)}. Remove it.", "file_blocked"))
    return found


def _as_kept(row: Row, known: Mapping[str, Verdict]) -> Attachment:
    kept = Attachment(row["id"], row["name"], row["type"], row["size"], row["digest"])
    return checking.marked(kept, known.get(kept.digest), waits=row["waits"] is not None)


async def bind(tx: Tx, files: tuple[Attachment, ...], *, ticket: TicketId, message: MessageId) -> None:
    """They are this message's from now on, and nobody can send them again."""
    for file in files:
        await tx.change(_ATTACH, key_id=file.id, new_ticket=ticket, new_message=message)
