"""Which agent: of those who fit best the one who has been idle longest, with a small bonus for who had the ticket last."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import datetime, timedelta

from crm_core.model.agent import Agent, Duty
from crm_core.model.ids import AgentId, WorkId
from crm_core.model.work import WorkState
from routing.match import Ability
from routing.order import ACTIVE, OFFERED, WRAPPING, Kind, Line, Shelf

Place = tuple[datetime, int, AgentId]
"""The order of agents, least first: idle since, turn, id."""


_NEAR = (Duty.AVAILABLE, Duty.WRAP_UP)


class Seat:
    """An agent as routing knows them: what they can do, what they carry, since when they idle.

    What is held out to them counts as carried. `wrapping` is how many pieces of work
    they are still finishing; `asked` how many deferred ones they are looking at. `turn`
    orders who became idle at the same moment, so that a burst goes round.
    """

    __slots__ = (
        "ability",
        "agent",
        "asked",
        "available",
        "carried",
        "id",
        "idle_since",
        "present",
        "rang_out",
        "shelf",
        "total",
        "turn",
        "works",
        "wrapping",
    )

    def __init__(self, agent: Agent, *, ability: Ability, shelf: Shelf) -> None:
        self.agent = agent
        self.id = agent.id
        self.available = agent.ready
        self.ability = ability
        self.shelf = shelf
        self.idle_since = agent.duty_since
        self.turn = 0
        self.carried: dict[str, int] = {}
        self.total = 0
        self.present = False
        self.rang_out = False
        self.works: set[WorkId] = set()
        self.wrapping = 0
        self.asked = 0

    @property
    def place(self) -> "Place":
        """Where they stand in a ring."""
        return self.idle_since, self.turn, self.id

    @property
    def ready(self) -> bool:
        """Whether they are there for new work at all."""
        return self.available and not self.wrapping

    @property
    def near(self) -> bool:
        """Whether they are there, or will be in a moment: work may be held for them."""
        return self.agent.active and self.agent.duty in _NEAR

    @property
    def gone(self) -> bool:
        """Whether they left, or their account was closed."""
        return self.agent.duty is Duty.OFFLINE or not self.agent.active

    def is_now(self, agent: Agent) -> None:
        """As the record says; whatever rang out before, they may be asked again."""
        self.agent, self.available, self.rang_out = agent, agent.ready, False

    def carry(self, kind: Kind, *, sign: int, state: WorkState = ACTIVE) -> None:
        """One more of this kind in this state, or (-1) one fewer."""
        channel, live, units = kind
        self.carried[channel] = self.carried.get(channel, 0) + sign * units
        self.total += sign * units
        if state is WRAPPING:
            self.wrapping += sign
        elif state is OFFERED and not live:
            self.asked += sign

    def has_room(self, kind: Kind) -> bool:
        """Whether their capacity takes one more of this kind."""
        channel, live, units = kind
        return self.agent.capacity.takes(channel, units, live=live, carried=self.carried, total=self.total)


class Ring:
    """The agents who could take one kind of work this moment, longest idle first.

    `free` counts them by shelf; `places` is where each stands.
    """

    __slots__ = ("_order", "free", "places")

    def __init__(self) -> None:
        self.free: dict[Shelf, int] = {}
        self._order: list[Place] = []
        self.places: dict[AgentId, tuple[Place, Seat]] = {}

    def __contains__(self, agent: object) -> bool:
        return agent in self.places

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Seat]:
        return (self.places[agent][1] for _, _, agent in self._order)

    def get(self, agent: AgentId | None) -> Seat | None:
        """This agent's seat, if they stand in the ring."""
        found = None if agent is None else self.places.get(agent)
        return None if found is None else found[1]

    def put(self, seat: Seat) -> bool:
        """Let them stand where their idle time says; True if they were not in the ring before."""
        place = (seat.idle_since, seat.turn, seat.id)
        known = self.places.get(seat.id)
        if known is not None:
            if known[0] == place:
                return False
            del self._order[bisect_left(self._order, known[0])]
        else:
            self.free[seat.shelf] = self.free.get(seat.shelf, 0) + 1
        self.places[seat.id] = (place, seat)
        insort(self._order, place)
        return known is None

    def drop(self, agent: AgentId) -> None:
        """They cannot take this kind of work now."""
        known = self.places.pop(agent, None)
        if known is not None:
            del self._order[bisect_left(self._order, known[0])]
            shelf = known[1].shelf
            left = self.free[shelf] - 1
            if left:
                self.free[shelf] = left
            else:
                del self.free[shelf]


def choose(ring: Ring, *, line: Line, preferred: AgentId | None, bonus: timedelta) -> Seat | None:
    """The agent for the work at hand: best fit, then longest idle, ties by turn and id; None if nobody can."""
    if ring.free.keys().isdisjoint(line.shelves.keys()):
        return None
    first = _among_few(ring, line) if _few_are_able(ring, line) else _among_many(ring, line)
    known = None if preferred is None else ring.get(preferred)
    if first is None or known is None or not can_take(known, line=line):
        return first
    if line.shelves[known.shelf] != line.shelves[first.shelf]:
        return first
    since, turn, id = known.place
    return known if (since - bonus, turn, id) < first.place else first


def able(ring: Ring, line: Line) -> list[Seat]:
    """All who could take it, in no order that counts."""
    if not _few_are_able(ring, line):
        return [seat for seat in ring if can_take(seat, line=line)]
    shelves = [shelf for shelf in line.shelves if shelf in ring.free]
    free = [ring.places.get(agent) for shelf in shelves for agent in shelf.agents if agent not in line.excluded]
    return [known[1] for known in free if known is not None]


def _few_are_able(ring: Ring, line: Line) -> bool:
    return len(line.shelves) * 4 < len(ring.places)


def _among_many(ring: Ring, line: Line) -> Seat | None:
    """Most who are free are able: walk the ring, longest idle first, until one comes whom nobody fits better."""
    shelves, excluded = line.shelves, line.excluded
    found, fits = None, line.fit - 1
    for seat in ring:
        here = shelves.get(seat.shelf)
        if here is None or (found is not None and here <= fits) or seat.agent.id in excluded:
            continue
        if here == line.fit:
            return seat
        found, fits = seat, here
    return found


def _among_few(ring: Ring, line: Line) -> Seat | None:
    """Few are able: look for those of them who are free."""
    excluded = line.excluded
    best, most, first = None, 0, None
    for shelf, fits in line.shelves.items():
        if shelf not in ring.free or (best is not None and fits < most):
            continue
        for agent in shelf.agents:
            known = ring.places.get(agent)
            if known is None or agent in excluded:
                continue
            if best is None or fits > most or first is None or known[0] < first:
                most, (first, best) = fits, known
    return best


def can_take(seat: Seat, *, line: Line) -> bool:
    """Whether they are able to do what stands in this line, and are asked for it."""
    return seat.shelf in line.shelves and seat.agent.id not in line.excluded
