"""The order of the queue: which piece of work comes first, found without looking at the others.

Work is ordered by (priority after ageing, virtual start, id). Work that asks the same
and began with the same priority stands in one *line*. In a line the oldest has aged the
most, so its order never changes with time: nothing is re-sorted as the clock runs, and
the best work of many lines is the best of their heads *now*.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from crm_core.model.ids import AgentId, WorkId
from crm_core.model.turn import CEILING
from crm_core.model.work import WorkState

if TYPE_CHECKING:
    from routing.shelf import Shelf

QUEUED, OFFERED, ACTIVE, WRAPPING, DONE = WorkState
"""By their names: looking a member up in its enumeration is a call, and routing looks with every fact."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400
_SECOND = 1_000_000

_NEVER = 1 << 62
"""Later than everything, in microseconds."""

Key = tuple[int, WorkId]
"""The order within a line: virtual start (microseconds since 1970, compared often) and id."""

Rank = tuple[int, int, WorkId]
"""The order over all lines, least first: minus the band, virtual start, id."""


NO_KEY: Key = (_NEVER, WorkId(""))
"""Of nothing: after every key."""


def micros(at: datetime) -> int:
    """A moment in microseconds since 1970, put together from its parts: to divide takes twice as long."""
    since = at - _EPOCH
    return (since.days * _DAY + since.seconds) * _SECOND + since.microseconds


def length(span: timedelta) -> int:
    """A length of time in microseconds."""
    return (span.days * _DAY + span.seconds) * _SECOND + span.microseconds


class Kind(NamedTuple):
    """What work takes of an agent's capacity: how many units, on which channel, and whether now."""

    channel: str
    live: bool
    units: int


class Sort(NamedTuple):
    """Lines of one sort age alike, fit the same capacity and have the same head start (microseconds)."""

    kind: Kind
    priority: int
    head_start: int = 0


class EverybodyBut(NamedTuple):
    """All except one: who is not asked while work is held for whoever had its ticket last."""

    agent: AgentId

    def __contains__(self, other: object) -> bool:
        return other != self.agent


Excluded = frozenset[AgentId] | EverybodyBut


NO_RANK: Rank = (1, *NO_KEY)
"""Of nothing: after every rank."""


class Row:
    """The lines that differ in nothing but how urgent they were when they began.

    Which of their firsts comes first is found once for all who could take it: it stays so `since` then `until` one of
    them has waited so long that it counts as more urgent, or is another.
    """

    __slots__ = ("excluded", "lines", "rank", "since", "until")

    def __init__(self, *, excluded: "Excluded") -> None:
        self.excluded = excluded
        self.lines: list[Line] = []
        self.rank = NO_RANK
        self.since = self.until = 0

    def look(self, now: int, ageing: int) -> Rank:
        """The rank of whoever comes first now, and how long that will be so."""
        first, most, until = NO_KEY, 0, _NEVER
        for line in self.lines:
            key, counts = line.first, line.priority
            if counts < CEILING and key is not NO_KEY:  # `band`, written out: this is what is done most often here
                start = key[0]
                steps = max(0, (now - start) // ageing)
                counts += steps
                if counts < CEILING:
                    until = min(until, start + (steps + 1) * ageing)
                else:
                    counts = CEILING
            if counts > most or (counts == most and key < first):  # noqa: SIM102
                if key is not NO_KEY:
                    first, most = key, counts
        self.rank = NO_RANK if first is NO_KEY else (-most, *first)
        self.since, self.until = now, until
        return self.rank


class Line:
    """Waiting work that asks the same of an agent, oldest `first`, in the `row` of those that ask it, too.

    `excluded` are not asked: they have just refused what stands here, or it is held for somebody else. `shelves` is
    where it may be on show, and how well those who stand there fit: the more the better; `on_show` once it is.
    `watched`: there is a shelf that wants to hear of each new first.
    """

    __slots__ = (
        "_gone",
        "_keys",
        "excluded",
        "first",
        "fit",
        "on_show",
        "priority",
        "row",
        "shelves",
        "sort",
        "watched",
    )

    def __init__(
        self, sort: Sort, *, shelves: "Mapping[Shelf, int]", excluded: "Excluded", row: Row | None = None
    ) -> None:
        self.row = row or Row(excluded=excluded)
        self.row.lines.append(self)
        self.sort = sort
        self.priority = sort.priority
        self.excluded = excluded
        self.shelves = shelves
        self.fit = max(shelves.values(), default=0)
        self.first = NO_KEY
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
            self.row.until = 0

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
        self.row.until = 0

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

    def moves(self, shelves: "Mapping[Shelf, int]") -> None:
        """To these shelves: it is not seen on the others any more."""
        before, self.shelves = self.shelves, shelves
        self.fit = max(shelves.values(), default=0)
        if self.on_show:
            for shelf in before.keys() - shelves.keys():
                shelf.forget(self, row=True)
            self.on_show = False
            self.show()

    def close(self) -> None:
        """For good: nothing will ever stand here again."""
        lines = self.row.lines
        lines.remove(self)
        if self.on_show:
            for shelf in self.shelves:
                shelf.forget(self, row=not lines)
