"""Housekeeping: what the machinery remembers. It emits nothing: no screen and no auditor asks for it.

`tests/test_house.py` holds the closed list of these actions, a reason for each.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from crm_core.model.ids import InboxId
from crm_core.model.inbox import Source
from crm_core.rules.audit import Head
from crm_core.store.ledger import START, chained, link
from crm_core.store.maps.codec import micros
from crm_core.store.tables import cursors, events, leases, relay, sources
from crm_core.store.tables import settings as settings_table
from crm_core.store.tx import Moved, Tx

_text, _big = sa.Text, sa.BigInteger


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to be the one that does something. Each statement of its holder carries `epoch`."""

    name: str
    holder: str
    epoch: int


class LostLease(Exception):
    """Another process leads now; nothing of this transaction may stand."""


_LEASE = sa.select(leases).where(leases.c.name == sa.bindparam("name", type_=_text))
_TAKE = (
    sa.update(leases)
    .where(
        leases.c.name == sa.bindparam("key_name", type_=_text),
        leases.c.epoch == sa.bindparam("key_epoch", type_=_big),
    )
    .values(
        holder=sa.bindparam("new_holder", type_=_text),
        epoch=sa.bindparam("new_epoch", type_=_big),
        expires_at=sa.bindparam("new_expires", type_=_big),
    )
)


async def take_lease(tx: Tx, name: str, *, holder: str, seconds: float) -> Lease | None:
    """Take or renew a lease; None while somebody else holds it.

    A new holder raises the epoch, so that one that was frozen and wakes finds its
    statements touching nothing.
    """
    until = micros(tx.now + timedelta(seconds=seconds))
    row = await tx.one(_LEASE, name=name)
    if row is None:
        tx.insert(leases, name=name, holder=holder, epoch=1, expires_at=until)
        return Lease(name, holder, 1)
    if row["holder"] != holder and row["expires_at"] > micros(tx.now):
        return None
    epoch = row["epoch"] if row["holder"] == holder else row["epoch"] + 1
    taken = await tx.change(
        _TAKE, key_name=name, key_epoch=row["epoch"], new_holder=holder, new_epoch=epoch, new_expires=until
    )
    return Lease(name, holder, epoch) if taken else None


async def drop_lease(tx: Tx, lease: Lease) -> None:
    """Give it back at a clean stop, so that the next holder need not wait."""
    await tx.change(
        _TAKE, key_name=lease.name, key_epoch=lease.epoch, new_holder="", new_epoch=lease.epoch, new_expires=0
    )


_CURSOR = sa.select(cursors.c.value).where(cursors.c.name == sa.bindparam("name", type_=_text))
_MOVE = (
    sa.update(cursors)
    .where(cursors.c.name == sa.bindparam("key_name", type_=_text))
    .values(value=sa.bindparam("new_value", type_=_text))
)


async def move_cursor(tx: Tx, name: str, *, to: str) -> None:
    """Remember how far a worker or a listener has come."""
    if not await tx.change(_MOVE, key_name=name, new_value=to):
        tx.insert(cursors, name=name, value=to)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a listener has come with its source: kept in the commit of what it brought, by whoever still listens."""

    name: str
    to: str
    lease: Lease


_HELD = sa.select(leases.c.name).where(
    leases.c.name == sa.bindparam("lease", type_=_text),
    leases.c.epoch == sa.bindparam("epoch", type_=_big),
    leases.c.holder == sa.bindparam("holder", type_=_text),
)
_MOVE_HELD = _MOVE.where(_HELD.exists())


async def move_mark(tx: Tx, mark: Mark) -> None:
    """Raises LostLease where another listens by now: nothing of this transaction may stand."""
    held = {"lease": mark.lease.name, "epoch": mark.lease.epoch, "holder": mark.lease.holder}
    if await tx.change(_MOVE_HELD, key_name=mark.name, new_value=mark.to, **held):
        return
    if await tx.one(_HELD, **held) is None:
        raise LostLease
    if await tx.one(_CURSOR, name=mark.name) is None:
        tx.insert(cursors, name=mark.name, value=mark.to)


_REFUSED = (
    sa.update(sources)
    .where(sources.c.inbox == sa.bindparam("key_inbox", type_=_text))
    .values(
        trouble=sa.bindparam("new_trouble", type_=_text),
        since=sa.func.coalesce(sources.c.since, sa.bindparam("new_since", type_=_big)),
    )
)
_NOTED = (
    sa.update(sources)
    .where(sources.c.inbox == sa.bindparam("key_inbox", type_=_text))
    .values(
        heard_at=sa.bindparam("new_heard", type_=_big),
        trouble=sa.bindparam("new_trouble", type_=_text),
        since=sa.bindparam("new_since", type_=_big),
    )
)


async def note_source(tx: Tx, inbox: InboxId, source: Source) -> None:
    """How it stands with where an inbox's contacts are fetched from."""
    heard, since = (None if at is None else micros(at) for at in (source.heard_at, source.since))
    trouble = None if source.trouble is None else json.dumps(dict(source.trouble), ensure_ascii=False)
    if not await tx.change(_NOTED, key_inbox=inbox, new_heard=heard, new_trouble=trouble, new_since=since):
        tx.insert(sources, inbox=inbox, heard_at=heard, trouble=trouble, since=since)


async def note_refused(tx: Tx, inbox: InboxId, trouble: Mapping[str, str]) -> None:
    """Somebody called an inbox's address and could not prove who they are; when it was last called well stays."""
    words = json.dumps(dict(trouble), ensure_ascii=False)
    if not await tx.change(_REFUSED, key_inbox=inbox, new_trouble=words, new_since=micros(tx.now)):
        tx.insert(sources, inbox=inbox, heard_at=None, trouble=words, since=micros(tx.now))


_SET = (
    sa.update(settings_table)
    .where(settings_table.c.name == sa.bindparam("key_name", type_=_text))
    .values(value=sa.bindparam("new_value", type_=_text))
)


async def keep_setting(tx: Tx, name: str, *, value: str) -> None:
    """Remember something about this installation (`sample city loaded`)."""
    if not await tx.change(_SET, key_name=name, new_value=value):
        tx.insert(settings_table, name=name, value=value)


NUMBERED_AT_ONCE = 500
_EARLIER = events.alias("earlier")


def _last_link(whose: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    numbered = sa.select(_EARLIER.c.ticket_hash).where(whose, _EARLIER.c.position.is_not(None))
    return numbered.order_by(_EARLIER.c.position.desc()).limit(1).scalar_subquery()


_FRESH = (
    sa.select(
        events,
        relay.c.top,
        relay.c.chain_hash.label("top_hash"),
        sa.case(
            (events.c.ticket.is_(None), _last_link(_EARLIER.c.ticket.is_(None))),
            else_=_last_link(_EARLIER.c.ticket == events.c.ticket),
        ).label("link"),
    )
    .select_from(events.outerjoin(relay, relay.c.one == 1))
    .where(events.c.position.is_(None))
    .order_by(events.c.seq)
    .limit(NUMBERED_AT_ONCE)
)
"""What has no position yet, with the end of each chain that it joins: one look, so that all of it is of one moment."""

_NUMBER = sa.text(
    "WITH moved AS (UPDATE relay SET top = :new_top, chain_hash = :new_hash WHERE one = 1 AND top = :top"
    " AND EXISTS (SELECT FROM leases WHERE name = :lease AND epoch = :epoch AND holder = :holder) RETURNING 1)"
    " UPDATE events SET position = n.position, ticket_hash = n.ticket_hash, chain_hash = n.chain_hash"
    " FROM moved, jsonb_to_recordset(CAST(:rows AS jsonb))"
    " AS n(seq bigint, position bigint, ticket_hash text, chain_hash text) WHERE events.seq = n.seq"
).bindparams(
    *(sa.bindparam(name, type_=_big) for name in ("new_top", "top", "epoch")),
    *(sa.bindparam(name, type_=_text) for name in ("new_hash", "lease", "holder", "rows")),
)


async def number_events(tx: Tx, lease: Lease) -> int:
    """Give committed events their positions and their place in the chains (PostgreSQL); how many.

    The top of the chain moves on in the same statement, from where it was seen and under the lease, or nothing does: so
    two who both think they lead number one after the other. Raises LostLease where the epoch moved on, and Moved where
    another numbered meanwhile.
    """
    fresh = await tx.all(_FRESH)
    if not fresh:
        return 0
    if fresh[0]["top"] is None:
        tx.insert(relay, one=1, top=0, chain_hash=START.chain_hash)
    seen = head = START if fresh[0]["top"] is None else Head(fresh[0]["top"], fresh[0]["top_hash"])
    links = {event["ticket"] or "": event["link"] for event in fresh}
    numbered: list[dict[str, Any]] = []
    for event in fresh:
        ticket = event["ticket"] or ""
        links[ticket] = made = link(links.get(ticket), row=event)
        head = chained(head, link=made)
        numbered.append(
            {"seq": event["seq"], "position": head.position, "ticket_hash": made, "chain_hash": head.chain_hash}
        )
    moved = await tx.change_alone(
        _NUMBER,
        rows=json.dumps(numbered),
        top=seen.position,
        new_top=head.position,
        new_hash=head.chain_hash,
        lease=lease.name,
        epoch=lease.epoch,
        holder=lease.holder,
    )
    if not moved:
        held = await tx.one(_HELD, lease=lease.name, epoch=lease.epoch, holder=lease.holder)
        raise LostLease if held is None else Moved
    return len(numbered)
