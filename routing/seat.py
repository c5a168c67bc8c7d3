"""An agent as routing knows them: where they sit, what is in their hands, and in which rings they stand."""

from bisect import bisect_left, insort
from collections.abc import Mapping
from datetime import datetime

from crm_core.model.agent import Agent, Capacity, Duty
from crm_core.model.ids import AgentId, WorkId
from crm_core.model.work import WorkState
from routing.match import Ability
from routing.order import OFFERED, WRAPPING, Kind
from routing.shelf import Shelf

Place = tuple[datetime, int, AgentId, "Seat"]
"""The order of agents, least first: idle since, turn, id; and whose it is."""

_NEAR = (Duty.AVAILABLE, Duty.WRAP_UP)


class Piece:
    """A piece of work as hands feel it: of the kind of this ring; just being looked at (`asked`), or finished (`wrapping`)."""

    __slots__ = ("asked", "ring", "wrapping")

    def __init__(self, ring: "Ring", *, asked: bool = False, wrapping: bool = False) -> None:
        self.ring = ring
        self.asked = asked
        self.wrapping = wrapping


class Ring:
    """The agents who could take one `kind` of work this moment: `free`, by shelf, longest idle first."""

    __slots__ = ("_wrapping", "active", "free", "kind", "offered")

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.free: dict[Shelf, list[Place]] = {}
        self.active = Piece(self)
        self.offered = self.active if kind.live else Piece(self, asked=True)
        self._wrapping = Piece(self, wrapping=True)

    def piece(self, state: WorkState) -> Piece:
        """One of this kind in this state. Nobody takes their time over what is live, so it is as good as taken."""
        if state is OFFERED:
            return self.offered
        return self._wrapping if state is WRAPPING else self.active

    def join(self, seat: "Seat") -> None:
        """From now on they could take it."""
        row = self.free.get(seat.shelf)
        if row is None:
            self.free[seat.shelf] = [seat.place]
        else:
            insort(row, seat.place)

    def leave(self, seat: "Seat") -> None:
        """They could not any more."""
        row = self.free[seat.shelf]
        if len(row) > 1:
            del row[bisect_left(row, seat.place)]
        else:
            del self.free[seat.shelf]


Rings = frozenset[Ring]

NO_RINGS: Rings = frozenset()


class Reach:
    """How much somebody can carry at once, and all the ways in which hands of this reach were ever full.

    `rings` are those of all kinds that are known, `answers_at_once` how many answers they may look at together.
    """

    def __init__(self, capacity: Capacity, *, rings: Rings, answers_at_once: int) -> None:
        self._capacity = capacity
        self._rings = rings
        self._answers_at_once = answers_at_once
        self._known: dict[tuple[object, ...], Hands] = {}

    def hands(self, carried: Mapping[str, int], *, asked: int = 0, wrapping: int = 0) -> "Hands":
        """Hands that hold so many units on each channel. Equal hands are one and the same."""
        key = (asked, wrapping, *sorted(each for each in carried.items() if each[1]))
        if key not in self._known:
            self._known[key] = Hands(self, carried, asked=asked, wrapping=wrapping)
        return self._known[key]

    def rings(self, hands: "Hands") -> Rings:
        """What fits besides: of answers only so many are looked at together, and none where nothing more in writing fits."""
        if hands.wrapping:
            return NO_RINGS
        looks = hands.asked < self._answers_at_once and hands.total < self._capacity.total
        return frozenset(ring for ring in self._rings if (looks or ring.kind.live) and self._fits(ring.kind, hands))

    def _fits(self, kind: Kind, hands: "Hands") -> bool:
        channel, live, units = kind
        return self._capacity.takes(channel, units, live=live, carried=hands.carried, total=hands.total)


class Hands:
    """What somebody carries, what is held out to them included: `total` units, on each channel as many as `carried`.

    `asked` is how many answers they are looking at, `wrapping` how many pieces they are finishing. `rings` and `kinds`
    are what they could take besides. All agents carry the same few things over and over: so this is worked out once for
    each way to carry, and to take something up (`more`) or lay it down (`fewer`) is only a step to other hands.
    """

    __slots__ = ("asked", "carried", "fewer", "kinds", "more", "rings", "total", "wrapping")

    def __init__(self, reach: Reach, carried: Mapping[str, int], *, asked: int, wrapping: int) -> None:
        self.carried = dict(carried)
        self.total = sum(carried.values())
        self.asked = asked
        self.wrapping = wrapping
        self.rings = reach.rings(self)
        self.kinds = tuple(ring.kind for ring in self.rings)
        self.more = Steps(self, reach, sign=1)
        self.fewer = Steps(self, reach, sign=-1)


class Steps(dict[Piece, Hands]):
    """From hands to those that hold one piece more, or one fewer; each step is worked out when it is first made."""

    __slots__ = ("_hands", "_reach", "_sign")

    def __init__(self, hands: Hands, reach: Reach, *, sign: int) -> None:
        super().__init__()
        self._hands = hands
        self._reach = reach
        self._sign = sign

    def __missing__(self, piece: Piece) -> Hands:
        before, sign = self._hands, self._sign
        channel, _, units = piece.ring.kind
        carried = {**before.carried, channel: before.carried.get(channel, 0) + sign * units}
        asked, wrapping = before.asked + sign * piece.asked, before.wrapping + sign * piece.wrapping
        self[piece] = hands = self._reach.hands(carried, asked=asked, wrapping=wrapping)
        return hands


class Seat:
    """Where an agent sits, with what is in their `hands`: `works`, what is held out to them included.

    They stand at their `place` in these `rings`. `turn` orders who became idle at the same moment, so that a burst goes
    round. `rang_out`: somebody was on the line and they did not answer; until
    the record says how they stand, they get nothing else. `present`: whether they were counted as being there.
    """

    __slots__ = (
        "ability",
        "agent",
        "available",
        "hands",
        "id",
        "idle_since",
        "place",
        "present",
        "rang_out",
        "rings",
        "shelf",
        "turn",
        "works",
    )

    def __init__(self, agent: Agent, *, ability: Ability, shelf: Shelf, hands: Hands) -> None:
        self.agent = agent
        self.id = agent.id
        self.available = agent.ready
        self.ability = ability
        self.shelf = shelf
        self.hands = hands
        self.idle_since = agent.duty_since
        self.turn = 0
        self.place: Place = (agent.duty_since, 0, agent.id, self)
        self.rings = NO_RINGS
        self.present = False
        self.rang_out = False
        self.works: set[WorkId] = set()

    @property
    def ready(self) -> bool:
        """Whether they are there for new work at all."""
        return self.available and not self.hands.wrapping

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What they could take this moment."""
        return self.hands.kinds if self.rings else ()

    @property
    def near(self) -> bool:
        """Whether they are there, or will be in a moment: work may be held for them."""
        return self.agent.active and self.agent.duty in _NEAR

    @property
    def gone(self) -> bool:
        """Whether they left, or their account was closed."""
        return self.agent.duty is Duty.OFFLINE or not self.agent.active

    def is_now(self, agent: Agent, *, reach: Reach) -> None:
        """As the record says; whatever rang out before, they may be asked again."""
        self.agent, self.available, self.rang_out = agent, agent.ready, False
        self.fits_in(reach)

    def fits_in(self, reach: Reach) -> None:
        """The same in other hands."""
        hands = self.hands
        self.hands = reach.hands(hands.carried, asked=hands.asked, wrapping=hands.wrapping)

    def has_room(self, kind: Kind) -> bool:
        """Whether their capacity takes one more of this kind."""
        channel, live, units = kind
        hands = self.hands
        return self.agent.capacity.takes(channel, units, live=live, carried=hands.carried, total=hands.total)
