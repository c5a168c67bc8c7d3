"""Stepping ahead on the floor: the rule is `crm_core/model/turn.py`; here is who it is asked about, without walking a queue."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from crm_core.model import turn
from crm_core.model.ids import WorkId
from crm_core.model.work import Work
from routing.item import Item
from routing.order import Kind
from routing.seat import Seat
from routing.shelf import Line

Bands = Callable[[Work], int]


def stepping_ahead(
    of: Item, *, seat: Seat, kinds: Collection[Kind], items: Mapping[WorkId, Item], bands: Bands
) -> Item | None:
    """Who is offered before this one to this agent, if anybody: of those who may, the one who counts as oldest.

    `of` is the first of all that the agent could take, which is work of these `kinds`.
    """
    place, equal = turn.counted(of.work), bands(of.work)
    candidates = (items[id] for id in seat.shelf.ahead(kinds, agent=seat.agent.id))
    sooner = [one for one in candidates if one is not of and turn.counted(one.work) < place]
    sooner = sorted((one for one in sooner if bands(one.work) == equal), key=lambda one: turn.counted(one.work))
    lines = list(seat.shelf.lines(kinds)) if sooner else []
    older = ((one, _older(one, lines=lines, items=items)) for one in sooner)
    return next((one for one, others in older if turn.may_pass(one.work, older=others, bands=bands)), None)


def _older(item: Item, *, lines: Iterable[Line], items: Mapping[WorkId, Item]) -> Iterator[Work]:
    """Who waits since before it; no more of a line is looked at than there are."""
    for line in lines:
        for id in line.older(item.key[0] + 1):
            other = items[id].work
            if turn.came(other) < turn.came(item.work):
                yield other
