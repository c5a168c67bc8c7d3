"""Which agent: the one who has been idle longest, with a small bonus for who had the ticket last."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import datetime, timedelta

from crm_core.model.agent import Agent, Duty, Load
from crm_core.model.ids import AgentId, WorkId
from routing.match import Ability
from routing.order import Kind, Line, Shelf

Place = tuple[datetime, int, AgentId]
"""The order of agents, least first: idle since, turn, id."""


class Seat:
    """An agent as routing knows them: what they can do, what they carry, since when they idle.

    What is held out to them counts as carried. `wrapping` is how many pieces of work
    they are still finishing; `asked` how many deferred ones they are looking at. `turn`
    orders who became idle at the same moment, so that a burst goes round.
    """

    __slots__ = ("ability", "agent", "asked", "idle_since", "load", "shelf", "turn", "works", "wrapping")

    def __init__(self, agent: Agent, *, ability: Ability, shelf: Shelf) -> None:
        self.agent = agent
        self.ability = ability
        self.shelf = shelf
        self.idle_since = agent.duty_since
        self.turn = 0
        self.load = Load({})
        self.works: set[WorkId] = set()
        self.wrapping = 0
        self.asked = 0

    @property
    def place(self) -> "Place":
        """Where they stand in a ring."""
        return self.idle_since, self.turn, self.agent.id

    @property
    def ready(self) -> bool:
        """Whether they are there for new work at all."""
        return self.agent.ready and not self.wrapping

    @property
    def gone(self) -> bool:
        """Whether they left, or their account was closed."""
        return self.agent.duty is Duty.OFFLINE or not self.agent.active

    def carry(self, kind: Kind, *, sign: int) -> None:
        """One more of this kind, or (-1) one fewer."""
        carried = self.load.by_channel
        self.load = Load({**carried, kind.channel: carried.get(kind.channel, 0) + sign * kind.units})

    def has_room(self, kind: Kind) -> bool:
        """Whether their capacity takes one more of this kind."""
        return self.agent.capacity.has_room(self.load, channel=kind.channel, units=kind.units)


class Ring:
    """The agents who could take one kind of work this moment, longest idle first."""

    __slots__ = ("_order", "_seats")

    def __init__(self) -> None:
        self._order: list[Place] = []
        self._seats: dict[AgentId, tuple[Place, Seat]] = {}

    def __contains__(self, agent: object) -> bool:
        return agent in self._seats

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Seat]:
        return (self._seats[agent][1] for _, _, agent in self._order)

    def get(self, agent: AgentId | None) -> Seat | None:
        """This agent's seat, if they stand in the ring."""
        found = None if agent is None else self._seats.get(agent)
        return None if found is None else found[1]

    def put(self, seat: Seat) -> bool:
        """Let them stand where their idle time says; True if they were not in the ring before."""
        place = seat.place
        known = self._seats.get(seat.agent.id)
        if known is not None:
            if known[0] == place:
                return False
            self._remove(known[0])
        self._seats[seat.agent.id] = (place, seat)
        insort(self._order, place)
        return known is None

    def drop(self, agent: AgentId) -> None:
        """They cannot take this kind of work now."""
        known = self._seats.pop(agent, None)
        if known is not None:
            self._remove(known[0])

    def _remove(self, place: Place) -> None:
        del self._order[bisect_left(self._order, place)]


def choose(ring: Ring, *, line: Line, preferred: AgentId | None, bonus: timedelta) -> Seat | None:
    """The agent for the work at hand: longest idle of those able, ties by turn and id; None if nobody can."""
    if not ring:
        return None
    first = _among_few(ring, line) if len(line.shelves) * 4 < len(ring) else _among_many(ring, line)
    known = ring.get(preferred)
    if first is None or known is None or not can_take(known, line=line):
        return first
    since, turn, id = known.place
    return known if (since - bonus, turn, id) < first.place else first


def _among_many(ring: Ring, line: Line) -> Seat | None:
    """Most who are free are able: walk the ring, longest idle first, until the first who is."""
    shelves, excluded = line.shelves, line.excluded
    for seat in ring:
        if seat.shelf in shelves and seat.agent.id not in excluded:
            return seat
    return None


def _among_few(ring: Ring, line: Line) -> Seat | None:
    """Few are able: look for those of them who are free."""
    able = (ring.get(agent) for shelf in line.shelves for agent in shelf.agents - line.excluded)
    return min((seat for seat in able if seat is not None), key=lambda seat: seat.place, default=None)


def can_take(seat: Seat, *, line: Line) -> bool:
    """Whether they are able to do what stands in this line and have not just refused it."""
    return seat.shelf in line.shelves and seat.agent.id not in line.excluded
