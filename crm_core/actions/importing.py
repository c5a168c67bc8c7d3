"""History comes in: times are given, messages are born delivered, nobody is notified.

Runs in the bulk lane, behind contacts that arrive meanwhile. Each batch notes in its own
transaction how far the import has come, so that one that was cut off goes on there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm_core.actions import dispatch
from crm_core.actions.finding import keep_address_keys, keep_keys
from crm_core.actions.housekeeping import keep_setting
from crm_core.actions.keeping import keep_blob, keep_file
from crm_core.model.blob import Blob
from crm_core.model.catalogue import Tenure
from crm_core.model.customer import Customer, Identity
from crm_core.model.event import Event
from crm_core.model.event_house import CityLoaded
from crm_core.model.message import Message
from crm_core.model.ticket import Ticket
from crm_core.store.tables import ticket_readers
from crm_core.store.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A part of an import: values of any word, events with their times, contents of files.

    Events of one moment belong into one batch, and each ticket's in order of time.
    """

    values: Sequence[object] = ()
    past: Sequence[tuple[datetime, Event]] = ()
    contents: Sequence[Blob] = ()


async def import_batch(tx: Tx, batch: Batch, *, name: str, mark: str) -> None:
    """Write a batch, and that it is written; a few hundred values for each call."""
    await import_values(tx, batch.values)
    for blob in batch.contents:
        keep_blob(tx, blob)
    for at, event in batch.past:
        tx.recall(event, at=at)
    await keep_setting(tx, name, value=mark)


async def import_values(tx: Tx, values: Sequence[object]) -> None:
    """Write values of any word as they are, with the rows that hang on them."""
    await tx.permit(to="import")
    for value in values:
        if isinstance(value, Tenure):
            dispatch.keep_tenure(tx, value)
        else:
            tx.add(value)
    _keep_keys(tx, values)
    for ticket in (value for value in values if isinstance(value, Ticket)):
        for reader in sorted(ticket.readers):
            tx.insert(ticket_readers, agent=reader, ticket=ticket.id)
    for message in (value for value in values if isinstance(value, Message)):
        for file in message.attachments:
            keep_file(tx, file, ticket=message.ticket, message=message.id, owner=None)


def _keep_keys(tx: Tx, values: Sequence[object]) -> None:
    """What the people and addresses among them are found by; the two may come in different portions."""
    for value in values:
        if isinstance(value, Customer):
            keep_keys(tx, value, addresses=())
        elif isinstance(value, Identity):
            keep_address_keys(tx, value)


async def announce_city(tx: Tx, name: str, *, counts: dict[str, int]) -> None:
    """The import is complete: one event, and every screen loads its views again."""
    await tx.permit(to="import")
    tx.emit(CityLoaded(name=name, counts=counts))
