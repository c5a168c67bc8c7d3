"""An answer did not arrive: the same words go another way of the same person, or a person looks.

Both in the transaction that records the failure, so that nothing can come between and
send them twice.
"""

from dataclasses import replace

from crm_core.actions import working, writing
from crm_core.model.event import MessageDelivery, TicketStatus
from crm_core.model.event_replies import ReplyInstead, ReplyLost
from crm_core.model.house import House
from crm_core.model.message import Message
from crm_core.model.plan import Hold, Lost, Plan
from crm_core.model.ticket import Status, Ticket
from crm_core.rules import handouts, lifecycle, ways
from crm_core.rules.outgoing import Letter
from crm_core.rules.sla import Promise
from crm_core.rules.ways import Way
from crm_core.store.reach import reach_of
from crm_core.store.tx import Tx


async def go_another_way(tx: Tx, failed: Message, *, house: House) -> Message:
    """What happens to the words of a message that is known not to have arrived; that message as it is then."""
    ticket = await tx.get(Ticket, failed.ticket)
    reach = (await reach_of(tx, ticket, house=house)).reach
    wrote = max((strand.last_inbound_at for strand in reach.strands if strand.last_inbound_at), default=None)
    link = handouts.room(house.public_url, language=reach.wishes.language or ticket.language)
    chosen = ways.instead(failed, ticket=ticket, found=ways.ways(reach, house=house), live_since=wrote, link=link)
    if isinstance(chosen, ways.Instead):
        return await _send_instead(tx, failed, ticket=ticket, way=chosen.way, house=house)
    await _ask_somebody(tx, failed, ticket=ticket, why=chosen.why, house=house)
    return failed


async def hand_over(tx: Tx, unseen: Message, *, house: House) -> bool:
    """An answer lies in a talk whose visitor is gone: these words alone go where they can be reached; whether there is such a way."""
    ticket = await tx.get(Ticket, unseen.ticket)
    reach = (await reach_of(tx, ticket, house=house)).reach
    link = handouts.room(house.public_url, language=reach.wishes.language or ticket.language)
    way = ways.elsewhere(unseen, ticket=ticket, found=ways.ways(reach, house=house), link=link)
    if way is None:
        return False
    await _send_instead(tx, unseen, ticket=ticket, way=way, house=house)
    return True


async def _send_instead(tx: Tx, failed: Message, *, ticket: Ticket, way: Way, house: House) -> Message:
    ticket = await tx.save(lifecycle.on_held(ticket, at=tx.now))
    letter = Letter(
        text=failed.text,
        html=failed.html,
        sender=failed.sender,
        author=failed.author,
        send_at=way.later,
        why=way.why or None,
        plan=Plan(
            hold=Hold.HOURS if way.later else None, instead_of=failed.id, cites=failed.plan.cites if failed.plan else ()
        ),
    )
    message = await writing.write(tx, ticket, letter, way=way, house=house, attachments=failed.attachments)
    plan = replace(failed.plan or Plan(), instead=message.id)
    failed = await tx.save(replace(failed, plan=plan, version=failed.version + 1))
    tx.emit(MessageDelivery(ticket=ticket, message=failed))
    tx.emit(ReplyInstead(ticket=ticket, failed=failed, instead=message))
    return failed


async def _ask_somebody(tx: Tx, failed: Message, *, ticket: Ticket, why: Lost, house: House) -> None:
    """The ticket is open again and wants an agent, whoever had it first of all."""
    if ticket.status is Status.CLOSED:
        tx.emit(ReplyLost(ticket=ticket, failed=failed, why=why))
        return
    promise = Promise(*house.promise(house.services[ticket.service]))
    opened = await tx.save(lifecycle.on_lost(ticket, at=tx.now, promise=promise))
    tx.emit(ReplyLost(ticket=opened, failed=failed, why=why))
    if opened.status is not ticket.status:
        tx.emit(TicketStatus(ticket=opened, was_status=ticket.status))
    await working.want_work(tx, opened, house=house)
    if opened.assignee is not None:
        await working.hand_work(tx, opened, to=opened.assignee)
