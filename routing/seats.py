"""Who is there: every agent on their seat with what they carry, and for each kind of work who could take it this moment."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count

from crm_core.model.agent import Agent
from crm_core.model.ids import AgentId, WorkId
from routing.choose import Ring, Seat
from routing.item import Item
from routing.match import Abilities, Ability, Crowd
from routing.order import Kind


class Seats:
    """The seats, and the rings that follow from them.

    `got_room` and `leaving` gather who has to be looked at when it is next decided: who may
    take something since, and who carries work while they are not there. `held_for` is which work is held for whom, and
    `moved` whose state changed since while something was.
    """

    def __init__(self, *, answers_at_once: int) -> None:
        self.abilities = Abilities()
        self.got_room: set[AgentId] = set()
        self.leaving: set[AgentId] = set()
        self.held_for: dict[AgentId, set[WorkId]] = {}
        self.moved: set[AgentId] = set()
        self._answers_at_once = answers_at_once
        self._seats: dict[AgentId, Seat] = {}
        self._rings: dict[Kind, Ring] = {}
        self._turn = count(1)
        self._changes = 0

    def __iter__(self) -> Iterator[Seat]:
        return iter(self._seats.values())

    def get(self, agent: AgentId | None) -> Seat | None:
        """Where this agent sits, if they were ever there."""
        return None if agent is None else self._seats.get(agent)

    def of(self, agent: AgentId) -> Seat:
        """The seat of somebody who has one."""
        return self._seats[agent]

    def sit_down(self, agent: Agent, ability: Ability, *, items: Iterable[Item]) -> Seat:
        """Somebody new; what they already carry is found by looking through all work, this once."""
        seat = self._seats[agent.id] = Seat(agent, ability=ability, shelf=self.abilities.take_up(ability))
        seat.shelf.agents.add(agent.id)
        self._changes += 1
        self.moved.update(self.held_for)
        for item in items:
            if item.agent == agent.id:
                self.carry(item, agent=agent.id)
        return seat

    def learn(self, seat: Seat, ability: Ability) -> None:
        """Skills or queues changed: as a language may now be waived, or no longer, everybody looks again."""
        old, seat.ability = seat.ability, ability
        for kind in seat.kinds:
            self._rings[kind].drop(seat.id)
        seat.kinds.clear()
        self._count(seat, present=False)
        seat.shelf.agents.discard(seat.agent.id)
        seat.shelf = self.abilities.take_up(ability)
        seat.shelf.agents.add(seat.agent.id)
        self.abilities.give_up(old)
        self._changes += 1
        self.got_room.update(self._seats)
        self.moved.update(self.held_for)

    def carry(self, item: Item, *, agent: AgentId | None) -> None:
        """It is with them, or held out to them."""
        item.agent = agent
        seat = None if agent is None else self._seats.get(agent)
        if seat is not None:
            seat.works.add(item.work.id)
            seat.carry(item.kind, sign=1, state=item.state)

    def lay_down(self, item: Item) -> None:
        """It is not with whom it was."""
        seat = None if item.agent is None else self._seats.get(item.agent)
        if seat is not None and item.work.id in seat.works:
            seat.works.remove(item.work.id)
            seat.carry(item.kind, sign=-1, state=item.state)

    def touch(self, agent: AgentId | None, *, since: datetime | None) -> None:
        """Their load changed; `since`: they idle from now at the earliest."""
        seat = None if agent is None else self._seats.get(agent)
        if seat is not None:
            if since is not None:
                seat.idle_since, seat.turn = max(seat.idle_since, since), next(self._turn)
            self.reseat(seat)

    def reseat(self, seat: Seat) -> None:
        """Bring the rings up to date with what this agent could take now."""
        ready, id, kinds = seat.available and not seat.wrapping, seat.id, seat.kinds
        if ready is not seat.present:
            self._count(seat, present=ready)
        asked = ready and not seat.rang_out
        looks = asked and seat.asked < self._answers_at_once and not seat.full
        for kind, ring in self._rings.items():
            if (looks or (asked and kind.live)) and seat.has_room(kind):
                if ring.put(seat):
                    kinds.add(kind)
                    self.got_room.add(id)
            elif kind in kinds:
                kinds.discard(kind)
                ring.drop(id)
        if seat.works and not ready:
            self.leaving.add(id)
        if id in self.held_for:
            self.moved.add(id)

    def rings_out(self, agent: AgentId, *, yes: bool) -> None:
        """A call rang out: until the record says how they stand, they get nothing else."""
        seat = self.get(agent)
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

    def ring(self, kind: Kind) -> Ring:
        """Who could take this kind of work this moment."""
        ring = self._rings.get(kind)
        if ring is None:
            ring = self._rings[kind] = Ring()
            for seat in self._seats.values():
                self.reseat(seat)
        return ring

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
