"""Words taken out of matters: what erasure and retention do alike. Counts, times and service of a ticket stay.

Each call forgets at most a portion. Contents that are files are only noted for shredding:
disks are no part of a transaction. On PostgreSQL a contact that brings exactly the same
content in this very moment may lose it: the same bytes, in the same milliseconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from crm_core.actions import working
from crm_core.model.event import TicketStatus
from crm_core.model.event_privacy import TicketErased
from crm_core.model.ids import MessageId
from crm_core.model.message import Message
from crm_core.model.privacy import ERASED
from crm_core.model.ticket import Status, Ticket
from crm_core.rules import lifecycle, search, text
from crm_core.store import personal, words
from crm_core.store.compiled import among
from crm_core.store.maps.codec import micros
from crm_core.store.tables import blobs, conversations, cursors, files, messages, shreds, suggestions, wires
from crm_core.store.tx import Tx, listed
from crm_core.store.words import OF_ANY_KIND, search_docs

_text = sa.Text
_IS_LEFT = messages.c.flags != f'["{ERASED}"]'
_LEFT = (
    sa.select(messages)
    .where(messages.c.ticket == sa.bindparam("ticket", type_=_text), _IS_LEFT)
    .order_by(messages.c.at_version, messages.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_NEWEST_LEFT = (
    sa.select(messages.c.text)
    .where(messages.c.ticket == sa.bindparam("ticket", type_=_text), _IS_LEFT)
    .order_by(messages.c.at_version.desc(), messages.c.id.desc())
    .limit(1)
)
_ON_ITS_WAY = sa.text("delivery IN ('scheduled', 'queued', 'no_relay', 'sending', 'to_print', 'printed')")
_BLANK = (
    sa.update(messages)
    .where(among(messages.c.id, "messages"))
    .values(
        **personal.inventory()["messages"].blanks(),
        version=messages.c.version + 1,
        delivery=sa.case((_ON_ITS_WAY, sa.literal_column("'failed'")), else_=messages.c.delivery),
        send_at=None,
    )
)
_BLANK_STRAND = (
    sa.update(conversations)
    .where(among(conversations.c.id, "strands"))
    .values(**personal.inventory()["conversations"].blanks())
)
_FILES = sa.select(files.c.digest).where(
    files.c.ticket == sa.bindparam("ticket", type_=_text), among(files.c.message, "messages")
)
_FORGET_FILES = sa.delete(files).where(
    files.c.ticket == sa.bindparam("key_ticket", type_=_text), among(files.c.message, "messages")
)
_LARGE_WIRES = sa.select(wires.c.digest).where(
    sa.or_(among(wires.c.id, "wires"), among(wires.c.part_of, "wires")), wires.c.body.is_(None)
)
_USED = sa.union_all(
    sa.select(files.c.digest).where(among(files.c.digest, "digests")),
    sa.select(wires.c.digest).where(among(wires.c.digest, "digests"), wires.c.body.is_(None)),
)
_AS_FILES = sa.select(blobs.c.digest).where(among(blobs.c.digest, "digests"), blobs.c.stored_as_file == 1)
_SHREDDING = sa.select(shreds.c.digest).where(among(shreds.c.digest, "digests"))
_DOCS = sa.select(search_docs.c.seq, search_docs.c.kind, search_docs.c.id, search_docs.c.words).where(
    OF_ANY_KIND, among(search_docs.c.id, "documents")
)
_TAUGHT = sa.select(suggestions.c.id).where(personal.mentions(suggestions.c.tickets, "mentions"))
_INDEXED = sa.update(cursors).where(cursors.c.name == "index").values(value=cursors.c.value + " ")

WITH_CARE = frozenset({"tickets", "messages", "files", "conversations"})
"""Tables that this module goes through row by row."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a portion took out; `whole`: nothing of the ticket is left to be done."""

    messages: int
    files: int
    whole: bool


async def forget_matter(tx: Tx, ticket: Ticket, *, limit: int) -> Forgotten:
    """The personal parts of one ticket, at most `limit` messages of it. What was still open is closed with it.

    Whoever calls this calls `forget_traces` for its portion of tickets, too.
    """
    said = await tx.values(Message, _LEFT, ticket=ticket.id, limit=limit + 1)
    some, whole = said[:limit], len(said) <= limit
    count = await forget_messages(tx, ticket, some)
    await _save(tx, ticket)
    return Forgotten(len(some), count, whole)


async def forget_traces(tx: Tx, some: Sequence[Ticket]) -> None:
    """What else leads to these tickets: strands, their places in the index, words of events, visits, kept answers."""
    if not some:
        return
    ids = [ticket.id for ticket in some]
    await tx.change(personal.forget("conversations", "tickets"), tickets=listed(ids))
    await unindex(tx, ids, said=())
    for statement in personal.forgotten_by("tickets", but=WITH_CARE):
        await tx.change(statement, tickets=listed(ids))
    await forget_mentions(tx, [*ids, *(ticket.number for ticket in some)])


async def forget_sayings(tx: Tx, ticket: Ticket, said: Sequence[Message], *, strands: Iterable[str]) -> int:
    """What somebody said in a matter of somebody else; how many files went with it. The matter goes on."""
    count = await forget_messages(tx, ticket, said)
    await tx.change(personal.forget("calls", "messages"), messages=listed(one.id for one in said))
    await tx.change(_BLANK_STRAND, strands=listed(strands))
    await tx.change(personal.forget("event_words", "tickets"), tickets=listed([ticket.id]))
    await forget_mentions(tx, [ticket.id, ticket.number])
    last = await tx.one(_NEWEST_LEFT, ticket=ticket.id)
    snippet = "" if last is None else text.snippet(last[0])
    now = await tx.save(replace(ticket, snippet=snippet, version=ticket.version + 1))
    tx.emit(TicketErased(ticket=now, messages=tuple(one.id for one in said)))
    return count


async def forget_messages(tx: Tx, ticket: Ticket, said: Sequence[Message]) -> int:
    """Messages of one ticket, with their files, raw wires and places in the search index; how many files."""
    if not said:
        return 0
    ids = listed(one.id for one in said)
    await unindex(tx, [one.id for one in said], said=said)
    held = [row[0] for row in await tx.all(_FILES, ticket=ticket.id, messages=ids)]
    await tx.change(_FORGET_FILES, key_ticket=ticket.id, messages=ids)
    await tx.change(_BLANK, messages=ids)
    raw = await forget_wires(tx, [one.wire for one in said if one.wire is not None])
    await shred(tx, [*held, *raw])
    return len(held)


async def forget_wires(tx: Tx, ids: Sequence[str]) -> list[str]:
    """Raw input; the digests of what lies as files and may be shredded."""
    if not ids:
        return []
    large = [row[0] for row in await tx.all(_LARGE_WIRES, wires=listed(ids))]
    for statement in personal.forgotten_by("wires"):
        await tx.change(statement, wires=listed(ids))
    return large


async def drop_contents(tx: Tx, digests: Sequence[str]) -> None:
    """Contents of files whose names stay: whoever asks for one hears that it is not kept any more."""
    as_files = [row[0] for row in await tx.all(_AS_FILES, digests=listed(digests))]
    known = {row[0] for row in await tx.all(_SHREDDING, digests=listed(digests))}
    await _forget_contents(tx, digests)
    for digest in as_files:
        if digest not in known:
            tx.insert(shreds, digest=digest, at=micros(tx.now))


async def shred(tx: Tx, digests: Iterable[str]) -> None:
    """Contents that nobody uses any more: rows at once, files by whoever may touch the disk."""
    wanted = frozenset(digests)
    if not wanted:
        return
    unused = wanted - {row[0] for row in await tx.all(_USED, digests=listed(wanted))}
    if not unused:
        return
    as_files = {row[0] for row in await tx.all(_AS_FILES, digests=listed(unused))}
    known = {row[0] for row in await tx.all(_SHREDDING, digests=listed(unused))}
    await _forget_contents(tx, unused)
    for digest in sorted(as_files - known):
        tx.insert(shreds, digest=digest, at=micros(tx.now))


async def _forget_contents(tx: Tx, digests: Iterable[str]) -> None:
    """Rows of contents, and what the virus scanner said of them."""
    for table in ("blobs", "verdicts", "unchecked"):
        await tx.change(personal.forget(table, "digests"), digests=listed(digests))


async def unindex(tx: Tx, ids: Sequence[str], *, said: Sequence[Message]) -> None:
    """Out of the search index; what the indexer read a moment ago and has not written is read again by it."""
    rows = await tx.all(_DOCS, documents=listed(ids))
    known = {one.id: one for one in said}
    places = [(row["seq"], _words(row, known)) for row in rows]
    if places:
        await tx.change(words.REMOVE, rows=words.rows(places))
        await tx.change(personal.forget("search_docs", "documents"), documents=listed(ids))
    await tx.change(_INDEXED)


async def forget_mentions(tx: Tx, ids: Sequence[str]) -> None:
    """Answers kept for keyed requests, and what a ticket taught: they name it somewhere inside."""
    taught = [row[0] for row in await tx.all(_TAUGHT, mentions=listed(ids))]
    if taught:
        await tx.change(personal.forget("event_words", "about"), about=listed(taught))
    for statement in personal.forgotten_by("mentions"):
        await tx.change(statement, mentions=listed(ids))


async def _save(tx: Tx, before: Ticket) -> None:
    ended = before if before.status is Status.CLOSED else lifecycle.close(before, at=tx.now)
    gone = replace(personal.emptied(ended), erased_at=before.erased_at or tx.now, version=before.version + 1)
    ticket = await tx.save(gone)
    if ticket.status is not before.status:
        tx.emit(TicketStatus(ticket=ticket, was_status=before.status))
    tx.emit(TicketErased(ticket=ticket))
    await working.finish_work(tx, ticket)


def _words(row: Any, known: dict[MessageId, Message]) -> str:
    """The words a thing was indexed by: FTS5 takes out only what is said again exactly."""
    message = known.get(row["id"])
    return row["words"] if message is None else search.message_doc(message).words
