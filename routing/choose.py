"""Which agent: of those who fit best the one who has been idle longest, with a small bonus for who had the ticket last."""

from datetime import timedelta
from itertools import islice

from routing.order import Excluded
from routing.seat import Place, Ring, Seat
from routing.shelf import Line


def choose(ring: Ring, line: Line, preferred: Seat | None, bonus: timedelta) -> Seat | None:
    """The agent for the work at hand: best fit, then longest idle, ties by turn and id; None if nobody can."""
    free, shelves, excluded = ring.free, line.shelves, line.excluded
    best: Place | None = None
    most = 0
    for shelf in free.keys() & shelves.keys():
        fits = shelves[shelf]
        if best is None or fits >= most:
            first = _first(free[shelf], excluded) if excluded else free[shelf][0]
            if first is not None and (best is None or fits > most or first < best):
                best, most = first, fits
    if best is None or preferred is None:
        return None if best is None else best[3]
    if not can_take(preferred, ring=ring, line=line) or shelves[preferred.shelf] != most:
        return best[3]
    since, *tie, _ = preferred.place
    return preferred if (since - bonus, *tie) < best[:3] else best[3]


def able(ring: Ring, line: Line, *, most: int, preferred: Seat | None) -> list[Seat]:
    """Who could take it: at each shelf the longest idle, so many at `most`, and whoever had the ticket last."""
    rows = (ring.free[shelf] for shelf in ring.free.keys() & line.shelves.keys())
    asked = ((place[3] for place in row if place[2] not in line.excluded) for row in rows)
    found = [seat for row in asked for seat in islice(row, most)]
    if preferred is not None and preferred not in found and can_take(preferred, ring=ring, line=line):
        found.append(preferred)
    return found


def can_take(seat: Seat, *, ring: Ring, line: Line) -> bool:
    """Whether they could take what stands in this line now, and are asked for it."""
    return ring in seat.rings and seat.shelf in line.shelves and seat.id not in line.excluded


def _first(row: list[Place], excluded: Excluded) -> Place | None:
    """The longest idle of those who are asked."""
    return next((place for place in row if place[2] not in excluded), None)
