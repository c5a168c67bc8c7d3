"""The end of the stream: every event after a position, or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from crm_core.model.actor import Actor
from crm_core.model.event import Stamped
from crm_core.model.ids import EventId
from crm_core.store.tail import KEPT, Tail

_FIRST = Stamped(
    position=1,
    id=EventId("e"),
    type="city.loaded",
    at=datetime(2026, 11, 26, tzinfo=UTC),
    actor=Actor.worker("gateway"),
    ticket=None,
    at_version=None,
    audience=frozenset(),
    before=frozenset(),
    facts_text="{}",
    personal_text="{}",
)


def some(first: int, last: int) -> list[Stamped]:
    return [replace(_FIRST, position=number) for number in range(first, last + 1)]


def positions(tail: Tail, *, after: int) -> list[int]:
    return [event.position for event in tail.after(after)]


def test_it_tells_what_comes_after_a_position_it_knows() -> None:
    tail = Tail()
    tail.add(some(1, 3))
    tail.add(some(4, 5))
    assert positions(tail, after=0) == [1, 2, 3, 4, 5]
    assert positions(tail, after=3) == [4, 5]
    assert positions(tail, after=5) == []


def test_whoever_is_behind_what_it_knows_is_told_nothing() -> None:
    tail = Tail()
    tail.add(some(4, 5))
    assert positions(tail, after=2) == []
    assert positions(tail, after=3) == [4, 5]


def test_after_a_gap_it_knows_only_what_came_since() -> None:
    tail = Tail()
    tail.add(some(1, 3))
    tail.add(some(5, 6))
    assert positions(tail, after=0) == []
    assert positions(tail, after=4) == [5, 6]


def test_it_keeps_only_so_many() -> None:
    tail = Tail()
    tail.add(some(1, KEPT + 2))
    assert positions(tail, after=0) == []
    assert positions(tail, after=2) == list(range(3, KEPT + 3))


def test_what_is_forgotten_is_not_told() -> None:
    tail = Tail()
    tail.add(some(1, 3))
    tail.forget()
    assert positions(tail, after=0) == []
