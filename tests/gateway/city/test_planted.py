"""The sample city has one difference between its doors, planted, and over the whole city none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from crm_core.model.parity import Matter, Says, Value
from crm_core.model.ticket import Ticket
from crm_core.rules import parity
from gateway.city.plan import City


def as_matters(city: City, *, now: datetime) -> Iterator[Matter]:
    """The city's tickets as the report sees them, by the door that they came by."""
    doors = {strand.ticket: strand.inbox for strand in reversed(city.conversations)}
    channels = {inbox.id: inbox.channel for inbox in city.house.inboxes}
    for ticket in city.tickets:
        if ticket.id in doors:
            yield _matter(ticket, channels[doors[ticket.id]], now=now)


def _matter(ticket: Ticket, channel: str, *, now: datetime) -> Matter:
    measures = {
        name: Value(((ended or now) - ticket.created_at).total_seconds(), over=ended is not None)
        for name, ended in ((parity.FIRST, ticket.first_answered_at), (parity.RESOLVED, ticket.solved_at))
        if name == parity.RESOLVED or ended is not None or ticket.solved_at is None
    }
    return Matter(ticket.service, ticket.language or "", channel, live=False, measures=measures)


def test_first_answers_to_permit_requests_are_slower_by_the_form(any_city: tuple[City, datetime]) -> None:
    city, now = any_city
    permit = city.house.services["resident-permit"].id
    found = parity.report([one for one in as_matters(city, now=now) if one.service == permit], order=[])
    by = {row.channel: row.cells[parity.FIRST].says for row in found.rows}
    assert by["web_form"] is Says.WORSE
    assert Says.WORSE not in [says for channel, says in by.items() if channel != "web_form"]


def test_over_the_whole_city_the_doors_give_the_same_service(any_city: tuple[City, datetime]) -> None:
    city, now = any_city
    found = parity.report(list(as_matters(city, now=now)), order=[])
    assert not [cell for row in found.rows for cell in row.cells.values() if cell.says.clear]
