"""Frames on the wire: whole, in order, and what is told passed on as it stands in the record."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from benchmarks.calling import _frame_of
from crm_core.model.actor import Actor
from crm_core.model.event import Stamped
from crm_core.model.ids import EventId, TicketId
from gateway import frames
from gateway.frames import Said


def cut(data: bytes) -> list[dict[str, object]]:
    found = []
    while data:
        frame = _frame_of(data)
        assert frame is not None
        opcode, payload, size = frame
        assert opcode == 1
        found.append(json.loads(payload))
        data = data[size:]
    return found


@pytest.mark.parametrize("size", [0, 110, 125, 126, 65_520, 65_536, 70_000])
def test_a_frame_of_any_length_is_read_back(size: int) -> None:
    assert cut(frames.on_the_wire([("events", json.dumps("x" * size))])) == [{"events": ["x" * size]}]


def test_neighbours_of_one_kind_share_a_frame_and_all_keep_their_order() -> None:
    said: list[Said] = [("hello", "{}"), ("events", "1"), ("events", "2"), ("gone", "3"), ("events", "4")]
    assert cut(frames.on_the_wire(said)) == [{"hello": {}}, {"events": [1, 2]}, {"gone": [3]}, {"events": [4]}]


def test_an_event_reads_the_same_from_its_frame() -> None:
    event = Stamped(
        position=7,
        id=EventId("e"),
        type="ticket.opened",
        at=datetime(2026, 11, 25, tzinfo=UTC),
        actor=Actor.importer('a "quoted" name'),
        ticket=TicketId("t"),
        at_version=1,
        audience=frozenset(),
        before=frozenset(),
        facts_text='{"row":{"id":"t"}}',
        personal_text='{"row":{"subject":"停车"}}',
    )
    told = json.loads(frames.text_of(event))
    assert (told["position"], told["actor"]["id"], told["facts"], told["personal"]) == (
        7,
        'a "quoted" name',
        event.facts,
        event.personal,
    )
