"""The order of the queue: which piece of work comes first, found without looking at the others.

Work is ordered by (priority after ageing, virtual start, id). Work that asks the same
and began with the same priority stands in one *line*. In a line the oldest has aged the
most, so its order never changes with time: nothing is re-sorted as the clock runs, and
the best work of many lines is the best of their heads *now*.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from heapq import heapify, heappop, heappush, heapreplace
from itertools import count
from typing import NamedTuple

from crm_core.model.ids import AgentId, WorkId
from crm_core.model.turn import band
from crm_core.model.work import Work, WorkState

QUEUED, OFFERED, ACTIVE, WRAPPING, DONE = WorkState
"""By their names: looking a member up in its enumeration is a call, and routing looks with every fact."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Key = tuple[int, WorkId]
"""The order within a line: virtual start (microseconds since 1970, compared often) and id."""

Rank = tuple[int, int, WorkId]
"""The order over all lines, least first: minus the band, virtual start, id."""


def micros(at: datetime) -> int:
    """A moment in microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def length(span: timedelta) -> int:
    """A length of time in microseconds."""
    return span // _MICROSECOND


class Kind(NamedTuple):
    """What work takes of an agent's capacity: how many units, on which channel, and whether now."""

    channel: str
    live: bool
    units: int

    def is_of(self, work: Work) -> bool:
        """Whether this work takes just that."""
        return self.units == work.units and self.live == work.live and self.channel == work.channel


class Sort(NamedTuple):
    """Lines of one sort age alike, fit the same capacity and have the same head start (microseconds)."""

    kind: Kind
    priority: int
    head_start: int = 0


sort_of = lru_cache(maxsize=4096)(Sort)
"""The sort of this kind, priority and head start; there are few, and they are asked for with every piece of work."""


class EverybodyBut(NamedTuple):
    """All except one: who is not asked while work is held for whoever had its ticket last."""

    agent: AgentId

    def __contains__(self, other: object) -> bool:
        return other != self.agent


Excluded = frozenset[AgentId] | EverybodyBut


class Line:
    """Waiting work that asks the same of an agent, oldest `first`.

    `excluded` are not asked: they have just refused what stands here, or it is held for somebody else. `shelves` is
    where it is on show, and how well those who stand there fit: the more the better.
    """

    __slots__ = ("_heap", "_starts", "excluded", "first", "fit", "shelves", "sort")

    def __init__(self, sort: Sort, *, shelves: "Mapping[Shelf, int]", excluded: "Excluded") -> None:
        self.sort = sort
        self.excluded = excluded
        self.stands(shelves)
        self.first: Key | None = None
        self._heap: list[Key] = []
        self._starts: dict[WorkId, int] = {}

    def __len__(self) -> int:
        return len(self._starts)

    def stands(self, shelves: "Mapping[Shelf, int]") -> None:
        """Where it is on show from now on; `fit` is the best there."""
        self.shelves = shelves
        self.fit = max(shelves.values(), default=0)

    def add(self, id: WorkId, *, start: int) -> None:
        """Stand in line by age. Nobody is told: most work finds an agent at once."""
        key = (start, id)
        self._starts[id] = start
        heappush(self._heap, key)
        if self.first is None or key < self.first:
            self.first = key

    def older(self, start: int) -> Iterator[WorkId]:
        """Who in this line began to wait before then: no more of the heap is looked at than they are."""
        places = [0]
        while places:
            place = places.pop()
            if place < len(self._heap) and self._heap[place][0] < start:
                began, id = self._heap[place]
                if self._starts.get(id) == began:
                    yield id
                places += (2 * place + 1, 2 * place + 2)

    def show(self) -> None:
        """Tell every shelf who is first: there was nobody to take it, so it waits to be found."""
        if self.first is not None:
            for shelf in self.shelves:
                shelf.show(self, first=self.first)

    def drop(self, id: WorkId) -> None:
        """Leave the line. What lies deep in the heap is cleared when it comes up, or when it is half of all."""
        del self._starts[id]
        heap, starts = self._heap, self._starts
        if len(heap) > 2 * len(starts) + 8:
            heap[:] = [(start, id) for id, start in starts.items()]
            heapify(heap)
        while heap and starts.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        self.first = heap[0] if heap else None


Entry = tuple[int, WorkId, int, Line, Key]
"""A line on show: its key, spread out so that comparing is cheap, a turn for ties, and the key itself."""

FEW = 32
"""So many lines are looked at one by one; only of more is a heap kept."""


class Tops:
    """The firsts of many lines of one sort, least first.

    Few lines are looked at each time. Of many, a line is known by a key that is never greater than its first, so taking
    work costs nothing here; only a first that got *older* (work that came back) is told, and each is checked when it
    comes up.
    """

    __slots__ = ("_entries", "_heap", "_turn")

    def __init__(self) -> None:
        self._heap: list[Entry] | None = None
        self._entries: dict[Line, Entry | None] = {}
        self._turn = count()

    def show(self, line: Line, *, first: Key) -> None:
        """This is first in this line now."""
        if self._heap is None:
            self._entries[line] = None
            if len(self._entries) > FEW:
                self._keep_heap()
            return
        known = self._entries.get(line)
        if known is None or first < known[4]:
            self._entries[line] = entry = (first[0], first[1], next(self._turn), line, first)
            heappush(self._heap, entry)
            self._tidy(self._heap)

    @property
    def lines(self) -> Iterator[Line]:
        """The lines known here; one may have moved to other shelves, or be empty."""
        return iter(self._entries)

    def forget(self, line: Line) -> None:
        """This line is closed for good."""
        self._entries.pop(line, None)
        if self._heap is not None:
            self._tidy(self._heap)

    def best(self, shelf: "Shelf", *, agent: AgentId) -> Key | None:
        """The least first among lines that are still on this shelf and that the agent has not refused."""
        if self._heap is None:
            best: Key | None = None
            for line in self._entries:
                first = line.first
                if first is not None and (best is None or first < best) and shelf in line.shelves:
                    best = best if agent in line.excluded else first
            return best
        top = self._settled(self._heap, shelf)
        if top is None or agent not in top[3].excluded:
            return None if top is None else top[4]
        aside = []
        while top is not None and agent in top[3].excluded:
            aside.append(heappop(self._heap))
            top = self._settled(self._heap, shelf)
        for refused in aside:
            heappush(self._heap, refused)
        return None if top is None else top[4]

    def _settled(self, heap: list[Entry], shelf: "Shelf") -> Entry | None:
        """The top of the heap, once it tells the truth about its line."""
        entries = self._entries
        while heap:
            top = heap[0]
            line = top[3]
            first = line.first
            if first is top[4] and shelf in line.shelves:
                return top
            if entries.get(line) is not top:
                heappop(heap)
            elif first is None or shelf not in line.shelves:
                heappop(heap)
                del entries[line]
            else:
                entries[line] = entry = (first[0], first[1], next(self._turn), line, first)
                heapreplace(heap, entry)
        return None

    def _keep_heap(self) -> None:
        firsts = ((line, line.first) for line in self._entries)
        known = [(first[0], first[1], next(self._turn), line, first) for line, first in firsts if first is not None]
        self._entries = {entry[3]: entry for entry in known}
        self._heap = known
        heapify(known)

    def _tidy(self, heap: list[Entry]) -> None:
        if len(heap) > 2 * len(self._entries) + 8:
            heap[:] = [entry for entry in self._entries.values() if entry is not None]
            heapify(heap)


class Shelf:
    """All lines that `agents` of one ability can serve, sorted so that the best is at hand; `present` of them are there.

    `sorts` are those that ever stood here, by kind.
    """

    __slots__ = ("agents", "present", "sorts")

    def __init__(self) -> None:
        self.agents: set[AgentId] = set()
        self.present = 0
        self.sorts: dict[Kind, dict[tuple[int, int], Tops]] = {}

    def show(self, line: Line, *, first: Key) -> None:
        """Something else is first in a line."""
        kind, priority, head_start = line.sort
        tops = self.sorts.setdefault(kind, {})
        if (priority, head_start) not in tops:
            tops[priority, head_start] = Tops()
        tops[priority, head_start].show(line, first=first)

    def forget(self, line: Line) -> None:
        """A line is closed for good."""
        kind, priority, head_start = line.sort
        tops = self.sorts.get(kind, {}).get((priority, head_start))
        if tops is not None:
            tops.forget(line)

    @property
    def lines(self) -> Iterator[Line]:
        """The lines on show here."""
        for tops in self.sorts.values():
            for each in tops.values():
                yield from (line for line in each.lines if self in line.shelves)

    def ahead(self, kinds: Iterable[Kind], *, agent: AgentId) -> Iterator[WorkId]:
        """The first of each sort with a head start that this agent could take."""
        for kind in kinds:
            for (_, head_start), tops in self.sorts.get(kind, {}).items():
                if head_start and (top := tops.best(self, agent=agent)) is not None:
                    yield top[1]

    def best(self, kinds: Iterable[Kind], *, agent: AgentId, now: int, ageing: Mapping[bool, int]) -> Rank | None:
        """The rank of the first work of these kinds that this agent could take."""
        best: Rank | None = None
        for kind in kinds:
            step = ageing[kind[1]]
            for (priority, _), tops in self.sorts.get(kind, {}).items():
                top = tops.best(self, agent=agent)
                if top is not None:
                    waited = now - top[0]
                    counts = priority if waited < step else band(priority, waited=waited, ageing=step)
                    rank = (-counts, top[0], top[1])
                    if best is None or rank < best:
                        best = rank
        return best
