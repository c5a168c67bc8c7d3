"""Spam is held where a supervisor looks, released as old as it is, and never dropped."""

from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from crm_core.actions import waiting, working
from crm_core.actions.acknowledging import Looked, is_same
from crm_core.actions.housekeeping import keep_setting
from crm_core.actions.keeping import RawWire
from crm_core.model.address import Address
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem
from crm_core.model.event_house import QueueChanged, TeamChanged
from crm_core.model.event_suspicion import (
    BlockAdded,
    BlockLifted,
    SuspectingChanged,
    TicketHeld,
    TicketReleased,
    TicketSpam,
)
from crm_core.model.house import SUSPECTING, House
from crm_core.model.ids import AgentId, BlockId, CalendarId, InboxId, QueueId, TeamId, TicketId, fresh
from crm_core.model.message import Inbound
from crm_core.model.plan import Withdrawn
from crm_core.model.queue import Queue, Team
from crm_core.model.report import PUBLIC
from crm_core.model.suspicion import ROOM, Block, BlockKind, Suspicion, SuspicionState
from crm_core.model.ticket import Conversation, Status, Ticket
from crm_core.rules import identity, lifecycle, publishing
from crm_core.rules import suspicion as rule
from crm_core.rules.acknowledging import Silent
from crm_core.rules.sla import Promise
from crm_core.rules.suspicion import Verdict
from crm_core.store.tables import conversations
from crm_core.store.tx import Tx

LONGEST = 366
"""Days for which anything is blocked at most: an address finds another owner."""

_TO_EVERYBODY = sa.select(conversations).where(
    conversations.c.ticket == sa.bindparam("ticket", type_=sa.Text),
    conversations.c.address == sa.bindparam("address", type_=sa.Text),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be blocked, why, and for how many days."""

    kind: BlockKind
    value: str
    why: str
    days: int


def doubt(
    tx: Tx, inbound: Inbound, wire: RawWire | None, looked: Looked | Silent, *, known: bool, house: House
) -> Verdict | None:
    """Why somebody looks at a contact first; None where nobody needs to, or nothing is held here."""
    if house.suspecting is None or ROOM not in house.queues:
        return None
    evidence = wire.headers.get("evidence", {}) if wire else {}
    facts = rule.Facts(
        sender=inbound.sender,
        peer=str(evidence.get("peer", "")),
        text=f"{inbound.subject or ''}\n{inbound.text}",
        forged=evidence.get("dmarc") == "fail",
        same=not isinstance(looked, Silent) and is_same(looked, at=tx.now),
        automatic=inbound.automatic is not None,
        known=known and identity.proves(inbound.proven),
    )
    verdict = rule.judge(facts, blocks=house.blocks, at=tx.now)
    return verdict if verdict.holds(house.suspecting) else None


def hold(tx: Tx, ticket: Ticket, verdict: Verdict, *, instead_of: QueueId) -> None:
    """It stands in the room already; `instead_of` is the queue where it would wait."""
    held = Suspicion(ticket.id, SuspicionState.HELD, verdict.score, verdict.signs, instead_of, tx.now)
    tx.add(held)
    tx.emit(TicketHeld(ticket=ticket, suspicion=held))


async def release(tx: Tx, id: TicketId, *, house: House) -> Ticket:
    """Not spam: into normal work with its own age, so that its promise runs from when it came.

    Whoever called it spam takes that back; all else is for supervisors.
    """
    before = await tx.ticket(id, to="spam")
    suspicion = await tx.find(Suspicion, id)
    if suspicion is None or not _said_by(_who(tx), suspicion):
        await tx.permit(to="suspect")
    if suspicion is None or suspicion.state is SuspicionState.RELEASED:
        raise NotAllowedNow("It is not held as spam.")
    promise = Promise(*house.promise(house.services[before.service]))
    free = lifecycle.release(before, to=suspicion.queue, at=tx.now, promise=promise)
    ticket = await tx.save(replace(free, published_in=await _published_in(tx, before, house=house)))
    released = replace(suspicion, state=SuspicionState.RELEASED, by=_who(tx), version=suspicion.version + 1)
    await tx.save(released)
    tx.emit(TicketReleased(ticket=ticket, before=before, suspicion=released))
    if await working.open_work(tx, ticket) is None:
        working.queue_work(tx, ticket, house=house)
    else:
        await working.requeue_work(tx, ticket, house=house)
    return ticket


async def call_spam(
    tx: Tx, id: TicketId, *, why: str, block: Wanted | None = None, seen_version: int | None = None
) -> Ticket:
    """Somebody says that it is spam: nothing is answered or shown, nobody works on it, and it can be taken back."""
    before = await tx.ticket(id, to="spam")
    if not why.strip():
        raise BadInput(Problem("why", "Say in a few words why it is spam."))
    if before.status is Status.CLOSED:
        raise NotAllowedNow("It is closed already.")
    closed = lifecycle.close(before, at=tx.now, seen_version=seen_version)
    ticket = await tx.save(replace(closed, published_in=None))
    known = await tx.find(Suspicion, id)
    queue = known.queue if known is not None and before.queue == ROOM else before.queue
    said = replace(
        known or Suspicion(id, SuspicionState.SPAM, 0, (), queue, tx.now),
        state=SuspicionState.SPAM,
        queue=queue,
        by=_who(tx),
        why=why.strip()[:500],
    )
    if known is None:
        tx.add(said)
    else:
        await tx.save(replace(said, version=known.version + 1))
    tx.emit(TicketSpam(ticket=ticket, before=before, suspicion=said))
    await waiting.stop(tx, ticket, why=Withdrawn.CLOSED)
    await working.finish_work(tx, await tx.get(Ticket, id))
    if block is not None:
        await add_block(tx, block)
    return ticket


async def add_block(tx: Tx, wanted: Wanted) -> Block:
    """What comes from there is held from now on, for so many days."""
    await tx.permit(to="suspect")
    value = rule.tidy(wanted.kind, wanted.value)
    problems = []
    if value is None:
        problems.append(Problem("value", f"This is no {wanted.kind} that can be blocked, or far too much at once."))
    if not 1 <= wanted.days <= LONGEST:
        problems.append(Problem("days", f"Between 1 and {LONGEST} days."))
    if problems or value is None:
        raise BadInput(*problems)
    until = tx.now + timedelta(days=wanted.days)
    made = Block(fresh(BlockId, at=tx.now), wanted.kind, value, wanted.why.strip()[:500], _by(tx), tx.now, until)
    tx.add(made)
    tx.emit(BlockAdded(block=made))
    return made


async def lift_block(tx: Tx, id: BlockId) -> Block:
    """It was a mistake, or is over: what comes is looked at like everything else."""
    await tx.permit(to="suspect")
    block = await tx.find(Block, id)
    if block is None:
        raise NotFound
    if block.lifted_at is not None:
        return block
    lifted = await tx.save(replace(block, lifted_at=tx.now, lifted_by=_by(tx), version=block.version + 1))
    tx.emit(BlockLifted(block=lifted))
    return lifted


async def choose_suspecting(tx: Tx, *, threshold: int | None, calendar: CalendarId) -> None:
    """Whether anything is held, and from which score on; the first time makes the room for it."""
    await tx.permit(to="settings")
    if threshold is not None and not 1 <= threshold <= 10:
        raise BadInput(Problem("threshold", "Between 1 and 10."))
    await keep_setting(tx, SUSPECTING, value="" if threshold is None else str(threshold))
    if threshold is not None and await tx.find(Queue, ROOM) is None:
        team = Team(TeamId(ROOM), "Suspected")
        titles = {"en": "Suspected", "zh": "疑似垃圾信息"}
        queue = Queue(ROOM, ROOM, "Suspected", team.id, {}, calendar, "shield", 999, titles=titles)
        tx.add(team)
        tx.add(queue)
        tx.emit(TeamChanged(team=team))
        tx.emit(QueueChanged(queue=queue))
    tx.emit(SuspectingChanged(threshold=threshold))


async def _published_in(tx: Tx, ticket: Ticket, *, house: House) -> InboxId | None:
    """Where everybody sees it again: at the door by which it came, if its service says so now."""
    strand = await tx.value(Conversation, _TO_EVERYBODY, ticket=ticket.id, address=str(Address(PUBLIC, ticket.number)))
    inbox = None if strand is None else house.inboxes.get(strand.inbox)
    return publishing.published_in(house.services[ticket.service], inbox=inbox, house=house) if inbox else None


def _said_by(who: AgentId | None, suspicion: Suspicion) -> bool:
    return who is not None and suspicion.state is SuspicionState.SPAM and suspicion.by == who


def _who(tx: Tx) -> AgentId | None:
    return AgentId(tx.actor.id) if tx.actor.is_person else None


def _by(tx: Tx) -> AgentId:
    return AgentId(tx.actor.id)
