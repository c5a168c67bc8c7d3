"""Looks up by which addresses a ticket's person can be reached, for `rules/ways.py` to judge.

Here, because both who answers and who only asks what an answer would be needs it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from crm_core.model.address import Address
from crm_core.model.consent import Consent, Wish
from crm_core.model.customer import Identity
from crm_core.model.house import House
from crm_core.model.ids import CustomerId, InboxId
from crm_core.model.relation import Relation
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import preferences, relations
from crm_core.rules.ways import Place, Reach
from crm_core.store import tables
from crm_core.store.compiled import among
from crm_core.store.maps.codec import instant_of, micros
from crm_core.store.tx import Person, Read, listed

FAILED_LATELY = timedelta(days=7)
"""So long a message that did not arrive counts against its address, unless something came from there since."""

_text, _big = sa.Text, sa.BigInteger
_STRANDS = (
    sa.select(tables.conversations)
    .where(tables.conversations.c.ticket == sa.bindparam("ticket", type_=_text))
    .order_by(tables.conversations.c.created_at)
)
_IDENTITIES = sa.select(tables.identities).where(among(tables.identities.c.customer, "customers"))
_HOLDERS = sa.select(tables.identities).where(
    among(tables.identities.c.address, "addresses"), tables.identities.c.held == sa.literal_column("1")
)
_CONSENTS = (
    sa.select(tables.consents)
    .where(among(tables.consents.c.address, "addresses"))
    .order_by(tables.consents.c.at, tables.consents.c.id)
)
_SPEAKERS = sa.select(tables.relations).where(
    among(tables.relations.c.other, "customers"), tables.relations.c.kind == sa.literal_column("'acts_for'")
)
_FAILED = (
    sa.select(tables.messages.c.address, sa.func.max(tables.messages.c.created_at).label("at"))
    .where(
        among(tables.messages.c.address, "addresses"),
        tables.messages.c.created_at > sa.bindparam("since", type_=_big),
        sa.text("delivery = 'failed'"),
    )
    .group_by(tables.messages.c.address)
)
_LATELY = (
    sa.select(
        tables.conversations.c.address,
        tables.conversations.c.inbox,
        sa.func.max(tables.conversations.c.last_inbound_at).label("at"),
    )
    .where(
        among(tables.conversations.c.address, "addresses"),
        among(tables.conversations.c.inbox, "inboxes"),
        tables.conversations.c.last_inbound_at >= sa.bindparam("since", type_=_big),
    )
    .group_by(tables.conversations.c.address, tables.conversations.c.inbox)
)


@dataclass(frozen=True, slots=True)
class Found:
    """The rule's facts, and the person they are about."""

    reach: Reach
    person: Person


async def reach_of(read: Read, ticket: Ticket, *, house: House) -> Found:
    """Everything the rule wants to know. No permission is checked."""
    person = await read.records(ticket.customer)
    assert person is not None, "a ticket is somebody's"
    strands = await read.values(Conversation, _STRANDS, ticket=ticket.id)
    given = frozenset(strand.address for strand in strands if _is_given(strand, house=house))
    places = await _places(read, person, strands=strands, given=given)
    _, calendar = house.promise(house.services[ticket.service])
    addresses = {place.address for place in places}
    reach = Reach(
        places=tuple(await _doubted(read, places, strands=strands)),
        strands=tuple(strands),
        wishes=preferences.wishes(person.records, at=read.now),
        at=read.now,
        zone=calendar.zone,
        live=ticket.live,
        stopped=await stopped_at(read, addresses, strands=strands) if addresses else frozenset(),
        confirm=house.services[ticket.service].confirm,
        lately=await _lately(read, addresses, house=house),
    )
    return Found(reach, person)


async def stopped_at(
    read: Read, addresses: Iterable[Address], *, strands: Iterable[Conversation] = ()
) -> frozenset[tuple[Address, InboxId]]:
    """Which of these addresses asked for no more messages, and by which inbox: the newest line of the ledger holds.

    Whoever only complained to their provider, and wrote to us there since, wants to be answered in that strand.
    """
    newest = await newest_lines(read, addresses)
    wrote = {(one.address, one.inbox): one.last_inbound_at for one in strands if one.last_inbound_at is not None}
    return frozenset(
        where
        for where, line in newest.items()
        if line.wish is Wish.STOP and not (line.complaint and where in wrote and wrote[where] > line.at)
    )


async def _lately(read: Read, addresses: Iterable[Address], *, house: House) -> dict[tuple[Address, InboxId], datetime]:
    """When these last wrote to an inbox with a window that may still be open; asked only where there is one for them."""
    windows = {one.id: house.can[one.channel].window for one in house.inboxes.values() if one.active}
    longest = max((one for one in windows.values() if one is not None), default=None)
    schemes = {house.schemes[house.inboxes[id].channel] for id, window in windows.items() if window is not None}
    asked = [str(one) for one in addresses if one.scheme in schemes]
    if longest is None or not asked:
        return {}
    inboxes = listed(id for id, window in windows.items() if window is not None)
    rows = await read.all(_LATELY, addresses=listed(asked), inboxes=inboxes, since=micros(read.now - longest))
    return {(Address.parse(row["address"]), InboxId(row["inbox"])): instant_of(row["at"]) for row in rows}


async def newest_lines(read: Read, addresses: Iterable[Address]) -> dict[tuple[Address, InboxId], Consent]:
    """The line of the ledger that holds for each of these addresses, by inbox."""
    lines = await read.values(Consent, _CONSENTS, addresses=listed(str(one) for one in addresses))
    return {(one.address, one.inbox): one for one in lines}


async def may_hear(read: Read, ticket: Ticket, address: Address) -> bool:
    """Whether whoever reads this address may hear of the ticket: the person's own, nobody's, or by consent."""
    person = await read.records(ticket.customer)
    holders = await read.values(Identity, _HOLDERS, addresses=listed([str(address)]))
    others = {one.customer for one in holders} - ({one.id for one in person.records} if person else set())
    if person is None or not others:
        return True
    return not others - (await _speakers(read, person)).keys()


async def _places(read: Read, person: Person, *, strands: list[Conversation], given: frozenset[Address]) -> list[Place]:
    """The person's own addresses, those of whoever speaks for them, and the strands' whoever holds them.

    `given`: addresses that somebody who talks to us gave for the answers in this matter. As with a
    form, what is said in this matter may go there, whoever else's it is; nothing is learned from it.
    """
    own = await read.values(Identity, _IDENTITIES, customers=person.ids)
    speakers = await _speakers(read, person)
    spoken = await read.values(Identity, _IDENTITIES, customers=listed(speakers)) if speakers else []
    found = {one.address: _place(one) for one in sorted(own, key=lambda one: not one.proven) if _counts(one)}
    for one in spoken:
        if one.proven:
            found.setdefault(one.address, _place(one, speaker=speakers[one.customer]))
    strange = [strand.address for strand in strands if strand.address not in found]
    held = await read.values(Identity, _HOLDERS, addresses=listed({str(one) for one in strange})) if strange else []
    holders = {one.address for one in held} - given
    for address in strange:
        found.setdefault(address, Place(address=address, theirs=address not in holders))
    return list(found.values())


async def _speakers(read: Read, person: Person) -> dict[CustomerId, str]:
    """All records of whoever may speak for this person now, with their names."""
    ties = await read.values(Relation, _SPEAKERS, customers=person.ids)
    found: dict[CustomerId, str] = {}
    for customer in dict.fromkeys(tie.customer for tie in ties):
        other = await read.records(customer)
        if other is None:
            continue
        pairs = ((one, whom) for one in other.records for whom in person.records)
        if any(relations.may_act_for(ties, customer=one, other=whom, at=read.now) for one, whom in pairs):
            found |= dict.fromkeys((one.id for one in other.records), other.customer.name)
    return found


async def _doubted(read: Read, places: list[Place], *, strands: list[Conversation]) -> list[Place]:
    """The places, those marked where our last message failed and that are silent since."""
    addresses = listed(str(place.address) for place in places)
    rows = await read.all(_FAILED, addresses=addresses, since=micros(read.now - FAILED_LATELY)) if places else []
    failed = {Address.parse(row["address"]): instant_of(row["at"]) for row in rows}
    heard = {one.address: one.last_inbound_at for one in strands if one.last_inbound_at}
    return [_marked(place, failed=failed.get(place.address), heard=heard.get(place.address)) for place in places]


def _marked(place: Place, *, failed: datetime | None, heard: datetime | None) -> Place:
    doubtful = failed is not None and (heard is None or heard < failed)
    return replace(place, failed=True) if doubtful else place


def _is_given(strand: Conversation, *, house: House) -> bool:
    """Whether its address is none that its door itself could have heard from."""
    inbox = house.inboxes.get(strand.inbox)
    if inbox is None or not house.can[inbox.channel].live:
        return False
    return house.schemes[inbox.channel] != strand.address.scheme


def _counts(identity: Identity) -> bool:
    """An address that others hold, too, and only claim counts for nobody."""
    return identity.proven or identity.held


def _place(identity: Identity, *, speaker: str | None = None) -> Place:
    return Place(address=identity.address, proven=identity.proven, shared=identity.shared, speaker=speaker)
