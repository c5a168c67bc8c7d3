"""Who is there: every agent on their seat with what they carry, and for each kind of work who could take it this moment."""

from collections.abc import Iterable
from datetime import datetime
from itertools import count

from crm_core.model.agent import Agent, Capacity
from crm_core.model.ids import AgentId, WorkId
from crm_core.model.work import Work
from routing.item import Item
from routing.match import Abilities, Ability, Crowd, Need
from routing.order import Kind
from routing.seat import NO_RINGS, Piece, Reach, Ring, Seat
from routing.shelf import Row

Asked = tuple[Crowd, Kind, Ring, Row]
"""Who is able to do a piece of work, what it takes of them, who could take that this moment, and where it stands."""


class Seats:
    """The seats `by_id` of their agents (nobody has none), and the rings that follow from them.

    `got_room` and `leaving` gather who has to be looked at when it is next decided: who may
    take something since, and who carries work while they are not there. `held_for` is which work is held for whom, and
    `moved` whose state changed since while something was.
    """

    def __init__(self, *, answers_at_once: int) -> None:
        self.by_id: dict[AgentId | None, Seat] = {}
        self.abilities = Abilities()
        self.got_room: set[AgentId] = set()
        self.leaving: set[AgentId] = set()
        self.held_for: dict[AgentId, set[WorkId]] = {}
        self.moved: set[AgentId] = set()
        self._answers_at_once = answers_at_once
        self._rings: dict[Kind, Ring] = {}
        self._reaches: dict[tuple[object, ...], Reach] = {}
        self._by_sight: dict[tuple[object, ...], Asked] = {}
        self._turn = count(1)
        self._changes = 0

    def sit_down(self, agent: Agent, ability: Ability, *, items: Iterable[Item]) -> Seat:
        """Somebody new; what they already carry is found by looking through all work, this once."""
        shelf, hands = self.abilities.take_up(ability), self._reach(agent.capacity).hands({})
        seat = self.by_id[agent.id] = Seat(agent, ability=ability, shelf=shelf, hands=hands)
        shelf.agents.add(agent.id)
        self._changes += 1
        self.moved.update(self.held_for)
        for item in items:
            if item.agent == agent.id:
                self.take(item, seat, item.ring.piece(item.state))
        return seat

    def learn(self, seat: Seat, ability: Ability) -> None:
        """Skills or queues changed: as a language may now be waived, or no longer, everybody looks again."""
        old, seat.ability = seat.ability, ability
        for ring in seat.rings:
            ring.leave(seat)
        seat.rings = NO_RINGS
        self._count(seat, present=False)
        seat.shelf.agents.discard(seat.agent.id)
        seat.shelf = self.abilities.take_up(ability)
        seat.shelf.agents.add(seat.agent.id)
        self.abilities.give_up(old)
        self._changes += 1
        self.got_room.update(seat.id for seat in self.by_id.values())
        self.moved.update(self.held_for)

    def is_now(self, seat: Seat, agent: Agent) -> None:
        """Somebody who is known, as the record says."""
        seat.is_now(agent, reach=self._reach(agent.capacity))
        seat.idle_since = max(seat.idle_since, agent.duty_since)
        self.got_room.add(seat.id)
        self.reseat(seat, walks=True)

    def take(self, item: Item, seat: Seat, piece: Piece) -> None:
        """It is with them, or held out to them."""
        item.piece = piece
        seat.works.add(item.work.id)
        seat.hands = seat.hands.more[piece]

    def accepts(self, item: Item, seat: Seat) -> None:
        """What they were looking at is theirs, so that they may look at something else."""
        before, piece = item.piece, item.ring.active
        if before is not None and before is not piece:
            item.piece = piece
            seat.hands = hands = seat.hands.fewer[before].more[piece]
            if hands.rings:
                self.reseat(seat)

    def lay_down(self, item: Item) -> None:
        """It is not with whom it was."""
        if item.piece is not None:
            seat = self.by_id[item.agent]
            seat.works.remove(item.work.id)
            seat.hands = seat.hands.fewer[item.piece]
            item.piece = None

    def touch(self, seat: Seat | None, since: datetime | None) -> None:
        """Their load changed; `since`: they idle from now at the earliest."""
        if seat is None:
            return
        if since is not None:
            seat.turn = next(self._turn)
            seat.idle_since = max(seat.idle_since, since)
        self.reseat(seat, walks=since is not None)

    def reseat(self, seat: Seat, *, walks: bool = False) -> None:
        """Bring the rings up to date with what this agent could take now; `walks`: their place in them is another."""
        hands, before = seat.hands, seat.rings
        ready = seat.available and not hands.wrapping
        if ready is not seat.present:
            self._count(seat, present=ready)
        rings = hands.rings if ready and not seat.rang_out else NO_RINGS
        if walks or rings is not before:
            for ring in before:
                ring.leave(seat)
            seat.rings = rings
            if rings:
                seat.place = (seat.idle_since, seat.turn, seat.id, seat)
                for ring in rings:
                    ring.join(seat)
                if not rings <= before:
                    self.got_room.add(seat.id)
        if not ready and seat.works:
            self.leaving.add(seat.id)
        if self.held_for and seat.id in self.held_for:
            self.moved.add(seat.id)

    def rings_out(self, agent: AgentId, *, yes: bool) -> None:
        """A call rang out: until the record says how they stand, they get nothing else."""
        seat = self.by_id.get(agent)
        if seat is not None:
            seat.rang_out = yes
            self.reseat(seat)

    def hold(self, work: WorkId, *, agent: AgentId) -> None:
        """It is kept for them; from now on it matters whether they leave or are full."""
        self.held_for.setdefault(agent, set()).add(work)

    def let_go(self, work: WorkId, *, agent: AgentId) -> None:
        """It is not kept for them any more."""
        kept = self.held_for[agent]
        kept.discard(work)
        if not kept:
            del self.held_for[agent]

    def asked(self, work: Work) -> Asked:
        """What this work asks; what is just like it is known by sight."""
        sight = (work.queue, work.language, work.channel, work.live, work.units, *work.skills.items())
        known = self._by_sight.get(sight)
        if known is None:
            crowd, kind = self.abilities.crowd(Need.of(work)), Kind(work.channel, work.live, work.units)
            known = self._by_sight[sight] = crowd, kind, self._ring(kind), crowd.row(kind)
        return known

    def _ring(self, kind: Kind) -> Ring:
        """Who could take this kind of work this moment. Of a new kind everybody is asked whether it fits."""
        ring = self._rings.get(kind)
        if ring is None:
            ring = self._rings[kind] = Ring(kind)
            self._reaches.clear()
            for seat in self.by_id.values():
                seat.fits_in(self._reach(seat.agent.capacity))
                self.reseat(seat)
        return ring

    def _reach(self, capacity: Capacity) -> Reach:
        key = (capacity.total, *sorted(capacity.by_channel.items()))
        reach = self._reaches.get(key)
        if reach is None:
            rings = frozenset(self._rings.values())
            reach = self._reaches[key] = Reach(capacity, rings=rings, answers_at_once=self._answers_at_once)
        return reach

    def there(self, crowd: Crowd) -> tuple[int, int, int]:
        """How many are able, and how many of them are there; counted anew only when somebody came or went since."""
        if crowd.there[0] != self._changes:
            able = sum([len(shelf.agents) for shelf in crowd.shelves])
            crowd.there = (self._changes, able, sum([shelf.present for shelf in crowd.shelves]))
        return crowd.there

    def _count(self, seat: Seat, *, present: bool) -> None:
        seat.shelf.present += present - seat.present
        seat.present = present
        self._changes += 1
