from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.ticket import Priority, Status
from crm_core.rules import ageing
from tests.crm_core.rules.made import MONDAY, PATIENT, a_ticket

HOUR = timedelta(hours=1)
hours = st.integers(0, 24 * 400)


@PATIENT
@given(st.sampled_from(Priority), hours, st.sampled_from(Priority), hours)
def test_a_day_of_waiting_is_worth_a_priority_and_nothing_grows_into_an_emergency(
    one: Priority, waits: int, other: Priority, waits_too: int
) -> None:
    first = ageing.rank(a_ticket(priority=one, awaiting_since=MONDAY - waits * HOUR))
    second = ageing.rank(a_ticket(priority=other, awaiting_since=MONDAY - waits_too * HOUR))
    if Priority.EMERGENCY in (one, other) and one is not other:
        assert (first > second) == (one is Priority.EMERGENCY)
    elif Priority.EMERGENCY in (one, other):
        assert (first > second) == (waits > waits_too)
    else:
        assert (first > second) == (one + waits / 24 > other + waits_too / 24)


@PATIENT
@given(st.sampled_from(Priority), hours)
def test_what_is_shown_says_why_and_stops_below_the_emergency(priority: Priority, waits: int) -> None:
    shown = ageing.aged(a_ticket(priority=priority, awaiting_since=MONDAY - waits * HOUR), at=MONDAY)
    assert shown.priority == max(priority, min(Priority.URGENT, priority + waits // 24))
    assert (f"has waited {waits} h" in shown.why) == (shown.priority is not priority)


def test_what_is_over_has_not_aged() -> None:
    solved = a_ticket(status=Status.SOLVED, created_at=MONDAY - 90 * HOUR)
    assert ageing.aged(solved, at=MONDAY).priority is Priority.NORMAL
