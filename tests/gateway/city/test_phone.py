"""The city's calls: sixty days of every kind, in both languages, and nothing in them that a live call would not have left."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from crm_core.model.call import Call, CallDirection, CallEnding, Part
from crm_core.model.event_calls import CallChanged, CallMoved
from crm_core.model.message import Direction
from crm_core.model.promise import Mark
from crm_core.model.ticket import Status, Ticket
from crm_core.rules import marks
from gateway.city.plan import City
from tests.gateway.city.conftest import SPOKEN


def by_ticket(city: City) -> dict[str, list[Call]]:
    """The calls of each ticket, theirs first."""
    found = defaultdict[str, list[Call]](list)
    for call in city.calls:
        found[str(call.ticket)].append(call)
    return found


def kinds(city: City) -> Counter[tuple[str, str]]:
    """What became of those who called, by their language."""
    became: Counter[tuple[str, str]] = Counter()
    for call in (call for call in city.calls if call.direction is CallDirection.IN):
        became[str(call.language), "callback" if call.attempts else str(call.ending)] += 1
    return became


def test_calls_are_answered_given_up_left_as_words_and_called_back_in_both_languages(city: City) -> None:
    became = kinds(city)
    for language in ("en", "zh"):
        for kind in (CallEnding.CALLER, CallEnding.AGENT, CallEnding.ABANDONED, CallEnding.VOICEMAIL, "callback"):
            assert became[language, str(kind)], (language, kind)
    assert became.total() >= 150
    ours = [call for call in city.calls if call.direction is CallDirection.OUT]
    assert {call.ending for call in ours} >= {CallEnding.UNREACHABLE, CallEnding.CALLER}


def test_nobody_of_the_city_is_on_two_calls_that_came_in_at_once(city: City) -> None:
    talks = defaultdict[str, list[tuple[datetime, datetime]]](list)
    for call in city.calls:
        takers = [leg for leg in call.legs if leg.agent is not None and leg.dialled_at and leg.left_at]
        if call.direction is CallDirection.IN and takers:
            talks[str(takers[0].agent)].append(
                (takers[0].dialled_at or call.arrived_at, call.ended_at or call.arrived_at)
            )
    assert len(talks) >= 4
    for times in talks.values():
        assert all(ends <= begins for (_, ends), (begins, _) in pairwise(sorted(times)))


def test_one_person_writes_and_calls_and_has_one_history(city: City) -> None:
    doors = defaultdict[str, set[str]](set)
    for ticket in city.tickets:
        doors[ticket.customer].add(ticket.channel)
    assert sum(bool(came & SPOKEN) and bool(came - SPOKEN) for came in doors.values()) >= 60
    numbers = {str(identity.address): identity for identity in city.identities if identity.held}
    for strand in (strand for strand in city.conversations if strand.address.scheme in ("tel", "caller")):
        ticket = next(ticket for ticket in city.tickets if ticket.id == strand.ticket)
        assert numbers[str(strand.address)].customer == ticket.customer, "filed under whoever holds the number"


def test_a_carriers_word_proves_nobody_and_a_family_calls_by_one_number(city: City) -> None:
    lines = [inbox.id for inbox in city.house.inboxes if inbox.channel in SPOKEN]
    called = {str(strand.address) for strand in city.conversations if strand.inbox in lines}
    new = [identity for identity in city.identities if identity.evidence == "carrier"]
    assert len(new) >= 15
    assert not any(identity.proven for identity in new)
    shared = {str(identity.address) for identity in city.identities if identity.shared}
    assert called & shared


def test_who_gives_up_is_counted_called_back_or_filed_as_the_rule_says(city: City) -> None:
    works = {work.ticket: work for work in city.work}
    tickets = {ticket.id: ticket for ticket in city.tickets}
    calls = by_ticket(city)
    given_up = [call for call in city.calls if call.ending in (CallEnding.ABANDONED, CallEnding.VOICEMAIL)]
    for call in given_up:
        assert call.ticket is not None
        left_at, spoke = works[call.ticket].left_at, call.ending is CallEnding.VOICEMAIL
        assert left_at is not None
        assert call.ended_at is not None
        assert left_at < call.ended_at if spoke else left_at == call.ended_at, "who speaks after the tone waits no more"
        assert works[call.ticket].answered_at is None
        if not spoke and (call.short or call.number is None):
            assert tickets[call.ticket].status in (Status.SOLVED, Status.CLOSED)
            assert tickets[call.ticket].first_answered_at is None
    assert any(call.short for call in given_up)
    assert any(len(calls[str(call.ticket)]) > 1 for call in given_up), "some were called back"
    assert any(tickets[call.ticket].awaiting_since for call in given_up if call.ticket), "some still wait for it"
    answered = [work for work in city.work if work.came_live and work.answered_at is not None]
    assert all(work.left_at is None and work.first is not None for work in answered)


def test_what_is_left_after_the_tone_is_a_recording_and_its_words(city: City) -> None:
    messages = {message.id: message for message in city.messages}
    left = [call for call in city.calls if call.ending is CallEnding.VOICEMAIL]
    for call in left:
        assert call.message is not None
        record = messages[call.message]
        assert [file.type for file in record.attachments] == ["audio/wav"]
        assert len(record.text) > 40
        assert "{" not in record.text
    notes = [message for message in city.messages if message.direction is Direction.NOTE]
    spoken = {ticket.id for ticket in city.tickets if ticket.channel in SPOKEN}
    assert sum(note.ticket in spoken for note in notes) >= 120


def test_some_are_handed_on_after_a_word_and_some_passed_on_to_the_office_that_does_it(city: City) -> None:
    handed_on = [call for call in city.calls if sum(leg.part is Part.AGENT for leg in call.legs) > 1]
    assert handed_on
    tickets = {ticket.id: ticket for ticket in city.tickets}
    services = {service.id: slug for slug, service in city.house.services.items()}
    assert len({services[tickets[call.ticket].service] for call in city.calls if call.ticket}) >= 15
    line = city.house.queues["city-line"].id
    passed_on = [work for work in city.work if work.came_live and work.queue != line]
    assert passed_on
    assert all(work.virtual_start < work.entered_at for work in passed_on), "their age stays"


def without_dues(ticket: Ticket) -> Ticket:
    """What marks tell: due times are reckoned from it."""
    return replace(ticket, clock=replace(ticket.clock, still_until=None, next_due_at=None, acceptance_due_at=None))


def test_a_calls_marks_tell_its_clock(city: City) -> None:
    told = defaultdict[str, list[Mark]](list)
    for mark in city.marks:
        told[mark.ticket].append(mark)
    for ticket in (ticket for ticket in city.tickets if ticket.channel in SPOKEN):
        again = marks.retold(ticket, sorted(told[ticket.id], key=lambda mark: (mark.at_version, mark.place)))
        assert without_dues(again) == without_dues(ticket), ticket.number


def test_each_change_of_a_call_is_one_version_later(city: City) -> None:
    versions = defaultdict[str, list[int]](list)
    for past in city.past:
        if isinstance(past.event, CallChanged | CallMoved):
            versions[past.event.call.id].append(past.event.call.version)
    for call in city.calls:
        assert versions[call.id] == list(range(1, call.version + 1))
