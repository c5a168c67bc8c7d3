"""The reckoning of promises: when the first answer, the next answer, the unit's signature and the solution are due.

A promise hangs on the service (its policy), never on the channel; only whether the
contact is live, a capability, chooses between two first answers. All due times are one
function of a ticket's clock (a fold of its marks), the policy and the calendar: the same
marks under another policy give what that policy would have promised, to the second.
Where a calendar never opens for that long there is no promise (None), but no error
either: no contact may be lost because somebody set the hours wrongly.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crm_core.model.sla import Calendar, Clock, Counted, Pause, Reason, Reopening, SlaPolicy, Targets
from crm_core.model.ticket import Priority, Ticket
from crm_core.rules.calendar import NeverOpen, add_open_time, days_after, open_time_between

Stretch = tuple[datetime, datetime]
"""A stretch in which the solution's clock stood still."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised and in which hours: a service's policy with its calendar."""

    policy: SlaPolicy
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Span:
    """A target to be reckoned: from when, how much, counted how, and when the clock stood still."""

    start: datetime
    amount: timedelta
    counted: Counted
    calendar: Calendar
    still: tuple[Stretch, ...] = ()


def targets(policy: SlaPolicy, *, priority: Priority) -> Targets:
    """What a policy promises at this priority."""
    named = policy.by_priority.get(priority.name.lower())
    return named or Targets(
        policy.first_live,
        policy.first_deferred,
        policy.next_answer,
        policy.resolution,
        policy.acceptance,
        policy.counting,
    )


def first_due(
    opened_at: datetime,
    *,
    policy: SlaPolicy,
    calendar: Calendar,
    live: bool,
    priority: Priority = Priority.NORMAL,
) -> datetime | None:
    """When the first answer is due: seconds for contacts that happen now, hours for all others."""
    wanted = targets(policy, priority=priority)
    amount = wanted.first_live if live else wanted.first_deferred
    return due(Span(opened_at, amount, _counted(wanted, "first"), calendar))


def next_due(
    awaiting_since: datetime, *, policy: SlaPolicy, calendar: Calendar, priority: Priority = Priority.NORMAL
) -> datetime | None:
    """When the next answer is due to somebody who waits since then."""
    wanted = targets(policy, priority=priority)
    return due(Span(awaiting_since, wanted.next_answer, _counted(wanted, "next"), calendar))


def resolution_due(
    opened_at: datetime,
    *,
    policy: SlaPolicy,
    calendar: Calendar,
    pauses: Sequence[Stretch] = (),
    priority: Priority = Priority.NORMAL,
) -> datetime | None:
    """When the matter is to be solved; time in which its clock stood still does not count.

    `pauses` are in order and do not overlap, their caps already applied (`standing_still`).
    """
    wanted = targets(policy, priority=priority)
    return due(Span(opened_at, wanted.resolution, _counted(wanted, "resolution"), calendar, tuple(pauses)))


def due(span: Span) -> datetime | None:
    """When this much has passed. Each counted second of a stretch that began before the due time moves it by one."""
    match span.counted:
        case Counted.OPEN:
            end = _after(span.start, amount=span.amount, calendar=span.calendar)
            for stretch in span.still:
                end = None if end is None else after_pause(end, pause=stretch, calendar=span.calendar)
            return end
        case Counted.CLOCK:
            end = span.start + span.amount
            for begins, ends in span.still:
                end += ends - begins if begins < end else timedelta(0)
            return end
        case Counted.WORKING_DAYS | Counted.CALENDAR_DAYS:
            return _after_days(span)


def share(span: Span, *, percent: int, whole: datetime | None = None) -> datetime | None:
    """When this share of it has passed. `whole` is its due time, where that is known already.

    Days are cut by the open time between their beginning and their end.
    """
    if percent == 100 and whole is not None:
        return whole
    if span.counted in (Counted.OPEN, Counted.CLOCK):
        return due(Span(span.start, span.amount * percent / 100, span.counted, span.calendar, span.still))
    whole = whole or due(span)
    if whole is None:
        return None
    total = open_time_between(span.start, end=whole, calendar=span.calendar)
    if percent <= 100:
        return _after(span.start, amount=total * percent / 100, calendar=span.calendar)
    return _after(whole, amount=total * (percent - 100) / 100, calendar=span.calendar)


def standing_still(clock: Clock, *, policy: SlaPolicy, since: datetime) -> tuple[Stretch, ...]:
    """The stretches since then that count, each reason with its cap in all; a pause that lasts is taken to last to it.

    A reason that the policy does not name stops nothing. Nobody waits while a matter is
    solved: that has no cap.
    """
    used: dict[Reason, timedelta] = {}
    stretches = []
    for pause in clock.pauses:
        begins = max(pause.begins, since)
        ends = _still_until(pause, begins=begins, used=used.get(pause.reason, timedelta(0)), policy=policy)
        if ends > begins:
            used[pause.reason] = used.get(pause.reason, timedelta(0)) + (ends - begins)
            stretches.append((begins, ends))
    return tuple(stretches)


def after_pause(due_at: datetime, *, pause: Stretch, calendar: Calendar) -> datetime | None:
    """A due time moved by the open time of one pause; one that had passed before it stays."""
    begins, ends = pause
    if begins >= due_at:
        return due_at
    return _after(due_at, amount=open_time_between(begins, end=ends, calendar=calendar), calendar=calendar)


def reckoned(ticket: Ticket, *, promise: Promise, at: datetime | None = None) -> Ticket:
    """The ticket with every due time reckoned from its clock, and the nearest written on it for lists.

    `at` is now, the ticket's last change if not given.
    """
    return reckoned_by(ticket, spans=spans_of(ticket, promise=promise), policy=promise.policy, at=at)


def reckoned_by(ticket: Ticket, *, spans: dict[str, Span], policy: SlaPolicy, at: datetime | None = None) -> Ticket:
    """`reckoned`, for whoever wants the spans as well."""
    clock = ticket.clock
    dues = {kind: due(span) for kind, span in spans.items()}
    lasting = clock.pause
    still = spans["resolution"].still
    until = still[-1][1] if lasting and still and still[-1][0] >= lasting.begins else None
    clock = replace(
        clock,
        next_due_at=dues.get("next"),
        acceptance_due_at=dues.get("acceptance"),
        still_until=until,
        policy=policy.id,
        policy_version=policy.version,
    )
    first, resolution = dues["first"], dues["resolution"]
    kept = _kept(ticket, clock, first=first, resolution=resolution, at=at or ticket.updated_at)
    due_at, due_kind = _nearest(kept)
    return replace(
        ticket, first_due_at=first, resolution_due_at=resolution, due_at=due_at, due_kind=due_kind, clock=clock
    )


def spans_of(ticket: Ticket, *, promise: Promise) -> dict[str, Span]:
    """What is promised on a ticket now, kept or not: `first` and `resolution` always, the others where they run."""
    wanted, calendar, clock = targets(promise.policy, priority=ticket.priority), promise.calendar, ticket.clock
    first = wanted.first_live if clock.opened_live else wanted.first_deferred
    origin = begun(ticket, policy=promise.policy)
    still = standing_still(clock, policy=promise.policy, since=origin)
    spans = {
        "first": Span(ticket.created_at, first, _counted(wanted, "first"), calendar),
        "resolution": Span(origin, wanted.resolution, _counted(wanted, "resolution"), calendar, still),
    }
    if ticket.awaiting_since is not None and ticket.first_answered_at is not None:
        spans["next"] = Span(ticket.awaiting_since, wanted.next_answer, _counted(wanted, "next"), calendar)
    if wanted.acceptance is not None and clock.handed_at is not None and clock.accepted_at is None:
        spans["acceptance"] = Span(clock.handed_at, wanted.acceptance, _counted(wanted, "acceptance"), calendar)
    return spans


def begun(ticket: Ticket, *, policy: SlaPolicy) -> datetime:
    """Since when the solution is promised: since it was opened, or since it came back, as the policy says."""
    anew = policy.reopening is Reopening.ANEW and ticket.clock.cycle_at is not None
    return ticket.clock.cycle_at if anew and ticket.clock.cycle_at else ticket.created_at


def restated(ticket: Ticket, *, at: datetime | None = None) -> Ticket:
    """The ticket with the nearest of its due times written on it; none of them is reckoned."""
    due_at, due_kind = nearest(ticket, at=at)
    return replace(ticket, due_at=due_at, due_kind=due_kind)


def nearest(ticket: Ticket, *, at: datetime | None = None) -> tuple[datetime | None, str | None]:
    """The promise that is due first, and which; or none.

    Nothing is due on a ticket that is solved. While the solution's clock stands still it
    is not due either; when the pause's cap is used up, it is again.
    """
    return _nearest(pending(ticket, at=at or ticket.updated_at))


def pending(ticket: Ticket, *, at: datetime) -> dict[str, datetime | None]:
    """The promises that are still to be kept, with their due times."""
    return _kept(ticket, ticket.clock, first=ticket.first_due_at, resolution=ticket.resolution_due_at, at=at)


def _kept(
    ticket: Ticket, clock: Clock, *, first: datetime | None, resolution: datetime | None, at: datetime
) -> dict[str, datetime | None]:
    """`pending`, where clock and due times do not stand on the ticket yet: copying one is dear."""
    if not ticket.status.active:
        return {}
    kept: dict[str, datetime | None] = {}
    if ticket.first_answered_at is None:
        kept["first"] = first
    elif ticket.awaiting_since is not None:
        kept["next"] = clock.next_due_at
    if clock.still_until is None or at >= clock.still_until:
        kept["resolution"] = resolution
    if clock.accepted_at is None:
        kept["acceptance"] = clock.acceptance_due_at
    return kept


def _nearest(kept: dict[str, datetime | None]) -> tuple[datetime | None, str | None]:
    return min(((when, kind) for kind, when in kept.items() if when is not None), default=(None, None))


def slack(due_at: datetime, *, at: datetime, calendar: Calendar) -> timedelta:
    """Open time left until a due time; negative once it has passed."""
    if due_at >= at:
        return open_time_between(at, end=due_at, calendar=calendar)
    return -open_time_between(due_at, end=at, calendar=calendar)


def _still_until(pause: Pause, *, begins: datetime, used: timedelta, policy: SlaPolicy) -> datetime:
    if pause.reason is Reason.SOLVED:
        return pause.ends or begins
    left = policy.pauses.get(pause.reason, timedelta(0)) - used
    longest = begins + max(left, timedelta(0))
    return longest if pause.ends is None else min(pause.ends, longest)


def _counted(wanted: Targets, kind: str) -> Counted:
    return wanted.counting.get(kind, Counted.OPEN)


def _after(start: datetime, *, amount: timedelta, calendar: Calendar) -> datetime | None:
    """None for hours that never open for so long: a contact is worth more than its promise."""
    try:
        return add_open_time(start, amount=amount, calendar=calendar)
    except NeverOpen:
        return None


def _after_days(span: Span) -> datetime | None:
    """The end of so many days after the first. A day at whose end the clock stood still is not one of them."""
    left, works = span.amount // DAY, span.counted is Counted.WORKING_DAYS
    try:
        for ends, closes in days_after(span.start, calendar=span.calendar):
            last = closes if works else ends
            if left > 0 and last is not None and not _stood(last, still=span.still):
                left -= 1
            if left <= 0 and closes is not None:
                return closes
    except NeverOpen:
        pass
    return None


def _stood(moment: datetime, *, still: Sequence[Stretch]) -> bool:
    return any(begins < moment <= ends for begins, ends in still)
