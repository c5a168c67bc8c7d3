"""Open hours: how much of them lies between two moments, and when a promise in them ends.

A moment is open if the wall clock of the calendar's zone then shows a time inside a
window of that date. Everything is counted on the UTC line in microseconds, so a day of
23 or 25 hours costs what it really lasts, and a window inside the skipped hour is
simply shorter.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from crm_core.model.sla import Calendar, Window

LOOK_AHEAD = timedelta(days=731)
"""How far a promise may reach: a calendar that never opens ends here, not in a loop."""

Spans = tuple[tuple[int, int], ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_THURSDAY = 3  # 1970-01-01
_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_DAY = 24 * 60 * _MINUTE
_LEAF = 64 * _DAY
_MICROSECOND = timedelta(microseconds=1)
_PROBE = timedelta(hours=6)  # no zone ever kept an offset for less


class NeverOpen(ValueError):
    """The calendar does not hold that much open time within two years, or names no zone there is."""


class _Offset(NamedTuple):
    """A stretch of the UTC line with one offset from it; all in microseconds."""

    begins: int
    ends: int
    offset: int


def add_open_time(start: datetime, *, amount: timedelta, calendar: Calendar) -> datetime:
    """The moment at which `amount` of open time since `start` has passed, in UTC.

    Used up exactly at closing time, it is closing time, not the next morning. Raises
    NeverOpen where the calendar does not hold that much within two years.
    """
    left = amount // _MICROSECOND
    if left <= 0:
        return start.astimezone(UTC)
    begin, leaves = _micros(start), _leaves(_hours(calendar))
    latest = begin + LOOK_AHEAD // _MICROSECOND
    left += leaves[begin // _LEAF].open_before(begin)
    for number in range(begin // _LEAF, latest // _LEAF + 1):
        leaf = leaves[number]
        if left <= leaf.whole:
            found = leaf.when(left)
            if found <= latest:
                return _instant(found)
            break
        left -= leaf.whole
    raise NeverOpen(f"{calendar.name} has no {amount} of open time within two years")


def open_time_between(start: datetime, *, end: datetime, calendar: Calendar) -> timedelta:
    """How much open time lies between two moments; none if they are the wrong way round."""
    begin, until = _micros(start), _micros(end)
    if until <= begin:
        return timedelta(0)
    leaves, first, last = _leaves(_hours(calendar)), begin // _LEAF, until // _LEAF
    total = sum(leaves[number].whole for number in range(first, last))
    total += leaves[last].open_before(until) - leaves[first].open_before(begin)
    return timedelta(microseconds=total)


def is_open(at: datetime, *, calendar: Calendar) -> bool:
    """Whether it is open at this moment."""
    moment = _micros(at)
    return any(_open_spans(_hours(calendar), begin=moment, end=moment + 1))


def next_opening(at: datetime, *, calendar: Calendar) -> datetime:
    """The first open moment from `at` on. Raises NeverOpen if there is none within two years."""
    begin = _micros(at)
    for opens, _ in _open_spans(_hours(calendar), begin=begin, end=begin + LOOK_AHEAD // _MICROSECOND):
        return _instant(opens)
    raise NeverOpen(f"{calendar.name} never opens within two years")


def days_after(start: datetime, *, calendar: Calendar) -> Iterator[tuple[datetime, datetime | None]]:
    """The local days after the one of `start`, for two years: when each ends, and when it closes (None: it is closed).

    Raises NeverOpen for a zone that there is not.
    """
    where, hours = _zone(calendar.zone), _hours(calendar)
    today = start.astimezone(where).date()
    for number in range(1, LOOK_AHEAD.days):
        begins, ends = _midnight(today, number, where=where), _midnight(today, number + 1, where=where)
        closes = max((end for _, end in _open_spans(hours, begin=begins, end=ends)), default=None)
        yield _instant(ends), None if closes is None else _instant(closes)


def _midnight(day: date, number: int, *, where: ZoneInfo) -> int:
    """When that day begins for good: where the clock went back at 00:01, as in Newfoundland until 2011, the second time."""
    local = datetime.combine(date.fromordinal(day.toordinal() + number), time(), where)
    first, second = (_micros(local.replace(fold=fold).astimezone(UTC)) for fold in (0, 1))
    goes_back = second > first and _instant(second - 1).astimezone(where).date() < local.date()
    return second if goes_back else first


def _instant(moment: int) -> datetime:
    return _EPOCH + timedelta(microseconds=moment)


class _Hours(NamedTuple):
    """All of a calendar that says when it is open, as a value that a cache can know again."""

    zone: str
    windows: tuple[Window, ...]
    exceptions: tuple[tuple[date, Spans], ...]


def _hours(calendar: Calendar) -> _Hours:
    return _Hours(calendar.zone, calendar.windows, tuple(calendar.exceptions.items()))


class _Leaf(NamedTuple):
    """A leaf of the calendar: its open spans, and how much open time of it lies before each (at the end: all)."""

    opens: tuple[int, ...]
    closes: tuple[int, ...]
    before: tuple[int, ...]

    @property
    def whole(self) -> int:
        return self.before[-1]

    def open_before(self, moment: int) -> int:
        """How much of its open time has passed at a moment in it."""
        at = bisect_right(self.closes, moment)
        return self.before[at] + (max(0, moment - self.opens[at]) if at < len(self.opens) else 0)

    def when(self, amount: int) -> int:
        """The moment at which that much of its open time has passed; some, and no more than there is."""
        at = bisect_left(self.before, amount) - 1
        return self.opens[at] + amount - self.before[at]


class _Leaves(dict[int, _Leaf]):
    """A calendar's leaves by their numbers since 1970, each written when it is first looked at."""

    def __init__(self, hours: _Hours) -> None:
        self._hours = hours

    def __missing__(self, number: int) -> _Leaf:
        spans = list(_open_spans(self._hours, begin=number * _LEAF, end=(number + 1) * _LEAF))
        before = accumulate((closes - opens for opens, closes in spans), initial=0)
        self[number] = _Leaf(tuple(one for one, _ in spans), tuple(other for _, other in spans), tuple(before))
        return self[number]


@lru_cache(maxsize=128)
def _leaves(hours: _Hours) -> _Leaves:
    """Promises of a few days are reckoned all day long, and mostly in the same weeks."""
    return _Leaves(hours)


def _open_spans(hours: _Hours, *, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The open spans between two moments, in order, cut to them."""
    week = _week(hours.windows)
    exceptions = dict(hours.exceptions)
    for piece in _offsets(hours.zone, begin=begin, end=end):
        first, last = max(begin, piece.begins), min(end, piece.ends)
        for day in range((first + piece.offset) // _DAY, (last - 1 + piece.offset) // _DAY + 1):
            spans = week[(day + _THURSDAY) % 7]
            if exceptions:
                special = exceptions.get(date.fromordinal(day + _EPOCH_ORDINAL))
                spans = spans if special is None else _tidy(special)
            midnight = day * _DAY - piece.offset
            for opens, closes in spans:
                one, other = max(midnight + opens, first), min(midnight + closes, last)
                if one < other:
                    yield one, other


@lru_cache(maxsize=256)
def _week(windows: tuple[Window, ...]) -> tuple[Spans, ...]:
    days: list[list[tuple[int, int]]] = [[], [], [], [], [], [], []]
    for window in windows:
        days[window.weekday].append((window.opens, window.closes))
    return tuple(_tidy(tuple(day)) for day in days)


@lru_cache(maxsize=1024)
def _tidy(windows: Spans) -> Spans:
    """A date's windows in microseconds, in order, those that touch or overlap made one."""
    tidy: list[tuple[int, int]] = []
    for opens, closes in sorted(windows):
        if tidy and opens * _MINUTE <= tidy[-1][1]:
            tidy[-1] = (tidy[-1][0], max(tidy[-1][1], closes * _MINUTE))
        else:
            tidy.append((opens * _MINUTE, closes * _MINUTE))
    return tuple(tidy)


def _offsets(zone: str, *, begin: int, end: int) -> Iterator[_Offset]:
    """The stretches of one offset that meet `[begin, end)`."""
    moment = begin
    while moment < end:
        stretches, ends = _year_of_offsets(zone, (_EPOCH + timedelta(microseconds=moment)).year)
        for stretch in stretches[bisect_right(ends, moment) :]:
            if stretch.begins >= end:
                return
            yield stretch
        moment = ends[-1]


@lru_cache(maxsize=512)
def _year_of_offsets(zone: str, year: int) -> tuple[tuple[_Offset, ...], tuple[int, ...]]:
    """A UTC year cut where the zone changes its offset; and where each piece ends, for bisection."""
    where = _zone(zone)
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    pieces: list[_Offset] = []
    at, offset = begin, _offset(begin, where=where)
    probe = begin
    while probe < end:
        ahead = min(probe + _PROBE, end)
        if _offset(ahead, where=where) != offset:
            change = _change(probe, ahead, where=where)
            if change < end:
                pieces.append(_Offset(_micros(at), _micros(change), offset))
                at, offset = change, _offset(change, where=where)
        probe = ahead
    pieces.append(_Offset(_micros(at), _micros(end), offset))
    return tuple(pieces), tuple(piece.ends for piece in pieces)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:  # not found, not a name, a folder of zones
        raise NeverOpen(f"there is no time zone {name!r}") from unknown


def _change(before: datetime, after: datetime, *, where: ZoneInfo) -> datetime:
    """The second at which the offset changes between two moments, by halving."""
    old = _offset(before, where=where)
    low, high = 0, (after - before) // timedelta(seconds=1)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(before + timedelta(seconds=middle), where=where) == old:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def _offset(at: datetime, *, where: ZoneInfo) -> int:
    offset = at.astimezone(where).utcoffset()
    return 0 if offset is None else offset // _MICROSECOND


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
