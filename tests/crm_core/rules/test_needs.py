from dataclasses import replace
from datetime import timedelta
from typing import Any

from crm_core.model.ids import AgentId, QueueId, WorkId
from crm_core.model.inbox import Capabilities
from crm_core.model.ticket import Priority, Ticket
from crm_core.model.work import Work, WorkState
from crm_core.rules import drifts, needs
from tests.crm_core.rules.made import MONDAY, a_queue, a_service, a_ticket

LATER = MONDAY + timedelta(hours=2)
TOM, LI = AgentId("tom"), AgentId("li")


def work(ticket: Ticket | None = None, *, can: Capabilities | None = None, **changes: Any) -> Work:
    return needs.work_for(
        ticket or a_ticket(),
        id=WorkId("w"),
        service=a_service(skills={"roads": 2, "tax": 1}),
        queue=a_queue(skills={"roads": 1, "law": 3}),
        capabilities=can or Capabilities(),
        at=LATER,
        **changes,
    )


def test_the_service_and_its_queue_say_what_an_agent_must_be_able_to_do() -> None:
    assert work().skills == {"law": 3, "roads": 2, "tax": 1}


def test_the_ticket_says_how_much_it_presses_and_in_which_language() -> None:
    made = work(a_ticket(priority=Priority.URGENT, language="zh"))
    assert (made.priority, made.language, made.queue, made.state) == (4, "zh", "streets", WorkState.QUEUED)


def test_the_channel_says_only_what_it_is_made_of() -> None:
    call = work(a_ticket(live=True), can=Capabilities(live=True, units=5))
    assert (call.live, call.units) == (True, 5)
    missed = work(a_ticket(live=False), can=Capabilities(live=True, units=5))
    assert (missed.live, missed.units) == (False, 1), "to be called back, like any answer that is due"
    assert (call.skills, call.queue, call.priority) == (work().skills, work().queue, work().priority)


def test_work_is_as_old_as_the_waiting_that_makes_it() -> None:
    assert work(a_ticket(awaiting_since=MONDAY)).virtual_start == MONDAY
    assert work().virtual_start == LATER
    assert work(a_ticket(awaiting_since=LATER + timedelta(days=1))).virtual_start == LATER


def test_whoever_had_it_is_preferred() -> None:
    assert work(a_ticket(assignee=TOM)).preferred == TOM
    assert work(a_ticket(assignee=TOM), preferred=LI).preferred == LI


def test_work_that_moves_on_keeps_its_age() -> None:
    first = work(a_ticket(awaiting_since=MONDAY))
    moved = a_ticket(awaiting_since=MONDAY, queue=QueueId("taxes"))
    again = needs.work_again(first, ticket=moved, skills={"tax": 1}, at=LATER + timedelta(hours=1))
    assert (again.virtual_start, again.queue, again.skills) == (MONDAY, "taxes", {"tax": 1})
    assert (again.state, again.agent, again.version) == (WorkState.QUEUED, None, 2)


def test_where_its_channel_drifts_work_has_a_head_start_and_nothing_else_is_another() -> None:
    ticket = a_ticket()
    drifting = {(ticket.service, ticket.channel)}
    assert work(ticket, drifting=drifting) == replace(work(ticket), head_start=drifts.HEAD_START)
    assert work(replace(ticket, live=True), drifting=drifting).head_start == drifts.HEAD_START_LIVE
    assert work(ticket, drifting={(ticket.service, "fax")}).head_start == timedelta()
