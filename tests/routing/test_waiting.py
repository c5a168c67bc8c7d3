"""Whoever waits is told the truth, in steps."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.waiting import STEPS, Ahead, Told, expected, tell

MINUTE = timedelta(minutes=1)


def ahead(place: int, *, serving: int = 4, handle: float = 6, recent: float | None = None) -> Ahead:
    known = None if recent is None else recent * MINUTE
    return Ahead(place=place, handle=handle * MINUTE, serving=serving, recent=known)


@pytest.mark.parametrize(
    ("wait", "least", "most"),
    [
        (ahead(1), 1, 2),  # 1 × 6 / 4
        (ahead(2), 3, 5),
        (ahead(9), 10, 15),
        (ahead(1, serving=40), 0, 1),
        (ahead(1, recent=22), 20, 30),
        (ahead(20, recent=1), 30, 45),
        (ahead(1000), 120, None),
        (ahead(1, serving=0), 120, None),
    ],
)
def test_the_wait_is_the_greater_of_what_the_place_says_and_what_the_last_one_waited(
    wait: Ahead, least: int, most: int | None
) -> None:
    told = tell(wait)
    assert (told.place, told.least, told.most) == (wait.place, least, most)


def test_a_wait_that_grew_is_said_one_step_at_a_time_and_one_that_fell_at_once() -> None:
    first = tell(ahead(1))
    second = tell(ahead(1, serving=0), before=first)
    assert (second.least, second.most) == (2, 3)
    assert tell(ahead(1), before=Told(9, 11)).least == 1


WAITS = st.builds(
    Ahead,
    place=st.integers(1, 500),
    handle=st.timedeltas(timedelta(seconds=10), timedelta(hours=1)),
    serving=st.integers(0, 50),
    recent=st.none() | st.timedeltas(timedelta(0), timedelta(hours=5)),
)


@given(st.lists(WAITS, min_size=1, max_size=12))
def test_whatever_happens_the_range_holds_the_wait_or_is_on_its_way_up_to_it(waits: list[Ahead]) -> None:
    told: Told | None = None
    for wait in waits:
        before, told = told, tell(wait, before=told)
        minutes = expected(wait)
        assert told.least <= minutes, "never longer than it is"
        if before is not None:
            assert told.step <= before.step + 1
        if before is None or told.step <= before.step:
            assert told.most is None or minutes < told.most
    assert told is not None
    assert 0 <= told.step < len(STEPS)
