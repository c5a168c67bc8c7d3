"""History brought in from a table: rows become people and tickets, behind everything live.

Times are given, messages are born delivered, nobody is notified, and timers whose time has
passed are recorded and not fired (`store/beside.py` sees to that for an importer). A row is
known by a digest of its file, its line and its words: brought in twice, it is taken once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from crm_core.actions import forgetting, working
from crm_core.actions.finding import keep_address_keys, keep_keys
from crm_core.actions.keeping import keep_blob
from crm_core.model.address import Address
from crm_core.model.blob import Blob
from crm_core.model.bringing import Brought, Import, ImportRow, ImportState, Outcome
from crm_core.model.customer import Customer, Identity
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.event import MessageReceived, TicketOpened, TicketStatus
from crm_core.model.event_bringing import ImportAdded, ImportBegun, ImportDropped, ImportEnded, ImportMoved
from crm_core.model.house import House
from crm_core.model.ids import (
    ConversationId,
    CustomerId,
    IdentityId,
    ImportId,
    InboxId,
    MarkId,
    MessageId,
    TicketId,
    fresh,
)
from crm_core.model.message import Direction, Message
from crm_core.model.ticket import Conversation, Status, Ticket, fresh_number
from crm_core.rules import bringing as rule
from crm_core.rules import lifecycle, marks, sla, text
from crm_core.rules.bringing import PersonRow, TicketRow, Whose, Wrong
from crm_core.rules.sheets import Look
from crm_core.rules.sla import Promise
from crm_core.store.compiled import among
from crm_core.store.tables import identities, import_rows
from crm_core.store.tx import Tx, listed

PORTION = 50
WHY = "brought in from a table"
AGAIN = "It was brought in before."

_QUOTED = re.compile("“[^”]*”")
_KNOWN = sa.select(import_rows.c.digest).where(among(import_rows.c.digest, "digests"))
_HOLDERS = sa.select(identities).where(among(identities.c.address, "addresses")).order_by(identities.c.held.desc())


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded table: its content, its name, and how it is written."""

    blob: Blob
    name: str
    look: Look


@dataclass(frozen=True, slots=True)
class Read:
    """One row, read: its number, what makes it the same row, and what it says."""

    line: int
    digest: str
    says: PersonRow | TicketRow | Wrong


async def add_import(tx: Tx, file: File) -> Import:
    """A table was uploaded; nothing is brought in until somebody looked at it."""
    await tx.permit(to="imports")
    kind = rule.likelier(file.look.headings)
    made = Import(
        fresh(ImportId, at=tx.now),
        kind,
        file.name,
        file.blob.digest,
        file.blob.size,
        file.look.encoding,
        file.look.separator,
        file.look.headings,
        rule.guess(file.look.headings, kind=kind),
        ImportState.DRAFT,
        tx.actor.id,
        tx.now,
    )
    keep_blob(tx, file.blob)
    tx.add(made)
    tx.emit(ImportAdded(brought=made))
    return made


async def map_import(
    tx: Tx, id: ImportId, *, kind: Brought, mapping: dict[str, int], inbox: InboxId | None, house: House
) -> Import:
    """Which column is what, and by which door tickets came, as somebody who looked says."""
    await tx.permit(to="imports")
    draft = await _draft(tx, id)
    known, width = rule.columns()[kind], len(draft.headings)
    wrong = [field for field, at in mapping.items() if field not in known or not 0 <= at < width]
    if wrong:
        raise BadInput(*(Problem(f"mapping.{field}", "There is no such field or column.") for field in wrong))
    if inbox is not None and inbox not in house.inboxes:
        raise BadInput(Problem("inbox", "There is no such inbox."))
    mapped = await tx.save(replace(draft, kind=kind, mapping=dict(mapping), inbox=inbox, version=draft.version + 1))
    tx.emit(ImportAdded(brought=mapped))
    return mapped


async def begin_import(tx: Tx, id: ImportId) -> Import:
    """Somebody looked and says: bring it in."""
    await tx.permit(to="imports")
    draft = await _draft(tx, id)
    lacks = rule.missing(draft)
    if lacks is not None:
        raise BadInput(Problem("mapping", rule.SAID[lacks]))
    running = await tx.save(replace(draft, state=ImportState.RUNNING, version=draft.version + 1))
    tx.emit(ImportBegun(brought=running))
    return running


async def drop_import(tx: Tx, id: ImportId) -> Import:
    """It was not what they wanted: its content is forgotten."""
    await tx.permit(to="imports" if tx.actor.is_person else "forget")
    draft = await _draft(tx, id)
    await forgetting.shred(tx, [draft.digest])
    dropped = await tx.save(replace(draft, state=ImportState.DROPPED, ended_at=tx.now, version=draft.version + 1))
    tx.emit(ImportDropped(brought=dropped))
    return dropped


async def bring_some(tx: Tx, brought: Import, rows: Sequence[Read], *, house: House) -> Import:
    """The next rows; without any, it is done. Nothing happens where somebody was faster."""
    await tx.permit(to="import")
    now_is = await tx.get(Import, brought.id)
    if now_is != brought or now_is.state is not ImportState.RUNNING:
        return now_is
    known = {row[0] for row in await tx.all(_KNOWN, digests=listed(one.digest for one in rows))}
    made = [await _row(tx, now_is, one, known=known, house=house) for one in rows]
    counted = {outcome: sum(one.outcome is outcome for one in made) for outcome in Outcome}
    moved = replace(
        now_is,
        line=rows[-1].line if rows else now_is.line,
        taken=now_is.taken + counted[Outcome.TAKEN],
        joined=now_is.joined + counted[Outcome.JOINED],
        skipped=now_is.skipped + counted[Outcome.SKIPPED],
        version=now_is.version + 1,
    )
    if rows:
        saved = await tx.save(moved)
        tx.emit(ImportMoved(brought=saved))
        return saved
    await forgetting.shred(tx, [now_is.digest])
    saved = await tx.save(replace(moved, state=ImportState.DONE, ended_at=tx.now))
    tx.emit(ImportEnded(brought=saved))
    return saved


async def _row(tx: Tx, brought: Import, read: Read, *, known: set[str], house: House) -> ImportRow:
    made = ImportRow(fresh(str, at=tx.now), brought.id, read.line, Outcome.SKIPPED, AGAIN, read.digest)
    if read.digest not in known:
        known.add(read.digest)
        if isinstance(read.says, Wrong):
            made = replace(made, why=_QUOTED.sub("That", read.says.why))
        elif isinstance(read.says, PersonRow):
            made = await _person(tx, read.says, made)
        else:
            made = await _ticket(tx, brought, read.says, made, house=house)
    tx.add(made)
    return made


async def _person(tx: Tx, says: PersonRow, row: ImportRow) -> ImportRow:
    customer, is_new = await _whose(tx, says.whose, says=says)
    return replace(row, customer=customer.id, outcome=Outcome.TAKEN if is_new else Outcome.JOINED, why="")


async def _whose(tx: Tx, whose: Whose, *, says: PersonRow | None, at: datetime | None = None) -> tuple[Customer, bool]:
    """Who has one of these addresses, else somebody new; what else is given becomes a claim."""
    holders = await tx.values(Identity, _HOLDERS, addresses=listed(str(one) for one in whose.addresses))
    if holders:
        person = await tx.records(holders[0].customer)
        assert person is not None, "whoever has an address is a customer"
        _claim(tx, person.customer, whose.addresses, holders=holders)
        return person.customer, False
    customer = Customer(fresh(CustomerId, at=at or tx.now), whose.name, None, at or tx.now)
    if says is not None:
        customer = replace(customer, kind=says.kind, language=says.language, street=says.street, place=says.place)
    tx.add(customer)
    keep_keys(tx, customer, addresses=())
    _claim(tx, customer, whose.addresses, holders=())
    return customer, True


def _claim(tx: Tx, customer: Customer, addresses: Sequence[Address], *, holders: Sequence[Identity]) -> None:
    taken = {one.address for one in holders}
    for address in addresses:
        if address not in taken:
            identity = Identity(fresh(IdentityId, at=tx.now), customer.id, address, "import", tx.now)
            tx.add(identity)
            keep_address_keys(tx, identity)


async def _ticket(tx: Tx, brought: Import, says: TicketRow, row: ImportRow, *, house: House) -> ImportRow:
    customer, is_new = await _whose(tx, says.whose, says=None, at=says.created_at)
    assert brought.inbox is not None, "nothing runs before it is said by which door it came"
    inbox = house.inboxes[brought.inbox]
    promise = Promise(*house.promise(says.service))
    born = sla.opened(_born(says, customer, channel=inbox.channel), promise=promise)
    strand = Conversation(
        fresh(ConversationId, at=says.created_at),
        born.id,
        inbox.id,
        says.whose.addresses[0] if says.whose.addresses else Address("import", born.id),
        None,
        born.subject,
        says.created_at,
        last_inbound_at=says.created_at,
    )
    message = Message(
        fresh(MessageId, at=says.created_at),
        born.id,
        strand.id,
        Direction.IN,
        inbox.channel,
        says.whose.name or (says.whose.addresses[0].value if says.whose.addresses else ""),
        says.said,
        says.created_at,
        at_version=born.version,
        address=says.whose.addresses[0] if says.whose.addresses else None,
        inbox=inbox.id,
        flags=(WHY,),
    )
    ticket = _lived(born, says, promise=promise)
    tx.add(ticket)
    tx.add(strand)
    tx.add(message)
    for mark in [*marks.of(None, born, named=lambda: fresh(MarkId, at=tx.now)),
                 *(marks.of(born, ticket, named=lambda: fresh(MarkId, at=tx.now)) if ticket != born else ())]:  # fmt: skip
        tx.add(mark)
    tx.recall(TicketOpened(ticket=born, why=WHY), at=says.created_at)
    tx.recall(MessageReceived(ticket=born, message=message, why=WHY), at=says.created_at)
    if ticket.status is not born.status:
        tx.recall(TicketStatus(ticket=ticket, was_status=born.status), at=says.solved_at or says.created_at)
    if ticket.status.active and ticket.awaiting_since is not None:
        working.queue_work(tx, ticket, house=house)
    outcome = Outcome.TAKEN if is_new else Outcome.JOINED
    return replace(row, customer=customer.id, ticket=ticket.id, outcome=outcome, why="")


def _born(says: TicketRow, customer: Customer, *, channel: str) -> Ticket:
    return Ticket(
        fresh(TicketId, at=says.created_at),
        fresh_number(),
        says.subject,
        Status.NEW,
        says.priority,
        says.service.id,
        says.service.queue,
        customer.id,
        customer.name or says.whose.name,
        channel,
        says.created_at,
        says.created_at,
        language=customer.language,
        snippet=text.snippet(says.said),
        awaiting_since=says.created_at,
        unit=says.service.unit,
        received_in=says.service.queue,
    )


def _lived(born: Ticket, says: TicketRow, *, promise: Promise) -> Ticket:
    """What became of it, as far as the row tells; when it was solved is taken for when it was last touched."""
    if says.status is Status.NEW:
        return born
    at = says.solved_at or says.created_at
    if says.status.active:
        return lifecycle.set_status(born, to=says.status, at=at, promise=promise)
    solved = lifecycle.solve(born, at=at)
    return solved if says.status is Status.SOLVED else lifecycle.close(solved, at=at)


async def _draft(tx: Tx, id: ImportId) -> Import:
    found = await tx.get(Import, id)
    if found.state is not ImportState.DRAFT:
        raise NotAllowedNow("This table was brought in, or dropped, already.")
    return found
