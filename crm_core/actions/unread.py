"""What nobody could read: kept in quarantine, where an admin sees it, until it is read after all."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from crm_core.actions.housekeeping import Mark, move_mark
from crm_core.actions.intake import Contact, Received, file_contact
from crm_core.actions.keeping import RawWire, keep_wire
from crm_core.model.errors import NotAllowedNow, NotFound
from crm_core.model.event_house import WireQuarantined, WireReread
from crm_core.model.house import House
from crm_core.model.ids import InboxId, WireId
from crm_core.model.inbox import Inbox
from crm_core.store import personal, unread
from crm_core.store.tables import wires
from crm_core.store.tx import Tx, listed

_text = sa.Text
_WIRE = sa.select(wires).where(wires.c.id == sa.bindparam("id", type_=_text))
_READ_AGAIN = (
    sa.update(wires)
    .where(wires.c.id == sa.bindparam("key_id", type_=_text), wires.c.state == "quarantined")
    .values(state="read", why=None)
)
_QUARANTINED = sa.select(wires.c.id).where(
    wires.c.digest == sa.bindparam("digest", type_=_text),
    wires.c.state == sa.literal_column("'quarantined'"),
    wires.c.inbox == sa.bindparam("inbox", type_=_text),
)


async def quarantine(
    tx: Tx, wire: RawWire, *, inbox: InboxId, why: str, found_by: Sequence[str], mark: Mark | None = None
) -> WireId:
    """Keep what could not be read, where an admin sees it; the same bytes again are the same wire.

    `found_by` is what `rules/salvage.py` makes out in it: whoever is erased is found by it too.
    """
    await tx.permit(to="quarantine" if tx.actor.is_person else "receive")
    if mark is not None:
        await move_mark(tx, mark)
    known = await tx.one(_QUARANTINED, digest=wire.body.digest, inbox=inbox)
    if known is not None:
        return WireId(known[0])
    id = keep_wire(tx, wire, inbox=inbox, why=why)
    assert id is not None
    await tx.change(unread.ADD, wire=id, terms=listed(dict.fromkeys(found_by)))
    tx.emit(WireQuarantined(wire=id, inbox=inbox, why=why))
    return id


async def read_again(
    tx: Tx, wire: WireId, contact: Contact, *, inbox: Inbox, house: House, reopen_window: timedelta
) -> Received:
    """A wire from quarantine was read after all: it becomes the contact it always was."""
    await tx.permit(to="quarantine")
    row = await tx.one(_WIRE, id=wire)
    if row is None:
        raise NotFound
    if not await tx.change(_READ_AGAIN, key_id=wire):
        raise NotAllowedNow("This was read already.")
    await tx.change(personal.forget("wire_terms", "wires"), wires=listed([wire]))
    tx.emit(WireReread(wire=wire, inbox=inbox.id))
    return await file_contact(tx, contact, inbox=inbox, house=house, reopen_window=reopen_window, kept=wire)
