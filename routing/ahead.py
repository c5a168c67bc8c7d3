"""Stepping ahead: what has a head start may be offered before what would have been next.

A head start counts as having waited so much longer, and as being promised so much sooner. It never reaches into
another band of priority, over somebody on the line, or over what is promised sooner even so; and nothing is passed by
what came later than the head start is long, so nobody waits for ever. Only those are looked at who stand between.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from crm_core.model.ids import WorkId
from crm_core.model.work import Work
from routing.choose import Seat
from routing.item import Item
from routing.order import Kind, Line, length

MOST = 64
"""So many may stand between; with more nobody steps ahead, for a queue is never walked."""

Band = Callable[[Item], int]


def stepping_ahead(
    of: Item, *, seat: Seat, kinds: Collection[Kind], items: Mapping[WorkId, Item], band: Band
) -> Item | None:
    """Who is offered before this one to this agent, if anybody: of those who may, the one who counts as oldest.

    `of` is the first of all that the agent could take, which is work of these `kinds`.
    """
    candidates = (items[id] for id in seat.shelf.ahead(kinds, agent=seat.agent.id))
    sooner = [one for one in candidates if one is not of and place(one) < place(of) and band(one) == band(of)]
    lines = [line for line in seat.shelf.lines if line.sort.kind in kinds] if sooner else []
    return next((one for one in sorted(sooner, key=place) if _may(one, lines=lines, items=items, band=band)), None)


def place(item: Item) -> tuple[int, WorkId]:
    """The order among equals, head start counted."""
    return item.start - length(item.work.head_start), item.work.id


def _may(item: Item, *, lines: Iterable[Line], items: Mapping[WorkId, Item], band: Band) -> bool:
    """Whether nobody older of its band stands in the way; no more are looked at than `MOST`."""
    seen = 0
    for line in lines:
        for other in (items[id] for id in line.older(item.start + 1)):
            seen += other is not item
            before = (other.start, other.work.id) < (item.start, item.work.id) and band(other) == band(item)
            if seen > MOST or (before and stands_in_the_way(other.work, of=item.work)):
                return False
    return True


def stands_in_the_way(work: Work, *, of: Work) -> bool:
    """Somebody on the line before an answer in writing; and who is promised sooner, head start counted."""
    if work.live and not of.live:
        return True
    if work.due_at is None:
        return False
    return of.due_at is None or work.due_at < of.due_at - of.head_start
