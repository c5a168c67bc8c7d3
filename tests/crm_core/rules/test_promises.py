"""Promises over a whole life, against a slow and obvious reference that looks at the clock each minute."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.model.agent import Role
from crm_core.model.errors import NotAllowedNow
from crm_core.model.ids import MarkId, PolicyId
from crm_core.model.promise import Mark
from crm_core.model.sla import Alarm, Calendar, Counted, Reason, Reopening, Rung, SlaPolicy, Targets, Tell
from crm_core.model.ticket import Priority, Status, Ticket
from crm_core.rules import alarms, lifecycle, marks, sla
from crm_core.rules.sla import Promise
from tests.crm_core.rules.made import ALWAYS, MONDAY, OFFICE, PATIENT, a_promise, a_ticket, an_agent, hours
from tests.crm_core.rules.test_calendar import calendars, changes, open_by_the_wall_clock
from tests.scale import examples

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIMIT = 6 * 1440
"""Minutes that the reference walks before it gives up; what is due later is not compared."""


# ---------------------------------------------------------------- the reference: nothing of ours but the wall clock


@dataclass
class Told:
    """What happened to a ticket, as one would note it on paper: from this minute on it is so."""

    opened: datetime
    live: bool
    still: list[tuple[datetime, str | None]] = field(default_factory=list)
    came_back: datetime | None = None
    awaiting: datetime | None = None
    answered: datetime | None = None
    priority: Priority = Priority.NORMAL

    def standing(self, at: datetime) -> str | None:
        """Why the clock stands still in this minute: a reason, `solved`, or None."""
        return next((why for since, why in reversed(self.still) if since <= at), None)


def walked(told: Told, *, policy: SlaPolicy, calendar: Calendar, kind: str) -> datetime | None:
    """When it is due, minute by minute; None if not within the limit."""
    row = policy.by_priority.get(told.priority.name.lower(), policy)
    counted = row.counting.get(kind, Counted.OPEN)
    start, amount, pauses = _asked(told, policy, row, kind)
    stops = _stops(told, policy, start) if pauses else set()
    if counted in (Counted.WORKING_DAYS, Counted.CALENDAR_DAYS):
        return _days(start, amount // DAY, calendar, stops, works=counted is Counted.WORKING_DAYS)
    left = amount // MINUTE
    for number in range(LIMIT):
        minute = start + number * MINUTE
        runs = counted is Counted.CLOCK or open_by_the_wall_clock(minute, calendar=calendar)
        left -= int(runs and minute not in stops)
        if left == 0:
            return minute + MINUTE
    return None


def _asked(told: Told, policy: SlaPolicy, row: Any, kind: str) -> tuple[datetime, timedelta, bool]:
    if kind == "first":
        return told.opened, row.first_live if told.live else row.first_deferred, False
    if kind == "next":
        assert told.awaiting is not None
        return told.awaiting, row.next_answer, False
    anew = policy.reopening is Reopening.ANEW and told.came_back is not None
    return (told.came_back if anew and told.came_back else told.opened), row.resolution, True


def _stops(told: Told, policy: SlaPolicy, start: datetime) -> set[datetime]:
    """The minutes that do not count: solved, or standing for a reason whose cap is not used up."""
    used: Counter[str] = Counter()
    stops = set()
    for number in range(LIMIT):
        minute = start + number * MINUTE
        why = told.standing(minute)
        cap = {reason.value: cap for reason, cap in policy.pauses.items()}.get(why or "", timedelta(0)) // MINUTE
        if why == "solved":
            stops.add(minute)
        elif why is not None and used[why] < cap:
            used[why] += 1
            stops.add(minute)
    return stops


def _days(start: datetime, days: int, calendar: Calendar, stops: set[datetime], *, works: bool) -> datetime | None:
    zone, last_open, last = ZoneInfo(calendar.zone), {}, {}
    for number in range(LIMIT):
        minute = start + number * MINUTE
        local = minute.astimezone(zone).date()
        last[local] = minute
        if open_by_the_wall_clock(minute, calendar=calendar):
            last_open[local] = minute
    for local in sorted(last)[1:-1]:  # the first does not count, of the last we may have seen only a part
        decides = last_open.get(local) if works else last[local]
        if days > 0 and decides is not None and decides not in stops:
            days -= 1
        if days <= 0 and local in last_open:
            return last_open[local] + MINUTE
    return None


# ---------------------------------------------------------------- lives, lived through the real rules and noted


class Life:
    """A ticket, its marks as the store would keep them, and the note on paper."""

    def __init__(self, promise: Promise, *, at: datetime, live: bool) -> None:
        self.promise, self.at = promise, at
        self.told = Told(at, live, awaiting=at)
        self.marks: list[Mark] = []
        born = a_ticket(status=Status.NEW, created_at=at, updated_at=at, live=live, awaiting_since=at, version=1)
        self.ticket = sla.opened(born, promise=promise)
        self._mark(None)

    def act(self, minutes: int, what: str, wish: Any) -> None:
        self.at += minutes * MINUTE
        before = self.ticket
        try:
            self.ticket = getattr(self, f"_{what}")(wish)
        except NotAllowedNow:
            return
        getattr(self, f"_note_{what}")(wish, before)
        self._mark(before)

    def _mark(self, before: Ticket | None) -> None:
        self.marks += marks.of(before, self.ticket, named=lambda: MarkId(f"m{len(self.marks)}"))

    def _citizen(self, _wish: Any) -> Ticket:
        return lifecycle.on_inbound(
            self.ticket, at=self.at, channel="email", snippet="", promise=self.promise, live=False
        )

    def _note_citizen(self, _wish: Any, before: Ticket) -> None:
        self._goes_on(before, None)
        self.told.awaiting = self.told.awaiting or self.at

    def _answer(self, reason: Reason | None) -> Ticket:
        status = None if reason is None else Status.WAITING
        return lifecycle.on_reply(
            self.ticket, at=self.at, snippet="", promise=self.promise, status=status, reason=reason
        )

    def _note_answer(self, reason: Reason | None, before: Ticket) -> None:
        if reason is not None:
            self._goes_on(before, reason.value)
        self.told.awaiting, self.told.answered = None, self.told.answered or self.at

    def _stand(self, wish: tuple[Status, Reason | None]) -> Ticket:
        to, reason = wish
        return lifecycle.set_status(self.ticket, to=to, at=self.at, promise=self.promise, reason=reason)

    def _note_stand(self, wish: tuple[Status, Reason | None], before: Ticket) -> None:
        to, reason = wish
        why = reason.value if reason else "citizen" if to is Status.WAITING else None
        self._goes_on(before, why)

    def _solve(self, _wish: Any) -> Ticket:
        return lifecycle.solve(self.ticket, at=self.at)

    def _note_solve(self, _wish: Any, _before: Ticket) -> None:
        self.told.still.append((self.at, "solved"))
        self.told.awaiting = None

    def _reopen(self, _wish: Any) -> Ticket:
        return lifecycle.reopen(self.ticket, at=self.at, promise=self.promise)

    def _note_reopen(self, _wish: Any, before: Ticket) -> None:
        self._goes_on(before, None)

    def _prioritise(self, to: Priority) -> Ticket:
        return lifecycle.prioritise(self.ticket, to=to, at=self.at, promise=self.promise)

    def _note_prioritise(self, to: Priority, _before: Ticket) -> None:
        self.told.priority = to

    def _goes_on(self, before: Ticket, why: str | None) -> None:
        if not before.status.active:
            self.told.came_back = self.at
        self.told.still.append((self.at, why))


REASONS = [Reason.CITIZEN, Reason.DOCUMENTS, Reason.FORCE]
"""Few, so that the same one comes again and its cap is used up."""

steps = st.tuples(
    st.integers(0, 500),
    st.one_of(
        st.tuples(st.just("citizen"), st.none()),
        st.tuples(st.just("answer"), st.sampled_from([None, *REASONS])),
        st.tuples(
            st.just("stand"),
            st.one_of(
                st.tuples(st.just(Status.WAITING), st.sampled_from([None, *REASONS])),
                st.tuples(st.just(Status.ON_HOLD), st.sampled_from([None, *REASONS])),
                st.tuples(st.just(Status.OPEN), st.none()),
            ),
        ),
        st.tuples(st.just("solve"), st.none()),
        st.tuples(st.just("reopen"), st.none()),
        st.tuples(st.just("prioritise"), st.sampled_from(Priority)),
    ),
)
amounts = st.integers(1, 1800).map(lambda minutes: minutes * MINUTE)


@st.composite
def rows(draw: st.DrawFn) -> Targets:
    counting = draw(
        st.dictionaries(st.sampled_from(["first", "next", "resolution"]), st.sampled_from(Counted), max_size=3)
    )
    by_days = (Counted.WORKING_DAYS, Counted.CALENDAR_DAYS)
    first, following, whole = (
        draw(st.integers(1, 3)) * DAY if counting.get(kind) in by_days else draw(amounts)
        for kind in ("first", "next", "resolution")
    )
    live = first if counting.get("first") in by_days else draw(amounts)
    return Targets(live, first, following, whole, counting=counting)


@st.composite
def policies(draw: st.DrawFn, version: int) -> SlaPolicy:
    row = draw(rows())
    caps = st.integers(0, 500).map(lambda minutes: minutes * MINUTE)
    return SlaPolicy(
        PolicyId("drawn"),
        "Drawn",
        OFFICE.id,
        row.first_live,
        row.first_deferred,
        row.next_answer,
        row.resolution,
        version,
        counting=row.counting,
        by_priority=draw(st.dictionaries(st.sampled_from(["low", "urgent", "emergency"]), rows(), max_size=2)),
        pauses=draw(st.dictionaries(st.sampled_from(REASONS), caps, min_size=1, max_size=3)),
        reopening=draw(st.sampled_from(Reopening)),
    )


@settings(parent=PATIENT, max_examples=examples(30))
@given(st.data(), changes, st.integers(0, 1440), st.booleans(), st.lists(steps, max_size=12))
def test_every_due_time_of_any_life_equals_the_slow_reference_under_its_policy_and_under_another(
    data: st.DataObject, change: tuple[str, datetime], ahead: int, live: bool, happens: list[Any]
) -> None:
    """Over daylight-saving changes, closed and make-up days, pauses with caps, reopenings, other priorities."""
    zone, near = change
    calendar = data.draw(calendars(zone, near.date()))
    policy, other = data.draw(policies(1)), data.draw(policies(2))
    life = Life(Promise(policy, calendar), at=near + ahead * MINUTE, live=live)
    for minutes, (what, wish) in happens:
        life.act(minutes, what, wish)
    _agrees(life, life.ticket, Promise(policy, calendar))
    again = marks.retold(life.ticket, life.marks)
    assert _counted_from(again) == _counted_from(life.ticket)
    _agrees(life, sla.promised(again, promise=Promise(other, calendar)), Promise(other, calendar))


def _agrees(life: Life, ticket: Ticket, promise: Promise) -> None:
    expected: dict[str, datetime | None] = {}
    for kind in ("first", "next", "resolution"):
        if kind != "next" or (life.told.awaiting is not None and life.told.answered is not None):
            expected[kind] = walked(life.told, policy=promise.policy, calendar=promise.calendar, kind=kind)
    ours = {"first": ticket.first_due_at, "next": ticket.clock.next_due_at, "resolution": ticket.resolution_due_at}
    over = not ticket.status.active
    for kind, due in expected.items():
        if due is not None and not (over and (kind == "next" or due > (ticket.solved_at or due))):
            assert ours[kind] == due, kind


def _counted_from(ticket: Ticket) -> Any:
    clock = replace(
        ticket.clock, next_due_at=None, acceptance_due_at=None, still_until=None, policy=None, policy_version=0
    )
    return (
        ticket.created_at,
        ticket.priority,
        ticket.awaiting_since,
        ticket.first_answered_at,
        ticket.solved_at,
        clock,
    )


# ---------------------------------------------------------------- in words


def test_a_form_sent_on_friday_evening_is_due_on_monday_morning() -> None:
    office = hours((8, 18), zone="America/New_York")
    friday = datetime(2026, 11, 20, 17, 50, tzinfo=ZoneInfo("America/New_York"))
    policy = replace(a_promise().policy, first_deferred=150 * MINUTE)
    due = sla.first_due(friday, policy=policy, calendar=office, live=False)
    assert due == datetime(2026, 11, 23, 10, 20, tzinfo=ZoneInfo("America/New_York"))


def test_so_many_working_days_end_when_the_last_one_closes_and_the_first_day_does_not_count() -> None:
    policy = replace(a_promise().policy, resolution=3 * DAY, counting={"resolution": Counted.WORKING_DAYS})
    friday = MONDAY + 4 * DAY
    due = sla.resolution_due(friday, policy=policy, calendar=OFFICE)
    assert due == MONDAY.replace(hour=17) + 9 * DAY  # Wednesday of the week after


def test_a_working_day_at_whose_end_the_clock_stood_still_is_not_one_of_them() -> None:
    policy = replace(a_promise().policy, resolution=3 * DAY, counting={"resolution": Counted.WORKING_DAYS})
    life = Life(Promise(policy, OFFICE), at=MONDAY, live=False)
    life.act(24 * 60, "stand", (Status.WAITING, None))
    life.act(24 * 60, "stand", (Status.OPEN, None))  # Tuesday's end passed meanwhile
    assert life.ticket.resolution_due_at == MONDAY.replace(hour=17) + 4 * DAY


def test_calendar_days_that_end_on_a_closed_day_end_with_the_next_working_day() -> None:
    policy = replace(a_promise().policy, resolution=5 * DAY, counting={"resolution": Counted.CALENDAR_DAYS})
    assert sla.resolution_due(MONDAY, policy=policy, calendar=OFFICE) == MONDAY.replace(hour=17) + 7 * DAY


def test_a_promise_of_the_clock_runs_at_night() -> None:
    policy = replace(a_promise().policy, resolution=20 * HOUR, counting={"resolution": Counted.CLOCK})
    assert sla.resolution_due(MONDAY, policy=policy, calendar=OFFICE) == MONDAY + 20 * HOUR


def test_a_pause_is_worth_no_more_than_its_cap_however_often_it_begins() -> None:
    policy = replace(a_promise().policy, pauses={Reason.CITIZEN: 10 * HOUR})
    life = Life(Promise(policy, ALWAYS), at=MONDAY, live=False)
    for _ in range(4):
        life.act(60, "stand", (Status.WAITING, None))
        life.act(240, "stand", (Status.OPEN, None))
    assert life.ticket.resolution_due_at == MONDAY + 34 * HOUR


def test_while_the_clock_stands_still_nothing_is_due_until_the_cap_is_used_up() -> None:
    policy = replace(a_promise().policy, pauses={Reason.DOCUMENTS: 5 * HOUR})
    life = Life(Promise(policy, ALWAYS), at=MONDAY, live=False)
    life.act(60, "answer", Reason.DOCUMENTS)
    assert (life.ticket.due_at, life.ticket.clock.still_until) == (None, MONDAY + 6 * HOUR)
    assert life.ticket.clock.alarm == Alarm(MONDAY + 6 * HOUR, alarms.PAUSE, 100)
    later = alarms.rung(life.ticket, promise=life.promise, at=MONDAY + 6 * HOUR)
    assert (later.due_at, later.due_kind) == (MONDAY + 29 * HOUR, "resolution")


def test_a_reason_that_the_policy_does_not_name_stops_nothing() -> None:
    life = Life(a_promise(), at=MONDAY, live=False)
    life.act(60, "answer", None)
    life.act(0, "stand", (Status.ON_HOLD, Reason.AUTHORITY))
    assert (life.ticket.due_at, life.ticket.clock.still_until) == (MONDAY + 24 * HOUR, None)


def test_what_comes_back_has_the_rest_of_its_time_or_all_of_it_as_the_policy_says() -> None:
    for reopening, due in ((Reopening.CONTINUE, 24 + 100), (Reopening.ANEW, 110 + 24)):
        policy = replace(a_promise().policy, reopening=reopening)
        life = Life(Promise(policy, ALWAYS), at=MONDAY, live=False)
        life.act(600, "solve", None)
        life.act(6000, "citizen", None)
        assert (life.ticket.clock.cycle, life.ticket.resolution_due_at) == (2, MONDAY + due * HOUR)


def test_the_unit_signs_by_somebody_taking_it_and_again_when_it_is_moved() -> None:
    promise = Promise(replace(a_promise().policy, acceptance=30 * MINUTE), ALWAYS)
    ticket = sla.opened(a_ticket(status=Status.NEW, awaiting_since=MONDAY), promise=promise)
    assert (ticket.due_at, ticket.due_kind) == (MONDAY + 30 * MINUTE, "acceptance")
    signed = lifecycle.assign(ticket, to="tom", at=MONDAY + 5 * MINUTE)  # type: ignore[arg-type]
    assert (signed.due_kind, signed.clock.accepted_at) == ("first", MONDAY + 5 * MINUTE)
    moved = lifecycle.move(signed, to="taxes", at=MONDAY + HOUR, promise=promise)  # type: ignore[arg-type]
    assert (moved.due_at, moved.due_kind) == (MONDAY + 90 * MINUTE, "acceptance")


# ---------------------------------------------------------------- alarms


def _rings(life: Life, *, until: datetime) -> list[Alarm]:
    """Every alarm up to then, each rung when its time came."""
    heard = []
    while (alarm := life.ticket.clock.alarm) is not None and alarm.at <= until:
        heard.append(alarm)
        life.ticket = alarms.rung(life.ticket, promise=life.promise, at=alarm.at)
    return heard


def test_the_ladder_rings_at_each_of_its_shares_once() -> None:
    life = Life(a_promise(), at=MONDAY, live=False)
    first = [(alarm.promise, alarm.percent) for alarm in _rings(life, until=MONDAY + 5 * HOUR)]
    assert first == [("first", 50), ("first", 80), ("first", 100)]
    life.act(330, "answer", None)
    rest = [(alarm.at - MONDAY, alarm.promise, alarm.percent) for alarm in _rings(life, until=MONDAY + 90 * HOUR)]
    whole = timedelta(hours=24)
    assert rest == [(whole * share / 100, "resolution", share) for share in (50, 80, 100, 150)]


def test_an_alarm_that_is_due_and_has_not_rung_is_not_lost_by_a_change() -> None:
    life = Life(a_promise(), at=MONDAY, live=False)
    alarm = life.ticket.clock.alarm
    assert alarm is not None
    life.act(121, "prioritise", Priority.HIGH)
    assert life.ticket.clock.alarm == alarm


@PATIENT
@given(st.lists(steps, max_size=8), st.integers(0, 4000))
def test_an_alarm_never_rings_twice_and_always_for_something_that_is_still_promised(
    happens: list[Any], after: int
) -> None:
    life = Life(a_promise(OFFICE), at=MONDAY, live=False)
    heard: Counter[tuple[str, int, datetime]] = Counter()
    for minutes, (what, wish) in [*happens, (after, ("citizen", None))]:
        heard.update((one.promise, one.percent, one.at) for one in _rings(life, until=life.at + minutes * MINUTE))
        life.act(minutes, what, wish)
        assert life.ticket.status.active or life.ticket.clock.alarm is None
    assert not heard or max(heard.values()) == 1


def test_nobody_hears_of_a_confidential_ticket_who_may_not_see_it() -> None:

    sue = an_agent(id="sue", role=Role.SUPERVISOR, teams=frozenset({"t"}))
    sky = an_agent(id="sky", role=Role.SUPERVISOR)
    told: Callable[..., Any] = alarms.told
    rung = Rung(100, (Tell.OWNER, Tell.LEAD))
    ticket = a_ticket(assignee="tom")
    assert told(rung, ticket=ticket, team="t", staff=[sue, sky]) == {"tom", "sue"}
    assert told(rung, ticket=ticket, team="u", staff=[sue, sky]) == {"tom", "sue", "sky"}
    assert told(rung, ticket=replace(ticket, confidential=True), team="t", staff=[sue, sky]) == {"tom"}
    assert told(rung, ticket=replace(ticket, assignee=None), team="t", staff=[sue, sky]) == {"sue"}
