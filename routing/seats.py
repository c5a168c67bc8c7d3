"""Who is there: every agent on their seat with what they carry, and for each kind of work who could take it this moment."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count

from crm_core.model.agent import Agent
from crm_core.model.ids import AgentId, WorkId
from crm_core.model.work import WorkState
from routing.choose import Ring, Seat
from routing.item import Item
from routing.match import Abilities, Ability
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
        self.moved.update(self.held_for)
        for item in items:
            if item.agent == agent.id:
                self.carry(item, agent=agent.id)
        return seat

    def learn(self, seat: Seat, ability: Ability) -> None:
        """Skills or queues changed: as a language may now be waived, or no longer, everybody looks again."""
        old, seat.ability = seat.ability, ability
        for ring in self._rings.values():
            ring.drop(seat.agent.id)
        self._count(seat, present=False)
        seat.shelf.agents.discard(seat.agent.id)
        seat.shelf = self.abilities.take_up(ability)
        seat.shelf.agents.add(seat.agent.id)
        self.abilities.give_up(old)
        self.got_room.update(self._seats)
        self.moved.update(self.held_for)

    def carry(self, item: Item, *, agent: AgentId | None) -> None:
        """It is with them, or held out to them."""
        item.agent = agent
        seat = self.get(agent)
        if seat is not None:
            seat.works.add(item.work.id)
            _weigh(seat, item, sign=1)

    def lay_down(self, item: Item) -> None:
        """It is not with whom it was."""
        seat = self.get(item.agent)
        if seat is not None and item.work.id in seat.works:
            seat.works.remove(item.work.id)
            _weigh(seat, item, sign=-1)

    def touch(self, agent: AgentId | None, *, since: datetime | None) -> None:
        """Their load changed; `since`: they idle from now at the earliest."""
        seat = self.get(agent)
        if seat is not None:
            if since is not None:
                seat.idle_since, seat.turn = max(seat.idle_since, since), next(self._turn)
            self.reseat(seat)

    def reseat(self, seat: Seat) -> None:
        """Bring the rings up to date with what this agent could take now."""
        ready = seat.ready
        self._count(seat, present=ready)
        for kind, ring in self._rings.items():
            self._seat_in(ring, kind, seat, ready=ready)
        if seat.works and not ready:
            self.leaving.add(seat.agent.id)
        if seat.agent.id in self.held_for:
            self.moved.add(seat.agent.id)

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

    @property
    def several_are_free(self) -> bool:
        """Whether more than one agent could take anything this moment."""
        only: AgentId | None = None
        for ring in self._rings.values():
            for seat in ring:
                if only is not None and seat.agent.id != only:
                    return True
                only = seat.agent.id
        return False

    def ring(self, kind: Kind) -> Ring:
        """Who could take this kind of work this moment."""
        if kind not in self._rings:
            ring = self._rings[kind] = Ring()
            for seat in self._seats.values():
                self._seat_in(ring, kind, seat, ready=seat.ready)
        return self._rings[kind]

    def kinds_for(self, seat: Seat) -> list[Kind]:
        """What they could take this moment."""
        return [kind for kind in seat.shelf.kinds if seat.agent.id in self._rings[kind]]

    def _count(self, seat: Seat, *, present: bool) -> None:
        seat.shelf.present += present - seat.present
        seat.present = present

    def _seat_in(self, ring: Ring, kind: Kind, seat: Seat, *, ready: bool) -> None:
        if ready and not seat.rang_out and (kind.live or seat.asked < self._answers_at_once) and seat.has_room(kind):
            if ring.put(seat):
                self.got_room.add(seat.agent.id)
        else:
            ring.drop(seat.agent.id)


def _weigh(seat: Seat, item: Item, *, sign: int) -> None:
    seat.carry(item.kind, sign=sign)
    if item.state is WorkState.WRAPPING:
        seat.wrapping += sign
    if item.state is WorkState.OFFERED and not item.kind.live:
        seat.asked += sign
