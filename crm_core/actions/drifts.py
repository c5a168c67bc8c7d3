"""Channels that drift from their promise: noticed once, confirmed by a person, and ended when it is over."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from crm_core.model.drift import Drift, DriftState, Share
from crm_core.model.errors import NotAllowedNow
from crm_core.model.event_drift import DriftFound, DriftOver, DriftSeen
from crm_core.model.ids import AgentId, DriftId, fresh
from crm_core.rules import drifts as rule
from crm_core.store.tables import drifts
from crm_core.store.tx import Tx

_LASTING = sa.select(drifts).where(sa.text("state <> 'over'"))


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
