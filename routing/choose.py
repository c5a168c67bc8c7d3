"""Which agent: of those who fit best the one who has been idle longest, with a small bonus for who had the ticket last."""

from bisect import bisect_left, insort
from datetime import datetime, timedelta
from itertools import islice

from crm_core.model.agent import Agent, Duty
from crm_core.model.ids import AgentId, WorkId
from crm_core.model.work import WorkState
from routing.match import Ability
from routing.order import ACTIVE, OFFERED, WRAPPING, Excluded, Kind, Line, Shelf

Place = tuple[datetime, int, AgentId, "Seat"]
"""The order of agents, least first: idle since, turn, id; and whose it is."""

_NEAR = (Duty.AVAILABLE, Duty.WRAP_UP)


class Seat:
    """An agent as routing knows them: what they can do, what they carry, since when they idle.

    What is held out to them counts as carried. `wrapping` is how many pieces of work
    they are still finishing; `asked` how many deferred ones they are looking at. `turn`
    orders who became idle at the same moment, so that a burst goes round. `kinds` is what
    they could take this moment: in the rings of these they stand.
    """

    __slots__ = (
        "ability",
        "agent",
        "asked",
        "available",
        "carried",
        "id",
        "idle_since",
        "kinds",
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
        self.kinds: set[Kind] = set()
        self.carried: dict[str, int] = {}
        self.total = 0
        self.present = False
        self.rang_out = False
        self.works: set[WorkId] = set()
        self.wrapping = 0
        self.asked = 0

    @property
    def place(self) -> Place:
        """Where they stand in a ring."""
        return self.idle_since, self.turn, self.id, self

    @property
    def ready(self) -> bool:
        """Whether they are there for new work at all."""
        return self.available and not self.wrapping

    @property
    def near(self) -> bool:
        """Whether they are there, or will be in a moment: work may be held for them."""
        return self.agent.active and self.agent.duty in _NEAR

    @property
    def full(self) -> bool:
        """Whether nothing more in writing fits, whatever its channel."""
        return self.total >= self.agent.capacity.total

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
    """The agents who could take one kind of work this moment.

    `free` has them by shelf, longest idle first; `places` is where each stands.
    """

    __slots__ = ("free", "places")

    def __init__(self) -> None:
        self.free: dict[Shelf, list[Place]] = {}
        self.places: dict[AgentId, Place] = {}

    def get(self, agent: AgentId | None) -> Seat | None:
        """This agent's seat, if they stand in the ring."""
        found = None if agent is None else self.places.get(agent)
        return None if found is None else found[3]

    def put(self, seat: Seat) -> bool:
        """Let them stand where their idle time says; True if they were not in the ring before."""
        place, known = seat.place, self.places.get(seat.id)
        if known is not None:
            if known == place:
                return False
            self._leave(known)
        self.places[seat.id] = place
        row = self.free.get(seat.shelf)
        if row is None:
            self.free[seat.shelf] = [place]
        else:
            insort(row, place)
        return known is None

    def drop(self, agent: AgentId) -> None:
        """They cannot take this kind of work now."""
        known = self.places.pop(agent, None)
        if known is not None:
            self._leave(known)

    def _leave(self, place: Place) -> None:
        shelf = place[3].shelf
        row = self.free[shelf]
        if len(row) > 1:
            del row[bisect_left(row, place)]
        else:
            del self.free[shelf]


def choose(ring: Ring, *, line: Line, preferred: AgentId | None, bonus: timedelta) -> Seat | None:
    """The agent for the work at hand: best fit, then longest idle, ties by turn and id; None if nobody can."""
    free, shelves, excluded = ring.free, line.shelves, line.excluded
    best: Place | None = None
    most = 0
    for shelf in free.keys() & shelves.keys():
        fits = shelves[shelf]
        if best is None or fits >= most:
            first = _first(free[shelf], excluded) if excluded else free[shelf][0]
            if first is not None and (best is None or fits > most or first < best):
                best, most = first, fits
    if best is None or preferred is None:
        return None if best is None else best[3]
    known = ring.get(preferred)
    if known is None or not can_take(known, line=line) or shelves[known.shelf] != most:
        return best[3]
    return known if (known.idle_since - bonus, known.turn, known.id) < best[:3] else best[3]


def able(ring: Ring, line: Line, *, most: int, preferred: AgentId | None) -> list[Seat]:
    """Who could take it: at each shelf the longest idle, so many at `most`, and whoever had the ticket last."""
    rows = (ring.free[shelf] for shelf in ring.free.keys() & line.shelves.keys())
    asked = ((place[3] for place in row if place[2] not in line.excluded) for row in rows)
    found = [seat for row in asked for seat in islice(row, most)]
    known = ring.get(preferred)
    if known is not None and known not in found and can_take(known, line=line):
        found.append(known)
    return found


def can_take(seat: Seat, *, line: Line) -> bool:
    """Whether they are able to do what stands in this line, and are asked for it."""
    return seat.shelf in line.shelves and seat.id not in line.excluded


def _first(row: list[Place], excluded: Excluded) -> Place | None:
    """The longest idle of those who are asked."""
    return next((place for place in row if place[2] not in excluded), None)
