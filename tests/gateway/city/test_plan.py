"""The planned city: believable, made up throughout, the same each time, and nothing of it lies ahead."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta

import pytest

from crm_core.model.call import RECORD, CallState
from crm_core.model.event_calls import CallMoved
from crm_core.model.message import Direction
from crm_core.model.ticket import Priority, Status, is_number
from crm_core.model.work import WorkState
from crm_core.rules import signs
from gateway.city.books import books, samples_at
from gateway.city.house import build_house
from gateway.city.plan import City, plan
from gateway.http.who import digest
from tests.gateway.city.conftest import NOW, SPOKEN, samples


def test_two_plans_for_the_same_hour_are_equal(city: City) -> None:
    assert plan(samples(), now=NOW) == city


def test_another_seed_is_another_city(city: City) -> None:
    assert plan(samples(), now=NOW, seed=2).tickets != city.tickets


def test_nothing_lies_ahead_of_the_loading_hour(any_city: tuple[City, datetime]) -> None:
    city, now = any_city
    assert max(ticket.updated_at for ticket in city.tickets) <= now
    assert max(message.created_at for message in city.messages) <= now
    assert max(past.at for past in city.past) <= now
    assert min(ticket.created_at for ticket in city.tickets) > now - timedelta(days=61)


def test_one_contact_held_two_matters_also_at_an_hour_when_nobody_has_a_general_question(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {ticket.service for ticket in city.tickets if ticket.status.active}
    unasked = next(name for name, service in city.house.services.items() if service.id not in asked)
    monkeypatch.setitem(books().catalogue["split"], "service", unasked)
    planned = plan(samples(), now=NOW)
    parts = [ticket for ticket in planned.tickets if ticket.parent]
    [owner] = [ticket.assignee for ticket in planned.tickets if ticket.id == parts[0].parent]
    assert (len(parts), owner is not None) == (2, True)


def test_no_call_goes_on_and_none_lies_ahead(any_city: tuple[City, datetime]) -> None:
    city, now = any_city
    for call in city.calls:
        assert call.state is CallState.ENDED
        times = [call.arrived_at, call.waiting_since, call.bridged_at, call.ended_at, now]
        known = [at for at in times if at is not None]
        assert known == sorted(known), call
        assert not call.there
    assert min(call.arrived_at for call in city.calls) < now - timedelta(days=55)


def test_the_city_stays_within_its_size(any_city: tuple[City, datetime]) -> None:
    city, _ = any_city
    assert 1_000 <= len(city.tickets) <= 2_000
    assert 4_000 <= len(city.messages) <= 8_000
    assert len(city.customers) >= 400


def test_addresses_and_numbers_are_fictional(city: City) -> None:
    for identity in city.identities:
        looks = {
            "mailto": r".+\.example",
            "tel": r"\+1(\d{3})?55501\d\d",
            "telegram": r"72\d{7}",
            "caller": r"[0-9a-z]{20,}",
        }
        assert re.fullmatch(looks[identity.address.scheme], identity.address.value)
    for inbox in city.house.inboxes:
        assert inbox.address is None or re.fullmatch(r".+@larkhaven\.example|\+1555014\d{4}", inbox.address)
    for message in city.messages:
        for address in re.findall(r"[\w.+-]+@[\w.-]+", message.text):
            assert address.endswith(".example"), address


def test_an_app_of_others_has_a_key_to_file_with() -> None:
    house = build_house(books(), samples_at("app"), now=NOW, seed=1)
    [inbox], [key] = house.inboxes, house.keys
    assert (key.inbox, key.digest) == (inbox.id, digest("onk_larkhaven-sample-app"))


def test_some_asked_for_no_more_messages(city: City) -> None:
    house = city.house
    doors = {inbox.id: inbox.channel for inbox in house.inboxes}
    assert [(doors[one.inbox], one.wish.value, one.by is not None) for one in city.wishes] == [
        ("sms", "stop", False),
        ("sms", "stop", False),
        ("sms", "start", False),
        ("whatsapp", "stop", True),
        ("email", "stop", True),
    ]
    known = {identity.address for identity in city.identities}
    assert {one.address for one in city.wishes} <= known


def test_the_three_people_of_the_readme_work_here(city: City) -> None:
    roles = {agent.email: agent.role for agent in city.house.agents.values()}
    assert roles["admin@larkhaven.example"] == "admin"
    assert roles["supervisor@larkhaven.example"] == "supervisor"
    assert roles["agent@larkhaven.example"] == "agent"
    assert "hello@larkhaven.example" in {inbox.address for inbox in city.house.inboxes}


def test_everything_named_exists(city: City) -> None:
    house = city.house
    agents = {agent.id for agent in house.agents.values()}
    queues, services = ({value.id for value in words.values()} for words in (house.queues, house.services))
    customers = {customer.id for customer in city.customers}
    tickets = {ticket.id for ticket in city.tickets}
    strands = {strand.id for strand in city.conversations}
    for ticket in city.tickets:
        assert (ticket.queue in queues, ticket.service in services, ticket.customer in customers) == (True,) * 3
        assert ticket.assignee is None or ticket.assignee in agents
    for message in city.messages:
        assert message.ticket in tickets
        assert message.conversation is None or message.conversation in strands
        assert message.author is None or message.author in agents


def test_numbers_are_well_formed_and_unique(city: City) -> None:
    numbers = [ticket.number for ticket in city.tickets]
    assert all(map(is_number, numbers))
    assert len(set(numbers)) == len(numbers)


def test_every_status_and_priority_occurs_and_most_are_over(any_city: tuple[City, datetime]) -> None:
    city, _ = any_city
    states = Counter(ticket.status for ticket in city.tickets)
    assert set(states) == set(Status)
    assert states[Status.SOLVED] + states[Status.CLOSED] > len(city.tickets) * 0.8
    assert {ticket.priority for ticket in city.tickets} >= {Priority.NORMAL, Priority.HIGH, Priority.URGENT}


def test_the_backlog_looks_like_a_busy_morning(any_city: tuple[City, datetime]) -> None:
    city, now = any_city
    ours = [ticket for ticket in city.tickets if ticket.awaiting_since is not None and ticket.status.active]
    late = [ticket for ticket in ours if ticket.due_at is not None and ticket.due_at < now]
    assert 45 <= len(ours) <= 90
    assert 3 <= len(late) <= len(ours) * 0.45
    assert 4 <= sum(ticket.assignee is None for ticket in ours) <= 30
    assert len({ticket.queue for ticket in ours}) >= len(city.house.queues) - 1
    assert any(ticket.snoozed_until for ticket in city.tickets)


def test_who_waits_for_us_is_work_and_nobody_has_more_than_they_can_carry(city: City) -> None:
    ours = {ticket.id for ticket in city.tickets if ticket.awaiting_since is not None and ticket.status.active}
    to_do = [work for work in city.work if work.state is not WorkState.DONE]
    passed_on = {work.ticket for work in to_do if work.came_live and work.answered_at is not None}
    assert {work.ticket for work in to_do} - passed_on == ours
    assert len({work.ticket for work in to_do}) == len(to_do)
    carried = Counter(work.agent for work in city.work if work.state is WorkState.ACTIVE)
    for agent in city.house.agents.values():
        assert carried[agent.id] <= agent.capacity.total


def test_one_ticket_in_six_is_chinese_and_answered_by_who_speaks_it(city: City) -> None:
    chinese = [ticket for ticket in city.tickets if ticket.language == "zh"]
    assert len(chinese) >= len(city.tickets) * 0.15
    speakers = {agent.id for agent in city.house.agents.values() if "zh" in agent.languages}
    able = sum(ticket.assignee in speakers for ticket in chinese if ticket.assignee)
    assert able >= len(chinese) * 0.7


def test_the_newest_thirty_do_not_repeat_themselves(any_city: tuple[City, datetime]) -> None:
    city, _ = any_city
    newest = sorted(city.tickets, key=lambda ticket: ticket.created_at)[-30:]
    assert len({ticket.subject for ticket in newest}) >= 27
    written = [ticket.snippet for ticket in newest if ticket.channel not in SPOKEN]
    assert len(set(written)) >= len(written) - 4


def test_forms_hold_the_answers_to_questions_that_hang_on_earlier_ones(city: City) -> None:
    said = "\n".join(message.text for message in city.messages if message.direction is Direction.IN)
    for first, then in (
        ("Is this a new permit or a renewal?\nRenewal", "What is the number of your current permit?\nRP-2"),
        ("这是新办还是续期？\n续期", "您现有停车证的编号是什么？\nRP-2"),
        ("What has changed?\nWho lives with me", "How many people live in your home now?\n"),
        ("Could somebody get hurt?\nYes", "What is the danger?\n"),
    ):
        assert said.count(first) == said.count(f"{first}\n\n{then}") > 0, first


def test_a_timeline_is_in_order(city: City) -> None:
    by_ticket: dict[str, list[tuple[int, datetime]]] = {}
    for message in city.messages:
        if message.direction is not Direction.OUT or RECORD not in message.flags:  # that we call changes no ticket
            by_ticket.setdefault(message.ticket, []).append((message.at_version, message.created_at))
    for spoken in by_ticket.values():
        assert spoken == sorted(spoken)
        assert len({version for version, _ in spoken}) == len(spoken)
    for past in city.past:
        ticket = past.event.about()
        assert ticket is not None or isinstance(past.event, CallMoved), "only who is being greeted has no ticket yet"
        assert ticket is None or ticket.updated_at <= past.at


def test_answers_carry_message_ids_that_lead_back(city: City) -> None:
    ours = [message for message in city.messages if message.direction is Direction.OUT]
    answers = [message for message in ours if message.channel not in SPOKEN]
    assert all(signs.read_message_id([b"sample"], message.wire_id or "") == message.id for message in answers)


def test_the_pictures_tickets_stand_on_top(city: City) -> None:
    tickets = {(ticket.customer_name, ticket.subject): ticket for ticket in city.tickets}
    doyle = tickets["Margaret Doyle", "Change of income, housing benefit"]
    assert doyle.due_at is not None
    assert timedelta(minutes=41) < NOW - doyle.due_at < timedelta(minutes=43)
    zhang = tickets["张薇 Wei Zhang", "Resident permit renewal, Zone C"]
    anna = next(agent for agent in city.house.agents.values() if agent.name == "Anna Kowal")
    assert zhang.assignee == anna.id
    assert zhang.due_at is not None
    assert timedelta(minutes=10) < zhang.due_at - NOW < timedelta(minutes=12)
