"""Shelves: where waiting work is on show, so that an agent who got room finds the best without looking at the rest."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from heapq import heapify, heappop, heappush, heapreplace
from itertools import count

from crm_core.model.ids import AgentId, WorkId
from crm_core.model.turn import band
from routing.order import NO_KEY, NO_RANK, Key, Kind, Line, Rank, Row

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
        of_rows: Iterable[Iterable[Line]] = (row.lines for row in self._rows)
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
        for line in (line for row in self._rows for line in row.lines if agent not in row.excluded):
            sort = line.sort[1:]
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
        sort = line.sort[1:]
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
        board = self.boards.get(line.sort.kind)
        if board is None:
            board = self.boards[line.sort.kind] = Board()
        board.show(line)

    def forget(self, line: Line, *, row: bool) -> None:
        """This line, or its whole row, is not seen here any more."""
        if (board := self.boards.get(line.sort.kind)) is not None:
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
