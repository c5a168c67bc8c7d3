"""Several pieces of work and several agents at one moment: the cheapest way to bring them together."""

from collections.abc import Sequence

Costs = Sequence[Sequence[int | None]]
"""What it costs to give each piece of work (a row, the first in turn first) to each agent; None: they cannot take it."""


def cheapest(costs: Costs) -> list[int | None]:
    """Who gets each piece, None: nobody. Each agent gets one at most.

    Nobody in turn goes without for somebody behind them; then as many as can be are served, then at the least cost in
    all, then by the order of the agents. (The Hungarian method, with one way out for each piece.)
    """
    rows, agents = len(costs), len(costs[0]) if costs else 0
    dearest = 1 + sum(max((cost for cost in row if cost is not None), default=0) for row in costs)
    ties = [(agents + 1) ** (rows - 1 - row) for row in range(rows)]
    finer = (agents + 1) ** rows
    impossible = dearest * finer << (rows + 2)
    weighed = [
        [impossible if cost is None else cost * finer + agent * ties[row] for agent, cost in enumerate(costs[row])]
        + [dearest * finer << (rows - 1 - row) if out == row else impossible for out in range(rows)]
        for row in range(rows)
    ]
    return [agent if agent < agents else None for agent in _hungarian(weighed)]


def _hungarian(costs: list[list[int]]) -> list[int]:
    """The column of each row, no two the same, least in sum; there are at least as many columns as rows."""
    rows, columns = len(costs), len(costs[0]) if costs else 0
    by_row, by_column, owner = [0] * (rows + 1), [0] * (columns + 1), [0] * (columns + 1)
    far = 1 + 2 * sum(max(row) for row in costs)
    for row in range(1, rows + 1):
        owner[0], column = row, 0
        least, came, left = [far] * (columns + 1), [0] * (columns + 1), set(range(1, columns + 1))
        done = [0]
        while owner[column]:
            line, paid = costs[owner[column] - 1], by_row[owner[column]]
            for other in left:
                rest = line[other - 1] - paid - by_column[other]
                if rest < least[other]:
                    least[other], came[other] = rest, column
            column = min(left, key=lambda other: (least[other], other))
            _pay(least[column], by_row, by_column, owner=owner, done=done, least=least, left=left)
            left.remove(column)
            done.append(column)
        while column:
            owner[column] = owner[came[column]]
            column = came[column]
    place = {owner[column]: column - 1 for column in range(1, columns + 1)}
    return [place[row] for row in range(1, rows + 1)]


def _pay(
    step: int,
    by_row: list[int],
    by_column: list[int],
    *,
    owner: list[int],
    done: list[int],
    least: list[int],
    left: set[int],
) -> None:
    """What is reached pays the step; what is not is nearer by it."""
    for column in done:
        by_row[owner[column]] += step
        by_column[column] -= step
    for column in left:
        least[column] -= step
