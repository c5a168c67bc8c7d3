"""The ladder: when somebody is to be told that a promise's time runs out, and who.

A ticket has one alarm at a time, its next; ringing it sets the one after. What already
passed when it was set is not told again, but one that is due and has not rung yet stays.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from crm_core.model.agent import Agent, Role
from crm_core.model.ids import AgentId, TeamId
from crm_core.model.sla import Alarm, Rung, SlaPolicy, Tell
from crm_core.model.ticket import Ticket
from crm_core.rules import reckoning
from crm_core.rules.reckoning import Promise, Span

PAUSE = "pause"
"""The name of the alarm at which a pause's cap is used up: the clock runs on, and that is told."""

DUE = 100
"""The share at which a promise is late."""


def watched(ticket: Ticket, *, promise: Promise, at: datetime | None = None) -> Ticket:
    """The ticket with its due times and the alarm that rings next."""
    now = at or ticket.updated_at
    spans = reckoning.spans_of(ticket, promise=promise)
    known = reckoning.reckoned_by(ticket, spans=spans, policy=promise.policy, at=now)
    before = ticket.clock.alarm
    ladder = _Ladder(known, spans, promise.policy)
    return _set(ladder, at=now, pending=before if before and before.at <= now else None)


def rung(ticket: Ticket, *, promise: Promise, at: datetime) -> Ticket:
    """The ticket after its alarm rang: with the one after it."""
    known = reckoning.reckoned(ticket, promise=promise, at=at)
    alarm = _next(_ladder(known, promise=promise), after=ticket.clock.alarm or _at(at))
    return replace(known, clock=replace(known.clock, alarm=alarm))


def passed(ticket: Ticket, *, promise: Promise, until: datetime) -> list[Alarm]:
    """The alarms of what is pending that lie before `until`: what an import records and does not ring."""
    return sorted((alarm for alarm in _all(_ladder(ticket, promise=promise)) if alarm.at <= until), key=_order)


def rung_of(policy: SlaPolicy, *, percent: int) -> Rung | None:
    """Who is told at this share, as the policy says now."""
    return next((rung for rung in policy.ladder if rung.percent == percent), None)


def told(rung: Rung, *, ticket: Ticket, team: TeamId | None, staff: Iterable[Agent]) -> frozenset[AgentId]:
    """Who is told. Where nobody has the ticket, or its team has no supervisor, it is the next who answers for it.

    A confidential ticket is told only to those who may see it.
    """
    supervisors = {agent.id: agent for agent in staff if agent.active and agent.role is Role.SUPERVISOR}
    leads = frozenset(id for id, agent in supervisors.items() if team in agent.teams) or frozenset(supervisors)
    owner = frozenset({ticket.assignee}) if ticket.assignee is not None else leads
    groups = {Tell.OWNER: owner, Tell.LEAD: leads, Tell.SUPERVISORS: frozenset(supervisors)}
    everybody = frozenset().union(*(groups[tell] for tell in rung.tell)) if rung.tell else frozenset()
    if not ticket.confidential:
        return everybody
    return everybody & (ticket.readers | {ticket.assignee})


MASS_COUNT, MASS_SHARE = 20, 100
"""More than so many, and more than one in so many of all open tickets: that is a clock or a rule gone wrong."""


def is_mass(late: int, *, of: int) -> bool:
    """Whether so many promises becoming late at once wants a person's word first."""
    return late > MASS_COUNT and late * MASS_SHARE > of


@dataclass(frozen=True, slots=True)
class _Ladder:
    """A ticket with what is promised on it, and the steps of each promise."""

    ticket: Ticket
    spans: dict[str, Span]
    policy: SlaPolicy


def _ladder(ticket: Ticket, *, promise: Promise) -> _Ladder:
    return _Ladder(ticket, reckoning.spans_of(ticket, promise=promise), promise.policy)


def _set(ladder: _Ladder, *, at: datetime, pending: Alarm | None) -> Ticket:
    alarm = _next(ladder, after=_at(at))
    if pending is not None:
        due = [one for one in _all(ladder) if _order(pending) <= _order(one) and one.at <= at]
        alarm = min(due, key=_order, default=alarm)
    return replace(ladder.ticket, clock=replace(ladder.ticket.clock, alarm=alarm))


def _next(ladder: _Ladder, *, after: Alarm) -> Alarm | None:
    found = [alarm for alarm in _firsts(ladder, after=after) if alarm is not None]
    return min(found, key=_order, default=None)


def _firsts(ladder: _Ladder, *, after: Alarm) -> Iterator[Alarm | None]:
    """The first alarm of each promise after another one; no more of its ladder is reckoned than that takes."""
    for kind, span, whole in _running(ladder):
        rungs = _rungs(kind, span, whole, policy=ladder.policy)
        yield next((alarm for alarm in rungs if _order(alarm) > _order(after)), None)
    still_until = ladder.ticket.clock.still_until
    if still_until is not None and ladder.ticket.status.active and still_until > after.at:
        yield Alarm(still_until, PAUSE, DUE)


def _all(ladder: _Ladder) -> Iterator[Alarm]:
    for kind, span, whole in _running(ladder):
        yield from _rungs(kind, span, whole, policy=ladder.policy)


def _running(ladder: _Ladder) -> Iterator[tuple[str, Span, datetime]]:
    """The promises to be kept; the solution's too while its clock stands still: it is reckoned to the pause's cap."""
    ticket = ladder.ticket
    if not ticket.status.active:
        return
    dues = reckoning.pending(ticket, at=ticket.clock.still_until or ticket.updated_at)
    for kind, whole in dues.items():
        if whole is not None and kind in ladder.spans:
            yield kind, ladder.spans[kind], whole


def _rungs(kind: str, span: Span, whole: datetime, *, policy: SlaPolicy) -> Iterator[Alarm]:
    for step in policy.ladder:
        at = reckoning.share(span, percent=step.percent, whole=whole)
        if at is not None:
            yield Alarm(at, kind, step.percent)


def _at(moment: datetime) -> Alarm:
    """An alarm after everything of this moment."""
    return Alarm(moment, "~", 0)


def _order(alarm: Alarm) -> tuple[datetime, str, int]:
    return (alarm.at, alarm.promise, alarm.percent)
