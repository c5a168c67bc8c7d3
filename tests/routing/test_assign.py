"""Several pieces of work and several agents at one moment: as good as trying everything."""

from hypothesis import given
from hypothesis import strategies as st

from routing.assign import Costs, cheapest

COSTS = st.integers(1, 5).flatmap(
    lambda agents: st.lists(
        st.lists(st.none() | st.sampled_from([0, 1, 2, 3, 9]), min_size=agents, max_size=agents), min_size=1, max_size=7
    )
)


@given(COSTS)
def test_it_equals_trying_everything(costs: Costs) -> None:
    assert cheapest(costs) == tried(costs)


def test_who_comes_first_is_moved_so_that_the_next_is_served_too() -> None:
    assert cheapest([[0, 5], [0, None]]) == [1, 0]


def test_nobody_goes_without_for_two_behind_them() -> None:
    assert cheapest([[0, None], [9, 9], [9, 9]]) == [0, 1, None]


def test_without_anybody_or_anything_nothing_happens() -> None:
    assert cheapest([]) == []
    assert cheapest([[None, None]]) == [None]


def tried(costs: Costs) -> list[int | None]:
    """Every way there is: who goes without, what it costs, who gets it, in this order."""
    agents = len(costs[0])
    ways: list[tuple[tuple[list[int], int, list[int]], frozenset[int]]] = [(([], 0, []), frozenset())]
    for row in costs:
        more = []
        for (out, cost, seats), taken in ways:
            more.append((([*out, 1], cost, [*seats, agents]), taken))
            more += [
                (([*out, 0], cost + here, [*seats, agent]), taken | {agent})
                for agent, here in enumerate(row)
                if here is not None and agent not in taken
            ]
        ways = more
    return [seat if seat < agents else None for seat in min(ways, key=lambda way: way[0])[0][2]]
