"""Answers that wait in the house: for their time, for the person's hours, or to be taken back.

No sender sees them. A timer lets them go, and whoever lets them go asks all over again
whether they may (`actions/leaving.py`), as a sender does when it takes one; when the person writes first, they stop, in the same transaction as
that message.
"""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from crm_core.actions import feedback, leaving, splits, working
from crm_core.actions.leaving import Leaves, Stays, Waits
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem
from crm_core.model.event import MessageDelivery, TicketStatus
from crm_core.model.event_checks import FileChecked
from crm_core.model.event_replies import ReplyWithdrawn
from crm_core.model.house import House
from crm_core.model.ids import MessageId
from crm_core.model.message import Delivery, Message
from crm_core.model.plan import Hold, Withdrawn
from crm_core.model.ticket import Conversation, Status, Ticket
from crm_core.rules import checking, lifecycle, text
from crm_core.rules.sla import Promise
from crm_core.rules.ways import Bar
from crm_core.store.tables import files, messages
from crm_core.store.tables.matters import NOT_GONE
from crm_core.store.tx import Tx

_text = sa.Text
_WAITING = (
    sa.select(messages)
    .where(messages.c.ticket == sa.bindparam("ticket", type_=_text), sa.text(NOT_GONE))
    .order_by(messages.c.send_at, messages.c.id)
)
"""Also what a sender has not taken yet, or could not hand over: nothing of it left the house."""

_GIVE_BACK = (
    sa.update(files)
    .where(
        files.c.ticket == sa.bindparam("key_ticket", type_=_text),
        files.c.message == sa.bindparam("key_message", type_=_text),
    )
    .values(ticket=None, message=None)
)
"""Files of words that never left are their author's again, to go with the next."""


async def let_go(tx: Tx, ticket: Ticket, *, house: House) -> int:
    """The time of some has come: those that may leave are queued now. How many were due."""
    waiting = await tx.values(Message, _WAITING, ticket=ticket.id)
    due = [one for one in waiting if one.hold is not None and one.send_at is not None and one.send_at <= tx.now]
    for message in due:
        await _release(tx, await tx.get(Message, message.id), house=house)
    return len(due)


async def send_now(tx: Tx, message_id: MessageId, *, house: House) -> Message:
    """An agent does not wait for its time. The person's own hours are kept all the same."""
    message = await _held(tx, message_id)
    return await _release(tx, message, house=house)


async def postpone_to(tx: Tx, message_id: MessageId, *, at: datetime) -> Message:
    """It leaves at another time."""
    message = await _held(tx, message_id)
    if at <= tx.now:
        raise BadInput(Problem("at", "Choose a time that is still to come."))
    assert message.plan
    later = replace(message, send_at=at, plan=replace(message.plan, hold=_chosen(message)), delivery_reason=None)
    return await _told(tx, later)


async def withdraw(tx: Tx, message_id: MessageId, *, house: House) -> Message:
    """Take it back before it leaves. Its words stay, for whoever writes them anew; the ticket wants an answer again.

    What goes on paper can be taken back until it is printed.
    """
    message = await _held(tx, message_id, states=(Delivery.SCHEDULED, Delivery.TO_PRINT))
    why = Withdrawn.TAKEN_BACK if message.hold is Hold.UNDO else Withdrawn.CANCELLED
    await _unanswered(tx, message, house=house)
    withdrawn = await _withdraw(tx, message, why=why)
    ticket = await tx.get(Ticket, message.ticket)
    if ticket.awaiting_since is not None:
        await _back_in_hand(tx, ticket, house=house)
    return withdrawn


async def stop(tx: Tx, ticket: Ticket, *, why: Withdrawn) -> int:
    """What still waits here is not sent: they wrote first, or the matter went elsewhere. How many.

    Words that were sent a moment ago, and only can be taken back still, are on their way.
    """
    waiting = await tx.values(Message, _WAITING, ticket=ticket.id)
    stopped = [message for message in waiting if _is_stopped(message, why=why)]
    for message in stopped:
        await _withdraw(tx, message, why=why)
    return len(stopped)


async def may_leave(tx: Tx, message: Message, *, house: House) -> bool:
    """Whether a sender may take it in hand; if not, it is its author's again, or waits on for their hours.

    An inbox that is switched off sends nothing: what is queued there waits until it is on, and is judged then.
    """
    ticket = await tx.get(Ticket, message.ticket)
    verdict = await leaving.judge(tx, message, ticket=ticket, house=house)
    if isinstance(verdict, Waits):
        await _told(tx, replace(message, send_at=verdict.until, delivery_reason=verdict.why))
        return False
    if isinstance(verdict, Leaves) or verdict.bar is Bar.SWITCHED_OFF:
        return True
    if message.author is None:
        await _withdraw(tx, replace(message, delivery_reason=verdict.said), why=verdict.why)
    else:
        await _back_to_its_author(tx, message, house=house, said=verdict.said, why=verdict.why)
    return False


async def _release(tx: Tx, message: Message, *, house: House) -> Message:
    """Let it go if it still may, as things are now; else say why not, or wait for their hours."""
    ticket = await tx.get(Ticket, message.ticket)
    if ticket.status is Status.CLOSED:
        return await _withdraw(tx, message, why=Withdrawn.CLOSED)
    verdict = await leaving.judge(tx, message, ticket=ticket, house=house)
    if isinstance(verdict, Stays):
        return await _back_to_its_author(tx, message, house=house, said=verdict.said, why=verdict.why)
    if isinstance(verdict, Waits):
        return await _told(tx, replace(message, send_at=verdict.until, delivery_reason=verdict.why))
    if message.hold is not None and message.hold.answers_later:
        await _answered(tx, ticket, message, house=house)
    assert message.conversation
    strand = await tx.get(Conversation, message.conversation)
    await tx.save(replace(strand, last_outbound_at=tx.now))
    queued = replace(message, delivery=Delivery.QUEUED, send_at=tx.now, delivery_reason=None)
    return await _told(tx, queued)


async def _answered(tx: Tx, before: Ticket, message: Message, *, house: House) -> None:
    """Now they have our word, and the ticket stands where it was meant to, unless somebody put it elsewhere since."""
    plan = message.plan
    assert plan
    status, reason = plan.status, plan.reason
    moved = plan.was is not None and before.status is not plan.was
    if moved or (status is not None and not status.active and await splits.open_parts(tx, before)):
        status = reason = None
    ticket = lifecycle.on_reply(
        before,
        at=tx.now,
        snippet=text.snippet(message.text),
        promise=Promise(*house.promise(house.services[before.service])),
        status=status,
        reason=reason,
    )
    await tx.save(ticket)
    if ticket.status is not before.status:
        tx.emit(TicketStatus(ticket=ticket, was_status=before.status))
        await feedback.ask_beside(tx, ticket, message, house=house)
        await _still_wished(tx, message, was=before.status, now=ticket.status)
    await working.finish_work(tx, ticket)


async def _still_wished(tx: Tx, left: Message, *, was: Status, now: Status) -> None:
    """What was written after this answer, and waits on, was a later wish: it moves the ticket from here as it would have from there."""
    for other in await tx.values(Message, _WAITING, ticket=left.ticket):
        if other.id > left.id and other.plan is not None and other.plan.was is was:
            await _told(tx, replace(other, plan=replace(other.plan, was=now)))


async def _back_to_its_author(tx: Tx, message: Message, *, house: House, said: str, why: Withdrawn) -> Message:
    await _unanswered(tx, message, house=house)
    withdrawn = await _withdraw(tx, replace(message, delivery_reason=said), why=why)
    await _back_in_hand(tx, await tx.get(Ticket, message.ticket), house=house)
    return withdrawn


async def _unanswered(tx: Tx, message: Message, *, house: House) -> None:
    """What had counted as an answer already, queued or for their hours, does not any more. That it is withdrawn tells it."""
    ticket = await tx.get(Ticket, message.ticket)
    counted = message.hold is Hold.HOURS or message.delivery in (Delivery.QUEUED, Delivery.TO_PRINT)
    if not counted or message.author is None or not ticket.status.active:
        return
    promise = Promise(*house.promise(house.services[ticket.service]))
    waits = await tx.save(lifecycle.on_unanswered(ticket, at=tx.now, promise=promise))
    if waits.status is not ticket.status:
        tx.emit(TicketStatus(ticket=waits, was_status=ticket.status))


async def _withdraw(tx: Tx, message: Message, *, why: Withdrawn) -> Message:
    ticket = await tx.save(lifecycle.on_held(await tx.get(Ticket, message.ticket), at=tx.now))
    shown = checking.left_behind(message.attachments)
    withdrawn = replace(message, attachments=shown, delivery=Delivery.WITHDRAWN, version=message.version + 1)
    await tx.save(withdrawn)
    if message.attachments:
        await tx.change(_GIVE_BACK, key_ticket=message.ticket, key_message=message.id)
    tx.emit(ReplyWithdrawn(ticket=ticket, message=withdrawn, why=why))
    for file in (one for one, was in zip(shown, message.attachments, strict=True) if one != was):
        tx.emit(FileChecked(ticket=ticket, message=message.id, version=withdrawn.version, file=file))
    return withdrawn


async def _back_in_hand(tx: Tx, ticket: Ticket, *, house: House) -> None:
    """Whoever had it in hand has it again."""
    if ticket.status is Status.CLOSED:
        return
    await working.want_work(tx, ticket, house=house)
    if ticket.assignee is not None:
        await working.hand_work(tx, ticket, to=ticket.assignee)


async def _told(tx: Tx, message: Message) -> Message:
    moved = replace(message, version=message.version + 1)
    await tx.save(moved)
    tx.emit(MessageDelivery(ticket=await tx.get(Ticket, moved.ticket), message=moved))
    return moved


async def _held(tx: Tx, id: MessageId, *, states: tuple[Delivery, ...] = (Delivery.SCHEDULED,)) -> Message:
    """The message, if it still waits and the actor may answer its ticket. Raises NotFound or NotAllowedNow."""
    message = await tx.find(Message, id)
    if message is None:
        raise NotFound
    await tx.ticket(message.ticket, to="reply")
    if message.delivery not in states:
        raise NotAllowedNow("It is not waiting any more.")
    return message


def _is_stopped(message: Message, *, why: Withdrawn) -> bool:
    if why is not Withdrawn.THEY_WROTE:
        return message.delivery is Delivery.SCHEDULED
    return message.plan is not None and message.plan.hold in (Hold.TIME, Hold.HOURS)


def _chosen(message: Message) -> Hold | None:
    """What waits for their hours is answered already, however late it leaves."""
    return Hold.HOURS if message.hold is Hold.HOURS else Hold.TIME
