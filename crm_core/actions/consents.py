"""The ledger of consents: a line for each time somebody asked for no more messages, or for them again."""

import sqlalchemy as sa

from crm_core.model.address import Address
from crm_core.model.consent import Consent, Wish
from crm_core.model.customer import Identity
from crm_core.model.event import ADMINS
from crm_core.model.event_consent import ConsentStarted, ConsentStopped
from crm_core.model.ids import ConsentId, InboxId, fresh
from crm_core.model.message import Message, Receipt
from crm_core.store.reach import stopped_at
from crm_core.store.tables import identities
from crm_core.store.tx import Tx

_HOLDER = sa.select(identities).where(
    identities.c.address == sa.bindparam("address", type_=sa.Text), identities.c.held == sa.literal_column("1")
)


async def told(tx: Tx, message: Message, receipt: Receipt) -> None:
    """A provider refuses to carry a message, for whom it is for told it so: we heard of it only now."""
    if receipt.wish is None or message.address is None or message.inbox is None:
        return
    if (message.address, message.inbox) in await stopped_at(tx, [message.address]):
        return
    evidence = f"refused:{message.id}:{message.version}"
    await keep(tx, receipt.wish, message.address, inbox=message.inbox, evidence=evidence)


async def complained(tx: Tx, message: Message, *, evidence: str) -> None:
    """Whoever marks a message of ours as unwanted at their provider wants no more of them at that address."""
    if message.address is None or message.inbox is None:
        return
    if (message.address, message.inbox) not in await stopped_at(tx, [message.address]):
        await keep(tx, Wish.STOP, message.address, inbox=message.inbox, evidence=evidence)


async def keep(tx: Tx, wish: Wish, address: Address, *, inbox: InboxId, evidence: str) -> None:
    """One more line; whoever calls this has judged that it is theirs to say."""
    consent = Consent(fresh(ConsentId, at=tx.now), address, inbox, wish, evidence, tx.now)
    tx.add(consent)
    holder = await tx.value(Identity, _HOLDER, address=str(address))
    person = await tx.records(holder.customer) if holder is not None else None
    kind = ConsentStopped if wish is Wish.STOP else ConsentStarted
    customer = person.customer.id if person else None
    tx.emit(kind(consent=consent, customer=customer, seers=person.seers if person else ADMINS))
