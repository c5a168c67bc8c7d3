"""Whose turn it is: the one order of waiting work, for routing and for whoever takes the next piece themselves.

Priority after ageing, then age, then id; and stepping ahead: what has a head start, because its channel drifts from
the promise, may come before what would have been next. It counts as having waited so much longer, and as being
promised so much sooner. It never reaches into another band of priority, over somebody on the line, or over what is
promised sooner even so; and nothing is passed by what came later than the head start is long, so nobody waits for
ever. Only those are looked at who stand between.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from crm_core.model.ids import WorkId
from crm_core.model.ticket import Priority
from crm_core.model.work import Work

CEILING = int(Priority.URGENT)
"""Waiting alone raises nothing above this: an emergency is declared, never grown into."""

MOST = 64
"""So many may stand between; with more nobody steps ahead, for a queue is never walked."""


def band(priority: int, *, waited: int, ageing: int) -> int:
    """The priority after ageing: one step up for each `ageing` waited (microseconds), up to the ceiling."""
    if priority >= CEILING or waited < ageing:
        return priority
    return min(CEILING, priority + waited // ageing)


def pressing(work: Work, *, handle: timedelta) -> datetime | None:
    """From when on less is left of its promise than twice what it takes; an emergency is declared, never grown into."""
    return None if work.due_at is None or work.priority >= CEILING else work.due_at - 2 * handle


def counts_as(work: Work, *, handle: timedelta, at: datetime) -> int:
    """Its priority, one step up when its promise is near."""
    return raised(work, near=pressing(work, handle=handle), at=at)


def raised(work: Work, *, near: datetime | None, at: datetime) -> int:
    """Its priority, one step up from when its promise is `near`."""
    return work.priority + (near is not None and near <= at)


def counted(work: Work) -> tuple[datetime, WorkId]:
    """The order among equals, head start counted."""
    return work.virtual_start - work.head_start, work.id


def came(work: Work) -> tuple[datetime, WorkId]:
    """The order in which work came."""
    return work.virtual_start, work.id


def may_pass(work: Work, *, older: Iterable[Work], bands: Callable[[Work], int]) -> bool:
    """Whether nobody of its band stands in its way among all who wait since before it; no more are looked at than `MOST`."""
    for seen, other in enumerate(older, start=1):
        if seen > MOST or (bands(other) == bands(work) and stands_in_the_way(other, of=work)):
            return False
    return True


def stands_in_the_way(work: Work, *, of: Work) -> bool:
    """Somebody on the line before an answer in writing; and who is promised sooner, head start counted."""
    if work.live and not of.live:
        return True
    if work.due_at is None:
        return False
    return of.due_at is None or work.due_at < of.due_at - of.head_start


def first(
    able: Sequence[Work], *, waiting: Sequence[Work], counts: Callable[[Work], int], bands: Callable[[Work], int]
) -> Work | None:
    """What somebody takes next of what they could take, both in the order of the queue.

    `counts` is `counts_as`, `bands` that after ageing. `waiting` holds besides what they refused a moment ago: it is not
    for them, and is not passed by for that.
    """
    if not able:
        return None
    heads: dict[tuple[object, ...], Work] = {}
    for one in sorted((one for one in able if one.head_start), key=came):
        heads.setdefault((one.channel, one.live, one.units, counts(one), one.head_start), one)
    sooner = [one for one in heads.values() if counted(one) < counted(able[0]) and bands(one) == bands(able[0])]
    for one in sorted(sooner, key=counted):
        older = (other for other in waiting if came(other) < came(one))
        if may_pass(one, older=older, bands=bands):
            return one
    return able[0]
