"""Why: each decision in one sentence that an agent or a supervisor understands."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from crm_core.model.agent import Agent, Duty
from crm_core.model.ids import AgentId
from crm_core.model.ticket import Priority
from crm_core.model.work import Work, WorkState
from routing.choose import Seat
from routing.decision import Pace
from routing.order import Kind, Line, band, length

_MINUTE = 60
_HOUR = 3600
_DAY = 86400


def offer(work: Work, *, seat: Seat, now: datetime, pace: Pace) -> str:
    """Why this agent, and why this work before what else waits."""
    had_it = "; you had this ticket last" if work.preferred == seat.agent.id else ""
    return (
        f"You are free for {span(now - seat.idle_since)}, longest of those able{had_it}. "
        f"It waits for {span(now - work.virtual_start)}, {_priority(work, now=now, pace=pace)}."
        f"{_head_start(work)}"
    )


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
    if state is WorkState.OFFERED and until is not None:
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


def _priority(work: Work, *, now: datetime, pace: Pace) -> str:
    aged = band(work.priority, waited=length(now - work.virtual_start), ageing=length(pace.ageing))
    named = Priority(aged).name.lower()
    return f"priority {named}" if aged == work.priority else f"priority {named} by waiting"


def _head_start(work: Work) -> str:
    """Said wherever there is one: nobody shall wonder why a younger one comes first."""
    if not work.head_start:
        return ""
    return f" Its channel drifts from the promise for this service, so it counts as waiting {span(work.head_start)} longer."


def _absence(agent: Agent) -> str:
    if not agent.active:
        return "the account was closed"
    return (
        "the agent is wrapping up"
        if agent.duty is Duty.AVAILABLE
        else f"the agent is {agent.duty.value.replace('_', ' ')}"
    )
