"""The same service at every door: a planted difference is found, and where none is planted none is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.parity import Cell, Comparison, Matter, Says, Value
from crm_core.rules import parity

DOORS = {"post": 2.0, "bell": 3.0, "gate": 1.0, "arch": 2.0, "loft": 1.5, "yard": 1.0}
"""Invented channels, and how much of the town comes by each."""

SERVICES = {"permit": 6.0, "repair": 40.0}
LANGUAGES = {"en": 1.0, "zh": 1.4}
"""Hours that half of them take, and how much longer a language does: the town's own differences, at every door."""


def town(seed: int, *, tickets: int = 900, slow: str | None = None, sour: str | None = None) -> list[Matter]:
    """A month of tickets. Who comes by which door depends on service and language; how long it takes does not.

    At the door named `slow` everything takes twice as long, at the one named `sour` people are less satisfied.
    About one in eight still waits, and four in ten say how they were served.
    """
    return list(_town(Random(seed), tickets, slow, sour))


def _town(dice: Random, tickets: int, slow: str | None, sour: str | None) -> Iterator[Matter]:
    for _ in range(tickets):
        service, language = dice.choice(list(SERVICES)), dice.choice(list(LANGUAGES))
        leaning = {name: share * (3 if (len(name + service + language) % 3) else 1) for name, share in DOORS.items()}
        leaning["post"] *= 4 if service == "repair" else 1
        door = dice.choices(list(leaning), list(leaning.values()))[0]
        longer = 2.0 if door == slow else 1.0
        hours = SERVICES[service] * LANGUAGES[language] * dice.lognormvariate(0, 0.9) * longer
        first = 3600 * dice.lognormvariate(0, 0.7) * longer
        waits = dice.random() < 1 / 8
        resolved = Value(3600 * hours * dice.random(), over=False) if waits else Value(3600 * hours)
        mood = (3, 3, 3, 4, 3) if door == sour else (1, 1, 2, 5, 7)
        rated = Value(float(dice.choices((1, 2, 3, 4, 5), mood)[0]))
        measures = {parity.FIRST: Value(first), parity.RESOLVED: resolved}
        if dice.random() < 0.4:
            measures[parity.RATED] = rated
        yield Matter(service, language, door, False, measures, 4 * 3600.0, first <= 4 * 3600)


def clear(found: Comparison) -> set[tuple[str, str]]:
    """The channels and measures that are called different."""
    return {(row.channel, name) for row in found.rows for name, cell in row.cells.items() if cell.says.clear}


def cell(found: Comparison, channel: str, measure: str) -> Cell:
    return next(row for row in found.rows if row.channel == channel).cells[measure]


def alarms(seeds: range) -> int:
    """In how many towns without a difference one is found all the same."""
    return sum(bool(clear(parity.report(town(seed, tickets=500), order=list(DOORS)))) for seed in seeds)


def test_where_nothing_is_planted_alarms_are_rare() -> None:
    """Of 60 towns with a chance of 5 % each, more than 9 would come once in ten thousand; the seeds stand still."""
    assert alarms(range(60)) <= 9


@pytest.mark.long
def test_of_a_thousand_towns_without_a_difference_at_most_one_in_twenty_alarms() -> None:
    assert alarms(range(1000)) <= 50


@pytest.mark.parametrize("seed", range(12))
def test_a_door_where_everything_takes_twice_as_long_is_found_and_no_other(seed: int) -> None:
    found = clear(parity.report(town(seed, tickets=2000, slow="bell"), order=list(DOORS)))
    assert {("bell", parity.FIRST), ("bell", parity.RESOLVED)} <= found
    worse = {channel for channel, name in found if name != parity.RATED}
    assert all(cell_says_better(seed, channel) for channel in worse - {"bell"})


def cell_says_better(seed: int, channel: str) -> bool:
    """A door may only be called better: beside the slow one it is."""
    found = parity.report(town(seed, tickets=2000, slow="bell"), order=list(DOORS))
    row = next(row for row in found.rows if row.channel == channel)
    return Says.WORSE not in {each.says for each in row.cells.values()}


@pytest.mark.parametrize("seed", range(2))
def test_a_door_whose_people_are_less_satisfied_is_found_by_that_and_nothing_else_is(seed: int) -> None:
    found = parity.report(town(seed, tickets=2000, sour="bell"), order=list(DOORS))
    assert cell(found, "bell", parity.RATED).says is Says.WORSE
    worse = {(row.channel, name) for row in found.rows for name, one in row.cells.items() if one.says is Says.WORSE}
    assert worse == {("bell", parity.RATED)}


def test_few_who_said_anything_are_too_few_to_tell_however_many_came() -> None:
    found = [
        replace(one, measures={**one.measures, parity.RATED: Value(points)} if place < said else one.measures)
        for door, said, points in (("post", 100, 5.0), ("bell", parity.FEWEST - 1, 1.0))
        for place, one in enumerate(_same(door, 200, 10.0))
    ]
    bell = cell(parity.report(found, order=[]), "bell", parity.RATED)
    assert (bell.says, bell.figure.of) == (Says.FEW, parity.FEWEST - 1)


def test_beside_the_figure_stands_how_many_were_asked() -> None:
    found = [replace(one, asked=place < 7) for place, one in enumerate(_same("post", 20, 10.0))]
    assert parity.report(found, order=[]).rows[0].asked == 7


def test_a_door_for_long_matters_is_slow_as_it_comes_but_not_like_with_like() -> None:
    found = town(3, tickets=3000)
    raw = parity.report(found, order=[], alike=parity.RAW)
    like = parity.report(found, order=[], alike=parity.LIKE)
    assert cell(raw, "post", parity.RESOLVED).says is Says.WORSE
    assert cell(like, "post", parity.RESOLVED).says is Says.SAME


def test_a_great_number_of_tickets_does_not_make_a_small_difference_clear() -> None:
    """A sixth slower is found by the test, and is still within the consistent range."""
    dice = Random(5)
    found = [
        Matter("permit", "en", door, False, {parity.RESOLVED: Value(dice.lognormvariate(0, 0.3) * slower)})
        for door, slower in (("post", 1.0), ("bell", 1.0), ("gate", 1.16))
        for _ in range(2000)
    ]
    gate = cell(parity.report(found, order=[]), "gate", parity.RESOLVED)
    assert gate.p is not None
    assert gate.p < 0.001
    assert gate.says is Says.SAME
    assert "within" in gate.why


def test_under_thirty_tickets_it_is_too_few_to_tell() -> None:
    found = [
        *_same("post", 200, 10.0),
        *_same("bell", parity.FEWEST - 1, 1000.0),
        *_same("gate", parity.FEWEST, 1000.0),
    ]
    told = parity.report(found, order=[])
    assert cell(told, "bell", parity.RESOLVED).says is Says.FEW
    assert cell(told, "bell", parity.RESOLVED).p is None
    assert cell(told, "gate", parity.RESOLVED).says is Says.WORSE


def test_a_door_by_itself_is_compared_with_nothing() -> None:
    told = parity.report(list(_same("post", 50, 10.0)), order=[])
    assert cell(told, "post", parity.RESOLVED).says is Says.ALONE


def test_live_and_deferred_contacts_are_not_compared_in_their_first_answers() -> None:
    quick = [replace(one, channel="bell", live=True, measures=_both(5.0)) for one in _same("bell", 60, 5.0)]
    slow = [replace(one, measures=_both(5000.0)) for one in _same("post", 60, 5000.0)]
    told = parity.report([*quick, *slow], order=[])
    assert cell(told, "bell", parity.FIRST).says is Says.ALONE
    assert cell(told, "bell", parity.RESOLVED).says is Says.BETTER


def test_a_door_that_only_looks_quick_because_most_still_wait_is_slow() -> None:
    waiting = [replace(one, measures={parity.RESOLVED: Value(500.0, over=False)}) for one in _same("bell", 80, 0.0)]
    told = parity.report([*_same("post", 200, 10.0), *_same("bell", 20, 9.0), *waiting], order=[])
    bell = cell(told, "bell", parity.RESOLVED)
    assert (bell.figure.amount, bell.waiting, bell.says) == (None, 80, Says.WORSE)


def test_what_nobody_measured_says_so() -> None:
    told = parity.report(list(_same("post", 50, 10.0)), order=[])
    assert cell(told, "post", parity.RATED).says is Says.ABSENT


@pytest.mark.parametrize(
    ("kept", "of", "says"), [(10, 40, Says.WORSE), (30, 40, Says.SAME), (40, 40, Says.SAME), (3, 9, Says.FEW)]
)
def test_promises_are_missed_where_clearly_fewer_than_four_in_five_are_kept(kept: int, of: int, says: Says) -> None:
    found = [replace(one, kept=place < kept) for place, one in enumerate(_same("post", of, 10.0))]
    row = parity.report(found, order=[]).rows[0]
    assert (row.kept.kept, row.kept.of, row.kept.says) == (kept, of, says)


def test_channels_come_in_the_order_that_they_declare_and_unknown_ones_last() -> None:
    found = [matter for door in ("arch", "bell", "gate") for matter in _same(door, 2, 1.0)]
    assert [row.channel for row in parity.report(found, order=["gate", "bell"]).rows] == ["gate", "bell", "arch"]


@given(st.permutations(list(DOORS)))
def test_what_the_doors_are_called_makes_no_difference(names: list[str]) -> None:
    other = dict(zip(DOORS, names, strict=True))
    was = town(8, tickets=250)
    told = parity.report(was, order=list(DOORS))
    again = parity.report([replace(one, channel=other[one.channel]) for one in was], order=list(other.values()))
    assert [(other[row.channel], row.cells, row.kept) for row in told.rows] == [
        (row.channel, row.cells, row.kept) for row in again.rows
    ]


def test_nothing_is_a_report_of_nothing() -> None:
    assert parity.report([], order=["post"]) == Comparison(0, parity.LIKE, ())


def _same(door: str, count: int, seconds: float) -> Iterator[Matter]:
    """So many tickets of one kind, each a little longer than the one before."""
    for place in range(count):
        value = Value(seconds * (1 + place / 1000), over=True)
        yield Matter("permit", "en", door, False, {parity.RESOLVED: value})


def _both(seconds: float) -> dict[str, Value]:
    return {parity.FIRST: Value(seconds), parity.RESOLVED: Value(seconds)}
