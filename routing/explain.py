"""Why: each decision in one sentence that an agent or a supervisor understands."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from crm_core.model.agent import Agent, Duty
from crm_core.model.ids import AgentId
from crm_core.model.ticket import Priority
from crm_core.model.work import Because, Others, WorkState
from routing.decision import Pace
from routing.item import Item
from routing.order import OFFERED, Kind
from routing.seat import Seat
from routing.seats import Seats
from routing.shelf import Line

_MINUTE = 60
_HOUR = 3600
_DAY = 86400


def because(item: Item, seat: Seat, others: Others | None, now: datetime, counts: int) -> Because:
    """Why this agent, and why this work, which `counts` as so urgent, before what else waits.

    In the order of the fields: to name them takes twice as long.
    """
    work = item.work
    return Because(
        now - seat.idle_since,
        work.preferred == seat.id,
        now - work.virtual_start,
        counts,
        counts != item.priority,
        work.head_start,
        item.held is not None,
        item.priority != work.priority,
        item.rung,
        others,
    )


def others(item: Item, seat: Seat, seats: Seats) -> Others | None:
    """Why none of those who are able besides. Counted by shelves: those who stand at one differ in nothing but time."""
    line, ring = item.line, item.ring
    if line is None:
        return None
    shelves = line.shelves
    _, able, present = seats.there(item.crowd)
    fits, free_at = shelves[seat.shelf], ring.free
    free = worse = refused = 0
    for shelf in free_at.keys() & shelves.keys():
        here = len(free_at[shelf])
        free += here
        if shelves[shelf] < fits:
            worse += here
    if line.excluded and isinstance(line.excluded, frozenset):
        known = [other for other in map(seats.by_id.get, line.excluded) if other is not None]
        resting = [other for other in known if ring in other.rings and other.shelf in shelves]
        refused, worse = len(resting), worse - sum(shelves[other.shelf] < fits for other in resting)
    return Others(able - 1, able - present, present - free, refused, worse, free - 1 - refused - worse)


def offer(why: Because) -> str:
    """The same in English, for programs and the record; screens have their own words."""
    had_it = "; you had this ticket last" if why.known else ""
    by = [" by waiting"] * why.aged + [" by its promise"] * why.pressing
    priority = f"priority {Priority(why.priority).name.lower()}{' and'.join(by)}"
    return (
        f"You are free for {span(why.free)}, longest of those who fit as well{had_it}. "
        f"It waits for {span(why.waited)}, {priority}.{_head_start(why)}{_besides(why)}{_not(why.others)}"
    )


def overflow(after: timedelta) -> str:
    """Why work goes to another queue."""
    return f"It waited for {span(after)} and nobody here took it."


def no_answer(pace: Pace) -> str:
    """Why an offer went back."""
    return f"Not answered within {span(pace.offer)}."


def left_offer(agent: Agent) -> str:
    """Why an offer was taken back before it ended."""
    return f"Taken back: {_absence(agent)}."


def left_work(agent: Agent) -> str:
    """Why accepted work waits again."""
    return f"It waits again: {_absence(agent)}."


def not_waiting(state: WorkState, *, agent: AgentId | None, until: datetime | None) -> str:
    """Where work is that does not wait."""
    if state is OFFERED and until is not None:
        return f"It is held out to {agent} until {until:%H:%M:%S} UTC."
    return f"It does not wait: it is {state.value} with {agent}."


def waiting(*, able: Sequence[Seat], line: Line, kind: Kind) -> str:
    """What is missing, from the rarest thing to the most ordinary."""
    if not able:
        return "Nobody who serves this queue has the skills it needs."
    present = [seat for seat in able if seat.ready]
    if not present:
        return f"None of the {len(able)} who are able is available."
    willing = [seat for seat in present if seat.agent.id not in line.excluded]
    if not willing:
        return f"All {len(present)} who are able and available refused it a moment ago."
    if not any(seat.has_room(kind) for seat in willing):
        return f"All {len(willing)} who are able and available are at capacity."
    return "It is about to be offered."


def span(time: timedelta) -> str:
    """A length of time, as exact as a person would say it."""
    seconds = max(0, int(time.total_seconds()))
    if seconds < 2 * _MINUTE:
        return f"{seconds} s"
    if seconds < 2 * _HOUR:
        return f"{seconds // _MINUTE} min"
    return f"{seconds // _HOUR} h" if seconds < 2 * _DAY else f"{seconds // _DAY} days"


def _head_start(why: Because) -> str:
    """Said wherever there is one: nobody shall wonder why a younger one comes first."""
    if not why.head_start:
        return ""
    return (
        f" Its channel drifts from the promise for this service, so it counts as waiting {span(why.head_start)} longer."
    )


def _besides(why: Because) -> str:
    kept = " It was kept for you." if why.held else ""
    return kept + (" Less is asked by now, as nobody came." if why.widened else "")


def _not(others: Others | None) -> str:
    """Why nobody else."""
    if others is None or not others.able:
        return ""
    said = (
        (others.away, "not there"),
        (others.full, "without room"),
        (others.refused, "refused it"),
        (others.fit, "fit it less"),
        (others.later, "free for less long"),
    )
    return f" Of {others.able} others: {', '.join(f'{number} {words}' for number, words in said if number)}."


def _absence(agent: Agent) -> str:
    if not agent.active:
        return "the account was closed"
    return (
        "the agent is wrapping up"
        if agent.duty is Duty.AVAILABLE
        else f"the agent is {agent.duty.value.replace('_', ' ')}"
    )
