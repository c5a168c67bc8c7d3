"""Whether an answer may leave, asked at the moment it would: when its time has come, and again when a sender takes it.

Between its writing and its leaving lie seconds or days: an hour in a schedule, five days
of a mail server that is down. Meanwhile they may have asked for no messages, an address
may turn out not to be theirs, consent to speak for somebody may end, a fee may change.
"""

from dataclasses import dataclass
from datetime import datetime

from crm_core.actions import answers
from crm_core.model.acknowledging import BARE
from crm_core.model.check import Check
from crm_core.model.house import House
from crm_core.model.message import Message
from crm_core.model.plan import Withdrawn
from crm_core.model.ticket import Ticket
from crm_core.rules import checking, citing, templates, ways
from crm_core.rules.ways import Bar
from crm_core.store.reach import reach_of, stopped_at
from crm_core.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Leaves:
    """Nothing stands against it."""


@dataclass(frozen=True, slots=True)
class Waits:
    """They may be written to again at this time, and why not before."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Stays:
    """It must not leave: what its author hears, and what kind of reason it is."""

    said: str
    why: Withdrawn
    bar: Bar | None = None


async def judge(tx: Tx, message: Message, *, ticket: Ticket, house: House) -> Leaves | Waits | Stays:
    """As things are now. A code or link of no strand goes to an address that is yet to be proven: only a STOP bars it.

    A file that the virus scanner has not passed keeps its message here, also where only a link to it would leave.
    """
    held = checking.worst(message.attachments)
    if held is not None and held.check is Check.BLOCKED:
        return Stays(checking.stays(held), Withdrawn.BLOCKED)
    if held is not None:
        return Waits(tx.now + checking.LOOKED_AT_AGAIN, checking.CHECKING)
    if message.conversation is None:
        stopped = message.address and (message.address, message.inbox) in await stopped_at(tx, [message.address])
        return Stays(ways.STOPPED, Withdrawn.BARRED, Bar.OPTED_OUT) if stopped else Leaves()
    reach = (await reach_of(tx, ticket, house=house)).reach
    way = ways.strand_of(ways.ways(reach, house=house), strand=message.conversation)
    filled = templates.of(message.flags)
    if way is not None and way.bar is Bar.CLAIMED and BARE in message.flags:
        return Leaves()  # it is the link by which they show that they read there
    if way is None or not way.takes(filled.template if filled else None):
        said = way.why if way else "there is no way there any more"
        return Stays(said, Withdrawn.BARRED, way.bar if way else None)
    untrue = await _untrue(tx, message, house=house)
    if untrue:
        return Stays(untrue, Withdrawn.OUTDATED)
    if way.later is not None and way.later > tx.now:
        return Waits(way.later, way.why)
    return Leaves()


async def _untrue(tx: Tx, message: Message, *, house: House) -> str:
    """What it says and is not so any more, briefly; nothing where all of it is."""
    cites = message.plan.cites if message.plan else ()
    texts = (message.text, message.html)
    moved = await answers.outdated(tx, cites, texts=texts, public_url=house.public_url)
    return citing.briefly(moved, untold=await answers.untold(tx, cites))
