"""Several pieces of work and several agents meet in one moment: who is brought together with whom.

One after the other would be greedy: the first piece takes an agent whom the second one needs. So whoever comes next may
move those before them to other agents, as long as all of them are still served; and when it is known who is served, the
cheapest way to do it is found (`assign.py`).
"""

from datetime import datetime, timedelta
from heapq import nsmallest

from crm_core.model.ids import AgentId
from crm_core.model.work import Work
from routing.assign import cheapest
from routing.choose import able
from routing.item import Item
from routing.order import length
from routing.seat import Place, Seat
from routing.shelf import Line

MOST = 8
"""So many are brought together at once; the next ones after them."""

_FIT = 10**15
"""One point of fit outweighs every length of time that somebody was free."""


class Meeting:
    """Work joins in its turn; each agent gets one piece at most, so that a burst spreads over all."""

    def __init__(self, *, bonus: timedelta) -> None:
        self._bonus = bonus
        self._items: list[Item] = []
        self._wishes: list[list[Seat]] = []
        self._taken: dict[AgentId, int] = {}

    @property
    def full(self) -> bool:
        """Whether the rest has to wait for the next meeting."""
        return len(self._items) == MOST

    def join(self, item: Item, *, preferred: Seat | None) -> bool:
        """Whether this one is served, too, besides those before it."""
        self._items.append(item)
        self._wishes.append(self._wishes_of(item, preferred))
        if self._finds(len(self._items) - 1, asked=set()):
            return True
        self._items.pop()
        self._wishes.pop()
        return False

    def pairs(self) -> list[tuple[Item, Seat]]:
        """Who gets what, the first in turn first."""
        firsts = {wish[0].id: wish[0] for wish in self._wishes}
        if len(firsts) == len(self._wishes):
            return list(zip(self._items, firsts.values(), strict=True))
        wished = {seat.id: seat for wish in self._wishes for seat in wish}
        seats = sorted(wished.values(), key=lambda seat: seat.place)
        since = min(seat.idle_since for seat in seats) - self._bonus
        costs = [
            [self._cost(item, seat, since=since) if seat in wish else None for seat in seats]
            for item, wish in zip(self._items, self._wishes, strict=True)
        ]
        found = zip(self._items, cheapest(costs), strict=True)
        return [(item, seats[place]) for item, place in found if place is not None]

    def _finds(self, turn: int, *, asked: set[AgentId]) -> bool:
        """Somebody who is free, or whose work can go to somebody else."""
        for seat in self._wishes[turn]:
            id = seat.id
            if id not in asked:
                asked.add(id)
                if id not in self._taken or self._finds(self._taken[id], asked=asked):
                    self._taken[id] = turn
                    return True
        return False

    def _wishes_of(self, item: Item, preferred: Seat | None) -> list[Seat]:
        """The best of those who could take it, no more than could matter."""
        line = item.line
        assert line is not None
        free = able(item.ring, line, most=MOST, preferred=preferred)
        return nsmallest(MOST, free, key=lambda seat: self._order(seat, line, item.work))

    def _order(self, seat: Seat, line: Line, work: Work) -> tuple[int, Place]:
        place = seat.place
        if work.preferred == seat.id:
            place = (place[0] - self._bonus, *place[1:])
        return -line.shelves[seat.shelf], place

    def _cost(self, item: Item, seat: Seat, *, since: datetime) -> int:
        assert item.line is not None
        fits, (idle, _, _, _) = self._order(seat, item.line, item.work)
        return (item.line.fit + fits) * _FIT + length(idle - since)
