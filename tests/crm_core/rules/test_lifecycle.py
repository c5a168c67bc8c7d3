from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.errors import BadInput, NotAllowedNow, Refusal, Stale
from crm_core.model.ids import AgentId, QueueId, ServiceId, TicketId
from crm_core.model.ticket import Priority, Status, Ticket
from crm_core.rules import lifecycle
from tests.crm_core.rules.made import MONDAY, PATIENT, a_promise, a_service, a_ticket

HOUR = timedelta(hours=1)
NOW = MONDAY + HOUR
PROMISE = a_promise()
TOM, LI = AgentId("tom"), AgentId("li")

ENDED = [Status.SOLVED, Status.CLOSED]
AWAKE = [Status.NEW, Status.OPEN, Status.WAITING, Status.ON_HOLD]

Verb = Callable[..., Ticket]
VERBS: dict[str, tuple[Verb, dict[str, Any]]] = {
    "reply": (lifecycle.on_reply, {"snippet": "Hello", "promise": PROMISE}),
    "solve": (lifecycle.solve, {}),
    "close": (lifecycle.close, {}),
    "set_status": (lifecycle.set_status, {"to": Status.WAITING, "promise": PROMISE}),
    "assign": (lifecycle.assign, {"to": TOM}),
    "move": (lifecycle.move, {"to": QueueId("taxes"), "promise": PROMISE}),
    "classify": (lifecycle.classify, {"service": a_service(id=ServiceId("tax")), "promise": PROMISE}),
    "prioritise": (lifecycle.prioritise, {"to": Priority.URGENT, "promise": PROMISE}),
    "rename": (lifecycle.rename, {"subject": "Two lamps are out"}),
    "snooze": (lifecycle.snooze, {"until": NOW + HOUR}),
    "confide": (lifecycle.confide, {"readers": frozenset({LI})}),
}


def heard(ticket: Ticket, **changes: Any) -> Ticket:
    given: dict[str, Any] = {"at": NOW, "channel": "sms", "snippet": "And?", "promise": PROMISE}
    return lifecycle.on_inbound(ticket, **(given | changes))


def replied(ticket: Ticket, **changes: Any) -> Ticket:
    given: dict[str, Any] = {"at": NOW, "snippet": "Hello", "promise": PROMISE}
    return lifecycle.on_reply(ticket, **(given | changes))


def merged(ticket: Ticket, *, into: Ticket) -> tuple[Ticket, Ticket]:
    return lifecycle.merge(ticket, into=into, at=NOW, promise=PROMISE)


# --- whatever is done, by anybody -----------------------------------------------------


@pytest.mark.parametrize("name", VERBS)
def test_each_change_is_one_version_later_and_says_when(name: str) -> None:
    verb, wish = VERBS[name]
    changed = verb(a_ticket(), at=NOW, **wish)
    assert (changed.version, changed.updated_at) == (8, NOW)


@pytest.mark.parametrize("name", VERBS)
@pytest.mark.parametrize("seen", [1, 6, 8])
def test_a_decision_made_on_a_stale_screen_is_refused_with_the_version_that_is(name: str, seen: int) -> None:
    verb, wish = VERBS[name]
    with pytest.raises(Stale) as stale:
        verb(a_ticket(), at=NOW, seen_version=seen, **wish)
    assert stale.value.version == 7
    assert verb(a_ticket(), at=NOW, seen_version=7, **wish).version == 8


@pytest.mark.parametrize("name", sorted(VERBS.keys() - {"confide"}))
def test_nothing_happens_to_a_closed_ticket_but_reopening(name: str) -> None:
    verb, wish = VERBS[name]
    with pytest.raises(NotAllowedNow):
        verb(a_ticket(status=Status.CLOSED, solved_at=MONDAY), at=NOW, **wish)


@pytest.mark.parametrize("name", sorted(VERBS.keys() - {"reply", "solve", "close"}))
def test_doing_the_same_again_is_refused_so_that_no_empty_event_is_told(name: str) -> None:
    verb, wish = VERBS[name]
    once = verb(a_ticket(), at=NOW, **wish)
    if name == "snooze":
        return  # asking for the same hour again is harmless and common
    with pytest.raises(NotAllowedNow):
        verb(once, at=NOW, **wish)


# --- what the citizen does --------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.OPEN, Status.WAITING, Status.ON_HOLD, Status.SOLVED])
def test_when_the_citizen_writes_it_is_open_and_they_wait(status: Status) -> None:
    ticket = heard(a_ticket(status=status, snoozed_until=NOW + HOUR, first_answered_at=MONDAY))
    assert (ticket.status, ticket.awaiting_since, ticket.snoozed_until) == (Status.OPEN, NOW, None)
    assert (ticket.channel, ticket.snippet) == ("sms", "And?")
    assert (ticket.due_at, ticket.due_kind) == (NOW + 8 * HOUR, "next")


def test_a_ticket_nobody_has_looked_at_stays_new() -> None:
    assert heard(a_ticket(status=Status.NEW, awaiting_since=MONDAY)).status is Status.NEW


def test_who_waits_already_has_waited_since_then() -> None:
    assert heard(a_ticket(awaiting_since=MONDAY)).awaiting_since == MONDAY


@pytest.mark.parametrize("status", list(Status))
def test_an_out_of_office_answer_waits_for_nobody(status: Status) -> None:
    before = a_ticket(status=status, snoozed_until=NOW + HOUR)
    after = heard(before, automatic=True)
    assert after == replace(before, version=8, updated_at=NOW, snippet="And?")


def test_the_clock_of_the_solution_stood_still_while_it_was_solved() -> None:
    solved = a_ticket(status=Status.SOLVED, solved_at=MONDAY + 10 * HOUR, resolution_due_at=MONDAY + 24 * HOUR)
    ticket = heard(solved, at=MONDAY + 100 * HOUR)
    assert ticket.resolution_due_at == MONDAY + 114 * HOUR
    assert ticket.solved_at is None


def test_what_was_late_when_it_was_solved_stays_late() -> None:
    solved = a_ticket(status=Status.SOLVED, solved_at=MONDAY + 30 * HOUR, resolution_due_at=MONDAY + 24 * HOUR)
    assert heard(solved, at=MONDAY + 40 * HOUR).resolution_due_at == MONDAY + 24 * HOUR


# --- what we do ---------------------------------------------------------------------------


def test_the_first_answer_is_counted_once_and_ends_the_waiting() -> None:
    ticket = replied(a_ticket(status=Status.NEW, awaiting_since=MONDAY, first_due_at=MONDAY, due_kind="first"))
    assert (ticket.status, ticket.first_answered_at, ticket.awaiting_since) == (Status.OPEN, NOW, None)
    assert (ticket.due_at, ticket.due_kind) == (MONDAY + 24 * HOUR, "resolution")
    assert replied(ticket, at=NOW + HOUR).first_answered_at == NOW


@pytest.mark.parametrize("status", [Status.OPEN, Status.WAITING, Status.ON_HOLD, Status.SOLVED, Status.CLOSED])
def test_an_answer_says_where_the_ticket_stands_now(status: Status) -> None:
    ticket = replied(a_ticket(resolution_due_at=MONDAY + 24 * HOUR), status=status)
    assert ticket.status is status
    assert ticket.solved_at == (NOW if status in ENDED else None)
    assert ticket.due_kind == ("resolution" if status in (Status.OPEN, Status.ON_HOLD) else None)


def test_an_answered_ticket_is_not_new() -> None:
    with pytest.raises(BadInput):
        replied(a_ticket(), status=Status.NEW)


def test_a_word_after_the_solution_leaves_it_solved() -> None:
    ticket = replied(a_ticket(status=Status.SOLVED, solved_at=MONDAY))
    assert (ticket.status, ticket.solved_at) == (Status.SOLVED, MONDAY)


def test_a_machines_confirmation_keeps_no_promise() -> None:
    ticket = a_ticket(status=Status.NEW, awaiting_since=MONDAY)
    assert lifecycle.on_automatic_reply(ticket, at=NOW) == replace(ticket, version=8, updated_at=NOW)


def test_whoever_is_mentioned_in_a_note_may_see_the_ticket_from_then_on() -> None:
    ticket = lifecycle.on_note(a_ticket(readers=frozenset({TOM})), at=NOW, mentions=frozenset({LI}))
    assert ticket.readers == {TOM, LI}


@pytest.mark.parametrize("status", AWAKE)
def test_what_is_solved_is_due_no_more_and_sleeps_no_more(status: Status) -> None:
    ticket = lifecycle.solve(
        a_ticket(status=status, awaiting_since=MONDAY, due_at=NOW, due_kind="next", snoozed_until=NOW + HOUR), at=NOW
    )
    assert (ticket.status, ticket.solved_at) == (Status.SOLVED, NOW)
    assert (ticket.due_at, ticket.due_kind, ticket.awaiting_since, ticket.snoozed_until) == (None, None, None, None)


def test_a_solved_ticket_is_closed_with_the_time_it_was_solved_at() -> None:
    assert lifecycle.close(a_ticket(status=Status.SOLVED, solved_at=MONDAY), at=NOW).solved_at == MONDAY


@pytest.mark.parametrize("status", list(Status))
def test_only_what_is_over_can_be_reopened(status: Status) -> None:
    ticket = a_ticket(status=status, solved_at=MONDAY if status in ENDED else None)
    if status in ENDED:
        again = lifecycle.reopen(ticket, at=NOW, promise=PROMISE)
        assert (again.status, again.solved_at) == (Status.OPEN, None)
    else:
        with pytest.raises(NotAllowedNow):
            lifecycle.reopen(ticket, at=NOW, promise=PROMISE)


@pytest.mark.parametrize("before", list(Status))
@pytest.mark.parametrize("to", list(Status))
def test_every_step_between_two_statuses_is_decided(before: Status, to: Status) -> None:
    ticket = a_ticket(status=before, solved_at=MONDAY if before in ENDED else None)
    allowed = to is not before and to is not Status.NEW and before is not Status.CLOSED
    if allowed:
        assert lifecycle.set_status(ticket, to=to, at=NOW, promise=PROMISE).status is to
    else:
        with pytest.raises(NotAllowedNow):
            lifecycle.set_status(ticket, to=to, at=NOW, promise=PROMISE)


def test_two_agents_who_take_the_same_ticket_get_one_ticket_and_one_refusal() -> None:
    taken = lifecycle.assign(a_ticket(), to=TOM, at=NOW, seen_version=7)
    with pytest.raises(Stale):
        lifecycle.assign(taken, to=LI, at=NOW, seen_version=7)


def test_whoever_had_it_lets_go_when_it_moves_to_another_queue() -> None:
    ticket = lifecycle.move(a_ticket(assignee=TOM, awaiting_since=MONDAY), to=QueueId("taxes"), at=NOW, promise=PROMISE)
    assert (ticket.queue, ticket.assignee, ticket.awaiting_since) == ("taxes", None, MONDAY)


def test_another_service_brings_its_queue_and_its_promises_from_the_start() -> None:
    parks = a_service(id=ServiceId("parks"), queue=QueueId("parks"))
    ticket = lifecycle.classify(a_ticket(assignee=TOM), service=parks, at=NOW, promise=PROMISE)
    assert (ticket.service, ticket.queue, ticket.assignee) == ("parks", "parks", None)
    assert ticket.resolution_due_at == MONDAY + 24 * HOUR


def test_who_solved_it_has_solved_it_though_it_is_filed_elsewhere_afterwards() -> None:
    parks = a_service(id=ServiceId("parks"), queue=QueueId("parks"))
    solved = lifecycle.solve(a_ticket(assignee=TOM), at=NOW)
    ticket = lifecycle.classify(solved, service=parks, at=NOW, promise=PROMISE)
    assert (ticket.queue, ticket.assignee, ticket.clock.handed_at) == ("parks", TOM, solved.clock.handed_at)


@pytest.mark.parametrize("subject", ["", "  \n", "x" * 251])
def test_a_subject_says_something_in_few_words(subject: str) -> None:
    with pytest.raises(BadInput):
        lifecycle.rename(a_ticket(), subject=subject, at=NOW)


def test_a_subject_is_one_line() -> None:
    assert lifecycle.rename(a_ticket(), subject=" Two\r\n lamps ", at=NOW).subject == "Two lamps"


def test_a_snooze_ends_in_the_future_and_promises_do_not_sleep() -> None:
    ticket = lifecycle.snooze(a_ticket(due_at=NOW, due_kind="next"), until=NOW + HOUR, at=NOW)
    assert (ticket.snoozed_until, ticket.due_at) == (NOW + HOUR, NOW)
    assert lifecycle.snooze(ticket, until=None, at=NOW).snoozed_until is None
    for until in (NOW, MONDAY):
        with pytest.raises(BadInput):
            lifecycle.snooze(a_ticket(), until=until, at=NOW)


def test_what_is_awake_cannot_be_woken() -> None:
    with pytest.raises(NotAllowedNow):
        lifecycle.snooze(a_ticket(), until=None, at=NOW)


def test_a_confidential_ticket_always_has_somebody_who_sees_it() -> None:
    with pytest.raises(BadInput):
        lifecycle.confide(a_ticket(), readers=frozenset(), at=NOW)
    ticket = lifecycle.confide(a_ticket(assignee=TOM), readers=frozenset(), at=NOW)
    assert ticket.confidential
    assert not lifecycle.disclose(ticket, at=NOW).confidential


# --- two that are one -----------------------------------------------------------------------


def test_of_two_merged_tickets_one_is_closed_and_the_other_has_waited_for_both() -> None:
    question = a_ticket(id=TicketId("t2"), awaiting_since=MONDAY)
    closed, goes_on = merged(
        question, into=a_ticket(status=Status.WAITING, awaiting_since=None, first_answered_at=MONDAY)
    )
    assert (closed.status, closed.due_at, closed.version) == (Status.CLOSED, None, 8)
    assert (goes_on.status, goes_on.awaiting_since, goes_on.version) == (Status.OPEN, MONDAY, 8)
    assert goes_on.due_kind == "next"


def test_a_merge_without_a_question_leaves_the_other_as_it_stood() -> None:
    _, goes_on = merged(a_ticket(id=TicketId("t2")), into=a_ticket(status=Status.WAITING))
    assert goes_on.status is Status.WAITING


def test_a_merge_adds_no_reader_and_crosses_no_confidence() -> None:
    source = a_ticket(id=TicketId("t2"), readers=frozenset({LI}))
    assert merged(source, into=a_ticket())[1].readers == frozenset()
    with pytest.raises(NotAllowedNow):
        merged(source, into=a_ticket(confidential=True))
    with pytest.raises(NotAllowedNow):
        merged(a_ticket(id=TicketId("t2"), confidential=True), into=a_ticket())
    with pytest.raises(NotAllowedNow):
        merged(replace(source, confidential=True), into=a_ticket(confidential=True, readers=frozenset({TOM})))


def test_a_ticket_is_not_merged_into_itself_nor_into_a_closed_one() -> None:
    with pytest.raises(NotAllowedNow):
        merged(a_ticket(), into=a_ticket())
    with pytest.raises(NotAllowedNow):
        merged(a_ticket(id=TicketId("t2")), into=a_ticket(status=Status.CLOSED))


# --- any life ---------------------------------------------------------------------------------


@PATIENT
@given(
    st.lists(
        st.tuples(st.sampled_from([*VERBS, "inbound", "automatic", "reopen", "note"]), st.integers(-600, 6000)),
        max_size=30,
    )
)
def test_in_any_life_a_ticket_stays_possible(life: list[tuple[str, int]]) -> None:
    ticket, at = a_ticket(status=Status.NEW, awaiting_since=MONDAY), MONDAY
    for name, minutes in life:
        at += timedelta(minutes=minutes)
        before = ticket
        try:
            ticket = lived(ticket, name=name, at=at)
        except Refusal:
            continue
        assert ticket.version == before.version + 1
        assert ticket.updated_at >= before.updated_at
        assert (ticket.solved_at is None) == ticket.status.active
        assert (ticket.due_at is None) == (ticket.due_kind is None)
        assert ticket.status.active or (ticket.due_at, ticket.snoozed_until, ticket.awaiting_since) == (
            None,
            None,
            None,
        )
        assert ticket.first_answered_at in (before.first_answered_at, at)
        assert ticket.id == before.id
        assert ticket.created_at == before.created_at


def lived(ticket: Ticket, *, name: str, at: Any) -> Ticket:
    match name:
        case "inbound" | "automatic":
            return heard(ticket, at=at, automatic=name == "automatic")
        case "reopen":
            return lifecycle.reopen(ticket, at=at, promise=PROMISE)
        case "note":
            return lifecycle.on_note(ticket, at=at)
        case _:
            verb, wish = VERBS[name]
            return verb(ticket, at=at, **wish)
