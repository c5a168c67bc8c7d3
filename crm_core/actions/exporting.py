"""Everything about a person, for them: asked for, written by the teller, fetched once, gone after two days."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from crm_core.model.errors import Gone, NotAllowedNow
from crm_core.model.event_privacy import ExportAsked, ExportFetched, ExportGone, ExportReady
from crm_core.model.ids import CustomerId, ExportId, fresh
from crm_core.model.privacy import Export, ExportState
from crm_core.store.tables import exports
from crm_core.store.tx import Tx

LASTS = timedelta(days=2)
_UNDER_WAY = sa.select(exports).where(
    exports.c.customer == sa.bindparam("customer", type_=sa.Text),
    sa.or_(exports.c.state == "asked", exports.c.state == "ready"),
)


async def ask_export(tx: Tx, id: CustomerId) -> Export:
    """Somebody wants to know what is known of them; one archive at a time."""
    await tx.permit(to="export")
    person = await tx.person(id, to="export")
    if person.customer.erased_at is not None:
        raise NotAllowedNow("Nothing is known of this person any more.")
    if await tx.one(_UNDER_WAY, customer=person.customer.id) is not None:
        raise NotAllowedNow("An export is being written, or waits to be fetched.")
    made = Export(fresh(ExportId, at=tx.now), person.customer.id, tx.actor.id, tx.now, ExportState.ASKED)
    tx.add(made)
    tx.emit(ExportAsked(export=made))
    return made


async def export_ready(tx: Tx, id: ExportId, *, size: int) -> None:
    """It is written; one of somebody who was forgotten meanwhile is not there any more."""
    await tx.permit(to="forget")
    asked = await tx.find(Export, id)
    if asked is None or asked.state is not ExportState.ASKED:
        return
    until = tx.now + LASTS
    ready = replace(asked, state=ExportState.READY, size=size, expires_at=until, version=asked.version + 1)
    tx.emit(ExportReady(export=await tx.save(ready)))


async def fetch_export(tx: Tx, id: ExportId) -> Export:
    """Somebody takes it, and nobody can a second time. Raises Gone."""
    await tx.permit(to="export")
    found = await tx.get(Export, id)
    await tx.person(found.customer, to="export")
    if found.state is not ExportState.READY or found.expires_at is None or found.expires_at <= tx.now:
        raise Gone("This export was fetched already, or is over. Ask for a new one.")
    fetched = replace(found, state=ExportState.FETCHED, fetched_by=tx.actor.id, version=found.version + 1)
    tx.emit(ExportFetched(export=await tx.save(fetched)))
    return fetched


async def drop_export(tx: Tx, id: ExportId) -> None:
    """Nobody fetched it in time, or it could not be written."""
    await tx.permit(to="forget")
    found = await tx.find(Export, id)
    if found is not None and found.state in (ExportState.ASKED, ExportState.READY):
        gone = await tx.save(replace(found, state=ExportState.GONE, version=found.version + 1))
        tx.emit(ExportGone(export=gone))
