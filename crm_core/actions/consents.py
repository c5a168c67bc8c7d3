"""The ledger of consents: a line for each time somebody asked for no more messages, or for them again."""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.model.address import Address
from crm_core.model.consent import REFUSED, Consent, Wish
from crm_core.model.customer import Identity
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.event import ADMINS
from crm_core.model.event_consent import ConsentStarted, ConsentStopped
from crm_core.model.house import House
from crm_core.model.ids import AgentId, ConsentId, CustomerId, InboxId, fresh
from crm_core.model.message import Message, Receipt
from crm_core.store.compiled import among
from crm_core.store.reach import newest_lines, stopped_at
from crm_core.store.tables import identities
from crm_core.store.tx import Tx

_HOLDER = sa.select(identities).where(
    identities.c.address == sa.bindparam("address", type_=sa.Text), identities.c.held == sa.literal_column("1")
)


_OF_PERSON = sa.select(identities).where(
    among(identities.c.customer, "customers"), identities.c.address == sa.bindparam("address", type_=sa.Text)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A wish that came by another way than a message: at the counter, on paper, on the telephone."""

    address: Address
    inbox: InboxId
    wish: Wish
    reason: str


async def write_down(tx: Tx, id: CustomerId, said: Said, *, house: House) -> Consent:
    """Keep what somebody told one of us. Raises NotFound, BadInput, or NotAllowedNow for a stop that they said before.

    A complaint at their provider is less than that: it stops holding where they write to us again.
    """
    person = await tx.person(id, to="consent")
    if await tx.value(Identity, _OF_PERSON, customers=person.ids, address=str(said.address)) is None:
        raise BadInput(Problem("address", "This is none of their addresses.", "unknown"))
    inbox = house.inboxes.get(said.inbox)
    if inbox is None or house.schemes.get(inbox.channel) != said.address.scheme:
        raise BadInput(Problem("inbox", "This inbox writes to no such address.", "unknown"))
    known = (await newest_lines(tx, [said.address])).get((said.address, inbox.id))
    if said.wish is Wish.STOP and known is not None and known.wish is Wish.STOP and not known.complaint:
        raise NotAllowedNow("They have stopped these messages already.")
    return await keep(
        tx,
        said.wish,
        said.address,
        inbox=inbox.id,
        evidence=f"staff:{fresh(ConsentId, at=tx.now)}",
        by=AgentId(tx.actor.id),
        reason=said.reason,
    )


async def told(tx: Tx, message: Message, receipt: Receipt) -> None:
    """A provider refuses to carry a message, for whom it is for told it so: we heard of it only now."""
    if receipt.wish is None or message.address is None or message.inbox is None:
        return
    if (message.address, message.inbox) in await stopped_at(tx, [message.address]):
        return
    evidence = f"{REFUSED}{message.id}:{message.version}"
    await keep(tx, receipt.wish, message.address, inbox=message.inbox, evidence=evidence)


async def complained(tx: Tx, message: Message, *, evidence: str) -> None:
    """Whoever marks a message of ours as unwanted at their provider wants no more of them at that address."""
    if message.address is None or message.inbox is None:
        return
    if (message.address, message.inbox) not in await stopped_at(tx, [message.address]):
        await keep(tx, Wish.STOP, message.address, inbox=message.inbox, evidence=evidence)


async def keep(
    tx: Tx,
    wish: Wish,
    address: Address,
    *,
    inbox: InboxId,
    evidence: str,
    by: AgentId | None = None,
    reason: str = "",
) -> Consent:
    """One more line; whoever calls this has judged that it is theirs to say."""
    consent = Consent(fresh(ConsentId, at=tx.now), address, inbox, wish, evidence, tx.now, by, reason)
    tx.add(consent)
    holder = await tx.value(Identity, _HOLDER, address=str(address))
    person = await tx.records(holder.customer) if holder is not None else None
    kind = ConsentStopped if wish is Wish.STOP else ConsentStarted
    customer = person.customer.id if person else None
    tx.emit(kind(consent=consent, customer=customer, seers=person.seers if person else ADMINS))
    return consent
