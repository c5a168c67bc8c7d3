"""Channels that drift from their promise: noticed once, confirmed by a person, and ended when it is over."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from crm_core.model.drift import Drift, DriftState, Share
from crm_core.model.errors import NotAllowedNow
from crm_core.model.event import WorkQueued
from crm_core.model.event_drift import DriftFound, DriftOver, DriftSeen
from crm_core.model.ids import AgentId, DriftId, WorkId, fresh
from crm_core.model.ticket import Ticket
from crm_core.model.work import Work
from crm_core.rules import drifts as rule
from crm_core.store.tables import drifts, work
from crm_core.store.tx import Tx

MOST = 200
"""Pieces of work that one action looks at."""

_LASTING = sa.select(drifts).where(sa.text("state <> 'over'"))
_WAITING = (
    sa.select(work)
    .where(work.c.state == sa.literal_column("'queued'"), work.c.id > sa.bindparam("after", type_=sa.Text))
    .order_by(work.c.id)
    .limit(sa.literal_column(str(MOST)))
)


async def watch_promises(tx: Tx, shares: Sequence[Share]) -> None:
    """Begin and end alerts by how the promises of first answers were kept lately; one that lasts says nothing new."""
    await tx.permit(to="watch")
    lasting = {(one.service, one.channel): one for one in await tx.values(Drift, _LASTING)}
    known = {(one.service, one.channel): one for one in shares}
    for key, share in known.items():
        if key not in lasting and rule.begins(share):
            _begin(tx, share)
    for key, drift in lasting.items():
        if rule.ends(known.get(key)):
            over = replace(drift, state=DriftState.OVER, ended_at=tx.now, version=drift.version + 1)
            await tx.save(over)
            tx.emit(DriftOver(drift=over))


async def give_head_starts(tx: Tx, *, after: WorkId | None = None) -> WorkId | None:
    """Waiting work has a head start where its channel drifts now, and has none where that is over.

    Some at a time, in the order of their ids: the last one that was looked at, None when there are no more.
    """
    await tx.permit(to="watch")
    drifting = {(one.service, one.channel) for one in await tx.values(Drift, _LASTING)}
    waiting = await tx.values(Work, _WAITING, after=after or "")
    for one in waiting:
        ticket = await tx.get(Ticket, one.ticket)
        ahead = rule.head_start((ticket.service, one.channel), live=one.live, drifting=drifting)
        if ahead != one.head_start:
            again = replace(one, head_start=ahead, version=one.version + 1)
            await tx.save(again)
            tx.emit(WorkQueued(ticket=ticket, work=again))
    return waiting[-1].id if len(waiting) == MOST else None


async def confirm_drift(tx: Tx, drift_id: DriftId) -> Drift:
    """A supervisor knows of it: it asks nobody any more."""
    await tx.permit(to="escalate")
    drift = await tx.get(Drift, drift_id)
    if drift.state is DriftState.OVER:
        raise NotAllowedNow("This is over already.")
    if drift.state is DriftState.SEEN:
        return drift
    by = AgentId(tx.actor.id)
    seen = replace(drift, state=DriftState.SEEN, seen_by=by, seen_at=tx.now, version=drift.version + 1)
    await tx.save(seen)
    tx.emit(DriftSeen(drift=seen))
    return seen


def _begin(tx: Tx, share: Share) -> None:
    found = Drift(
        fresh(DriftId, at=tx.now), share.service, share.channel, DriftState.OPEN, share.kept, share.of, tx.now
    )
    tx.add(found)
    tx.emit(DriftFound(drift=found))
