"""The order of the queue: which piece of work comes first, found without looking at the others.

Work is ordered by (priority after ageing, virtual start, id). Work that asks the same
and began with the same priority stands in one *line*. In a line the oldest has aged the
most, so its order never changes with time: nothing is re-sorted as the clock runs, and
the best work of many lines is the best of their heads *now*.
"""

from bisect import bisect_left, insort
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

_NEVER = 1 << 62
"""Later than everything, in microseconds."""

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

    __slots__ = ("_gone", "_keys", "excluded", "first", "fit", "shelves", "sort")

    def __init__(self, sort: Sort, *, shelves: "Mapping[Shelf, int]", excluded: "Excluded") -> None:
        self.sort = sort
        self.excluded = excluded
        self.stands(shelves)
        self.first: Key | None = None
        self._keys: list[Key] = []
        self._gone = 0

    def __len__(self) -> int:
        return len(self._keys) - self._gone

    def stands(self, shelves: "Mapping[Shelf, int]") -> None:
        """Where it is on show from now on; `fit` is the best there."""
        self.shelves = shelves
        self.fit = max(shelves.values(), default=0)

    def add(self, key: Key) -> None:
        """Stand in line by age, most often at its end. Nobody is told: most work finds an agent at once."""
        keys = self._keys
        if keys and key < keys[-1]:
            insort(keys, key, self._gone)
        else:
            keys.append(key)
        self.first = keys[self._gone]

    def drop(self, key: Key) -> None:
        """Leave the line, most often from its front: what is gone there is cleared once it is half of all."""
        keys = self._keys
        if key != self.first:
            place = bisect_left(keys, key, self._gone)
            assert keys[place] == key
            del keys[place]
            return
        self._gone += 1
        if 2 * self._gone > len(keys):
            del keys[: self._gone]
            self._gone = 0
        self.first = keys[self._gone] if keys else None

    def older(self, start: int) -> Iterator[WorkId]:
        """Who in this line began to wait before then: no more of it is looked at than they are."""
        for place in range(self._gone, len(self._keys)):
            began, id = self._keys[place]
            if began >= start:
                return
            yield id

    def show(self) -> None:
        """Tell every shelf who is first: there was nobody to take it, so it waits to be found."""
        if self.first is not None:
            for shelf in self.shelves:
                shelf.show(self, first=self.first)


Entry = tuple[int, WorkId, int, Line, Key]
"""A line on show: its key, spread out so that comparing is cheap, a turn for ties, and the key itself."""

FEW = 32
"""So many lines are looked at one by one; only of more is a heap kept."""


class Tops:
    """The firsts of many lines of one sort, least first.

    None of them began to wait before `oldest`. Few lines are looked at each time. Of many, a line is known by a key that
    is never greater than its first, so taking work costs nothing here; only a first that got *older* (work that came
    back) is told, and each is checked when it comes up.
    """

    __slots__ = ("_entries", "_heap", "_turn", "oldest", "priority")

    def __init__(self, priority: int) -> None:
        self.priority = priority
        self.oldest = _NEVER
        self._heap: list[Entry] | None = None
        self._entries: dict[Line, Entry | None] = {}
        self._turn = count()

    def show(self, line: Line, *, first: Key) -> None:
        """This is first in this line now."""
        self.oldest = min(self.oldest, first[0])
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
        if self._heap is not None:
            return self._best_of_many(self._heap, shelf, agent=agent)
        best: Key | None = None
        refused = False
        for line in self._entries:
            first = line.first
            if first is not None and (best is None or first < best) and shelf in line.shelves:
                if agent in line.excluded:
                    refused = True
                else:
                    best = first
        if not refused:
            self.oldest = _NEVER if best is None else best[0]
        return best

    def _best_of_many(self, heap: list[Entry], shelf: "Shelf", *, agent: AgentId) -> Key | None:
        top = self._settled(heap, shelf)
        self.oldest = _NEVER if top is None else top[0]
        aside = []
        while top is not None and agent in top[3].excluded:
            aside.append(heappop(heap))
            top = self._settled(heap, shelf)
        for refused in aside:
            heappush(heap, refused)
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


_NOTHING: dict[tuple[int, int], Tops] = {}


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
            tops[priority, head_start] = Tops(priority)
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
        """The rank of the first work of these kinds that this agent could take.

        Where even the oldest of a sort would come after the best so far, none of it is looked at.
        """
        best: Rank | None = None
        for kind in kinds:
            step = ageing[kind[1]]
            for tops in self.sorts.get(kind, _NOTHING).values():
                priority, oldest = tops.priority, tops.oldest
                counts = band(priority, waited=now - oldest, ageing=step)
                if best is not None and (-counts, oldest) > best:
                    continue
                top = tops.best(self, agent=agent)
                if top is not None:
                    start, id = top
                    if start != oldest:
                        counts = band(priority, waited=now - start, ageing=step)
                    rank = (-counts, start, id)
                    if best is None or rank < best:
                        best = rank
        return best
