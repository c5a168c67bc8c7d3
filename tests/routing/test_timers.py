from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.ids import AgentId, WorkId
from routing.item import Item
from routing.match import Abilities, Need
from routing.order import Kind
from routing.seat import Ring
from routing.timers import Timers
from tests.routing.people import after, work

ANA = AgentId("ana")
SET = st.tuples(st.sampled_from(["any", "live", "deferred"]), st.integers(0, 20))


def item(name: str, *, live: bool = False) -> Item:
    known, kind = work(name, live=live), Kind("email", live=live, units=1)
    crowd = Abilities().crowd(Need.of(known))
    return Item(known, crowd, kind, Ring(kind), crowd.row(kind), (0, known.id))


@given(st.lists(SET, max_size=30), st.lists(st.integers(0, 20), max_size=5))
def test_each_is_due_once_in_the_order_in_which_they_end(times: list[tuple[str, int]], looks: list[int]) -> None:
    timers = Timers(())
    waiting: list[tuple[datetime, int, str]] = []
    for turn, (sort, seconds) in enumerate(times, start=1):
        if sort == "any":
            timers.add(after(seconds), work=WorkId(f"w{turn}"), agent=ANA)
        else:
            timers.offer_ends(after(seconds), item(f"w{turn}", live=sort == "live"), ANA)
        waiting.append((after(seconds), turn, f"w{turn}"))
    for seconds in [*sorted(looks), 20]:
        assert timers.first() == min((at for at, _, _ in waiting), default=None)
        due = [each for each in sorted(waiting) if each[0] <= after(seconds)]
        assert timers.due(after(seconds)) == [(*each, ANA) for each in due]
        waiting = [each for each in waiting if each not in due]


def test_an_offer_that_was_answered_wakes_nobody() -> None:
    timers, one, two = Timers(()), item("one"), item("two")
    timers.offer_ends(after(120), one, ANA)
    timers.offer_ends(after(121), two, ANA)
    timers.answered(one)
    timers.answered(one)
    assert timers.first() == after(121)
    timers.offer_ends(after(240), two, ANA)
    assert timers.first() == after(240), "held out anew, it ends later"
