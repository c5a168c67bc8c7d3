"""Work meets an agent: held out, accepted, refused, taken by themselves.

Routing decides by what it knows; here, where the lock is, ownership and capacity are
checked again. Every step compares the state it expects and sets the next one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from crm_core.actions import carrying, duty, lines, working
from crm_core.model import turn
from crm_core.model.agent import NO_ANSWER, Agent, Duty
from crm_core.model.errors import Gone, NotAllowedNow, NotFound
from crm_core.model.event import OfferEnded, OfferMade, TicketAssigned, WorkQueued, WorkTaken
from crm_core.model.ids import AgentId, OfferId, TicketId, WorkId, fresh
from crm_core.model.queue import Queue
from crm_core.model.ticket import Ticket
from crm_core.model.work import Because, Offer, OfferState, Refused, Work, WorkState
from crm_core.rules import access, lifecycle, waits
from crm_core.store.compiled import among
from crm_core.store.maps.codec import micros
from crm_core.store.tables import agents, drifts, offers, queues, tickets, work
from crm_core.store.tables.live import IN_REACH, NOT_DONE
from crm_core.store.tx import Tx, listed

_MICROSECOND = timedelta(microseconds=1)
_text, _big = sa.Text, sa.BigInteger
_HELD_OUT = sa.select(offers).where(
    offers.c.work == sa.bindparam("work", type_=_text), offers.c.state == sa.literal_column("'held_out'")
)
_THEIRS = (
    sa.select(offers)
    .where(offers.c.agent == sa.bindparam("agent", type_=_text), offers.c.state == sa.literal_column("'held_out'"))
    .order_by(offers.c.id)
)
_WORK_FOR_SOMEBODY = (
    sa.select(agents, work, tickets, queues)
    .select_from(agents.join(work, work.c.id == sa.bindparam("id", type_=_text)))
    .join(tickets, tickets.c.id == work.c.ticket)
    .join(queues, queues.c.id == tickets.c.queue)
    .where(agents.c.id == sa.bindparam("agent", type_=_text))
    .with_for_update(of=agents)
)
"""Who is to have it is locked (see `carrying.locked`). That the work did not change meanwhile is seen when it is saved."""
_WITH_WHAT_IT_IS_ABOUT = (
    sa.select(offers, work, tickets)
    .select_from(offers.join(work, work.c.id == offers.c.work).join(tickets, tickets.c.id == offers.c.ticket))
    .where(offers.c.id == sa.bindparam("id", type_=_text))
)
_CEILING: sa.ColumnElement[int] = sa.literal_column(str(turn.CEILING))
_WAITED = sa.bindparam("now", type_=_big) - work.c.virtual_start
_AGED = work.c.priority + sa.case(
    (work.c.live == sa.literal_column("1"), _WAITED // sa.bindparam("ageing_live", type_=_big)),
    else_=_WAITED // sa.bindparam("ageing_deferred", type_=_big),
)
_BAND = sa.case((work.c.priority >= _CEILING, work.c.priority), (_AGED > _CEILING, _CEILING), else_=_AGED)
_DRIFTING = sa.select(drifts.c.id).where(
    drifts.c.service == sa.bindparam("service", type_=_text),
    drifts.c.channel == sa.bindparam("channel", type_=_text),
    sa.text("state <> 'over'"),
)
_WAITING = (
    sa.select(work)
    .where(
        NOT_DONE,
        work.c.state == sa.literal_column("'queued'"),
        among(work.c.queue, "queues"),
        IN_REACH,
    )
    .order_by(_BAND.desc(), work.c.virtual_start, work.c.id)
    .limit(500)
)


@dataclass(frozen=True, slots=True)
class Returned:
    """Work that waits again, and the agent if their state was changed with it."""

    work: Work
    agent: Agent | None = None


async def make_offer(
    tx: Tx, work_id: WorkId, *, to: AgentId, until: datetime, why: str, because: Because | None = None
) -> tuple[Work, Offer]:
    """Hold waiting work out to an agent who may see it, is available and has room. Raises NotAllowedNow otherwise.

    Since the router decided, they may have left the team, or the ticket may be for named people now.
    """
    await tx.permit(to="route")
    found = await tx.four((Agent, Work, Ticket, Queue), _WORK_FOR_SOMEBODY, id=work_id, agent=to)
    if found is None:
        raise NotFound
    agent, waiting, ticket, queue = found
    _must_be(waiting, WorkState.QUEUED)
    if not access.sees(access.scope_among(agent, [(queue.id, queue.team)]), audience=access.audience(ticket)):
        raise NotAllowedNow("The agent may not see what is waiting.")
    return await hold_out(tx, waiting, to=agent, ticket=ticket, until=until, why=why, because=because)


async def hold_out(
    tx: Tx, waiting: Work, *, to: Agent, ticket: Ticket, until: datetime, why: str, because: Because | None = None
) -> tuple[Work, Offer]:
    """To somebody who is locked. Raises NotAllowedNow where they are not there for it, wrap up, or have no room."""
    if not to.ready:
        raise NotAllowedNow("The agent is not available.")
    if waiting.out_of_reach:
        raise NotAllowedNow("The telephone exchange cannot be reached. Whoever waits there keeps their place.")
    await carrying.must_have_room(tx, to, waiting, else_say="The agent carries as much as they can.")
    ahead = waiting.head_start
    id = fresh(OfferId, at=tx.now)
    offer = Offer(id, waiting.id, waiting.ticket, to.id, tx.now, until, why, head_start=ahead, because=because)
    held_out = replace(
        waiting, state=WorkState.OFFERED, agent=to.id, excluded=waiting.excluded - {to.id}, version=waiting.version + 1
    )
    await tx.save(held_out)
    tx.add(offer)
    tx.emit(OfferMade(ticket=ticket, offer=offer, work=held_out))
    return held_out, offer


async def accept(tx: Tx, offer_id: OfferId) -> Ticket:
    """The agent takes what is held out to them; the ticket is theirs. Raises Gone if they were too late.

    Two tabs of theirs may do so at the same moment: they have it, and neither is told that it was too late.
    """
    offer, held_out = await _known(tx, offer_id)
    if offer.state is OfferState.ACCEPTED and (held_out.state, held_out.agent) == (WorkState.ACTIVE, offer.agent):
        return await tx.ticket(offer.ticket, to="take")
    _must_be_held_out(offer, held_out)
    ticket = await tx.ticket(offer.ticket, to="take")
    await _end(tx, offer, OfferState.ACCEPTED, ticket=ticket)
    return await _hand_over(tx, held_out, ticket=ticket, to=offer.agent)


async def decline(tx: Tx, offer_id: OfferId, *, why: Refused = Refused.OTHER, said: str | None = None) -> Work:
    """The agent refuses; the work waits again with its age, and they are not asked again soon."""
    offer, held_out = await _known(tx, offer_id)
    _must_be_held_out(offer, held_out)
    ticket = await tx.get(Ticket, offer.ticket)
    offer = replace(offer, refusal=why, said=(said or "").strip() or None)
    await _end(tx, offer, OfferState.DECLINED, ticket=ticket)
    return await _back(tx, held_out, ticket=ticket, excluded=held_out.excluded | {offer.agent})


async def time_out(tx: Tx, work_id: WorkId, *, agent: AgentId, stands_down: bool) -> Returned:
    """Nobody answered: back with the work, its age unchanged. Raises Gone if it was answered after all.

    `stands_down`: somebody was on the line, so the agent is set away until they say otherwise.
    """
    await tx.permit(to="route")
    held_out = await _in_state(tx, work_id, WorkState.OFFERED)
    offer = await tx.value(Offer, _HELD_OUT, work=work_id)
    if offer is None or offer.agent != agent or offer.expires_at > tx.now:
        raise Gone("This offer is over, or has not ended yet.")
    ticket = await tx.get(Ticket, held_out.ticket)
    await _end(tx, offer, OfferState.TIMED_OUT, ticket=ticket)
    back = await _back(tx, held_out, ticket=ticket, excluded=held_out.excluded | {agent})
    away = await duty.stand_down(tx, await carrying.locked(tx, agent), reason=NO_ANSWER) if stands_down else None
    return Returned(back, away)


async def take_back(tx: Tx, work_id: WorkId, *, agent: AgentId) -> Returned:
    """The agent is gone: what they have, or were asked to take, waits again. They did not refuse it.

    Whoever speaks with the caller has them for as long as the line holds, also without a screen (I12).
    """
    await tx.permit(to="route")
    theirs = await tx.get(Work, work_id)
    if theirs.agent != agent or theirs.state not in (WorkState.OFFERED, WorkState.ACTIVE):
        raise Gone("Somebody else has it now.")
    if (await carrying.locked(tx, agent)).duty is Duty.AVAILABLE and theirs.state is WorkState.ACTIVE:
        raise Gone("They are back.")
    if await lines.speaks(tx, theirs.ticket, agent=agent):
        raise NotAllowedNow("They are on the line with the caller.")
    ticket = await tx.get(Ticket, theirs.ticket)
    await working.rescind(tx, theirs, ticket=ticket)
    if theirs.state is WorkState.ACTIVE and ticket.assignee == agent:
        before, ticket = ticket, await tx.save(lifecycle.assign(ticket, to=None, at=tx.now))
        tx.emit(TicketAssigned(ticket=ticket, before=before, was_with=agent))
    return Returned(await _back(tx, theirs, ticket=ticket, excluded=theirs.excluded))


async def take_back_unseen(tx: Tx, agent: Agent) -> None:
    """What is held out to them and they may no longer see waits again: they left a team, or their account is closed."""
    scope = await tx.scope_of(agent)
    for offer in await tx.values(Offer, _THEIRS, agent=agent.id):
        ticket = await tx.get(Ticket, offer.ticket)
        if not access.sees(scope, audience=access.audience(ticket)):
            await _end(tx, offer, OfferState.RESCINDED, ticket=ticket)
            held = await tx.get(Work, offer.work)
            await _back(tx, held, ticket=ticket, excluded=held.excluded)


async def take_next(
    tx: Tx,
    *,
    ageing_live: timedelta,
    ageing_deferred: timedelta,
    handle: Callable[[Work], timedelta],
) -> Ticket | None:
    """The agent asks for the next piece themselves: the best of their queues that they are able to do.

    In routing's order (`model/turn.py`), head starts counted; `handle` says how long one usually takes, for whether its
    promise presses. None if nothing waits for them; raises NotAllowedNow where they carry too much already.
    """
    asking = await tx.permit(to="take")
    if asking is None:
        raise NotFound
    agent = await carrying.locked(tx, asking.id)
    has = await carrying.carried(tx, agent.id)
    if has.wraps_up:
        raise NotAllowedNow("Finish your wrap-up first.")
    scope = (await tx.standing()).scope
    waiting = await tx.values(
        Work,
        _WAITING,
        queues=listed(key[2:] for key in scope if key.startswith("q:")),
        now=micros(tx.now),
        ageing_live=ageing_live // _MICROSECOND,
        ageing_deferred=ageing_deferred // _MICROSECOND,
    )
    ageing = {True: ageing_live, False: ageing_deferred}

    def counts(each: Work) -> int:
        return turn.counts_as(each, handle=handle(each), at=tx.now)

    def bands(each: Work) -> int:
        return _band(each, priority=counts(each), at=tx.now, ageing=ageing[each.live])

    waiting.sort(key=lambda each: (-bands(each), *turn.came(each)))
    known = [each for each in waiting if _is_able(agent, each)]
    if all(agent.id in each.excluded for each in known):
        return None
    fits = [
        each
        for each in known
        if agent.capacity.has_room(has.load, channel=each.channel, units=each.units, live=each.live)
    ]
    able = [each for each in fits if agent.id not in each.excluded]
    first = turn.first(able, waiting=fits, counts=counts, bands=bands)
    if first is None:
        raise NotAllowedNow("You carry as much as you can at once. Finish something first.")
    ticket = await tx.ticket(TicketId(first.ticket), to="take")
    return await _hand_over(tx, first, ticket=ticket, to=agent.id)


async def _hand_over(tx: Tx, held: Work, *, ticket: Ticket, to: AgentId) -> Ticket:
    before = ticket
    if ticket.assignee != to:
        ticket = lifecycle.assign(ticket, to=to, at=tx.now)
    theirs = waits.taken(held, by=to, at=tx.now)
    theirs = replace(theirs, excluded=held.excluded - {to}, due_at=ticket.due_at)
    taken = await tx.save(replace(theirs, version=held.version + 1))
    if ticket is not before:
        ticket = await tx.save(ticket)
        tx.emit(TicketAssigned(ticket=ticket, before=before, was_with=before.assignee))
    tx.emit(WorkTaken(ticket=ticket, work=taken))
    return ticket


async def _back(tx: Tx, held: Work, *, ticket: Ticket, excluded: frozenset[AgentId]) -> Work:
    """Waiting once more: same queue, same age (I8); who accepted it before is preferred."""
    had_it = held.agent if held.state is WorkState.ACTIVE else held.preferred
    again = replace(held, state=WorkState.QUEUED, agent=None, held_at=None, preferred=had_it, excluded=excluded)
    again = replace(again, queue=ticket.queue, due_at=ticket.due_at, version=held.version + 1)
    if held.head_start and await tx.one(_DRIFTING, service=ticket.service, channel=held.channel) is None:
        again = replace(again, head_start=timedelta())
    await tx.save(again)
    tx.emit(WorkQueued(ticket=ticket, work=again))
    return again


async def _end(tx: Tx, offer: Offer, state: OfferState, *, ticket: Ticket) -> None:
    ended = await tx.save(replace(offer, state=state))
    tx.emit(OfferEnded(ticket=ticket, offer=ended))


async def _known(tx: Tx, offer_id: OfferId) -> tuple[Offer, Work]:
    """An offer to whoever asks. Raises NotFound for somebody else's."""
    asking = await tx.permit(to="offer")
    found = await tx.three((Offer, Work, Ticket), _WITH_WHAT_IT_IS_ABOUT, id=offer_id)
    if found is None or asking is None or found[0].agent != asking.id:
        raise NotFound
    offer, held_out, _ = found
    return offer, held_out


def _must_be_held_out(offer: Offer, held_out: Work) -> None:
    if (offer.state, held_out.state) != (OfferState.HELD_OUT, WorkState.OFFERED) or held_out.agent != offer.agent:
        raise Gone("This offer is over.")


async def _in_state(tx: Tx, work_id: WorkId, state: WorkState) -> Work:
    found = await tx.get(Work, work_id)
    _must_be(found, state)
    return found


def _must_be(found: Work, state: WorkState) -> None:
    if found.state is not state:
        raise Gone(f"It is {found.state.value} by now.")


def _is_able(agent: Agent, wanted: Work) -> bool:
    skilled = all(agent.skills.get(skill, 0) >= least for skill, least in wanted.skills.items())
    speaks = wanted.language is None or wanted.language in agent.languages
    return skilled and speaks


def _band(waiting: Work, *, priority: int, at: datetime, ageing: timedelta) -> int:
    step, waited = ageing // _MICROSECOND, (at - waiting.virtual_start) // _MICROSECOND
    return turn.band(priority, waited=waited, ageing=step)
