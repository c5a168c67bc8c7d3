from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.ids import AgentId, WorkId
from crm_core.model.turn import band
from routing import shelf as shelves
from routing.order import Kind, length, micros
from routing.shelf import Line, Row, Shelf
from tests.routing.people import after

HOUR = length(timedelta(hours=1))
MAIL = Kind("email", live=False, units=1)
ANA = AgentId("ana")


@pytest.mark.parametrize(
    ("priority", "hours", "expected"),
    [(2, 0, 2), (2, 0.99, 2), (2, 1, 3), (1, 3, 4), (1, 500, 4), (4, 500, 4), (5, 0, 5), (5, 500, 5), (2, -3, 2)],
)
def test_waiting_raises_the_priority_step_by_step_but_never_to_emergency(
    priority: int, hours: float, expected: int
) -> None:
    assert band(priority, waited=int(hours * HOUR), ageing=HOUR) == expected


def test_the_head_of_a_line_is_the_oldest_whatever_the_order_of_coming() -> None:
    line = Row(MAIL, shelves={}).line(2)
    for name, start in (("b", 20), ("a", 10), ("c", 30)):
        wait(line, WorkId(name), start=at(start))
    line.drop((at(10), WorkId("a")))
    assert line.first == (at(20), "b")
    assert len(line) == 2


def test_work_that_leaves_and_comes_back_older_is_not_confused_with_its_former_self() -> None:
    line = Row(MAIL, shelves={}).line(2)
    wait(line, WorkId("a"), start=at(10))
    line.drop((at(10), WorkId("a")))
    wait(line, WorkId("a"), start=at(30))
    wait(line, WorkId("b"), start=at(20))
    assert line.first == (at(20), "b")


def at(seconds: float) -> int:
    return micros(after(seconds))


def wait(line: Line, id: str, *, start: int) -> None:
    """Work that found nobody: it stands in line and is on show."""
    line.add((start, WorkId(id)))
    line.show()


def best(shelf: Shelf, *, agent: AgentId = ANA, seconds: float = 0) -> str | None:
    found = shelf.best([MAIL], agent=agent, now=at(seconds), ageing={False: HOUR})
    return None if found is None else found[2]


def test_a_shelf_shows_the_best_of_its_lines_and_the_next_when_it_is_taken() -> None:
    shelf = Shelf()
    normal = Row(MAIL, shelves={shelf: 0}).line(2)
    high = Row(MAIL, shelves={shelf: 0}).line(3)
    wait(normal, WorkId("old"), start=at(-100))
    wait(high, WorkId("new"), start=at(0))
    assert best(shelf) == "new"
    high.drop((at(0), WorkId("new")))
    assert best(shelf) == "old"
    normal.drop((at(-100), WorkId("old")))
    assert best(shelf) is None


def test_ageing_lets_old_work_overtake_without_anything_being_touched() -> None:
    shelf = Shelf()
    normal = Row(MAIL, shelves={shelf: 0}).line(2)
    high = Row(MAIL, shelves={shelf: 0}).line(3)
    wait(normal, WorkId("old"), start=at(-3000))
    wait(high, WorkId("new"), start=at(0))
    assert best(shelf) == "new"
    assert best(shelf, seconds=600) == "old"


def test_who_refused_sees_the_next_line_and_colleagues_see_the_first() -> None:
    shelf = Shelf()
    refused = Row(MAIL, shelves={shelf: 0}, excluded=frozenset({ANA})).line(2)
    other = Row(MAIL, shelves={shelf: 0}).line(2)
    wait(refused, WorkId("refused"), start=at(-100))
    wait(other, WorkId("other"), start=at(-50))
    assert best(shelf) == "other"
    assert best(shelf, agent=AgentId("ben")) == "refused"


def test_a_line_that_is_taken_off_a_shelf_is_not_seen_there() -> None:
    shelf = Shelf()
    line = Row(MAIL, shelves={shelf: 0}).line(2)
    wait(line, WorkId("a"), start=at(0))
    line.row.moves({})
    assert best(shelf) is None


Steps = list[tuple[int, int, int, bool]]


@pytest.mark.parametrize("few", [1, shelves.FEW])
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 30), st.integers(0, 7), st.booleans()), max_size=60))
def test_a_shelf_agrees_with_sorting_everything(few: int, steps: Steps) -> None:
    """Eight lines, two of each priority, one of them refused by Ana; each time the best is the least of all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelves, "FEW", few)
        agrees_with_sorting_everything(steps)


def agrees_with_sorting_everything(steps: Steps) -> None:
    """Work comes, moves and goes."""
    shelf = Shelf()
    refused = [frozenset({ANA} if place > 3 else ()) for place in range(8)]
    lines = [Row(MAIL, shelves={shelf: 0}, excluded=refused[place]).line(1 + place % 4) for place in range(8)]
    waiting: dict[str, tuple[int, float]] = {}
    for name, start, place, stays in steps:
        id = WorkId(f"work-{name}")
        if id in waiting:
            stood, since = waiting.pop(id)
            lines[stood].drop((at(since), id))
        if stays:
            waiting[id] = (place, start)
            wait(lines[place], id, start=at(start))
        now = at(1000 * start)
        for agent in (ANA, AgentId("ben")):
            ranks = [
                (-band(1 + place % 4, waited=now - at(begin), ageing=HOUR), at(begin), id)
                for id, (place, begin) in waiting.items()
                if agent not in refused[place]
            ]
            assert shelf.best([MAIL], agent=agent, now=now, ageing={False: HOUR}) == min(ranks, default=None)


@pytest.mark.parametrize("few", [0, shelves.FEW])
def test_many_comings_and_goings_leave_nothing_behind(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "FEW", few)
    shelf = Shelf()
    line = Row(MAIL, shelves={shelf: 0}).line(2)
    for number in range(1000):
        wait(line, WorkId(f"work-{number}"), start=at(-number))
        if number >= 3:
            line.drop((at(3 - number), WorkId(f"work-{number - 3}")))
    assert len(line._keys) < 20
    assert list(shelf.lines([MAIL])) == [line]
    assert all(len(tops._heap) < 20 for tops in shelf.boards[MAIL]._tops.values())
