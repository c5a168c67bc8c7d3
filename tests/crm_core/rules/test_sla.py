from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.ids import WorkId
from crm_core.model.inbox import Capabilities
from crm_core.model.sla import Clock, Pause, Reason
from crm_core.model.ticket import Priority, Status, Ticket
from crm_core.rules import needs, sla
from tests.crm_core.rules.made import ALWAYS, MONDAY, OFFICE, PATIENT, a_promise, a_queue, a_service, a_ticket, hours

HOUR = timedelta(hours=1)
POLICY = a_promise().policy


def test_a_live_contact_is_promised_seconds_and_any_other_hours() -> None:
    assert sla.first_due(MONDAY, policy=POLICY, calendar=ALWAYS, live=True) == MONDAY + timedelta(seconds=20)
    assert sla.first_due(MONDAY, policy=POLICY, calendar=ALWAYS, live=False) == MONDAY + 4 * HOUR


def test_promises_count_open_hours() -> None:
    friday = datetime(2026, 11, 27, 16, tzinfo=UTC)
    assert sla.first_due(friday, policy=POLICY, calendar=OFFICE, live=False) == datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_a_new_ticket_is_written_its_promises_and_the_nearest_of_them() -> None:
    ticket = sla.opened(a_ticket(status=Status.NEW, awaiting_since=MONDAY), promise=a_promise())
    assert (ticket.first_due_at, ticket.resolution_due_at) == (MONDAY + 4 * HOUR, MONDAY + 24 * HOUR)
    assert (ticket.due_at, ticket.due_kind) == (MONDAY + 4 * HOUR, "first")


def test_hours_that_never_open_make_no_promise_and_lose_no_contact() -> None:
    ticket = sla.opened(a_ticket(status=Status.NEW), promise=a_promise(hours(days=range(0))))
    assert (ticket.first_due_at, ticket.resolution_due_at, ticket.due_at, ticket.due_kind) == (None, None, None, None)


def answered(**changes: object) -> Ticket:
    return a_ticket(first_answered_at=MONDAY, resolution_due_at=MONDAY + 24 * HOUR, **changes)


@pytest.mark.parametrize(
    ("ticket", "kind", "due"),
    [
        (answered(), "resolution", MONDAY + 24 * HOUR),
        (answered(awaiting_since=MONDAY + HOUR), "next", MONDAY + 9 * HOUR),
        (answered(awaiting_since=MONDAY + 20 * HOUR), "resolution", MONDAY + 24 * HOUR),
        (answered(status=Status.ON_HOLD), "resolution", MONDAY + 24 * HOUR),
        (answered(status=Status.WAITING, clock=Clock(pauses=(Pause(Reason.CITIZEN, MONDAY),))), None, None),
        (
            answered(status=Status.ON_HOLD, clock=Clock(pauses=(Pause(Reason.FORCE, MONDAY),))),
            "resolution",
            MONDAY + 24 * HOUR,
        ),
        (answered(status=Status.SOLVED), None, None),
        (answered(status=Status.CLOSED, awaiting_since=MONDAY), None, None),
        (a_ticket(first_due_at=MONDAY + HOUR, awaiting_since=MONDAY), "first", MONDAY + 4 * HOUR),
    ],
)
def test_the_nearest_promise_is_the_one_lists_sort_by(ticket: Ticket, kind: str | None, due: datetime | None) -> None:
    known = sla.promised(ticket, promise=a_promise())
    assert (known.due_at, known.due_kind) == (due, kind)


def test_time_spent_waiting_on_the_citizen_moves_the_solution() -> None:
    pause = (MONDAY + HOUR, MONDAY + 3 * HOUR)
    assert sla.resolution_due(MONDAY, policy=POLICY, calendar=ALWAYS, pauses=[pause]) == MONDAY + 26 * HOUR


def test_a_pause_after_the_due_time_excuses_nothing() -> None:
    late = (MONDAY + 30 * HOUR, MONDAY + 40 * HOUR)
    assert sla.resolution_due(MONDAY, policy=POLICY, calendar=ALWAYS, pauses=[late]) == MONDAY + 24 * HOUR


def test_slack_is_open_time_and_negative_once_it_is_late() -> None:
    night = datetime(2026, 11, 23, 20, tzinfo=UTC)
    assert sla.slack(datetime(2026, 11, 24, 10, tzinfo=UTC), at=night, calendar=OFFICE) == HOUR
    assert sla.slack(datetime(2026, 11, 23, 15, tzinfo=UTC), at=night, calendar=OFFICE) == -2 * HOUR


@PATIENT
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 300)), max_size=6))
def test_pauses_add_exactly_the_open_time_that_stood_still(steps: list[tuple[int, int]]) -> None:
    """Counted another way: walk minute by minute, and count only what was no pause."""
    minute, at = timedelta(minutes=1), MONDAY
    pauses = []
    for gap, length in steps:
        pauses.append((at + gap * minute, at + (gap + length) * minute))
        at = pauses[-1][1]
    clock, worked = MONDAY, timedelta(0)
    while worked < POLICY.resolution:
        worked += timedelta(0) if any(begins <= clock < ends for begins, ends in pauses) else minute
        clock += minute
    assert sla.resolution_due(MONDAY, policy=POLICY, calendar=ALWAYS, pauses=pauses) == clock


capabilities = st.builds(
    Capabilities,
    html=st.booleans(),
    files=st.booleans(),
    subject=st.booleans(),
    live=st.booleans(),
    threads=st.booleans(),
    units=st.integers(1, 5),
    length=st.none() | st.integers(70, 2000),
)


@PATIENT
@given(
    one=capabilities,
    other=capabilities,
    names=st.tuples(st.text(min_size=1), st.text(min_size=1)),
    priority=st.sampled_from(Priority),
    skills=st.dictionaries(st.sampled_from(["tax", "roads"]), st.integers(0, 5)),
    opened_at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001
)
def test_changing_only_the_channel_changes_neither_service_priority_queue_nor_resolution(
    *,
    one: Capabilities,
    other: Capabilities,
    names: tuple[str, str],
    priority: Priority,
    skills: dict[str, int],
    opened_at: datetime,
) -> None:
    service, queue, promise = a_service(skills=skills), a_queue(skills={"tax": 2}), a_promise(OFFICE)
    seen = []
    for name, able in zip(names, (one, other), strict=True):
        ticket = a_ticket(
            channel=name, live=able.live, priority=priority, created_at=opened_at, awaiting_since=opened_at
        )
        ticket = sla.opened(ticket, promise=promise)
        work = needs.work_for(ticket, id=WorkId("w"), service=service, queue=queue, capabilities=able, at=opened_at)
        seen.append((ticket.service, ticket.resolution_due_at, work.queue, work.priority, work.skills, work.language))
    assert seen[0] == seen[1]
