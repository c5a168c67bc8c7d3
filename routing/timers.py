"""What comes about by itself, and when it has to be looked at."""

from collections.abc import Collection
from datetime import datetime
from heapq import heapify, heappop, heappush
from itertools import count

from crm_core.model.ids import AgentId, WorkId
from routing.item import Item

Timer = tuple[datetime, int, WorkId | None, AgentId]
"""When, a turn for those of one moment, and what it is about: a piece of work, an agent, or this agent with this work."""


class Timers:
    """The next is at hand.

    Offers last as long as others of their sort, so they end in the order in which they were made: they stand in a row,
    one for what is live and one for what is not, and leave it when they are answered. Only what is set for any other
    moment has to be sorted.
    """

    __slots__ = ("_heap", "_offers", "_tidy_at", "_turn", "_works")

    def __init__(self, works: Collection[WorkId]) -> None:
        self._works = works
        self._heap: list[Timer] = []
        self._offers: dict[bool, dict[WorkId, tuple[datetime, int, WorkId, AgentId]]] = {False: {}, True: {}}
        self._tidy_at = 1000
        self._turn = count(1)

    def add(self, at: datetime, *, work: WorkId | None, agent: AgentId) -> None:
        """For any moment. Those of works that are known no more are thrown out now and then."""
        heappush(self._heap, (at, next(self._turn), work, agent))
        if len(self._heap) > self._tidy_at:
            self._heap = [each for each in self._heap if each[2] is None or each[2] in self._works]
            heapify(self._heap)
            self._tidy_at = 2 * len(self._heap) + 1000

    def offer_ends(self, at: datetime, item: Item, agent: AgentId) -> None:
        """An offer ends then, most often after all others of its sort."""
        work, row = item.work.id, self._offers[item.kind.live]
        row.pop(work, None)
        if row and at < row[next(reversed(row))][0]:
            self.add(at, work=work, agent=agent)
        else:
            row[work] = (at, next(self._turn), work, agent)

    def answered(self, item: Item) -> None:
        """No need to wait for the end of that offer."""
        self._offers[item.kind.live].pop(item.work.id, None)

    def due(self, now: datetime) -> list[Timer]:
        """Those whose time has come, in their order; they are gone from here."""
        found: list[Timer] = []
        for row in self._offers.values():
            while row and (timer := next(iter(row.values())))[0] <= now:
                found.append(timer)
                del row[timer[2]]
        while self._heap and self._heap[0][0] <= now:
            found.append(heappop(self._heap))
        if len(found) > 1:
            found.sort()
        return found

    def first(self) -> datetime | None:
        """The moment of the next one, if there is one."""
        heads = [next(iter(row.values())) for row in self._offers.values() if row]
        return min((timer[0] for timer in (*heads, *self._heap[:1])), default=None)
