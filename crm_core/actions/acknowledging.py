"""The house says that something new arrived, in the same transaction as the ticket, if its rule and the counters let it.

Counters are rows that are looked up by their keys, never a walk over what was sent. Where
many meet (an inbox, one text) it is counted where it stands, if there is room; one address'
or strand's is moved only from where it was seen. Nobody had one: it is inserted. Of two at
once the second waits, or begins again and sees the first.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from crm_core.actions.machine import BY_MACHINE
from crm_core.actions.proving import make_proof
from crm_core.model.acknowledging import ACKNOWLEDGES, BARE, QUIET, WITHHELD, Acknowledging, Allowance, Why
from crm_core.model.address import Address
from crm_core.model.errors import BadInput, Problem
from crm_core.model.event import MessageQueued
from crm_core.model.event_house import AcknowledgingPaused, InboxChanged
from crm_core.model.house import House
from crm_core.model.ids import ConversationId, InboxId, MessageId, fresh
from crm_core.model.inbox import Inbox
from crm_core.model.message import Inbound
from crm_core.model.proof import Proof, ProofKind
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import acknowledging as rule
from crm_core.rules import outgoing, proving, signs
from crm_core.rules.acknowledging import HOUR, Asked, Silent
from crm_core.rules.outgoing import Letter
from crm_core.rules.ways import Place, Way
from crm_core.store.compiled import among
from crm_core.store.maps.codec import micros
from crm_core.store.tables import allowances
from crm_core.store.tx import Moved, Tx, listed

PAUSE = HOUR
"""So long nothing is acknowledged by an inbox of which too much was asked."""

_GAP = re.compile(r"\{(\w*)\}")
_text, _big = sa.Text, sa.BigInteger
_KNOWN = sa.select(allowances).where(among(allowances.c.id, "ids"))
_now, _over, _most = (sa.bindparam(name, type_=_big) for name in ("key_now", "key_over", "key_most"))
_mine = allowances.c.id == sa.bindparam("key_id", type_=_text)
_running = sa.or_(allowances.c.until.is_(None), allowances.c.until <= _now)
_COUNT = (
    sa.update(allowances)
    .where(_mine, _running, sa.or_(allowances.c.began_at <= _over, allowances.c.used < _most))
    .values(
        began_at=sa.case((allowances.c.began_at <= _over, _now), else_=allowances.c.began_at),
        used=sa.case((allowances.c.began_at <= _over, sa.literal_column("1")), else_=allowances.c.used + 1),
        last_at=_now,
        until=None,
    )
)
"""Once more: many contacts meet at this row, and none is refused because others were faster."""

_PAUSE = sa.update(allowances).where(_mine, _running).values(until=sa.bindparam("new_until", type_=_big))
_MOVE = (
    sa.update(allowances)
    .where(
        _mine,
        allowances.c.last_at == sa.bindparam("key_last", type_=_big),
        allowances.c.used == sa.bindparam("key_used", type_=_big),
    )
    .values(
        began_at=sa.bindparam("new_began", type_=_big),
        last_at=sa.bindparam("new_last", type_=_big),
        used=sa.bindparam("new_used", type_=_big),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What the contact and the counters say, before it is known whether it opens anything."""

    asked: Asked
    address: str
    alike: str
    inbox: Inbox
    known: dict[str, Allowance]


@dataclass(frozen=True, slots=True)
class Says:
    """It is acknowledged by this inbox; `bare`: to an address that nobody proved."""

    way: Inbox
    bare: bool


async def choose_acknowledging(tx: Tx, id: InboxId, wanted: Acknowledging) -> Inbox:
    """An admin decides to whom an inbox says so, in which words, and how often at most."""
    await tx.permit(to="inboxes")
    for tongue, text in wanted.texts.items():
        strange = [gap for gap in _GAP.findall(text) if gap not in rule.GAPS]
        if strange:
            known = ", ".join(f"{{{gap}}}" for gap in rule.GAPS)
            raise BadInput(
                Problem(f"texts.{tongue}", f"Nothing is filled in for {{{strange[0]}}}. These are: {known}.")
            )
    inbox = await tx.get(Inbox, id)
    changed = await tx.save(replace(inbox, acknowledging=wanted, version=inbox.version + 1))
    tx.emit(InboxChanged(inbox=changed))
    return changed


async def look(tx: Tx, inbound: Inbound, *, inbox: Inbox, house: House) -> Looked | Silent:
    """Read the counters, if nothing in the contact itself stands against a word of ours.

    Before it is known whether it opens anything: what is read before the first write costs no round trip more.
    """
    asked = rule.may(
        inbound,
        inbox=inbox,
        can=house.can[inbox.channel],
        way=_way(inbound, inbox=inbox, house=house),
        refers=_refers(inbound, house=house),
        own=frozenset(one.address.casefold() for one in house.inboxes.values() if one.address),
        domain=house.domain,
    )
    if isinstance(asked, Silent):
        return asked
    key = house.keys[0]
    address = rule.of_address(key, inbound.sender)
    alike = rule.of_text(key, inbound, inbox=inbox.id)
    ids = listed((address, alike, rule.of_inbox(inbox.id)))
    known = {one.id: one for one in await tx.values(Allowance, _KNOWN, ids=ids)}
    return Looked(asked=asked, address=address, alike=alike, inbox=inbox, known=known)


async def spend(tx: Tx, looked: Looked | Silent) -> Says | Silent:
    """It opens a ticket: count it, if the counters have room. Raises Moved where another counted meanwhile."""
    if isinstance(looked, Silent):
        return looked
    id, most = rule.of_inbox(looked.inbox.id), looked.inbox.acknowledging.most
    granted = rule.spend(looked.known, address=looked.address, alike=looked.alike, inbox=id, most=most, at=tx.now)
    if isinstance(granted, Silent):
        if granted.why is Why.PAUSED:
            await _pause(tx, looked.inbox, known=looked.known.get(id))
        return granted
    if not await _count(tx, id, most=most, known=looked.known.get(id)):
        return Silent(Why.PAUSED)
    if not await _count(tx, looked.alike, most=rule.MOST_ALIKE, known=looked.known.get(looked.alike)):
        return Silent(Why.SAME)
    await move(tx, granted, seen=looked.known.get(granted.id))
    return Says(looked.asked.way, bare=not looked.asked.proven)


def is_same(looked: Looked, *, at: datetime) -> bool:
    """Whether the same words came from many lately: as many times as this inbox acknowledges them at all."""
    seen = looked.known.get(looked.alike)
    return seen is not None and at - seen.began_at < HOUR and seen.used >= rule.MOST_ALIKE


def withheld(verdict: Says | Silent) -> tuple[str, ...]:
    """The flag by which an agent sees why nothing was said, where that is news."""
    return (f"{WITHHELD}: {verdict.why}",) if isinstance(verdict, Silent) and verdict.why not in QUIET else ()


def say(tx: Tx, verdict: Says | Silent, ticket: Ticket, strand: Conversation, *, house: House) -> None:
    """Queue the approved words behind what came; the promise's clock runs on, for nobody has answered yet.

    They go to the address that wrote and was counted, never where it asks answers to go: that
    may be anybody's (RFC 3834, 4).
    """
    if isinstance(verdict, Silent):
        return
    can, inbox = house.can[verdict.way.channel], verdict.way
    _, calendar = house.promise(house.services[ticket.service])
    proof = _proof(tx, ticket, strand, house=house) if verdict.bare else None
    words = rule.said(
        inbox if inbox.id == strand.inbox else house.inboxes.get(strand.inbox, inbox),
        can=can,
        number=ticket.number,
        link=proving.PLACE if proof else f"{house.public_url}/track?number={ticket.number}",
        due=ticket.first_due_at,
        zone=calendar.zone,
        language=ticket.language,
    )
    way = Way(place=Place(address=strand.address), inbox=inbox, can=can)
    if strand.inbox != inbox.id:  # a form takes no answers: the mailbox that writes there begins a strand of its own
        strand = outgoing.begun(fresh(ConversationId, at=tx.now), ticket=ticket, way=way, at=tx.now)
        tx.add(strand)
    flags = (BY_MACHINE, ACKNOWLEDGES, *((BARE, proving.flag(proof)) if proof else ()))
    message = outgoing.drafted(
        fresh(MessageId, at=tx.now + timedelta(milliseconds=1)),
        Letter(text=words.text, sender=inbox.name, author=None, subject=words.subject, flags=flags),
        ticket=ticket,
        strand=replace(strand, reply_to=None),
        way=way,
        house=house,
        at=tx.now,
    )
    tx.add(message)
    tx.emit(MessageQueued(ticket=ticket, message=message))


async def may_write_again(tx: Tx, address: Address, *, house: House) -> bool:
    """Whether an address that nobody proved may hear from us again yet, by whatever stranger asks for it; it is counted."""
    id = rule.of_address(house.keys[0], address)
    seen = await tx.find(Allowance, id)
    counted = rule.may_write(seen, id=id, at=tx.now)
    if counted is None:
        return False
    await move(tx, counted, seen=seen)
    return True


async def opens_again(tx: Tx, strand: ConversationId) -> bool:
    """Whether a solved ticket may open for this strand once more, which is counted: machines that answer machines must end."""
    id = rule.of_strand(strand)
    seen = await tx.find(Allowance, id)
    counted = rule.may_reopen(seen, id=id, at=tx.now)
    if counted is None:
        return False
    await move(tx, counted, seen=seen)
    return True


async def move(tx: Tx, counted: Allowance, *, seen: Allowance | None) -> None:
    """A counter goes on from where it was seen. Raises Moved where somebody else was faster."""
    if seen is None:
        tx.add(counted)
        return
    moved = await tx.change(
        _MOVE,
        key_id=counted.id,
        key_last=micros(seen.last_at),
        key_used=seen.used,
        new_began=micros(counted.began_at),
        new_last=micros(counted.last_at),
        new_used=counted.used,
    )
    if not moved:
        raise Moved


async def _count(tx: Tx, id: str, *, most: int, known: Allowance | None) -> bool:
    """Once more within this hour, if there is room yet."""
    if known is None:
        tx.add(Allowance(id, tx.now, tx.now, 1))
        return True
    over = micros(tx.now - HOUR)
    return await tx.change(_COUNT, key_id=id, key_now=micros(tx.now), key_over=over, key_most=most) > 0


async def _pause(tx: Tx, inbox: Inbox, *, known: Allowance | None) -> None:
    """Whoever finds it spent first says so to the admins; it ends by itself."""
    if known is None or (known.until is not None and known.until > tx.now):
        return
    until = tx.now + PAUSE
    if await tx.change(_PAUSE, key_id=known.id, key_now=micros(tx.now), new_until=micros(until)):
        tx.emit(AcknowledgingPaused(inbox=inbox, until=until))


def _way(inbound: Inbound, *, inbox: Inbox, house: House) -> Inbox | None:
    """The inbox by which it would leave; None where there is none, or none that is safe.

    To an address that nobody proved only by mail and its like: a text costs money, and
    whoever may name any number could spend it.
    """
    can = house.can[inbox.channel]
    way = inbox if can.replies and not can.public else house.reaching(inbound.sender.scheme)
    if way is None or (inbound.proven is None and not house.can[way.channel].threads):
        return None
    return way


def _refers(inbound: Inbound, *, house: House) -> bool:
    """Whether it carries something that only our mail could have brought: then it is an answer, perhaps a machine's."""
    ours = (signs.read_message_id(house.keys, one) for one in inbound.references)
    tokens = (signs.read_token(house.keys, one) for one in inbound.tokens)
    return any(one is not None for one in (*ours, *tokens))


def _proof(tx: Tx, ticket: Ticket, strand: Conversation, *, house: House) -> Proof:
    """The link shows that the address is theirs, and opens their request."""
    made = make_proof(tx, ProofKind.LINK, strand.address, house=house)
    proof = replace(made, customer=ticket.customer, ticket=ticket.id)
    tx.add(proof)
    return proof
