"""The Floor: what routing knows, and the one place where work meets an agent.

It is told facts (work, agents and offers as they are now; the newest version counts,
repeats are harmless) and answers with decisions. Facts may come in any number between
two decisions. The only thing it presumes is its own offer, until the fact arrives.

Between decisions no work waits that an agent with room could take. So only what changed
since is looked at: work that began to wait, and agents who got room.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from crm_core.model import turn
from crm_core.model.agent import Agent
from crm_core.model.ids import AgentId, QueueId, WorkId
from crm_core.model.queue import Profile
from crm_core.model.work import Offer, OfferState, Work
from routing import explain, standing
from routing.decision import Decision, MakeOffer, Overflow, TakeBack, TimeOut, Timing, Wait
from routing.item import Item
from routing.match import Ability
from routing.matching import Matching
from routing.order import ACTIVE, DONE, OFFERED, QUEUED, EverybodyBut, Excluded, length, micros
from routing.seat import Seat
from routing.seats import Seats
from routing.shelf import Line
from routing.timers import Timer, Timers

_NOBODY: frozenset[AgentId] = frozenset()
_AGAIN = timedelta(seconds=1)
_LOOK = AgentId("")
"""A timer for nobody: the work itself is to be looked at again."""

_USUAL = Profile()


class Floor:
    """Agents on duty, work that waits, offers held out. Time is always a value that is given."""

    def __init__(self, timing: Timing | None = None, *, profiles: Mapping[QueueId, Profile] | None = None) -> None:
        self.timing = timing or Timing()
        self._patience = {True: self.timing.live.offer, False: self.timing.deferred.offer}
        self._profiles = profiles or {}
        self._seats = Seats(answers_at_once=self.timing.answers_at_once)
        self._items: dict[WorkId, Item] = {}
        self._timers = Timers(self._items)
        self._matching = Matching(seats=self._seats, items=self._items, timing=self.timing, offering=self._offer)

    # Facts

    def agent_is(self, agent: Agent, *, serves: frozenset[QueueId], at: datetime) -> None:
        """A member of staff as they are now, on duty or not; `serves`: the queues of their teams."""
        ability = Ability.of(agent, serves=serves if agent.active else frozenset())
        seat = self._seats.by_id.get(agent.id)
        if seat is None:
            seat = self._seats.sit_down(agent, ability, items=self._items.values())
        elif agent.version < seat.agent.version:
            return
        elif ability != seat.ability:
            self._seats.learn(seat, ability)
        self._seats.is_now(seat, agent)
        if seat.gone:
            self._watch_grace(seat, at=at)

    def work_is(self, work: Work, *, at: datetime) -> None:
        """A piece of work as it is now: waiting, held out, with an agent, wrapped up or done."""
        item = self._items.get(work.id)
        if item is None:
            if work.state is not DONE:
                self._is_new(work, at)
        elif work.version > item.work.version:
            if work.state is DONE:
                self._is_done(item, at)
            elif item.state is not OFFERED or not self._is_still_theirs(item, work, at):
                self._is_changed(item, work, at)

    def work_is_gone(self, id: WorkId, *, at: datetime) -> None:
        """A piece of work is no longer routed: it is done, or people have to decide who gets it."""
        self._is_done(self._items.get(id), at)

    def offer_is(self, offer: Offer, *, at: datetime) -> None:
        """An offer as it is now; of those held out the floor learns when they end."""
        item = self._items.get(offer.work)
        if item is None or offer.state is not OfferState.HELD_OUT or item.agent != offer.agent:
            return
        if item.state is OFFERED and item.expires_at != offer.expires_at:
            self._hold_out(item, agent=offer.agent, until=max(at, offer.expires_at))

    def failed(self, decision: Decision, *, at: datetime) -> None:
        """A decision could not be carried out. What is true now should have been told first.

        An offer that was not made: the work waits again, and this pair rests a moment.
        Anything else is decided again a moment later, if it still holds.
        """
        item = self._items.get(decision.work)
        if item is None or item.agent != decision.agent:
            return
        if isinstance(decision, MakeOffer):
            if item.work.state is QUEUED:
                self._withdraw(item, agent=decision.agent, at=at)
            return
        item.told = False
        if isinstance(decision, TimeOut):
            self._seats.rings_out(decision.agent, yes=False)
        if decision.agent is None:
            self._timers.add(at + _AGAIN, work=item.work.id, agent=_LOOK)
            return
        if item.state is OFFERED:
            self._hold_out(item, agent=decision.agent, until=at + _AGAIN)
        self._timers.add(at + _AGAIN, work=None, agent=decision.agent)

    # Decisions

    def decide(self, now: datetime) -> list[Decision]:
        """All that is to be done now, in order. Nothing is left that could be decided."""
        due = self._timers.due(now)
        decisions = list(self._come_about(due, now)) if due else []
        if self._seats.leaving:
            decisions += self._who_left(now)
        if self._seats.moved:
            self._let_go(now)
        return decisions + self._matching.match(now)

    def wakes_at(self) -> datetime | None:
        """When to decide again at the latest, if no fact comes before."""
        return self._timers.first()

    def why_waits(self, id: WorkId) -> Wait:
        """What this work waits for, in words for a screen."""
        item = self._items.get(id)
        if item is None:
            return Wait("It is not known to the floor: it is done, or its news has not come yet.")
        if item.line is None:
            return Wait(explain.not_waiting(item.state, agent=item.agent, until=item.expires_at))
        able = [seat for seat in self._seats.by_id.values() if seat.shelf in item.crowd]
        return Wait(explain.waiting(able=able, line=item.line, kind=item.kind))

    def next_for(self, agent: AgentId, *, now: datetime) -> Work | None:
        """What this agent would get if they asked for the next piece themselves, on duty or not."""
        seat = self._seats.by_id.get(agent)
        if seat is None:
            return None
        self._matching.show_all_new()
        kinds = [kind for kind in seat.shelf.boards if seat.has_room(kind)]
        first = seat.shelf.best(kinds, agent, micros(now), self._matching.ageing)
        if first is None:
            return None
        item = self._items[first[2]]
        return (self._matching.ahead(item, seat, kinds=kinds, now=micros(now)) or item).work

    # What a fact changes

    def _is_new(self, work: Work, at: datetime) -> None:
        crowd, kind, ring, row = self._seats.asked(work)
        key = micros(work.virtual_start), work.id
        item = self._items[work.id] = Item(work, crowd, kind, ring, row, key)
        self._attach(item, at)
        if item.agent is not None:
            self._seats.touch(self._seats.by_id.get(item.agent), at)

    def _is_changed(self, item: Item, work: Work, at: datetime) -> None:
        before = item.agent
        self._detach(item)
        item.learn(work, at)
        item.crowd, item.kind, item.ring, item.row = self._seats.asked(work)
        item.key, item.told = (micros(work.virtual_start), work.id), False
        self._attach(item, at)
        for id in dict.fromkeys((before, item.agent)):
            self._seats.touch(self._seats.by_id.get(id), None if before == item.agent else at)

    def _is_still_theirs(self, item: Item, work: Work, at: datetime) -> bool:
        """The news most often heard: our own offer came about, or was accepted. Nothing moves."""
        state, agent, before = work.state, item.agent, item.work
        if agent is None or agent != work.agent or (state is not ACTIVE and state is not OFFERED):
            return False
        if work.units != before.units or work.live != before.live or work.channel != before.channel:
            return False
        item.learn(work, at)
        item.told = False
        if item.refused:
            item.is_forgiven(agent)
        seat = self._seats.by_id.get(agent)
        if state is ACTIVE:
            item.state, item.expires_at = ACTIVE, None
            self._timers.answered(item)
            if seat is not None:
                self._seats.accepts(item, seat)
        elif seat is not None and not seat.ready:
            self._seats.leaving.add(agent)
        return True

    def _is_done(self, item: Item | None, at: datetime) -> None:
        if item is not None:
            del self._items[item.work.id]
            self._detach(item)
            if item.agent is not None:
                self._seats.touch(self._seats.by_id.get(item.agent), at)

    def _attach(self, item: Item, at: datetime) -> None:
        """Put the work where its state says."""
        work = item.work
        item.state, item.agent = work.state, None
        if work.state is not OFFERED:
            item.expires_at = None
        if work.state is QUEUED:
            if item.shown_at is not None:
                item.comes_back(at=at)
            if work.excluded or item.refused:
                item.note_refusals(until=at + self.timing.cool_down)
            self._line_up(item, at)
            return
        item.agent = work.agent
        if work.agent is not None and item.refused:
            item.is_forgiven(work.agent)
        seat = self._seats.by_id.get(work.agent)
        if seat is not None:
            self._seats.take(item, seat, item.ring.piece(item.state))
        if work.state is OFFERED and work.agent is not None:
            item.shown_at = item.shown_at or at
            until = item.expires_at or at + self.timing.of(work).offer
            self._hold_out(item, agent=work.agent, until=until)

    def _detach(self, item: Item) -> None:
        """Take the work from where it stood."""
        if item.line is not None:
            self._leave_line(item, item.line)
        elif item.piece is not None:
            self._seats.lay_down(item)

    def _withdraw(self, item: Item, *, agent: AgentId, at: datetime) -> None:
        """The floor's own offer did not come about."""
        self._detach(item)
        item.rests(agent, until=at + _AGAIN)
        self._attach(item, at)
        self._seats.touch(self._seats.by_id.get(agent), None)

    # Lines

    def _line_up(self, item: Item, now: datetime) -> None:
        work = item.work
        profile = self._profiles.get(work.queue, _USUAL)
        if profile.rings:
            item.crowd = self._seats.abilities.crowd(standing.asks(item, profile=profile, now=now))
        item.priority = work.priority
        if work.due_at is not None or profile.rings or profile.overflow is not None:
            near = standing.presses_at(work, profile=profile, timing=self.timing)
            item.priority = turn.raised(work, near=near, at=now)
            again = standing.look_again(item, profile=profile, near=near, now=now)
            if again is not None:
                self._timers.add(again, work=work.id, agent=_LOOK)
        excluded: Excluded = _NOBODY
        if item.refused:
            resting = {agent: until for agent, until in item.refused.items() if until > now}
            for agent, until in resting.items():
                self._timers.add(until, work=work.id, agent=agent)
            excluded = frozenset(resting)
        if work.preferred is None:
            item.hold_over = True
        if not item.hold_over:
            excluded = self._keep(item, profile=profile, excluded=excluded, now=now)
        head_start = length(work.head_start) if work.head_start else 0
        row = item.crowd.row(item.kind, excluded) if excluded or profile.rings else item.row
        item.line = row.line(item.priority, head_start)
        if head_start:
            self._matching.head_starts += 1
        item.line.add(item.key)
        self._matching.new_work.add(work.id)

    def _leave_line(self, item: Item, line: Line) -> None:
        line.drop(item.key)
        item.line = None
        if line.head_start:
            self._matching.head_starts -= 1
        self._matching.new_work.discard(item.work.id)
        if line.excluded:
            item.crowd.close(line)
        if item.held is not None:
            self._seats.let_go(item.work.id, agent=item.held)
            item.held = None

    def _line_up_again(self, item: Item, *, now: datetime) -> None:
        if item.line is not None:
            self._leave_line(item, item.line)
            self._line_up(item, now)

    # Held for whoever had it last

    def _keep(self, item: Item, *, profile: Profile, excluded: Excluded, now: datetime) -> Excluded:
        """Nobody else is asked as long as they are there, have room, and the hold lasts; once over it is over."""
        agent = item.work.preferred
        until = now if agent is None or agent in excluded else standing.hold_ends(item.work, profile=profile)
        if agent is None or until <= now or not self._could_soon(item, agent):
            item.hold_over = True
            return excluded
        item.held = agent
        self._seats.hold(item.work.id, agent=agent)
        self._timers.add(until, work=item.work.id, agent=_LOOK)
        return EverybodyBut(agent)

    def _could_soon(self, item: Item, agent: AgentId) -> bool:
        seat = self._seats.by_id.get(agent)
        return seat is not None and seat.near and seat.shelf in item.crowd and seat.has_room(item.kind)

    def _let_go(self, now: datetime) -> None:
        """Whoever it was held for left, or is full: everybody may have it."""
        for agent in sorted(self._seats.moved):
            for id in sorted(self._seats.held_for.get(agent, ())):
                item = self._items[id]
                if not self._could_soon(item, agent):
                    item.hold_over = True
                    self._line_up_again(item, now=now)
        self._seats.moved.clear()

    # Timers

    def _hold_out(self, item: Item, *, agent: AgentId, until: datetime) -> None:
        item.expires_at = until
        self._timers.offer_ends(until, item, agent)

    def _come_about(self, due: list[Timer], now: datetime) -> Iterator[Decision]:
        """Offers that ended, refusals that are forgotten, agents who have been gone too long."""
        while due:
            for _, _, work, agent in due:
                item = None if work is None else self._items.get(work)
                if work is None:
                    self._seats.leaving.add(agent)
                elif agent == _LOOK:
                    yield from self._look_again(item, now=now)
                elif item is not None:
                    yield from self._pair_due(item, agent, now=now)
            due = self._timers.due(now)

    def _pair_due(self, item: Item, agent: AgentId, *, now: datetime) -> Iterator[Decision]:
        """They may be asked for it again, or let it ring to the end."""
        if item.line is not None:
            if item.rests_no_more(agent, now=now) and agent in item.line.excluded:
                self._line_up_again(item, now=now)
        elif item.offer_is_over(agent, now=now):
            item.told = True
            if item.kind.live:
                self._seats.rings_out(agent, yes=True)
            yield TimeOut(item.work.id, agent, item.kind.live, explain.no_answer(self.timing.of(item.work)))

    def _look_again(self, item: Item | None, *, now: datetime) -> Iterator[Decision]:
        """Its promise came near, its hold is over, its queue asks for less now, or another queue shall have it."""
        if item is None or item.line is None:
            return
        profile = self._profiles.get(item.work.queue, _USUAL)
        over = profile.overflow is not None and not item.told and standing.overflows(item, profile=profile, now=now)
        item.told = item.told or over
        self._line_up_again(item, now=now)
        if over and profile.overflow is not None:
            yield Overflow(item.work.id, profile.overflow, explain.overflow(profile.overflow_after))

    # Agents who leave

    def _watch_grace(self, seat: Seat, *, at: datetime) -> None:
        """Offers come back at once; accepted work when its grace is over."""
        for pace in (self.timing.live, self.timing.deferred):
            self._timers.add(max(at, seat.agent.duty_since + pace.grace), work=None, agent=seat.agent.id)

    def _who_left(self, now: datetime) -> Iterator[Decision]:
        leaving, self._seats.leaving = sorted(self._seats.leaving), set()
        for agent in leaving:
            seat = self._seats.by_id[agent]
            for id in sorted(seat.works):
                item = self._items[id]
                if not item.told and (why := self._why_back(item, seat, now=now)) is not None:
                    item.told = True
                    yield TakeBack(id, agent, why)

    def _why_back(self, item: Item, seat: Seat, *, now: datetime) -> str | None:
        if item.state is OFFERED and item.work.state is OFFERED and not seat.ready:
            return explain.left_offer(seat.agent)
        over = seat.gone and now >= seat.agent.duty_since + self.timing.of(item.work).grace
        return explain.left_work(seat.agent) if item.state is ACTIVE and over else None

    # Offers

    def _offer(self, item: Item, seat: Seat, now: datetime, counts: int) -> MakeOffer:
        agent, until = seat.id, now + self._patience[item.kind.live]
        because = explain.because(item, seat, explain.others(item, seat, self._seats), now, counts)
        if item.line is not None:
            self._leave_line(item, item.line)
        item.state, item.agent, item.shown_at, item.told, item.expires_at = OFFERED, agent, now, False, until
        self._timers.offer_ends(until, item, agent)
        self._seats.take(item, seat, item.ring.offered)
        self._seats.touch(seat, now)
        return MakeOffer(item.work.id, agent, until, because)
