"""Shelves: where waiting work is on show, so that an agent who got room finds the best without looking at the rest."""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator, Mapping
from heapq import heapify, heappop, heappush, heapreplace
from itertools import count

from crm_core.model.ids import AgentId, WorkId
from crm_core.model.turn import CEILING, band
from routing.order import NEVER, NO_KEY, NO_RANK, Excluded, Key, Kind, Rank


class Row:
    """The lines that differ in nothing but how urgent they were when they began, and in their head starts.

    `excluded` are not asked: they have just refused what stands here, or it is held for somebody else. `shelves` is
    where it may be on show, and how well those who stand there fit: the more the better.

    Which of their firsts comes first is found once for all who could take it: it stays so `since` then `until` one of
    them has waited so long that it counts as more urgent, or is another.
    """

    __slots__ = ("excluded", "kind", "lines", "rank", "shelves", "since", "until")

    def __init__(self, kind: Kind, *, shelves: "Mapping[Shelf, int]", excluded: Excluded = frozenset()) -> None:
        self.kind = kind
        self.shelves = shelves
        self.excluded = excluded
        self.lines: dict[tuple[int, int], Line] = {}
        self.rank = NO_RANK
        self.since = self.until = 0

    def line(self, priority: int, head_start: int = 0) -> "Line":
        """The line for those that were so urgent when they began."""
        line = self.lines.get((priority, head_start))
        if line is None:
            line = self.lines[priority, head_start] = Line(self, priority=priority, head_start=head_start)
        return line

    def moves(self, shelves: "Mapping[Shelf, int]") -> None:
        """To these shelves: it is not seen on the others any more."""
        before, self.shelves = self.shelves, shelves
        for line in self.lines.values():
            line.moves(before, shelves)

    def look(self, now: int, ageing: int) -> Rank:
        """The rank of whoever comes first now, and how long that will be so."""
        first, most, until = NO_KEY, 0, NEVER
        for line in self.lines.values():
            if not line.since <= now < line.until:
                line.age(now, ageing)
            counts = line.counts
            if counts > most or (counts == most and line.first < first):
                first, most = line.first, counts
            until = min(until, line.until)
        self.rank = NO_RANK if first is NO_KEY else (-most, *first)
        self.since, self.until = now, until
        return self.rank


class Line:
    """Waiting work that asks the same of an agent, oldest `first`, in the `row` of those that ask it, too.

    What its first `counts` as is so `since` then `until` it has waited for another step, or somebody else is first.
    `on_show` once its shelves know it; `watched`: there is one that wants to hear of each new first.
    """

    __slots__ = (
        "_gone",
        "_keys",
        "counts",
        "excluded",
        "first",
        "fit",
        "head_start",
        "on_show",
        "priority",
        "row",
        "shelves",
        "since",
        "until",
        "watched",
    )

    def __init__(self, row: Row, *, priority: int, head_start: int) -> None:
        self.row = row
        self.priority = priority
        self.head_start = head_start
        self.excluded = row.excluded
        self.shelves = row.shelves
        self.fit = max(row.shelves.values(), default=0)
        self.first = NO_KEY
        self.counts = self.since = self.until = 0
        self.on_show = False
        self.watched = False
        self._keys: list[Key] = []
        self._gone = 0

    def __len__(self) -> int:
        return len(self._keys) - self._gone

    def add(self, key: Key) -> None:
        """Stand in line by age, most often at its end. Nobody is told: most work finds an agent at once."""
        keys = self._keys
        if keys and key < keys[-1]:
            insort(keys, key, self._gone)
        else:
            keys.append(key)
        first = keys[self._gone]
        if first is not self.first:
            self.first = first
            self.until = self.row.until = 0

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
        self.first = keys[self._gone] if keys else NO_KEY
        self.until = self.row.until = 0

    def age(self, now: int, ageing: int) -> None:
        """Reckon what its first counts as by now; nobody counts nothing."""
        start, _ = self.first
        counts = band(self.priority, waited=now - start, ageing=ageing)
        self.counts = 0 if self.first is NO_KEY else counts
        self.since = now
        self.until = NEVER if counts >= CEILING else start + (counts - self.priority + 1) * ageing

    def older(self, start: int) -> Iterator[WorkId]:
        """Who in this line began to wait before then: no more of it is looked at than they are."""
        for place in range(self._gone, len(self._keys)):
            began, id = self._keys[place]
            if began >= start:
                return
            yield id

    def show(self) -> None:
        """There was nobody to take what is first here, so it waits to be found on every shelf."""
        if not self.on_show or self.watched:
            self.on_show = True
            for shelf in self.shelves:
                shelf.show(self)

    def moves(self, before: "Mapping[Shelf, int]", shelves: "Mapping[Shelf, int]") -> None:
        """With its row."""
        self.shelves = shelves
        self.fit = max(shelves.values(), default=0)
        if self.on_show:
            for shelf in before.keys() - shelves.keys():
                shelf.forget(self, row=True)
            self.on_show = False
            self.show()

    def close(self) -> None:
        """For good: nothing will ever stand here again."""
        lines = self.row.lines
        del lines[self.priority, self.head_start]
        if self.on_show:
            for shelf in self.shelves:
                shelf.forget(self, row=not lines)


Entry = tuple[int, WorkId, int, Line, Key]
"""A line on show: its key, spread out so that comparing is cheap, a turn for ties, and the key itself."""


class Tops:
    """The firsts of many lines of one sort, least first.

    A line is known by a key that is never greater than its first: so taking work costs nothing here, only a first that
    got *older* (work that came back) is told, and each is checked when it comes up.
    """

    __slots__ = ("_entries", "_heap", "_turn")

    def __init__(self) -> None:
        self._heap: list[Entry] = []
        self._entries: dict[Line, Entry] = {}
        self._turn = count()

    def __iter__(self) -> Iterator[Line]:
        return iter(self._entries)

    def show(self, line: Line) -> None:
        """Something else is first in this line now; from now on it says so."""
        line.watched = True
        known = self._entries.get(line)
        if line.first is not NO_KEY and (known is None or line.first < known[4]):
            self._entries[line] = entry = self._entry(line)
            heappush(self._heap, entry)
            self._tidy()

    def forget(self, line: Line) -> None:
        """This line is not seen here any more."""
        self._entries.pop(line, None)
        self._tidy()

    def best(self, agent: AgentId) -> Key:
        """The least first among lines that the agent has not refused; `NO_KEY` if there is none."""
        heap, top, aside = self._heap, self._settled(), []
        while top is not None and agent in top[3].excluded:
            aside.append(heappop(heap))
            top = self._settled()
        for refused in aside:
            heappush(heap, refused)
        return NO_KEY if top is None else top[4]

    def _settled(self) -> Entry | None:
        """The top of the heap, once it tells the truth about its line."""
        heap, entries = self._heap, self._entries
        while heap:
            top = heap[0]
            line = top[3]
            if entries.get(line) is not top:
                heappop(heap)
            elif line.first is top[4]:
                return top
            elif line.first is NO_KEY:
                heappop(heap)
                del entries[line]
            else:
                entries[line] = entry = self._entry(line)
                heapreplace(heap, entry)
        return None

    def _entry(self, line: Line) -> Entry:
        start, id = line.first
        return start, id, next(self._turn), line, line.first

    def _tidy(self) -> None:
        if len(self._heap) > 2 * len(self._entries) + 8:
            self._heap[:] = self._entries.values()
            heapify(self._heap)


FEW = 32
"""So many rows are looked through each time; only of more are heaps kept."""


class Board:
    """The rows for one kind of work that are on show on one shelf.

    Few are looked through, each time, as they stand then: work that comes and goes need not be told. Of many a heap is
    kept for each sort of line.
    """

    __slots__ = ("_rows", "_tops")

    def __init__(self) -> None:
        self._rows: dict[Row, None] = {}
        self._tops: dict[tuple[int, int], Tops] = {}

    def __iter__(self) -> Iterator[Line]:
        of_rows: Iterable[Iterable[Line]] = (row.lines.values() for row in self._rows)
        for lines in (*of_rows, *self._tops.values()):
            yield from lines

    def show(self, line: Line) -> None:
        """This line is seen here, with its row."""
        if self._tops:
            self._sort(line)
            return
        self._rows[line.row] = None
        if len(self._rows) > FEW:
            for each in tuple(self):
                self._sort(each)
            self._rows.clear()

    def forget(self, line: Line, *, row: bool) -> None:
        """This line, or its whole row, is not seen here any more."""
        if row:
            self._rows.pop(line.row, None)
        for tops in self._tops.values():
            tops.forget(line)

    def ahead(self, agent: AgentId) -> Iterator[WorkId]:
        """The first of each sort with a head start that this agent could take."""
        best = {sort: tops.best(agent) for sort, tops in self._tops.items()}
        for row in self._rows:
            for sort, line in row.lines.items() if agent not in row.excluded else ():
                best[sort] = min(line.first, best.get(sort, NO_KEY))
        return (key[1] for (_, head_start), key in best.items() if head_start and key is not NO_KEY)

    def best(self, agent: AgentId, now: int, ageing: int) -> Rank:
        """The rank of the first work that this agent could take."""
        best = NO_RANK
        for row in self._rows:
            rank = row.rank if row.since <= now < row.until else row.look(now, ageing)
            if rank < best and not (row.excluded and agent in row.excluded):
                best = rank
        for (priority, _), tops in self._tops.items():
            first = tops.best(agent)
            if first is not NO_KEY:
                best = min(best, (-band(priority, waited=now - first[0], ageing=ageing), *first))
        return best

    def _sort(self, line: Line) -> None:
        sort = line.priority, line.head_start
        if sort not in self._tops:
            self._tops[sort] = Tops()
        self._tops[sort].show(line)


class Shelf:
    """All lines that `agents` of one ability can serve, on a board for each kind; `present` of them are there."""

    __slots__ = ("agents", "boards", "present")

    def __init__(self) -> None:
        self.agents: set[AgentId] = set()
        self.present = 0
        self.boards: dict[Kind, Board] = {}

    def show(self, line: Line) -> None:
        """This line is seen here."""
        board = self.boards.get(line.row.kind)
        if board is None:
            board = self.boards[line.row.kind] = Board()
        board.show(line)

    def forget(self, line: Line, *, row: bool) -> None:
        """This line, or its whole row, is not seen here any more."""
        if (board := self.boards.get(line.row.kind)) is not None:
            board.forget(line, row=row)

    def lines(self, kinds: Collection[Kind]) -> Iterator[Line]:
        """The lines for these kinds that are on show here."""
        for kind in kinds:
            yield from self.boards.get(kind, ())

    def ahead(self, kinds: Collection[Kind], *, agent: AgentId) -> Iterator[WorkId]:
        """The first of each sort with a head start that this agent could take."""
        for kind in kinds:
            if (board := self.boards.get(kind)) is not None:
                yield from board.ahead(agent)

    def best(self, kinds: Collection[Kind], agent: AgentId, now: int, ageing: Mapping[bool, int]) -> Rank | None:
        """The rank of the first work of these kinds that this agent could take."""
        best = NO_RANK
        for kind in kinds:
            board = self.boards.get(kind)
            if board is not None:
                best = min(best, board.best(agent, now, ageing[kind.live]))
        return None if best is NO_RANK else best
