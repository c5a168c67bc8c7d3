"""People ask for no more messages, or for them again: kept in the ledger, shown where we last spoke, and opening nothing."""

from dataclasses import dataclass

import sqlalchemy as sa

from crm_core.actions import consents as ledger
from crm_core.actions import intake, keeping, strands
from crm_core.model.consent import Wish
from crm_core.model.event import MessageReceived
from crm_core.model.inbox import Inbox
from crm_core.model.ticket import Ticket
from crm_core.rules import lifecycle
from crm_core.rules.identity import proves
from crm_core.store.reach import stopped_at
from crm_core.store.tables import consents
from crm_core.store.tx import Tx

WHY = {Wish.STOP: "they asked for no more messages here", Wish.START: "they want messages here again"}

_text = sa.Text
_KNOWN = sa.select(consents.c.id).where(
    consents.c.inbox == sa.bindparam("inbox", type_=_text), consents.c.evidence == sa.bindparam("evidence", type_=_text)
)


@dataclass(frozen=True, slots=True)
class Heeded:
    """It was such a wish, and is kept; `repeat`: it was already."""

    repeat: bool = False


async def hear(tx: Tx, contact: intake.Contact, *, inbox: Inbox) -> Heeded | None:
    """Keep a wish that a whole message says. None: it is a message like any other.

    That it is where nobody had stopped what it starts, unless a machine said it, and where
    its sender is not proven: nobody silences somebody else.
    """
    await tx.permit(to="receive")
    inbound = contact.inbound
    if inbound.wish is None or not proves(inbound.proven):
        return None
    if await tx.one(_KNOWN, inbox=inbox.id, evidence=inbound.external_id) is not None:
        return Heeded(repeat=True)
    stopped = (inbound.sender, inbox.id) in await stopped_at(tx, [inbound.sender])
    if inbound.wish is Wish.START and not stopped:
        return Heeded() if inbound.automatic else None
    await ledger.keep(tx, inbound.wish, inbound.sender, inbox=inbox.id, evidence=inbound.external_id)
    wire = keeping.keep_wire(tx, contact.wire, inbox=inbox.id)
    strand = await strands.latest(tx, inbound.sender, inbox=inbox.id)
    if strand is not None:
        ticket = await tx.save(lifecycle.on_held(await tx.get(Ticket, strand.ticket), at=tx.now))
        message = intake.message_of(tx, contact, ticket=ticket, strand=strand.id, inbox=inbox, wire=wire)
        tx.emit(MessageReceived(ticket=ticket, message=message, why=WHY[inbound.wish]))
    return Heeded()
