"""Changing only the channel of a contact changes neither its service, priority, queue nor when it is to be resolved.

The real rules on the sample city's catalogue, hours and promises, for doors of any name and capabilities.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from channels.web_form.channel import CHANNEL
from crm_core.model.house import House
from crm_core.model.ids import InboxId, QueueId, ServiceId, WorkId
from crm_core.model.inbox import Capabilities, Inbox
from crm_core.model.ticket import Status, Ticket
from crm_core.rules import ageing, filing, lifecycle, matching, needs, sla
from crm_core.rules.sla import Promise
from gateway.city.books import books, sample_of
from gateway.city.house import build_house
from tests.crm_core.rules.made import a_ticket
from tests.crm_core.rules.test_matching import SENTENCES

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FORM = sample_of(CHANNEL)
assert FORM is not None
CITY = build_house(books(), [FORM], now=NOW, seed=1)
SERVICES = list(CITY.services.values())
HOUSE = House(
    services={one.id: one for one in SERVICES},
    queues={one.id: one for one in CITY.queues.values()},
    policies={one.id: one for one in CITY.policies.values()},
    calendars={one.id: one for one in CITY.calendars.values()},
    inboxes={},
    can={},
    schemes={},
    keys=(b"k" * 32,),
    domain="larkhaven.example",
    places=tuple(CITY.places.values()),
    ownerships=CITY.ownerships,
    index=matching.build(SERVICES, places=CITY.places.values()),
)

doors = st.tuples(
    st.builds(
        Inbox,
        id=st.text(min_size=1, max_size=8).map(InboxId),
        channel=st.text(min_size=1, max_size=12),
        name=st.text(max_size=12),
        queue=st.sampled_from(sorted(HOUSE.queues)),
        address=st.none() | st.just("hello@larkhaven.example"),
        settings=st.just({}),
        active=st.just(True),
        created_at=st.just(NOW),
    ),
    st.builds(
        Capabilities,
        html=st.booleans(),
        files=st.booleans(),
        subject=st.booleans(),
        live=st.booleans(),
        threads=st.booleans(),
        starts=st.booleans(),
        replies=st.booleans(),
        length=st.none() | st.integers(1, 2000),
        units=st.integers(1, 4),
        order=st.integers(0, 99),
    ),
)
said = st.sampled_from([line for lines in SENTENCES["held"].values() for line in lines]) | st.text(max_size=80)
asked = st.none() | st.sampled_from(sorted(HOUSE.services))
moments = st.integers(0, 60 * 24 * 400).map(lambda minutes: NOW + timedelta(minutes=minutes))


@given(doors, doors, said, asked, moments)
def test_another_door_gives_the_same_service_queue_priority_and_time_of_resolution(
    one: Any, other: Any, words: str, service: ServiceId | None, at: datetime
) -> None:
    assert came(one, words, service, at) == came(other, words, service, at)


@given(doors, doors, said, moments, st.integers(1, 5000), st.integers(1, 5000))
def test_what_happens_to_it_afterwards_moves_its_resolution_alike(
    one: Any, other: Any, words: str, at: datetime, answered: int, written: int
) -> None:
    assert lived(one, words, at, answered, written) == lived(other, words, at, answered, written)


def opened(door: Any, words: str, service: ServiceId | None, at: datetime) -> tuple[Ticket, filing.Filed]:
    """The ticket that a contact by this door opens."""
    inbox, can = door
    filed = filing.file(subject="", said=words, asked=service, inbox=inbox, house=HOUSE, at=at)
    ticket = a_ticket(
        service=filed.service.id, queue=filed.queue, unit=filed.unit, channel=inbox.channel, live=can.live
    )
    ticket = replace(ticket, status=Status.NEW, created_at=at, updated_at=at, awaiting_since=at)
    return sla.opened(ticket, promise=promise(filed)), filed


def promise(filed: filing.Filed) -> Promise:
    return Promise(*HOUSE.promise(filed.service))


def came(door: Any, words: str, service: ServiceId | None, at: datetime) -> tuple[object, ...]:
    """Everything about a new matter that no door may change."""
    ticket, filed = opened(door, words, service, at)
    queue = HOUSE.queues[QueueId(ticket.queue)]
    drifts = {(ticket.service, ticket.channel)} if len(ticket.channel) % 2 else set()  # a head start is no priority
    work = needs.work_for(
        ticket, id=WorkId("w"), service=filed.service, queue=queue, capabilities=door[1], at=at, drifting=drifts
    )
    return (
        (filed.service.id, filed.queue, filed.unit, filed.place, filed.confidence, filed.matched),
        (ticket.priority, ageing.rank(ticket), ticket.resolution_due_at, ticket.clock.acceptance_due_at),
        (work.queue, work.skills, work.priority, work.virtual_start),
    )


def lived(door: Any, words: str, at: datetime, answered: int, written: int) -> tuple[object, ...]:
    """The same after an answer that waits for the citizen, and their word by that door."""
    inbox, can = door
    ticket, filed = opened(door, words, None, at)
    answer = at + timedelta(minutes=answered)
    ticket = lifecycle.on_reply(ticket, at=answer, snippet="", promise=promise(filed), status=Status.WAITING)
    back = answer + timedelta(minutes=written)
    ticket = lifecycle.on_inbound(
        ticket, at=back, channel=inbox.channel, snippet="", promise=promise(filed), live=can.live
    )
    return (
        ticket.service,
        ticket.queue,
        ticket.priority,
        ticket.status,
        ticket.resolution_due_at,
        ticket.clock.next_due_at,
    )
