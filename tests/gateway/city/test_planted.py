"""The sample city has one difference between its doors, planted, at whatever hour it is loaded; over all of it none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from crm_core.model.event_feedback import FeedbackGiven
from crm_core.model.feedback import USUAL_REST
from crm_core.model.parity import Matter, Says, Value
from crm_core.model.ticket import Ticket
from crm_core.rules import parity
from gateway.city.plan import City, plan
from tests.gateway.city.conftest import NOW, samples

TWELVE_WEEKS = timedelta(weeks=12)
DAILY, FURTHER = (19,), (3, 11, 23, 31, 55)
"""After a Monday morning; in the long run, with those of `any_city`, one in every stretch of the day, and a weekday on."""


def as_matters(city: City, *, now: datetime) -> Iterator[Matter]:
    """The city's tickets as the report sees them, by the door that they came by, with what people said of each."""
    said = {one.ticket: one.score for one in city.feedback if one.score is not None}
    doors = {strand.ticket: strand.inbox for strand in reversed(city.conversations)}
    channels = {inbox.id: inbox.channel for inbox in city.house.inboxes}
    for ticket in city.tickets:
        if ticket.id in doors:
            yield _matter(ticket, channels[doors[ticket.id]], said.get(ticket.id), now=now)


def _matter(ticket: Ticket, channel: str, score: int | None, *, now: datetime) -> Matter:
    measures = {
        name: Value(((ended or now) - ticket.created_at).total_seconds(), over=ended is not None)
        for name, ended in ((parity.FIRST, ticket.first_answered_at), (parity.RESOLVED, ticket.solved_at))
        if name == parity.RESOLVED or ended is not None or ticket.solved_at is None
    }
    if score is not None:
        measures[parity.RATED] = Value(float(score))
    return Matter(ticket.service, ticket.language or "", channel, live=ticket.clock.opened_live, measures=measures)


def by_door(city: City, *, now: datetime) -> dict[str, Says]:
    """What the report over twelve weeks says of first answers to permit requests, by door."""
    permit = city.house.services["resident-permit"].id
    matters = [one for one in as_matters(city, now=now) if one.service == permit]
    found = parity.report(matters, order=[])
    return {row.channel: row.cells[parity.FIRST].says for row in found.rows}


def test_first_answers_to_permit_requests_are_slower_by_the_form(any_city: tuple[City, datetime]) -> None:
    city, now = any_city
    assert all(ticket.created_at > now - TWELVE_WEEKS for ticket in city.tickets), "a report over twelve weeks sees all"
    said = by_door(city, now=now)
    assert said.pop("web_form") is Says.WORSE
    assert Says.WORSE not in said.values()


def test_over_the_whole_city_the_doors_give_the_same_service(any_city: tuple[City, datetime]) -> None:
    city, now = any_city
    found = parity.report(list(as_matters(city, now=now)), order=[])
    assert not [cell for row in found.rows for cell in row.cells.values() if cell.says.clear]
    told = [row.cells[parity.RATED] for row in found.rows if row.cells[parity.RATED].says is Says.SAME]
    assert len(told) >= 2, "enough people say how they were served for the report to compare two doors"


def test_people_of_the_city_are_asked_as_the_rule_asks(city: City) -> None:
    tickets = {ticket.id: ticket for ticket in city.tickets}
    for one in city.feedback:
        assert tickets[one.ticket].solved_at is not None
        assert one.given_at is None or one.asked_at < one.given_at <= NOW
    by_person: dict[str, list[datetime]] = {}
    for one in city.feedback:
        by_person.setdefault(one.customer, []).append(one.asked_at)
    for times in by_person.values():
        assert all(later - earlier >= USUAL_REST for earlier, later in pairwise(sorted(times)))
    assert [one.feedback for one in city_said(city)] == [one for one in city.feedback if one.score is not None]


def city_said(city: City) -> list[FeedbackGiven]:
    """What the history tells, in the order of the asking."""
    told = [one.event for one in city.past if isinstance(one.event, FeedbackGiven)]
    return sorted(told, key=lambda one: city.feedback.index(one.feedback))


@pytest.mark.parametrize("hours", [*DAILY, *(pytest.param(one, marks=pytest.mark.long) for one in FURTHER)])
def test_it_is_found_whenever_the_city_is_loaded_and_only_where_it_was_planted(hours: int) -> None:
    now = NOW + timedelta(hours=hours)
    doors = samples()
    assert by_door(plan(doors, now=now), now=now)["web_form"] is Says.WORSE
    plain = [replace(one, page={name: value for name, value in one.page.items() if name != "slower"}) for one in doors]
    assert not [says for says in by_door(plan(plain, now=now), now=now).values() if says.clear]
