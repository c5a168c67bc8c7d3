"""Somebody is forgotten: at once for readers, their matters stay as matters without a person.

The first action takes the person away and a first portion of what they said; for most
people that is all. Whoever wrote much is done by a job in the bulk lane, a portion at a
time, which goes on where it was cut off. `onestop erase --finish` then makes the bytes go.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from crm_core.actions import forgetting, holding
from crm_core.model.address import Address
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem
from crm_core.model.event_privacy import ErasureEnded, ErasureFinished, ErasureMoved, PersonErased
from crm_core.model.ids import CustomerId, ErasureId, fresh
from crm_core.model.message import Message
from crm_core.model.privacy import ERASED, Erasure, ErasureReason, Stage
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import salvage
from crm_core.store import personal
from crm_core.store.compiled import among
from crm_core.store.tables import (
    conversations,
    event_words,
    events,
    identities,
    messages,
    relations,
    tickets,
    wire_terms,
)
from crm_core.store.tx import Person, Tx, listed

PORTION = 200
"""Messages of one action: a few dozen milliseconds of the writer's time."""

TICKETS = 40
STRANDS = 20
WIRES = 20

_text = sa.Text
_REFERENCE = re.compile(r"[A-Za-z0-9./ -]{0,40}")
_AFTER = sa.bindparam("after", type_=_text)
_THEIRS = (
    sa.select(tickets)
    .where(among(tickets.c.customer, "customers"), tickets.c.id > _AFTER)
    .order_by(tickets.c.id)
    .limit(TICKETS)
)
_OTHERS = sa.alias(identities)
_OWN = sa.select(identities.c.address).where(
    among(identities.c.customer, "customers"),
    identities.c.shared == sa.literal_column("0"),
    ~sa.exists().where(_OTHERS.c.address == identities.c.address, ~among(_OTHERS.c.customer, "customers")),
)
_STRANDS = (
    sa.select(conversations)
    .where(among(conversations.c.address, "addresses"), conversations.c.id > _AFTER)
    .order_by(conversations.c.id)
    .limit(STRANDS)
)
_SAID = (
    sa.select(messages)
    .where(
        messages.c.ticket == sa.bindparam("ticket", type_=_text),
        among(messages.c.address, "addresses"),
        messages.c.flags != f'["{ERASED}"]',
    )
    .order_by(messages.c.at_version, messages.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_UNREAD = (
    sa.select(wire_terms.c.wire)
    .where(among(wire_terms.c.term, "terms"))
    .group_by(wire_terms.c.wire)
    .having(sa.func.count() == sa.bindparam("most", type_=sa.BigInteger))
    .limit(WIRES)
)
_RELATED = sa.select(relations.c.id, relations.c.customer, relations.c.other).where(
    sa.or_(among(relations.c.customer, "customers"), among(relations.c.other, "customers"))
)
_TOLD_OF = (
    sa.select(events.c.id, events.c.facts)
    .select_from(event_words.join(events, events.c.id == event_words.c.event))
    .where(
        among(event_words.c.about, "others"),
        sa.or_(events.c.type == "relation.made", events.c.type == "relation.ended"),
    )
)
_MERGED_AWAY = sa.select(events.c.id).where(
    events.c.ticket == sa.bindparam("ticket", type_=_text), events.c.type == "ticket.merged"
)
_WAS_SAID = sa.select(events.c.facts).where(
    events.c.ticket == sa.bindparam("ticket", type_=_text),
    sa.or_(events.c.type == "message.received", events.c.type == "message.queued", events.c.type == "note.added"),
)
_CARRIED = sa.select(messages).where(among(messages.c.id, "messages"), messages.c.flags != f'["{ERASED}"]')
_UNTELL = sa.delete(event_words).where(among(event_words.c.event, "events"))


async def erase(tx: Tx, id: CustomerId, *, reason: ErasureReason, reference: str = "") -> Erasure:
    """Forget a person. Whatever stands under a legal hold is not touched: then nothing is."""
    await tx.permit(to="erase")
    return await begin(tx, id, reason=reason, reference=reference)


async def begin(tx: Tx, id: CustomerId, *, reason: ErasureReason, reference: str = "") -> Erasure:
    """The same by whoever may forget at all: a period that is over needs no admin for each."""
    person = await tx.records(id)
    if person is None:
        raise NotFound
    if person.customer.erased_at is not None:
        raise NotAllowedNow("Nothing is known of this person any more.")
    if _REFERENCE.fullmatch(reference) is None:
        raise BadInput(Problem("reference", "A file number: letters, digits, dots, dashes and strokes; never a name."))
    await holding.must_be_free(tx, person)
    erasure = await _begun(tx, person, reason=reason, reference=reference)
    await _forget_person(tx, person, erasure.addresses)
    tx.emit(PersonErased(customer=person.customer.id, erasure=erasure, seers=person.seers))
    return await _portion(tx, erasure)


async def erase_some(tx: Tx, id: ErasureId) -> bool:
    """The next portion of an erasure; whether it goes on."""
    await tx.permit(to="forget")
    erasure = await tx.get(Erasure, id)
    if erasure.stage is Stage.DONE:
        return False
    moved = await _portion(tx, erasure)
    return moved.stage is not Stage.DONE


async def finish(tx: Tx, ids: Sequence[ErasureId]) -> None:
    """The bytes are gone too: whoever rebuilt the database says so."""
    await tx.permit(to="forget")
    for id in ids:
        erasure = await tx.get(Erasure, id)
        if erasure.finished_at is None and erasure.stage is Stage.DONE:
            done = await tx.save(replace(erasure, finished_at=tx.now, version=erasure.version + 1))
            tx.emit(ErasureFinished(erasure=done))


async def _begun(tx: Tx, person: Person, *, reason: ErasureReason, reference: str) -> Erasure:
    own = [Address.parse(row[0]) for row in await tx.all(_OWN, customers=person.ids)]
    erasure = Erasure(
        fresh(ErasureId, at=tx.now),
        person.customer.id,
        tuple(sorted(record.id for record in person.records)),
        reason,
        reference,
        tx.actor.id,
        tx.now,
        min(record.created_at for record in person.records),
        Stage.TICKETS,
        "",
        tuple(sorted(own)),
    )
    tx.add(erasure)
    return erasure


async def _forget_person(tx: Tx, person: Person, own: Sequence[Address]) -> None:
    """The records themselves, and every row that leads to them or to their addresses."""
    await _untell_relations(tx, person)
    for record in person.records:
        gone = replace(personal.emptied(record), erased_at=tx.now, version=record.version + 1)
        await tx.save(gone)
    await forgetting.unindex(tx, [record.id for record in person.records], said=())
    with_care = forgetting.WITH_CARE | {"customers", "erasures"}
    for statement in personal.forgotten_by("customers", but=with_care):
        await tx.change(statement, customers=person.ids)
    await tx.change(personal.forget("event_words", "about"), about=person.ids)
    for statement in personal.forgotten_by("addresses"):
        await tx.change(statement, addresses=listed(str(one) for one in own))
    await forgetting.forget_mentions(tx, [*(record.id for record in person.records), *(one.value for one in own)])


async def _untell_relations(tx: Tx, person: Person) -> None:
    """What others' events say of how they belonged together."""
    rows = await tx.all(_RELATED, customers=person.ids)
    ids = {row["id"] for row in rows}
    others = {row[name] for row in rows for name in ("customer", "other")}
    told = await tx.all(_TOLD_OF, others=listed(others)) if rows else []
    await tx.change(_UNTELL, events=listed(row["id"] for row in told if any(id in row["facts"] for id in ids)))


async def _portion(tx: Tx, erasure: Erasure) -> Erasure:
    """As much as one action may do, from where the job stands; the last one says that it has ended."""
    moved, room = erasure, PORTION
    while room > 0 and moved.stage is not Stage.DONE:
        before = moved
        moved = await _step(tx, moved, limit=room)
        room -= max(moved.messages - before.messages, PORTION // TICKETS)
    moved = replace(moved, version=erasure.version + 1)
    if moved.stage is Stage.DONE:
        moved = replace(moved, ended_at=tx.now, addresses=())
    moved = await tx.save(moved)
    tx.emit(ErasureEnded(erasure=moved) if moved.stage is Stage.DONE else ErasureMoved(erasure=moved))
    return moved


async def _step(tx: Tx, erasure: Erasure, *, limit: int) -> Erasure:
    if erasure.stage is Stage.TICKETS:
        return await _own_matters(tx, erasure, limit=limit)
    if erasure.stage is Stage.ELSEWHERE:
        return await _elsewhere(tx, erasure, limit=limit)
    return await _unread(tx, erasure)


async def _own_matters(tx: Tx, erasure: Erasure, *, limit: int) -> Erasure:
    """Their tickets, one after another; a large one takes several portions."""
    found = await tx.values(Ticket, _THEIRS, customers=listed(erasure.records), after=erasure.cursor)
    if not found:
        return replace(erasure, stage=Stage.ELSEWHERE, cursor="")
    touched = []
    for ticket in found:
        done = await forgetting.forget_matter(tx, ticket, limit=limit)
        touched.append(ticket)
        await _carried(tx, ticket, but=erasure.records)
        erasure = replace(erasure, messages=erasure.messages + done.messages, files=erasure.files + done.files)
        limit -= done.messages
        if done.whole:
            erasure = replace(erasure, tickets=erasure.tickets + 1, cursor=ticket.id)
        if limit <= 0 or not done.whole:
            break
    await forgetting.forget_traces(tx, touched)
    return erasure


async def _carried(tx: Tx, ticket: Ticket, *, but: Sequence[CustomerId]) -> None:
    """What went over into a matter of somebody else when two were merged: notes name no address to find them by."""
    if await tx.one(_MERGED_AWAY, ticket=ticket.id) is None:
        return
    ids = [json.loads(row[0])["message"]["id"] for row in await tx.all(_WAS_SAID, ticket=ticket.id)]
    said = await tx.values(Message, _CARRIED, messages=listed(ids))
    for id in sorted({one.ticket for one in said} - {ticket.id}):
        other = await tx.get(Ticket, id)
        if other.customer not in but and not await holding.is_held(tx, other):
            theirs = [one for one in said if one.ticket == id]
            strands = {one.conversation for one in theirs if one.conversation is not None}
            await forgetting.forget_sayings(tx, other, theirs, strands=strands)


async def _elsewhere(tx: Tx, erasure: Erasure, *, limit: int) -> Erasure:
    """What they wrote into others' matters, found by the strands of addresses that are nobody else's."""
    own = listed(str(one) for one in erasure.addresses)
    found = await tx.values(Conversation, _STRANDS, addresses=own, after=erasure.cursor)
    if not found:
        return replace(erasure, stage=Stage.QUARANTINE, cursor="")
    strand = found[0]
    ticket = await tx.get(Ticket, strand.ticket)
    if await holding.is_held(tx, ticket):
        return replace(erasure, cursor=strand.id)
    said = await tx.values(Message, _SAID, ticket=ticket.id, addresses=own, limit=limit)
    whole = len(said) < limit
    files = await forgetting.forget_sayings(tx, ticket, said, strands=[strand.id] if whole else [])
    cursor = strand.id if whole else erasure.cursor
    return replace(erasure, cursor=cursor, messages=erasure.messages + len(said), files=erasure.files + files)


async def _unread(tx: Tx, erasure: Erasure) -> Erasure:
    """Raw input that nobody could read, where one of their addresses stands in it: plain, or in what can be decoded."""
    for address in erasure.addresses:
        terms = salvage.of(address)
        found = [row[0] for row in await tx.all(_UNREAD, terms=listed(terms), most=len(terms))] if terms else []
        if found:
            await forgetting.shred(tx, await forgetting.forget_wires(tx, found))
            return erasure
    return replace(erasure, stage=Stage.DONE, cursor="")
