"""Work that comes and goes with what happens to a ticket; shared by the verbs that cause it."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from crm_core.actions import duty
from crm_core.model.event import OfferEnded, WorkDone, WorkQueued, WorkTaken
from crm_core.model.event_talks import WorkKept, WorkWrapping
from crm_core.model.house import House
from crm_core.model.ids import AgentId, WorkId, fresh
from crm_core.model.ticket import Ticket
from crm_core.model.work import Offer, OfferState, Work, WorkState
from crm_core.rules import needs, waits
from crm_core.store import beside
from crm_core.store.tables import offers, work
from crm_core.store.tables.live import NOT_DONE
from crm_core.store.tx import Tx

_OPEN = sa.select(work).where(work.c.ticket == sa.bindparam("ticket", type_=sa.Text), NOT_DONE)
_HELD_OUT = sa.select(offers).where(
    offers.c.work == sa.bindparam("work", type_=sa.Text), offers.c.state == sa.literal_column("'held_out'")
)


async def open_work(tx: Tx, ticket: Ticket) -> Work | None:
    """The ticket's work that is not done, if any."""
    return await tx.value(Work, _OPEN, ticket=ticket.id)


def queue_work(tx: Tx, ticket: Ticket, *, house: House, after: Work | None = None) -> Work:
    """The ticket wants an agent: its next answer joins the queue; as old as what it comes `after`, and first received by the same."""
    made = needs.work_for(
        ticket,
        id=fresh(WorkId, at=tx.now),
        service=house.services[ticket.service],
        queue=house.queues[ticket.queue],
        capabilities=house.can[ticket.channel],
        at=tx.now,
        drifting=house.drifting,
    )
    made = made if after is None else waits.following(made, after)
    tx.add(made)
    tx.emit(WorkQueued(ticket=ticket, work=made))
    return made


async def want_work(tx: Tx, ticket: Ticket, *, house: House) -> None:
    """The ticket wants an agent: what is open goes on and keeps up with it, else its next answer joins the queue."""
    found = await open_work(tx, ticket)
    if found is None:
        queue_work(tx, ticket, house=house)
    elif found.state is WorkState.WRAPPING:
        again = replace(found, state=WorkState.ACTIVE, live=ticket.live, due_at=ticket.due_at)
        again = replace(again, held_at=tx.now, wraps_until=None)
        tx.emit(WorkTaken(ticket=ticket, work=await tx.save(replace(again, version=found.version + 1))))
    else:
        await _keep_up(tx, found, ticket=ticket)


async def keep_work(tx: Tx, ticket: Ticket, *, house: House) -> None:
    """A contact that goes on stays with whoever has the ticket, between its words too."""
    if ticket.assignee is not None:
        await want_work(tx, ticket, house=house)
        await hand_work(tx, ticket, to=ticket.assignee)


async def wrap_up(tx: Tx, ticket: Ticket, *, cap: timedelta) -> Work | None:
    """The contact is over and nothing is to be answered: its agent finishes what belongs to it, for `cap` at most.

    None where nobody had it. Whoever calls sees to it that the cap is heeded (`actions/wrapping.py`).
    """
    found = await open_work(tx, ticket)
    if found is None or found.state is not WorkState.ACTIVE:
        await finish_work(tx, ticket)
        return None
    wrapping = await tx.save(replace(waits.wrapping(found, at=tx.now, cap=cap), version=found.version + 1))
    tx.emit(WorkWrapping(ticket=ticket, work=wrapping))
    return wrapping


async def finish_work(tx: Tx, ticket: Ticket) -> None:
    """The ticket wants nobody now: its open work is done, an offer in flight is taken back."""
    found = await open_work(tx, ticket)
    if found is None:
        return
    await rescind(tx, found, ticket=ticket)
    done = replace(waits.ended(found, ticket=ticket, at=tx.now), version=found.version + 1)
    await tx.save(done)
    tx.emit(WorkDone(ticket=ticket, work=done))
    await let_go(tx, found)


async def requeue_work(tx: Tx, ticket: Ticket, *, house: House) -> None:
    """The ticket waits elsewhere or for somebody else; its age stays (invariant I16)."""
    found = await open_work(tx, ticket)
    if found is None:
        if ticket.awaiting_since is not None:
            queue_work(tx, ticket, house=house)
        return
    if waits.counts_where_it_was(found, queue=ticket.queue):
        await finish_work(tx, ticket)
        queue_work(tx, ticket, house=house, after=found)
        return
    await rescind(tx, found, ticket=ticket)
    skills = needs.skills_for(house.services[ticket.service], queue=house.queues[ticket.queue])
    again = needs.work_again(found, ticket=ticket, skills=skills, at=tx.now, drifting=house.drifting)
    await tx.save(again)
    tx.emit(WorkQueued(ticket=ticket, work=again))
    await let_go(tx, found)


async def join_work(
    tx: Tx, closed: Ticket, goes_on: Ticket, *, on_line: AgentId | None, house: House
) -> AgentId | None:
    """Two matters became one: one piece of work is left of theirs. Who has it, where somebody is with the person now.

    Their work goes over as it is, and counts where it was taken; `on_line` is who has a call there.
    """
    moving, known = await open_work(tx, closed), await open_work(tx, goes_on)
    if moving is None or not waits.goes_over(moving, known, on_line=on_line):
        await finish_work(tx, closed)
        if goes_on.awaiting_since is not None:
            await want_work(tx, goes_on, house=house)
        return None
    await finish_work(tx, goes_on)
    await open_work(tx, goes_on)  # a ticket has one: that which ends is written before that which comes
    moved = replace(waits.kept_up(moving, ticket=goes_on, at=tx.now), ticket=goes_on.id, version=moving.version + 1)
    moved = await tx.save(moved)
    if moved.wraps_until is not None:
        tx.add(beside.rings(goes_on.id, at=moved.wraps_until, now=tx.now))
        tx.emit(WorkWrapping(ticket=goes_on, work=moved))
    else:
        tx.emit(WorkTaken(ticket=goes_on, work=moved))
    return moved.agent


async def hand_work(tx: Tx, ticket: Ticket, *, to: AgentId) -> None:
    """The ticket is somebody's: its open work is too, above capacity if need be. Whoever chose asked whether there is room."""
    found = await open_work(tx, ticket)
    if found is None:
        return
    if found.agent == to and found.state is WorkState.ACTIVE:
        await _keep_up(tx, found, ticket=ticket)
        return
    await rescind(tx, found, ticket=ticket)
    taken = waits.taken(found, by=to, at=tx.now)
    taken = replace(taken, due_at=ticket.due_at, version=found.version + 1)
    await tx.save(taken)
    had = found.agent if found.state in (WorkState.ACTIVE, WorkState.WRAPPING) else None
    tx.emit(WorkTaken(ticket=ticket, work=taken, was_with=had))
    await let_go(tx, found)


async def let_go(tx: Tx, was: Work) -> None:
    """Something live, or its wrap-up, is not with its agent any more: if it was the last, they go on to what comes next."""
    live = was.state is WorkState.WRAPPING or (was.state is WorkState.ACTIVE and was.live)
    if live and was.agent is not None:
        await duty.move_on(tx, was.agent)


async def move_work(tx: Tx, ticket: Ticket) -> None:
    """Its priority or its promise moved: work that waits moves in its queue; work that somebody has stays theirs."""
    found = await open_work(tx, ticket)
    if found is not None:
        await _keep_up(tx, found, ticket=ticket)


async def _keep_up(tx: Tx, found: Work, *, ticket: Ticket) -> None:
    """Open work presses as its ticket does. Of what somebody has, the floor hears when it waits again."""
    again = waits.kept_up(found, ticket=ticket, at=tx.now)
    if again == found:
        return
    again = await tx.save(replace(again, version=found.version + 1))
    queued = again.state is WorkState.QUEUED
    tx.emit(WorkQueued(ticket=ticket, work=again) if queued else WorkKept(ticket=ticket, work=again))
    if not again.live:
        await let_go(tx, found)


async def reach(tx: Tx, found: Work, *, ticket: Ticket, cut_off: bool) -> None:
    """What would put them through does not answer, or does again. Meanwhile nobody is asked to come to them; their age stays."""
    await rescind(tx, found, ticket=ticket, cut_off=cut_off)
    await _tell_anew(tx, replace(found, cut_off=cut_off), ticket=ticket)


async def seen_by_others(tx: Tx, ticket: Ticket) -> None:
    """Others than before may see it: whoever heeds its open work is told of it as it is, and what is held out waits again."""
    found = await open_work(tx, ticket)
    if found is not None:
        await rescind(tx, found, ticket=ticket)
        await _tell_anew(tx, found, ticket=ticket)


async def _tell_anew(tx: Tx, found: Work, *, ticket: Ticket) -> None:
    known = replace(found, version=found.version + 1)
    if found.state is WorkState.OFFERED:
        known = replace(known, state=WorkState.QUEUED, agent=None)
    known = await tx.save(known)
    queued = known.state is WorkState.QUEUED
    tx.emit(WorkQueued(ticket=ticket, work=known) if queued else WorkKept(ticket=ticket, work=known))


async def rescind(tx: Tx, work: Work, *, ticket: Ticket, cut_off: bool = False) -> None:
    """Take back an offer that is held out, if there is one; its agent is told where the reason is that nobody can be reached."""
    offer = await tx.value(Offer, _HELD_OUT, work=work.id)
    if offer is not None:
        ended = replace(offer, state=OfferState.RESCINDED)
        await tx.save(ended)
        tx.emit(OfferEnded(ticket=ticket, offer=ended, cut_off=cut_off))
